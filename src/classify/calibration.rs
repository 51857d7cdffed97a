//! From logits to probabilities: logistic scaling per risk class (Platt 1999), a temperature for the intents
//! (Guo et al., arXiv 1706.04599), and out-of-distribution from the intents' energy (Liu et al., arXiv 2010.03759).

use super::ModelError;
use crate::domain::labels::{INTENTS, RISKS, Risk};
use crate::domain::score::Score;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `p = 1 / (1 + exp(-(slope·x + offset)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platt {
    /// Steepness; above 0, so that scaling never changes an order.
    pub slope: f32,
    /// Shift.
    pub offset: f32,
}

impl Platt {
    /// Leaves a logit's probability as the model gave it.
    pub const IDENTITY: Platt = Platt { slope: 1.0, offset: 0.0 };

    /// The probability of a raw value.
    ///
    /// # Errors
    /// [`ModelError::NotFinite`] for a value that is no number.
    pub fn score(self, x: f32) -> Result<Score, ModelError> {
        let p = 1.0 / (1.0 + (-(self.slope * x + self.offset)).exp());
        Score::new(p).map_err(|_| ModelError::NotFinite)
    }
}

/// What `calibration.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// One scaling per risk class, all fifteen.
    pub risks: BTreeMap<Risk, Platt>,
    /// Divides the intent logits before the softmax; above 0.
    pub temperature: f32,
    /// From the intents' energy (see [`energy`]) to the probability that the text is out of distribution.
    pub ood: Platt,
}

impl Calibration {
    /// Changes nothing: what a model has before it is calibrated.
    #[must_use]
    pub fn identity() -> Self {
        let risks = Risk::all().map(|r| (r, Platt::IDENTITY)).collect();
        Self { risks, temperature: 1.0, ood: Platt::IDENTITY }
    }

    /// Parses and checks `calibration.json`.
    ///
    /// # Errors
    /// [`ModelError::Format`] when a class is missing or a number would break an order.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        let bad = |reason: String| ModelError::Format { file: "calibration.json".into(), reason };
        let parsed: Self = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        let sound = |p: &Platt| p.slope.is_finite() && p.slope > 0.0 && p.offset.is_finite();
        if parsed.risks.len() != RISKS || !parsed.risks.values().all(sound) || !sound(&parsed.ood) {
            return Err(bad("needs all fifteen risks with a slope above 0".into()));
        }
        if !(parsed.temperature.is_finite() && parsed.temperature > 0.0) {
            return Err(bad("the temperature must be above 0".into()));
        }
        Ok(parsed)
    }

    /// Probabilities of the fifteen risks from their logits.
    ///
    /// # Errors
    /// [`ModelError::NotFinite`].
    pub fn risks(&self, logits: &[f32; RISKS]) -> Result<[Score; RISKS], ModelError> {
        let platt = |r: usize| Risk::from_index(r).and_then(|r| self.risks.get(&r)).copied().unwrap_or(Platt::IDENTITY);
        collect(logits.iter().enumerate().map(|(r, &x)| platt(r).score(x)))
    }

    /// Probabilities of the intents: the mean over the windows of the softmax with temperature.
    ///
    /// # Errors
    /// [`ModelError::NotFinite`].
    pub fn intents(&self, windows: &[[f32; INTENTS]]) -> Result<[Score; INTENTS], ModelError> {
        let mut sums = [0f32; INTENTS];
        for logits in windows {
            let p = softmax(logits, self.temperature);
            sums.iter_mut().zip(p).for_each(|(s, p)| *s += p / windows.len() as f32);
        }
        collect(sums.into_iter().map(|p| Score::new(p.min(1.0)).map_err(|_| ModelError::NotFinite)))
    }

    /// Probability that a text is none that the intents cover: from the mean energy of its windows.
    ///
    /// # Errors
    /// [`ModelError::NotFinite`].
    pub fn ood(&self, windows: &[[f32; INTENTS]]) -> Result<Score, ModelError> {
        self.ood.score(mean_energy(windows))
    }
}

fn collect<const N: usize>(scores: impl Iterator<Item = Result<Score, ModelError>>) -> Result<[Score; N], ModelError> {
    let all = scores.collect::<Result<Vec<_>, _>>()?;
    all.try_into().map_err(|_| ModelError::NotFinite)
}

/// Softmax of `logits / temperature`.
#[must_use]
pub fn softmax(logits: &[f32; INTENTS], temperature: f32) -> [f32; INTENTS] {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut p = logits.map(|x| ((x - max) / temperature).exp());
    let total: f32 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= total);
    p
}

/// Energy of intent logits, `-log Σ exp(logit)`: the higher, the stranger the text.
#[must_use]
pub fn energy(logits: &[f32; INTENTS]) -> f32 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    -(max + logits.iter().map(|x| (x - max).exp()).sum::<f32>().ln())
}

/// Mean of [`energy`] over the windows of a text.
#[must_use]
pub fn mean_energy(windows: &[[f32; INTENTS]]) -> f32 {
    windows.iter().map(energy).sum::<f32>() / windows.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_keeps_probabilities_and_round_trips() {
        let c = Calibration::identity();
        assert_eq!(Calibration::parse(&serde_json::to_vec(&c).unwrap()).unwrap(), c);
        assert!((c.risks(&[0.0; RISKS]).unwrap()[3].value() - 0.5).abs() < 1e-6);
        let sum: f32 = c.intents(&[[1.0; INTENTS], [2.0; INTENTS]]).unwrap().iter().map(|s| s.value()).sum();
        assert!((sum - 1.0).abs() < 1e-5);
        assert!(matches!(c.risks(&[f32::NAN; RISKS]), Err(ModelError::NotFinite)));
    }

    #[test]
    fn a_scaling_that_turns_the_order_round_is_refused() {
        let mut c = Calibration::identity();
        c.ood.slope = -1.0;
        assert!(Calibration::parse(&serde_json::to_vec(&c).unwrap()).is_err());
        c = Calibration::identity();
        c.risks.remove(&Risk::CLINICAL);
        assert!(Calibration::parse(&serde_json::to_vec(&c).unwrap()).is_err());
    }

    #[test]
    fn a_flat_text_has_the_higher_energy() {
        let mut peaked = [0.0; INTENTS];
        peaked[4] = 9.0;
        assert!(energy(&[0.0; INTENTS]) > energy(&peaked));
    }
}
