//! Does a retrieved text carry an instruction for whoever composes the answer? The model says so, and a hit of a rule weighs with it; what cannot
//! be judged counts as one. What was judged once is remembered, since pages are read again and again. What follows is decided where evidence is vetted.

use crate::classify::ModelError;
use crate::classify::planted::Planted;
use crate::classify::rules::RuleSet;
use crate::domain::score::{Score, Threshold};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// Texts that are remembered; then it begins anew.
const REMEMBERED: usize = 50_000;
/// The texts of one answer may take this long together.
const DEADLINE: Duration = Duration::from_secs(2);

/// What is found in one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scan {
    /// Probability of an instruction, 0 to 1; 1 where nothing can judge.
    pub score: f32,
    /// The text is taken to carry one.
    pub carries: bool,
}

/// The score of a text; none where it has no words.
type Judge = dyn Fn(&str) -> Result<Option<Score>, ModelError> + Send + Sync;

/// Judges retrieved texts. Shared between threads by `Arc`.
pub struct Scanner {
    judge: Box<Judge>,
    threshold: f32,
    known: Mutex<HashMap<[u8; 32], Scan>>,
}

impl Scanner {
    /// Over rules and a loaded model.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, model: Arc<Planted>) -> Self {
        let threshold = model.threshold();
        Self::over(threshold, move |text| model.score(text, !rules.planted(text).is_empty()))
    }

    fn over(
        threshold: Threshold,
        judge: impl Fn(&str) -> Result<Option<Score>, ModelError> + Send + Sync + 'static,
    ) -> Self {
        Self { judge: Box::new(judge), threshold: threshold.value(), known: Mutex::default() }
    }

    /// Judges a text: some milliseconds a sentence when it is new.
    #[must_use]
    pub fn scan(&self, text: &str) -> Scan {
        let key: [u8; 32] = Sha256::digest(text).into();
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scan) = known().get(&key) {
            return *scan;
        }
        let score = match (self.judge)(text) {
            Ok(score) => score.map_or(0.0, Score::value),
            Err(e) => {
                tracing::error!("a retrieved text was not judged, so it is not used: {e}");
                return Scan { score: 1.0, carries: true };
            }
        };
        let scan = Scan { score, carries: score >= self.threshold };
        let mut known = known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, scan);
        scan
    }

    /// Those of some texts that carry nothing, judged off the runtime's threads; none where that fails or takes too long.
    pub async fn clean(self: &Arc<Self>, texts: Vec<String>) -> HashSet<String> {
        let scanner = Arc::clone(self);
        let judge = move || texts.into_iter().filter(|t| !scanner.scan(t).carries).collect();
        if let Ok(Ok(clean)) = timeout(DEADLINE, tokio::task::spawn_blocking(judge)).await {
            return clean;
        }
        tracing::error!("retrieved texts were not judged in time: none of them is used");
        HashSet::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn scanner(judge: impl Fn(&str) -> Result<Option<Score>, ModelError> + Send + Sync + 'static) -> Arc<Scanner> {
        Arc::new(Scanner::over(Threshold::new(0.5).unwrap(), judge))
    }

    #[tokio::test]
    async fn what_cannot_be_judged_is_not_used() {
        let texts = || vec!["one".to_owned(), "two".to_owned()];
        let broken = scanner(|text| if text == "one" { Err(ModelError::NotFinite) } else { Ok(None) });
        assert!(broken.scan("one").carries && broken.known.lock().unwrap().is_empty(), "nor is it remembered");
        assert_eq!(broken.clean(texts()).await, HashSet::from(["two".to_owned()]));
        let panics = scanner(|_| panic!("out of memory"));
        assert!(panics.clean(texts()).await.is_empty());
        let slow = scanner(|_| {
            std::thread::sleep(DEADLINE);
            Ok(None)
        });
        assert!(slow.clean(texts()).await.is_empty());
    }

    #[test]
    fn a_text_is_judged_once_and_the_threshold_counts_as_found() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let exact = scanner(move |text| {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(Some(Score::new(if text == "clean" { 0.49 } else { 0.5 }).unwrap()))
        });
        for _ in 0..3 {
            assert!(exact.scan("planted").carries && !exact.scan("clean").carries);
        }
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
