//! Probabilities and the thresholds they are compared with.
//! A `Score` never becomes a decision by itself: only `exceeds` a `Threshold` does.

/// A number that is no probability.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("{0} is not a probability: it must be finite and lie in 0 to 1")]
pub struct NotAProbability(pub f32);

/// A calibrated probability, finite, in 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, serde::Serialize)]
pub struct Score(f32);

/// A decision threshold, finite, in 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, serde::Serialize)]
pub struct Threshold(f32);

impl Score {
    /// # Errors
    /// When `value` is not finite or lies outside 0 to 1.
    pub fn new(value: f32) -> Result<Self, NotAProbability> {
        checked(value).map(Score)
    }
    /// The plain number, for reports and arithmetic on features.
    #[must_use]
    pub fn value(self) -> f32 {
        self.0
    }
    /// True when the score is at or above the threshold.
    #[must_use]
    pub fn exceeds(self, threshold: Threshold) -> bool {
        self.0 >= threshold.0
    }
}

impl Threshold {
    /// # Errors
    /// When `value` is not finite or lies outside 0 to 1.
    pub fn new(value: f32) -> Result<Self, NotAProbability> {
        checked(value).map(Threshold)
    }
    /// The plain number, for reports.
    #[must_use]
    pub fn value(self) -> f32 {
        self.0
    }
}

impl<'de> serde::Deserialize<'de> for Threshold {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Threshold::new(f32::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

fn checked(value: f32) -> Result<f32, NotAProbability> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(NotAProbability(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_probabilities_pass() {
        assert!(Score::new(f32::NAN).is_err() && Score::new(1.01).is_err() && Score::new(-0.1).is_err());
        let (s, t) = (Score::new(0.5).unwrap(), Threshold::new(0.5).unwrap());
        assert!(s.exceeds(t) && !Score::new(0.49).unwrap().exceeds(t));
    }
}
