//! `guardrails/targets.toml`: what thresholds are chosen by. How they are chosen is in `cut`.

use super::TrainError;
use crate::domain::labels::{RISKS, Risk};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bars {
    /// Classes that share one budget of alarms.
    pub together: Together,
    /// Of the output guard's model.
    pub support: Support,
    /// Of the model for planted instructions.
    pub planted: Planted,
    class: BTreeMap<String, Bar>,
}

/// A shared budget.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// The classes.
    pub classes: Vec<Risk>,
    /// Share of the harmless lines that any of them may fire on, 0 to 1.
    pub alarms: f64,
}

/// What the output guard's model may let through.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Share of unsupported claims, 0 to 1.
    pub wrong: f64,
}

/// What the model for planted instructions may cost.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planted {
    /// Share of clean texts that may be taken for one that carries an instruction, 0 to 1.
    pub alarms: f64,
}

/// What one class must reach and may cost; shares, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// Recall below which training says so.
    pub floor: f64,
    /// Recall to which the threshold is lowered, as far as the alarms allow.
    pub aim: f64,
    /// Share of the harmless lines that it may fire on.
    pub alarms: f64,
    /// Share of the lines with other risks that it may fire on.
    #[serde(default = "all")]
    pub others: f64,
    /// Share of the harmless lines that the band of being unsure may add.
    pub further: f64,
}

fn all() -> f64 {
    1.0
}

impl Bars {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`TrainError::Targets`] with what is wrong where.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let bad = |reason: String| TrainError::Targets { path: path.into(), reason };
        let text = std::fs::read_to_string(path).map_err(|e| bad(e.to_string()))?;
        Self::parse(&text).map_err(bad)
    }

    /// Parses the file's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let targets: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        if let Some(class) = Risk::all().find(|r| !targets.class.contains_key(&r.to_string())) {
            return Err(format!("[class.{class}] is missing"));
        }
        if targets.class.len() > RISKS {
            return Err("it names a class that is none of R1 to R15".into());
        }
        let shares = |t: &Bar| [t.floor, t.aim, t.alarms, t.others, t.further].iter().all(|s| (0.0..=1.0).contains(s));
        let single = [targets.together.alarms, targets.support.wrong, targets.planted.alarms];
        match targets.class.iter().find(|(_, t)| !shares(t)) {
            Some((class, _)) => Err(format!("[class.{class}] has a share that is not from 0 to 1")),
            None if !single.iter().all(|s| (0.0..=1.0).contains(s)) => {
                Err("[together] alarms, [support] wrong or [planted] alarms is not from 0 to 1".into())
            }
            None => Ok(targets),
        }
    }

    /// The target of a class.
    #[must_use]
    pub fn of(&self, class: Risk) -> Bar {
        let none = Bar { floor: 1.0, aim: 1.0, alarms: 0.0, others: 0.0, further: 0.0 };
        self.class.get(&class.to_string()).copied().unwrap_or(none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_repository_is_whole_and_a_lack_is_named() {
        let text = std::fs::read_to_string("guardrails/targets.toml").unwrap();
        let targets = Bars::parse(&text).unwrap();
        assert!(Risk::all().all(|r| targets.of(r).floor <= targets.of(r).aim));
        let error = Bars::parse(&text.replace("[class.R7]", "[class.R16]")).unwrap_err();
        assert!(error.contains("class.R7"), "{error}");
        let error = Bars::parse(&text.replace("others = 0.03", "others = 3")).unwrap_err();
        assert!(error.contains("class.R2"), "{error}");
    }
}
