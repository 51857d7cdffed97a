//! The loop over epochs: updates with a progress bar, a measurement after each, a checkpoint.

use super::checkpoint::{self, State};
use super::corpus::Corpus;
use super::curves::Epoch;
use super::measure::{Measured, measure};
use super::optim::schedule;
use super::step::Stepper;
use super::{TrainError, TrainOptions};
use crate::classify::Model;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::time::Instant;

/// Updates between two log lines where there is no terminal for the progress bar.
const LOG_EVERY: usize = 10;
/// Updates after which the sections are embedded anew.
const REFRESH: usize = 100;

/// The base model's files as training uses them.
pub struct Base {
    /// `config.json`.
    pub config: Vec<u8>,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
}

/// What the loop leaves behind; the best epoch's weights are in place.
pub struct Fitted {
    /// Finished epochs.
    pub history: Vec<Epoch>,
    /// Updates made in all.
    pub updates: u32,
}

/// Trains until the epochs (or `--steps`) are done.
///
/// # Errors
/// [`TrainError`].
pub fn fit(
    stepper: &mut Stepper,
    corpus: &Corpus,
    base: &Base,
    options: &TrainOptions,
    work: &Path,
) -> Result<Fitted, TrainError> {
    let settings = checkpoint::settings(options, corpus.lines.len());
    let mut state = if options.resume { checkpoint::resume(work, stepper, &settings)? } else { State::new(settings) };
    let total = options.steps.unwrap_or(corpus.steps(options.batch) * options.epochs);
    let bar = bar(total, state.updates);
    for epoch in state.history.len()..options.epochs {
        if stepper.adam.step as usize >= total {
            break;
        }
        let started = Instant::now();
        let parts = run_epoch(stepper, corpus, base, options, epoch, total, &bar)?;
        let measured = validate(stepper, corpus, base)?;
        let record = record(epoch + 1, parts, &measured, started.elapsed().as_secs_f64());
        bar.suspend(|| eprintln!("{}", summary(&record)));
        state.history.push(record);
        state.updates = stepper.adam.step;
        checkpoint::save(work, stepper, &state)?;
    }
    bar.finish();
    checkpoint::restore_best(work, stepper)?;
    Ok(Fitted { history: state.history, updates: state.updates })
}

fn run_epoch(
    stepper: &mut Stepper,
    corpus: &Corpus,
    base: &Base,
    options: &TrainOptions,
    epoch: usize,
    total: usize,
    bar: &ProgressBar,
) -> Result<[f64; 4], TrainError> {
    let (mut sums, mut count) = ([0f64; 4], 0f64);
    for batch in corpus.epoch(options.batch, options.seed.wrapping_add(epoch as u64 + 1))? {
        let step = stepper.adam.step as usize;
        if step >= total {
            break;
        }
        if count == 0.0 || step.is_multiple_of(REFRESH) {
            stepper.targets = corpus.targets(stepper, base)?;
        }
        let lr = options.lr * schedule(step, total);
        let report = stepper.step(&batch, lr, options.seed.wrapping_mul(1_000_003).wrapping_add(step as u64))?;
        sums.iter_mut().zip(report.parts).for_each(|(s, p)| *s += p);
        count += 1.0;
        let [risk, intent, distil, section] = report.parts;
        bar.inc(1);
        let message = format!(
            "risk {risk:.3} intent {intent:.3} distil {distil:.3} section {section:.3} |g| {:.2}",
            report.gradient
        );
        if bar.is_hidden() && step.is_multiple_of(LOG_EVERY) {
            eprintln!("update {step}/{total} after {:.0} s: {message}", bar.elapsed().as_secs_f64());
        }
        bar.set_message(message);
    }
    Ok(sums.map(|s| s / count.max(1.0)))
}

/// The present weights, unquantised, over the calibration lines.
///
/// # Errors
/// [`TrainError::Model`].
pub fn validate(stepper: &Stepper, corpus: &Corpus, base: &Base) -> Result<Measured, TrainError> {
    let mut model = Model::assemble(&base.config, &base.tokenizer, &stepper.params.detached())?;
    measure(&mut model, &corpus.calibration)
}

fn record(epoch: usize, parts: [f64; 4], measured: &Measured, seconds: f64) -> Epoch {
    let [risk_loss, intent_loss, distil_loss, section_loss] = parts;
    let aurocs: Vec<f64> = measured.evaluation.classes.iter().filter_map(|c| c.auroc).collect();
    Epoch {
        epoch,
        risk_loss,
        intent_loss,
        distil_loss,
        section_loss,
        recall_at_tolerated: measured.recall_at_tolerated,
        auroc: aurocs.iter().sum::<f64>() / aurocs.len().max(1) as f64,
        intent_accuracy: measured.evaluation.intent_accuracy,
        quality: measured.quality(),
        seconds,
    }
}

fn summary(e: &Epoch) -> String {
    format!(
        "epoch {}: risk {:.3} intent {:.3} distil {:.3} section {:.3} | recall at tolerated {:.3} AUROC {:.4} intent {:.3} | {:.0} s",
        e.epoch,
        e.risk_loss,
        e.intent_loss,
        e.distil_loss,
        e.section_loss,
        e.recall_at_tolerated,
        e.auroc,
        e.intent_accuracy,
        e.seconds
    )
}

fn bar(total: usize, done: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed}<{eta} {msg}");
    let bar = ProgressBar::new(total as u64).with_position(u64::from(done));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
