//! Runs a model over the calibration lines: calibration, thresholds and what they come to.

use super::bars::Bars;
use super::data::Line;
use super::{TrainError, cut, fit_calibration};
use crate::classify::evaluate::{Evaluation, Labels, evaluate};
use crate::classify::thresholds::Thresholds;
use crate::classify::{Inference, Model, Raw};

/// A model measured on lines that gave it no gradient.
pub struct Measured {
    /// Its outputs before calibration.
    pub raw: Vec<Raw>,
    /// Thresholds of each class.
    pub thresholds: Thresholds,
    /// What is to be said about them, a line a class.
    pub notes: Vec<String>,
    /// Recall, false alarms, AUROC, intents.
    pub evaluation: Evaluation,
    /// Mean recall of the classes at their tolerated false-alarm rates, 0 to 1.
    pub recall_at_tolerated: f64,
}

impl Measured {
    /// What epochs are compared by: half the recall at the tolerated false-alarm rates, half the intents.
    #[must_use]
    pub fn quality(&self) -> f64 {
        (self.recall_at_tolerated + self.evaluation.intent_accuracy) / 2.0
    }
}

/// Fits the calibration, puts it into the model, chooses thresholds and measures.
///
/// # Errors
/// [`TrainError::Model`].
pub fn measure(model: &mut Model, lines: &[Line], targets: &Bars) -> Result<Measured, TrainError> {
    let texts: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
    let raw = model.raw(&texts)?;
    model.calibrate(fit_calibration::fit(&raw, lines));
    let inferences = raw.iter().map(|r| model.calibrated(r.clone())).collect::<Result<Vec<Inference>, _>>()?;
    let labels: Vec<Labels> = lines.iter().map(|l| l.labels).collect();
    let chosen = cut::thresholds(&inferences, &labels, targets);
    let (thresholds, notes) = chosen.map_err(|_| crate::classify::ModelError::NotFinite)?;
    let evaluation = evaluate(&inferences, &labels, &thresholds);
    let recall_at_tolerated = cut::recall_at_tolerated(&inferences, &labels, targets);
    Ok(Measured { raw, thresholds, notes, evaluation, recall_at_tolerated })
}
