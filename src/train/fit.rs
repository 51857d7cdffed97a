//! The loop over epochs: updates with a progress bar and checkpoints, a measurement after each.

use super::checkpoint::{self, State, UnderWay};
use super::corpus::Corpus;
use super::curves::Epoch;
use super::loss::Example;
use super::measure::{Measured, measure};
use super::optim::schedule;
use super::step::Stepper;
use super::{TrainError, TrainOptions};
use crate::classify::Model;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::time::{Duration, Instant};

/// Updates between two log lines where there is no terminal for the progress bar.
const LOG_EVERY: usize = 10;
/// Updates after which the sections are embedded anew.
const REFRESH: usize = 100;
/// At the first such refresh after this time what was done is saved: from there a resumed run makes the same updates as one that was
/// never stopped.
const SAVE_EVERY: Duration = Duration::from_secs(300);

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
    let bar = bar(total, stepper.adam.step);
    let run = Run { corpus, base, options, work, total, bar: &bar };
    for epoch in state.history.len()..options.epochs {
        if stepper.adam.step as usize >= total {
            break;
        }
        let started = Instant::now();
        let whole = run.epoch(stepper, &mut state, epoch)?;
        let measured = validate(stepper, corpus, base)?;
        let record = record(epoch + 1, state.under_way.means(), &measured, started.elapsed().as_secs_f64());
        bar.suspend(|| eprintln!("{}", summary(&record)));
        state.updates = stepper.adam.step;
        if !whole {
            checkpoint::save(work, stepper, &state)?;
        }
        state.history.push(record);
        checkpoint::save_best(work, stepper, &state)?;
        if whole {
            state.under_way = UnderWay::default();
            checkpoint::save(work, stepper, &state)?;
        }
    }
    bar.finish();
    if !state.history.is_empty() {
        checkpoint::restore_best(work, stepper)?;
    }
    Ok(Fitted { history: state.history, updates: state.updates })
}

/// What stays the same over a run.
struct Run<'a> {
    corpus: &'a Corpus,
    base: &'a Base,
    options: &'a TrainOptions,
    work: &'a Path,
    total: usize,
    bar: &'a ProgressBar,
}

impl Run<'_> {
    /// The updates of an epoch that are not made yet; false when `--steps` ends it early.
    fn epoch(&self, stepper: &mut Stepper, state: &mut State, epoch: usize) -> Result<bool, TrainError> {
        let batches = self.corpus.epoch(self.options.batch, self.options.seed.wrapping_add(epoch as u64 + 1))?;
        let mut saved = Instant::now();
        let first = state.under_way.updates;
        for batch in batches.iter().skip(first) {
            let step = stepper.adam.step as usize;
            if step >= self.total {
                break;
            }
            let refresh = step.is_multiple_of(REFRESH);
            if refresh && state.under_way.updates > first && saved.elapsed() >= SAVE_EVERY {
                state.updates = stepper.adam.step;
                checkpoint::save(self.work, stepper, state)?;
                saved = Instant::now();
            }
            if refresh || state.under_way.updates == first {
                stepper.targets = self.corpus.targets(stepper, self.base)?;
            }
            let report = self.update(stepper, batch, step)?;
            state.under_way.sums.iter_mut().zip(report).for_each(|(s, p)| *s += p);
            state.under_way.updates += 1;
        }
        Ok(state.under_way.updates == batches.len())
    }

    fn update(&self, stepper: &mut Stepper, batch: &[Example], step: usize) -> Result<[f64; 4], TrainError> {
        let lr = self.options.lr * schedule(step, self.total);
        let seed = self.options.seed.wrapping_mul(1_000_003).wrapping_add(step as u64);
        let report = stepper.step(batch, lr, seed)?;
        let [risk, intent, distil, section] = report.parts;
        let message = format!(
            "risk {risk:.3} intent {intent:.3} distil {distil:.3} section {section:.3} |g| {:.2}",
            report.gradient
        );
        self.bar.inc(1);
        if self.bar.is_hidden() && step.is_multiple_of(LOG_EVERY) {
            eprintln!("update {step}/{} after {:.0} s: {message}", self.total, self.bar.elapsed().as_secs_f64());
        }
        self.bar.set_message(message);
        Ok(report.parts)
    }
}

/// The present weights, unquantised, over the calibration lines.
///
/// # Errors
/// [`TrainError::Model`].
pub fn validate(stepper: &Stepper, corpus: &Corpus, base: &Base) -> Result<Measured, TrainError> {
    let mut model = Model::assemble(&base.config, &base.tokenizer, &stepper.params.detached())?;
    measure(&mut model, &corpus.calibration, &corpus.bars)
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

/// A progress bar of updates.
pub(super) fn bar(total: usize, done: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed}<{eta} {msg}");
    let bar = ProgressBar::new(total as u64).with_position(u64::from(done));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
