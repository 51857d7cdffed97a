//! Policy sections for a question: lexical and embedding search, with the intent's usual pages as a prior.

use super::{GatherError, Gatherer};
use crate::domain::evidence::Evidence;
use crate::domain::ids::PageId;
use crate::guard::context::Frame;
use crate::policy::guards::IntentRule;
use crate::retrieval::{Hit, PolicyQuery};
use std::time::Duration;

/// Sections that travel to vetting at most.
const SECTIONS: usize = 4;
/// Sections that are looked at.
const CANDIDATES: usize = 24;
/// The encoder may take this long for one question.
const DEADLINE: Duration = Duration::from_millis(700);

impl Gatherer {
    pub(super) async fn pages(
        &self,
        text: &str,
        rule: &IntentRule,
        frame: &Frame,
    ) -> Result<Vec<Evidence>, GatherError> {
        let embedded = self.classifier.infer(vec![text.to_owned()], DEADLINE).await?;
        let prior: Vec<PageId> = rule.pages.iter().map(|p| PageId(p.clone())).collect();
        let embedding = embedded.into_iter().next().map(|i| i.embedding);
        let query = PolicyQuery {
            text,
            embedding: embedding.as_ref(),
            lang: frame.lang,
            region: frame.region.as_deref(),
            payer: frame.payer,
            today: frame.now.to_zoned(frame.zone.clone()).date(),
            pages: &prior,
        };
        let mut hits = self.policies.search(&query, CANDIDATES)?;
        // The intent's own pages first, as long as one of them is relevant: a neighbouring topic reads alike and answers wrongly.
        let relevant = |h: &Hit| h.relevance >= self.policy.guards.relevance.value();
        let own = |h: &Hit| rule.pages.contains(&h.passage.meta.id.0);
        if hits.iter().any(|h| own(h) && relevant(h)) {
            hits.retain(own);
        }
        hits.truncate(SECTIONS);
        Ok(hits.into_iter().map(|h| Evidence::Passage(h.passage, h.relevance)).collect())
    }
}
