//! The support check: is each sentence of a draft carried by the vetted sources? Sentences that stand there word for word are; the others
//! go, beside the source sentences that speak of the same, through the model of `classify::support`. Measures only; `output` decides.

use super::premise::{self, Piece};
use super::rules::{Source, sentences};
use crate::classify::ModelError;
use crate::classify::align::Trail;
use crate::classify::support::{SENTENCES, SupportModel};
use crate::classify::worker::ClassifyError;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The check may take this long for one draft, waiting included.
const DEADLINE: Duration = Duration::from_secs(2);
/// Drafts that are checked at the same time: each uses every core.
const AT_ONCE: usize = 2;

/// How well one sentence of a draft is supported.
#[derive(Debug, Clone, PartialEq)]
pub struct Supported {
    /// Bytes of the sentence in the draft.
    pub span: Range<usize>,
    /// In 0 to 1.
    pub support: f32,
    /// Ids of the sources that it stands in, or of the one that speaks most of the same.
    pub cites: Vec<String>,
}

/// Measures drafts, a few at a time.
pub struct Support {
    model: Arc<SupportModel>,
    turns: Arc<Semaphore>,
}

impl Support {
    /// Over a loaded model.
    #[must_use]
    pub fn new(model: Arc<SupportModel>) -> Self {
        Self { model, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// A sentence with less support is not released.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.model.threshold()
    }

    /// Measures every sentence of `text` against `sources`.
    ///
    /// # Errors
    /// When the model fails, is late or overloaded: the caller fails closed.
    pub async fn measure(&self, text: &str, sources: &[Source]) -> Result<Vec<Supported>, ClassifyError> {
        let mut out: Vec<Supported> = sentences(text).into_iter().map(|span| verbatim(text, span, sources)).collect();
        let words = |s: &Supported| text.get(s.span.clone()).unwrap_or_default().trim().to_owned();
        let open: Vec<usize> = (0..out.len()).filter(|at| out.get(*at).is_some_and(|s| s.cites.is_empty())).collect();
        let claims: Vec<String> = open.iter().filter_map(|at| out.get(*at)).map(words).collect();
        let own = sources.iter().filter(|s| !s.foreign);
        let pieces: Vec<(String, String)> =
            own.flat_map(|s| premise::split(&s.text).into_iter().map(|t| (s.id.clone(), t.to_owned()))).collect();
        if claims.is_empty() || pieces.is_empty() {
            return Ok(out);
        }
        for (at, (support, cite)) in open.into_iter().zip(self.judged(claims, pieces).await?) {
            if let Some(slot) = out.get_mut(at) {
                slot.support = support;
                slot.cites = cite.into_iter().collect();
            }
        }
        Ok(out)
    }

    /// Scores of claims with the source that speaks most of the same, off the runtime's threads.
    async fn judged(
        &self,
        claims: Vec<String>,
        pieces: Vec<(String, String)>,
    ) -> Result<Vec<(f32, Option<String>)>, ClassifyError> {
        let model = Arc::clone(&self.model);
        let turns = Arc::clone(&self.turns);
        let failed = |reason: String| ClassifyError::Failed(reason);
        let run = async {
            let turn = turns.acquire_owned().await.map_err(|e| failed(e.to_string()))?;
            let work = move || {
                let scored = score(&model, &claims, &pieces);
                drop(turn);
                scored
            };
            let done = tokio::task::spawn_blocking(work).await;
            done.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))
        };
        timeout(DEADLINE, run).await.map_err(|_| ClassifyError::Timeout)?
    }
}

fn score(
    model: &SupportModel,
    claims: &[String],
    pieces: &[(String, String)],
) -> Result<Vec<(f32, Option<String>)>, ModelError> {
    let texts: Vec<&str> = claims.iter().chain(pieces.iter().map(|(_, t)| t)).map(String::as_str).collect();
    let seen = model.see(&texts)?;
    let (said, known) = seen.split_at(claims.len().min(seen.len()));
    let views: Vec<Piece<'_>> =
        pieces.iter().zip(known).map(|((_, text), s)| Piece { text, embedding: &s.embedding }).collect();
    let one = |(claim, seen): (&String, &crate::classify::Seen)| {
        let best = premise::ranked(claim, &seen.embedding, &views);
        let likeness = best.first().map_or(0.0, |(_, like)| *like);
        let trails: Vec<&Trail> =
            best.iter().take(SENTENCES).filter_map(|(at, _)| known.get(*at)).map(|s| &s.trail).collect();
        let cite = best.first().and_then(|(at, _)| pieces.get(*at)).map(|(id, _)| id.clone());
        Ok((model.score(&seen.trail, &trails, likeness)?, cite))
    };
    claims.iter().zip(said).map(one).collect()
}

/// True when the words stand in a text from the beginning of a sentence to the end of one: without its condition a sentence is another.
fn whole(text: &str, words: &str) -> bool {
    let begins = |before: &str| before.is_empty() || before.trim_end().ends_with(['.', '!', '?', ':', '…']);
    let ends = |after: &str| after.is_empty() || words.ends_with(['!', '?', ':']) || after.starts_with(['.', '!', '?']);
    !words.is_empty()
        && text.match_indices(words).any(|(at, found)| {
            let (before, rest) = (text.get(..at), text.get(at + found.len()..));
            before.is_some_and(begins) && rest.is_some_and(ends)
        })
}

/// A sentence with the sources that hold it word for word.
fn verbatim(text: &str, span: Range<usize>, sources: &[Source]) -> Supported {
    let sentence = premise::folded(text.get(span.clone()).unwrap_or_default());
    let holds = |s: &&Source| !s.foreign && whole(&premise::folded(&s.text), &sentence);
    let cites: Vec<String> = sources.iter().filter(holds).map(|s| s.id.clone()).collect();
    Supported { span, support: if cites.is_empty() { 0.0 } else { 1.0 }, cites }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_sentences_stand_word_for_word() {
        let text =
            premise::folded("Shipping: We can ship to your new state if we ship there. Ask us! It takes 5 days.");
        for (words, stands) in [
            ("we can ship to your new state if we ship there", true),
            ("we can ship to your new state", false),
            ("ship to your new state if we ship there", false),
            ("ask us!", true),
            ("it takes 5 days", true),
            ("", false),
        ] {
            assert_eq!(whole(&text, words), stands, "{words}");
        }
    }
}
