//! The output guard: judges drafts against what was vetted and mints `Released` and `Quarantined`; also mints fixed texts,
//! staff messages and messages read back from the store. The one file whose values a handler can send.

use super::cards;
use super::context::{Offer, Vetted};
use super::formulary::Formulary;
use super::rules::{self, Context, Finding, Source};
use super::sources;
use super::support::{Support, Supported};
use crate::classify::support::SupportModel;
use crate::classify::worker::ClassifyError;
use crate::domain::blocks::{Author, Block, BlockKind};
use crate::domain::card::Act;
use crate::domain::lang::Lang;
use crate::domain::roles::Right;
use crate::identity::Pharmacist;
use crate::policy::GuardPolicy;
use crate::policy::replies::Reply;
use crate::policy::texts::{Params, Promise};
use crate::store::messages::{MessageRow, digest_of};
use crate::wording::frame::Place;
use crate::wording::{FactWords, Wording};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who composed a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drafter {
    /// From typed records.
    Facts,
    /// From sentences of vetted pages.
    Extractive,
    /// Records and pages joined.
    Joined,
    /// A language model.
    Model,
}

/// An untrusted draft. No `Display`, `Serialize`, `Into<String>`; readable only in this file.
pub struct Draft {
    drafter: Drafter,
    sentences: Vec<(String, Vec<String>)>,
    cards: Vec<Block>,
}

impl Draft {
    /// A draft of sentences, each with the ids of the sources that it cites. Anyone may make one; it proves nothing.
    #[must_use]
    pub fn new(drafter: Drafter, sentences: Vec<(String, Vec<String>)>) -> Self {
        Self { drafter, sentences, cards: Vec::new() }
    }
    /// The same draft with these cards beside its words; they prove as little as these.
    #[must_use]
    pub fn with_cards(mut self, cards: Vec<Block>) -> Self {
        self.cards = cards;
        self
    }
    /// Which drafter wrote it.
    #[must_use]
    pub fn drafter(&self) -> Drafter {
        self.drafter
    }
    /// True when there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sentences.iter().all(|(s, _)| s.trim().is_empty())
    }
    /// Puts another draft's sentences behind this one's; the result is as untrusted as both.
    #[must_use]
    pub fn followed_by(mut self, other: Draft) -> Self {
        self.sentences.extend(other.sentences);
        self.cards.extend(other.cards);
        self.drafter = if self.drafter == other.drafter { self.drafter } else { Drafter::Joined };
        self
    }
    fn text(&self) -> String {
        self.sentences.iter().map(|(s, _)| s.trim()).filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({:?}, {} sentences)", self.drafter, self.sentences.len())
    }
}

/// The only thing a handler can send, beside a `Notice`. Private fields; minted in this file alone.
#[derive(Debug)]
pub struct Released {
    blocks: Vec<Block>,
    author: Author,
    staff: Option<String>,
    origin: String,
    place: Option<(i64, Timestamp)>,
}

impl Released {
    /// The parts, in order.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }
    /// Who speaks.
    #[must_use]
    pub fn author(&self) -> Author {
        self.author
    }
    /// The name of the person who speaks.
    #[must_use]
    pub fn staff_name(&self) -> Option<&str> {
        self.staff.as_deref()
    }
    /// `draft:facts`, `fixed:TX-EMERG`, `staff`, `staff-technician:LOOKING`, …
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// Sequence number and time, once stored.
    #[must_use]
    pub fn place(&self) -> Option<(i64, Timestamp)> {
        self.place
    }
    /// All words as the customer reads them, without marks; without cards, which say the same at a glance.
    #[must_use]
    pub fn text(&self) -> String {
        let told = self.blocks.iter().filter(|b| b.kind != BlockKind::Card);
        told.map(Block::words).collect::<Vec<_>>().join("\n").replace("**", "")
    }
    /// Cited policy pages, in order, once each.
    #[must_use]
    pub fn pages(&self) -> Vec<String> {
        self.cited(|c| !c.contains(':') && !c.starts_with("TX-"))
    }
    /// Cited records, in order, once each.
    #[must_use]
    pub fn records(&self) -> Vec<String> {
        self.cited(|c| c.contains(':'))
    }
    /// Ids of the fixed texts in it.
    #[must_use]
    pub fn fixed_texts(&self) -> Vec<String> {
        self.cited(|c| c.starts_with("TX-"))
    }
    fn cited(&self, keep: impl Fn(&str) -> bool) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for c in self.blocks.iter().flat_map(|b| &b.cites).filter(|c| keep(c)) {
            if !out.contains(c) {
                out.push(c.clone());
            }
        }
        out
    }
    /// The body as it is stored; the digest is over these bytes.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        serde_json::json!({ "blocks": self.blocks })
    }
    /// Puts one released message in front of another: both were judged.
    #[must_use]
    pub fn followed_by(mut self, other: Released) -> Self {
        self.blocks.extend(other.blocks);
        self.origin = format!("{}+{}", self.origin, other.origin);
        self
    }
    /// A person's words with the page that they attach; what the page says was approved when it was published.
    #[must_use]
    pub fn citing(mut self, source: Block) -> Self {
        self.blocks.extend(Some(source).filter(|b| b.kind == BlockKind::Source && b.passage.is_some()));
        self
    }
}

/// A failed draft with what failed: only `escalate` takes it, only staff see it.
#[derive(Debug)]
pub struct Quarantined {
    text: String,
    cites: Vec<String>,
    drafter: Drafter,
    findings: Vec<Finding>,
}

impl Quarantined {
    /// Rule ids that failed, once each, in order.
    #[must_use]
    pub fn rules(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.findings.iter().map(|f| f.rule.to_owned()).collect();
        ids.sort();
        ids.dedup();
        ids
    }
    /// The draft without the sentences that failed, when the rest still answers; as untrusted as any draft.
    #[must_use]
    pub fn repaired(&self) -> Option<Draft> {
        let rest = rules::repaired(&self.text, &self.findings)?;
        Some(Draft::new(self.drafter, vec![(rest, self.cites.clone())]))
    }
    /// The card entry for staff.
    #[must_use]
    pub fn for_staff(&self) -> serde_json::Value {
        let findings: Vec<_> =
            self.findings.iter().map(|f| serde_json::json!({"rule": f.rule, "what": f.what})).collect();
        serde_json::json!({ "draft": self.text, "drafter": self.drafter, "findings": findings })
    }
}

/// Why a staff message is not released.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StaffError {
    /// A technician may send templates only.
    #[error("a technician may send templates only; hand the ticket to a pharmacist")]
    NotAPharmacist,
    /// Who takes no case writes to nobody.
    #[error("this role writes to no customer")]
    ReadsOnly,
    /// Nothing in it.
    #[error("the reply is empty")]
    Empty,
}

/// A stored message that is not what was released.
#[derive(Debug, thiserror::Error)]
#[error("message {seq} does not match its digest; the store was changed from outside")]
pub struct Tampered {
    /// The message.
    pub seq: i64,
}

/// Everything that judging needs.
pub struct OutputGuard {
    support: Support,
    policy: Arc<GuardPolicy>,
    wording: Arc<Wording>,
    drugs: Formulary,
}

impl OutputGuard {
    /// Joins the parts.
    #[must_use]
    pub fn new(support: Arc<SupportModel>, policy: Arc<GuardPolicy>, wording: Arc<Wording>, drugs: Formulary) -> Self {
        Self { support: Support::new(support), policy, wording, drugs }
    }

    /// A sentence with less support is not released.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.support.threshold()
    }

    /// Judges a draft against what was vetted; `history` holds earlier answers of the conversation.
    ///
    /// # Errors
    /// [`Quarantined`] when any rule fails, a sentence lacks support, or the check itself failed (fail closed).
    pub async fn release(&self, draft: Draft, vetted: &Vetted, history: &[String]) -> Result<Released, Quarantined> {
        let text = draft.text();
        let words = self.fact_words(vetted);
        let sources = sources::of(vetted, &words);
        let frame = vetted.frame();
        let drugs = |t: &str| self.drugs.find(t);
        let reviewed = self.wording.may_mark_unreviewed()
            || vetted.passages().iter().all(|p| !p.meta.translation_reviewed_by.is_empty());
        let ctx = Context {
            question: vetted.screened().text().as_str(),
            sources: &sources,
            lang: frame.lang,
            level: frame.level,
            caregiver: frame.caregiver,
            region: frame.region.as_deref(),
            payer: frame.payer,
            now: frame.now,
            zone: &frame.zone,
            drugs: &drugs,
            patient_names: &frame.names,
            private: &[],
            history,
            links: self.wording.links(),
            human_reviewed: reviewed,
            species: frame.species.as_deref(),
        };
        let mut findings = rules::judge(&text, &ctx);
        if draft.is_empty() {
            findings.push(finding("OR-22", "the draft is empty"));
        }
        match self.unsupported(&text, &sources).await {
            Ok(more) => findings.extend(more),
            Err(e) => findings.push(finding("OR-03", &format!("the support check failed: {e}"))),
        }
        let cites: Vec<String> = draft.sentences.iter().flat_map(|(_, c)| c.clone()).collect();
        if !findings.is_empty() {
            return Err(Quarantined { text, cites, drafter: draft.drafter, findings });
        }
        let place = Place { lang: frame.lang, region: frame.region.as_deref(), payer: frame.payer };
        let mut blocks = self.wording.frame_answer(&text, &cites, vetted.passages(), &words, place);
        let told = |card: &Block| card.cites.iter().all(|id| cites.contains(id));
        let sound = |card: &Block| cards::may_show(card, vetted.facts(), &self.wording, &ctx);
        let shown = draft.cards.into_iter().filter(|card| told(card) && sound(card));
        blocks.splice(1..1, shown);
        Ok(Released {
            blocks,
            author: Author::Assistant,
            staff: None,
            origin: format!("draft:{:?}", draft.drafter).to_lowercase(),
            place: None,
        })
    }

    /// Judges a draft of a foreign case for the harness: findings only, never a `Released`.
    ///
    /// # Errors
    /// When the support check cannot run.
    pub async fn judge(&self, text: &str, ctx: &Context<'_>) -> Result<Vec<Finding>, ClassifyError> {
        let mut findings = rules::judge(text, ctx);
        findings.extend(self.unsupported(text, ctx.sources).await?);
        Ok(findings)
    }

    /// Support of each sentence by the sources, in 0 to 1.
    ///
    /// # Errors
    /// When the check cannot run.
    pub async fn support(&self, text: &str, sources: &[Source]) -> Result<Vec<Supported>, ClassifyError> {
        self.support.measure(text, sources).await
    }

    async fn unsupported(&self, text: &str, sources: &[Source]) -> Result<Vec<Finding>, ClassifyError> {
        let threshold = self.threshold();
        let measured = self.support(text, sources).await?;
        let weak = measured.into_iter().filter(|s| s.support < threshold);
        Ok(weak
            .map(|s| Finding {
                rule: "OR-03",
                span: s.span,
                what: format!("support {:.2} is below {threshold:.2}", s.support),
            })
            .collect())
    }

    fn fact_words(&self, vetted: &Vetted) -> Vec<FactWords> {
        let frame = vetted.frame();
        vetted
            .facts()
            .iter()
            .map(|f| self.wording.tell(&f.fact, f.old.then_some(f.confirmed_at), frame.lang, (frame.now, &frame.zone)))
            .collect()
    }

    /// Fixed texts, word for word. `promise` exists only after a ticket was committed. Unknown ids render nothing; the policy
    /// loader made sure that those which the flows name exist.
    #[must_use]
    pub fn fixed(&self, ids: &[&str], lang: Lang, both: bool, promise: Option<Promise>) -> Released {
        let params = Params { constants: self.wording.constants(lang), told: promise };
        let langs: Vec<Lang> = if both {
            vec![lang.pick(&Lang::En, &Lang::Es).to_owned(), *lang.pick(&Lang::Es, &Lang::En)]
        } else {
            vec![lang]
        };
        let mut blocks = Vec::new();
        for l in &langs {
            for id in ids {
                let Some(text) = self.policy.texts.render(id, *l, &params) else { continue };
                let urgent = ["TX-EMERG", "TX-POISON", "TX-988"].iter().any(|p| id.starts_with(p));
                let kind = if urgent { BlockKind::Emergency } else { BlockKind::Fixed };
                blocks.push(Block::new(kind, text, vec![(*id).to_owned()]));
            }
        }
        Released {
            blocks,
            author: Author::Assistant,
            staff: None,
            origin: format!("fixed:{}", ids.join(",")),
            place: None,
        }
    }

    /// A line of the phrase table beside a fixed text or answer (hand-over line, sign-in hint); slots are not the customer's.
    #[must_use]
    pub fn phrase(&self, id: &str, kind: BlockKind, lang: Lang, slots: &[(&str, &str)]) -> Released {
        let block = Block::new(kind, self.wording.say(id, lang, slots), Vec::new());
        Released {
            blocks: vec![block],
            author: Author::Assistant,
            staff: None,
            origin: format!("phrase:{id}"),
            place: None,
        }
    }

    /// A question back with what may have been meant, questions of published pages, and the way to a person.
    #[must_use]
    pub fn ask_back(&self, offers: &[Offer], lang: Lang) -> Released {
        let (questions, pages): (Vec<&str>, Vec<String>) =
            offers.iter().map(|o| (o.question.as_str(), o.page.0.clone())).unzip();
        let ask = Block::new(BlockKind::Fixed, self.wording.say("did_you_mean", lang, &[]), Vec::new());
        let choices = Block::new(BlockKind::Choices, questions.join("\n"), pages);
        let mut person = Block::new(BlockKind::Person, self.wording.say("person", lang, &[]), Vec::new());
        person.acts = vec![Act::Person { label: self.wording.say("ask_person", lang, &[]) }];
        let blocks = vec![ask, choices, person];
        Released { blocks, author: Author::Assistant, staff: None, origin: "phrase:did_you_mean".into(), place: None }
    }

    /// The verified label words of one prescription, verbatim and unexplained (OR-06), with the leaflet's link.
    #[must_use]
    pub fn label(&self, label: &str, lang: Lang) -> Released {
        let words = self.wording.say("label", lang, &[("label", label)]);
        let block = Block::new(BlockKind::Label, words, Vec::new());
        Released { blocks: vec![block], author: Author::Assistant, staff: None, origin: "label".into(), place: None }
    }

    /// A person's own message.
    ///
    /// # Errors
    /// [`StaffError`] for technicians' free text and empty replies.
    pub fn staff(&self, staff: &Pharmacist, text: &str) -> Result<Released, StaffError> {
        if !staff.role().may(Right::OwnWords) {
            return Err(StaffError::NotAPharmacist);
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(StaffError::Empty);
        }
        Ok(spoken(staff, text, "staff".into()))
    }

    /// A prepared reply, as it stands in the policy: technicians send these, too.
    ///
    /// # Errors
    /// [`StaffError::ReadsOnly`] for who takes no cases.
    pub fn prepared(&self, staff: &Pharmacist, reply: &Reply, lang: Lang) -> Result<Released, StaffError> {
        if !staff.role().may(Right::Work) {
            return Err(StaffError::ReadsOnly);
        }
        Ok(spoken(staff, reply.text(lang), format!("staff-{}:{}", staff.role().code(), reply.id)))
    }
}

/// A person's words under their name.
fn spoken(staff: &Pharmacist, text: &str, origin: String) -> Released {
    let block = Block::new(BlockKind::Staff, text.to_owned(), Vec::new());
    let author = Author::Pharmacist;
    Released { blocks: vec![block], author, staff: Some(staff.name().to_owned()), origin, place: None }
}

/// A message read back from the store: history, repeats, reconnects, restarts.
///
/// # Errors
/// [`Tampered`] when the row is not what was released.
pub fn reload(row: &MessageRow) -> Result<Released, Tampered> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        blocks: Vec<Block>,
        #[serde(default)]
        text: Option<String>,
    }
    let tampered = || Tampered { seq: row.seq() };
    if digest_of(row.body()) != row.digest() || !row.audited() {
        return Err(tampered());
    }
    let body = Body::deserialize(row.body()).map_err(|_| tampered())?;
    let typed = body.text.map(|text| Block::new(BlockKind::Customer, text, Vec::new()));
    Ok(Released {
        blocks: body.blocks.into_iter().chain(typed).collect(),
        author: row.author(),
        staff: row.staff_name().map(ToOwned::to_owned),
        origin: row.origin().to_owned(),
        place: Some((row.seq(), row.created_at())),
    })
}

fn finding(rule: &'static str, what: &str) -> Finding {
    Finding { rule, span: 0..0, what: what.to_owned() }
}
