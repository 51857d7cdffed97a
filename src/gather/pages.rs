//! Policy sections for a question: lexical and embedding search, with the intent's usual pages as a prior.

use super::{GatherError, Gatherer, follow};
use crate::domain::evidence::Evidence;
use crate::domain::ids::PageId;
use crate::domain::labels::Intent;
use crate::guard::context::Frame;
use crate::guard::verdict::InputVerdict;
use crate::retrieval::{Hit, PolicyQuery, Prior};
use std::borrow::Cow;
use std::time::Duration;

/// Sections that travel to vetting at most.
const SECTIONS: usize = 4;
/// The encoder may take this long for one question.
const DEADLINE: Duration = Duration::from_millis(700);

/// What pages are searched by.
pub(super) struct Sought<'a> {
    /// The message, with the one before it where it leans on that.
    text: Cow<'a, str>,
    prior: Prior,
}

impl Gatherer {
    /// `before`: the customer's message before this one.
    pub(super) fn sought<'a>(&self, text: &'a str, before: Option<&str>, verdict: &InputVerdict) -> Sought<'a> {
        Sought { text: follow::query(text, before), prior: self.prior(verdict) }
    }

    /// How likely each page is what the message is about, by its intents.
    #[must_use]
    pub fn prior(&self, verdict: &InputVerdict) -> Prior {
        let mut prior = Prior::new();
        for (intent, p) in Intent::all().zip(verdict.signals.intents) {
            for page in self.policy.guards.intent(intent).iter().flat_map(|rule| &rule.pages) {
                *prior.entry(PageId(page.clone())).or_default() += p;
            }
        }
        prior
    }

    pub(super) async fn pages(&self, sought: &Sought<'_>, frame: &Frame) -> Result<Vec<Evidence>, GatherError> {
        let embedded = self.classifier.infer(vec![sought.text.to_string()], DEADLINE).await?;
        let embedding = embedded.into_iter().next().map(|i| i.embedding);
        let query = PolicyQuery {
            text: &sought.text,
            embedding: embedding.as_ref(),
            lang: frame.lang,
            region: frame.region.as_deref(),
            payer: frame.payer,
            today: frame.now.to_zoned(frame.zone.clone()).date(),
            prior: &sought.prior,
        };
        let hits = self.policies.search(&query, SECTIONS)?;
        // What counts as relevant was measured where it is known what people ask; without that the scale is another one.
        let guards = &self.policy.guards;
        let scale = guards.relevance.value() / guards.relevance_unasked.value();
        // There nothing was measured of what only comes near, so that is not near either.
        let unasked = |r: f32| if r >= guards.relevance_unasked.value() { (r * scale).min(1.0) } else { 0.0 };
        let relevance = |h: &Hit| if h.asked.is_some() { h.relevance } else { unasked(h.relevance) };
        Ok(hits.into_iter().map(|h| (relevance(&h), h.passage)).map(|(r, p)| Evidence::Passage(p, r)).collect())
    }
}
