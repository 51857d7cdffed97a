//! The model card: what the model is made of, what was frozen, how it did and what that is worth.

use super::TrainOptions;
use super::bars::{Bar, Bars};
use super::checkpoint::State;
use super::curves::Epoch;
use super::measure::Measured;
use crate::classify::artefact::FileDigest;
use crate::classify::evaluate::ClassResult;
use std::fmt::Write;

/// What the card reports beside the options.
pub struct Facts<'a> {
    /// The released int8 model on the calibration lines.
    pub measured: &'a Measured,
    /// What the thresholds were chosen by.
    pub bars: &'a Bars,
    /// Finished epochs.
    pub history: &'a [Epoch],
    /// Digests of what it was made from.
    pub files: &'a [FileDigest],
    /// The run started from a model with heads.
    pub continued: bool,
    /// Training lines.
    pub lines: usize,
    /// Largest difference of a logit between f32 and int8 on the calibration lines.
    pub drift: f32,
    /// Mean cosine between the model's embedding and the original's on the calibration lines.
    pub kept: f32,
    /// The frozen baseline, if it was run in the same work folder.
    pub frozen: Option<State>,
}

/// The card as Markdown.
#[must_use]
pub fn card(options: &TrainOptions, facts: &Facts) -> String {
    let mut out = String::from("# Model card: apothecary classifier\n\n");
    let _ = write!(
        out,
        "Multi-label risk classes (R1 to R15), intents (I01 to I35) and sentence embeddings of short pharmacy messages, \
         English and Spanish.\n\n\
         - Base: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0. This model: Apache-2.0. {}\n\
         - Data: {} lines written by hand for this project; no customer wrote any of them. Calibration: {} lines of \
           other authors, never used for a gradient.\n\
         - Frozen: position and type tables and the lowest {} of 6 layers. Trained: the layers above, both heads, and (with no \
           frozen layer) the word table, in the rows that a batch touches.\n\
         - Seed {}, batch {}, rate {}, at most {} epochs, best epoch kept; dropout 0.1, AdamW with decay {}, \
           distillation weight {}, section weight {}, share of the questions {}.\n\
         - Weights: int8 per output channel, run in eight-bit arithmetic (README, \"The encoder\": its speed beside ONNX \
           Runtime); largest change of a logit against f32 {:.3}; mean cosine of its embeddings to those that the run \
           started from {:.3}.\n\n",
        if facts.continued { "Trained on from an earlier model of ours (`base/model.safetensors` below)." } else { "" },
        facts.lines,
        facts.measured.raw.len(),
        options.frozen_layers(),
        options.seed,
        options.batch,
        options.lr,
        options.epochs,
        super::optim::DECAY,
        options.distil_weight,
        options.section_weight,
        options.question_share,
        facts.drift,
        facts.kept
    );
    out.push_str(&results(facts));
    out.push_str("\n## What the thresholds promise\n\n");
    facts.measured.notes.iter().for_each(|note| {
        let _ = writeln!(out, "- {note}");
    });
    out.push_str("\n## Made from\n\n");
    for f in facts.files {
        let _ = writeln!(out, "- `{}` {} bytes, SHA-256 `{}`", f.name, f.bytes, f.sha256);
    }
    out
}

fn results(facts: &Facts) -> String {
    let e = &facts.measured.evaluation;
    let mut out = String::from(
        "## On the calibration lines\n\nThresholds, temperature and the epoch were chosen on these same lines, so the \
         figures are optimistic; the evaluation sets in `evals/` are the ones to believe. Alarms are counted on lines \
         without the class, hard ones included.\n\n\
         | class | n | recall | floor | recall with unsure | n without | false alarms | tolerated | AUROC |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    e.classes.iter().for_each(|c| out.push_str(&row(c, facts.bars.of(c.class))));
    let _ = write!(
        out,
        "\nIntent: {:.1} % right (n = {}). Lines without any risk that reach a pharmacist: {:.1} % (n = {}). \
         Mean recall at the tolerated false-alarm rates: {:.3}.\n\n",
        100.0 * e.intent_accuracy,
        e.intent_lines,
        100.0 * e.pharmacist_alarms,
        e.plain_lines,
        facts.measured.recall_at_tolerated
    );
    match facts.frozen.as_ref().and_then(|s| Some((s, s.best()?))) {
        Some((s, best)) => {
            let _ = writeln!(
                out,
                "Frozen baseline (heads only, encoder as it came; {}; {} updates): mean recall {:.3}, AUROC {:.4}, \
                 intent {:.1} %.\n",
                s.settings,
                s.updates,
                best.recall_at_tolerated,
                best.auroc,
                100.0 * best.intent_accuracy
            );
        }
        None => out.push_str("Frozen baseline: not run (`apothecary train --frozen`).\n\n"),
    }
    out.push_str("![curves](curves.svg)\n\n| epoch | risk loss | intent loss | distillation | section | recall | AUROC | intent |\n|---|---|---|---|---|---|---|---|\n");
    for h in facts.history {
        let _ = writeln!(
            out,
            "| {} | {:.3} | {:.3} | {:.4} | {:.3} | {:.3} | {:.4} | {:.3} |",
            h.epoch,
            h.risk_loss,
            h.intent_loss,
            h.distil_loss,
            h.section_loss,
            h.recall_at_tolerated,
            h.auroc,
            h.intent_accuracy
        );
    }
    out
}

fn row(c: &ClassResult, target: Bar) -> String {
    let auroc = c.auroc.map_or("-".into(), |a| format!("{a:.4}"));
    format!(
        "| {} | {} | {:.1} % | {:.1} % | {:.1} % | {} | {:.2} % | {:.1} % | {auroc} |\n",
        c.class,
        c.positives,
        100.0 * c.recall,
        100.0 * target.floor,
        100.0 * c.recall_unsure,
        c.negatives,
        100.0 * c.false_alarms,
        100.0 * target.alarms
    )
}
