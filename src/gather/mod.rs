//! From a screened message and its conversation to evidence: which records, which pages. Searches and re-reads; decides nothing
//! about what may be said (that is `guard::context`) and words nothing (that is `draft`).

mod ask;
mod choose;
pub mod follow;
mod listed;
mod named;
mod orders;
mod pages;
mod prescriptions;
mod records;
pub mod subject;
mod when;

use crate::classify::worker::{Classifier, ClassifyError};
use crate::domain::evidence::Evidence;
use crate::domain::session::Session;
use crate::guard::context::Frame;
use crate::guard::input::Screened;
use crate::identity::Visitor;
use crate::pharmacy::Pharmacy;
use crate::policy::GuardPolicy;
use crate::policy::guards::{IntentRule, Level};
use crate::retrieval::{IndexError, PolicyIndex, RecordIndex};
use crate::store::{Store, StoreError};
use ask::{Ask, Scope};
use pages::Sought;
use std::sync::Arc;

/// Where evidence comes from.
pub struct Gatherer {
    /// Records, re-read at answer time.
    pub store: Store,
    /// Policy sections.
    pub policies: PolicyIndex,
    /// Finds records by number and drug; never answers from itself.
    pub records: Arc<RecordIndex>,
    /// Embeds the question.
    pub classifier: Classifier,
    /// Intent → records and pages.
    pub policy: Arc<GuardPolicy>,
    /// Everyday names of medicines.
    pub pharmacy: Arc<Pharmacy>,
}

/// Why gathering failed; the turn escalates.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The store.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// The index.
    #[error("the index failed: {0}")]
    Index(#[from] IndexError),
    /// The encoder.
    #[error("the encoder failed: {0}")]
    Classify(#[from] ClassifyError),
}

/// What was found, or why the visitor must identify first.
#[derive(Debug)]
pub enum Gathered {
    /// Evidence, best first; `facts_first` says that records answer and pages only add.
    Found {
        /// Facts and passages.
        evidence: Vec<Evidence>,
        /// A hint to sign in belongs to the answer.
        sign_in_hint: bool,
    },
    /// Only records answer this, and nobody is verified.
    SignIn,
    /// The number that was typed is not theirs: the equal answer of the unverified.
    NotTheirs,
    /// A caregiver asks beyond the scope of the grant, or for a teenager.
    OutOfScope {
        /// True for a person of 12 to 17.
        minor: bool,
    },
}

impl Gatherer {
    /// What a message is about is clear by the page that such messages ask for.
    #[must_use]
    pub fn is_clear(&self, text: &str) -> bool {
        self.policies.clearest(text) >= self.policy.guards.page_clear.value()
    }

    /// The message is, word for word, a question of a published page.
    #[must_use]
    pub fn is_published(&self, text: &str) -> bool {
        self.policies.publishes(text)
    }

    /// Gathers evidence for a screened message; `before` is the customer's message before it.
    ///
    /// # Errors
    /// [`GatherError`]; nothing is answered then.
    pub async fn gather(
        &self,
        (screened, before): (&Screened, Option<&str>),
        session: &Session,
        visitor: &Visitor,
        frame: &Frame,
    ) -> Result<Gathered, GatherError> {
        let text = screened.text().as_str();
        let intent = screened.verdict().intent;
        let Some(rule) = self.policy.guards.intent(intent) else {
            return Ok(Gathered::Found { evidence: Vec::new(), sign_in_hint: false });
        };
        let sought = self.sought(text, before, screened.verdict());
        let asks = &screened.verdict().signals.asks;
        // Who helps somebody asks of them, whatever word is used.
        let personal = subject::is_personal(text) || (frame.caregiver && !subject::is_general(text));
        let verified = visitor.verified().filter(|c| c.level() >= Level::L2);
        if let Some(customer) = verified {
            let words = self.pharmacy.drugs.expand(text);
            let mut ask = Ask::new((text, &words), (intent, rule), asks.clone(), session, customer, frame);
            // First of all what the asker may know: whether a message names a medicine of theirs is told by the answer, too.
            let scope = self.read_scope(&mut ask).await?;
            let named = self.names_something(&ask).await?;
            let unclear = !screened.verdict().clear || matches!(intent.to_string().as_str(), "I09" | "I35");
            let of_record = !ask.asks.is_empty() || (named && (unclear || (personal && subject::is_status(text))));
            // How things work is told by a page, not by the state of an order that happens to be there.
            let how = rule.join && ask.asks.is_empty() && subject::is_general(text) && !named;
            let of_record = of_record || subject::names_number(text);
            if of_record || (!rule.records.is_empty() && !how) {
                if !of_record
                    && !named
                    && let Some(evidence) = self.told_by_pages(&ask, &sought).await?
                {
                    return Ok(Gathered::Found { evidence, sign_in_hint: false });
                }
                let of_this = named && unclear;
                return self.verified(ask, scope, (rule, of_this), &sought).await;
            }
        }
        if rule.records.iter().any(|r| r == "stock") {
            return self.open_stock(text, &sought, frame).await;
        }
        // Only a record tells this; what a page tells needs no sign-in.
        let of_record = asks.iter().any(|a| !a.general) || subject::is_status(text) || subject::names_number(text);
        let of_record = of_record && !self.is_published(text);
        if rule.level >= Level::L2 && personal && of_record && !subject::is_general(text) {
            return Ok(Gathered::SignIn);
        }
        let evidence = self.pages(&sought, frame).await?;
        if evidence.is_empty() && rule.level >= Level::L2 {
            return Ok(Gathered::SignIn);
        }
        let hint = verified.is_none() && (rule.level >= Level::L2 || (personal && !rule.records.is_empty()));
        Ok(Gathered::Found { evidence, sign_in_hint: hint })
    }

    /// Nothing of a record was asked for in words, and pages tell it: how things work, whatever the newest order is doing. A message
    /// that goes on about a record, or asks where something is, is not such a question.
    async fn told_by_pages(&self, ask: &Ask<'_>, sought: &Sought<'_>) -> Result<Option<Vec<Evidence>>, GatherError> {
        let goes_on = follow::leans(ask.text) && ask.session.subjects.iter().any(|s| s.contains(':'));
        if goes_on || subject::is_status(ask.text) {
            return Ok(None);
        }
        let relevance = self.policy.guards.relevance.value();
        let pages = self.pages(sought, ask.frame).await?;
        let told = pages.iter().any(|e| matches!(e, Evidence::Passage(_, r) if *r >= relevance));
        Ok(told.then_some(pages))
    }

    async fn verified(
        &self,
        ask: Ask<'_>,
        scope: Scope,
        (rule, records_only): (&IntentRule, bool),
        sought: &Sought<'_>,
    ) -> Result<Gathered, GatherError> {
        if let Scope::Closed { minor } = scope {
            return Ok(Gathered::OutOfScope { minor });
        }
        if self.names_a_strangers_number(&ask).await? {
            return Ok(Gathered::NotTheirs);
        }
        let mut evidence = self.facts(&ask).await?;
        let plain = rule.level == Level::L2 && subject::is_status(ask.text);
        let enough = !evidence.is_empty() && (records_only || !ask.asks.is_empty() || !rule.join || plain);
        if !enough {
            // Beside a record only the intent's own pages are told.
            let beside = !evidence.is_empty();
            let own = |e: &Evidence| matches!(e, Evidence::Passage(p, _) if rule.pages.contains(&p.meta.id.0));
            evidence.extend(self.pages(sought, ask.frame).await?.into_iter().filter(|e| !beside || own(e)));
        }
        Ok(Gathered::Found { evidence, sign_in_hint: false })
    }
}
