//! `thresholds.json`: the two decision thresholds of each class as the calibration author's lines suggest them.
//! The policy reads them; the classifier itself decides nothing.

use super::ModelError;
use crate::domain::labels::{RISKS, Risk};
use crate::domain::score::Threshold;
use serde::{Deserialize, Serialize};

/// Thresholds of one class on calibrated probabilities, and what they did on the calibration lines.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassThreshold {
    /// The class.
    pub class: Risk,
    /// At or above it the class fires.
    pub fire: Threshold,
    /// At or above it, and below `fire`, a person decides.
    pub unsure: Threshold,
    /// Calibration lines that carry the class.
    pub positives: usize,
    /// Share of them at or above `fire`, 0 to 1.
    pub recall: f64,
    /// Share of them at or above `unsure`.
    pub recall_unsure: f64,
    /// Calibration lines that do not carry the class.
    pub negatives: usize,
    /// Share of those at or above `fire`.
    pub false_alarms: f64,
    /// Share of those at or above `unsure`.
    pub false_alarms_unsure: f64,
}

/// All fifteen, in order R1 to R15.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// One entry a class.
    pub classes: Vec<ClassThreshold>,
}

impl Thresholds {
    /// Parses and checks `thresholds.json`.
    ///
    /// # Errors
    /// [`ModelError::Format`] when a class is missing, out of order, or `unsure` is above `fire`.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        let bad = |reason: String| ModelError::Format { file: "thresholds.json".into(), reason };
        let parsed: Self = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        let in_order = parsed.classes.iter().map(|c| c.class).eq(Risk::all());
        if !in_order || parsed.classes.len() != RISKS || parsed.classes.iter().any(|c| c.unsure > c.fire) {
            return Err(bad("needs R1 to R15 in order, each with unsure at or below fire".into()));
        }
        Ok(parsed)
    }

    /// The entry of a class.
    #[must_use]
    pub fn get(&self, class: Risk) -> Option<&ClassThreshold> {
        self.classes.get(class.index())
    }
}
