//! The frame that code puts around a judged text: as-of, next step, sources with their passages, and what can be done right here, a way
//! to a person among it.

use super::{FactWords, Wording, dates};
use crate::domain::blocks::{Block, BlockKind};
use crate::domain::card::{Act, PassageRef};
use crate::domain::evidence::Passage;
use crate::domain::facts::Payer;
use crate::domain::lang::Lang;

/// For whom an answer is framed.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Language of the reply.
    pub lang: Lang,
    /// Two-letter state, if known.
    pub region: Option<&'a str>,
    /// Payer class, if known.
    pub payer: Option<Payer>,
}

impl Wording {
    /// The blocks of a released answer (DOMAIN.md 5, "Shape of an answer").
    #[must_use]
    pub fn frame_answer(
        &self,
        text: &str,
        cites: &[String],
        passages: &[Passage],
        facts: &[FactWords],
        place: Place<'_>,
    ) -> Vec<Block> {
        let lang = place.lang;
        let cited: Vec<&Passage> = passages
            .iter()
            .enumerate()
            .filter(|(i, p)| cites.contains(&p.meta.id.0) && first_of_page(passages, *i))
            .map(|(_, p)| p)
            .collect();
        let mut unique = cites.to_vec();
        unique.dedup();
        let mut blocks = vec![Block::new(BlockKind::Answer, text.to_owned(), unique)];
        if let Some(fact) = facts.first() {
            blocks.push(Block::new(BlockKind::AsOf, fact.told_as_of(), Vec::new()));
        }
        if let Some(next) = facts.iter().find_map(|f| f.next_step.as_ref()).filter(|next| !text.contains(next.as_str()))
        {
            blocks.push(Block::new(BlockKind::NextStep, next.clone(), Vec::new()));
        }
        blocks.extend(self.scope(&cited, place));
        blocks.extend(self.sources(&cited, facts, lang));
        let mut person = Block::new(BlockKind::Person, self.say("person", lang, &[]), Vec::new());
        person.acts = facts.first().map(|f| f.offers.clone()).unwrap_or_default();
        person.acts.push(Act::Person { label: self.say("ask_person", lang, &[]) });
        blocks.push(person);
        blocks
    }

    /// OR-23: names the state or plan of a page made for some only.
    fn scope(&self, cited: &[&Passage], place: Place<'_>) -> Option<Block> {
        let Place { lang, region, payer } = place;
        let special = |list: &[String]| !list.iter().any(|x| x == "*");
        let by_state = cited.iter().any(|p| special(&p.meta.jurisdictions));
        let by_plan = cited.iter().any(|p| special(&p.meta.payers));
        let place = match (by_state.then_some(region).flatten(), by_plan.then_some(payer).flatten()) {
            (None, None) => return None,
            (Some(r), None) => r.to_owned(),
            (None, Some(p)) => p.code().to_owned(),
            (Some(r), Some(p)) => format!("{r}, {}", p.code()),
        };
        Some(Block::new(BlockKind::Source, self.say("applies", lang, &[("region", &place)]), Vec::new()))
    }

    /// One line a source: the leading record's, then each page's with the passage behind it; last, that a translation is not reviewed.
    fn sources(&self, cited: &[&Passage], facts: &[FactWords], lang: Lang) -> Vec<Block> {
        let line = |text: String| Block::new(BlockKind::Source, text, Vec::new());
        let mut blocks: Vec<Block> = facts.first().map(|f| line(f.source.clone())).into_iter().collect();
        blocks.extend(cited.iter().map(|p| self.page_source(p, lang)));
        if lang == Lang::Es && cited.iter().any(|p| p.meta.translation_reviewed_by.is_empty()) {
            blocks.push(line(self.say("unreviewed", lang, &[])));
        }
        blocks.retain(|b| !b.text.is_empty());
        blocks
    }

    /// The line of a page with the passage behind it.
    #[must_use]
    pub fn page_source(&self, p: &Passage, lang: Lang) -> Block {
        let from = &p.meta.effective_from;
        let date = from.parse().map_or_else(|_| from.clone(), |d| dates::full_day(d, lang));
        let slots = [("title", p.meta.title.as_str()), ("page", p.meta.id.as_str()), ("date", date.as_str())];
        let mut block = Block::new(BlockKind::Source, self.say("source", lang, &slots), vec![p.meta.id.0.clone()]);
        block.passage = Some(PassageRef {
            page: p.meta.id.0.clone(),
            version: p.meta.version,
            language: p.meta.language.to_string(),
            section: p.section,
            digest: p.digest(),
            title: p.meta.title.clone(),
            effective: self.say("effective", lang, &[("date", &date)]),
        });
        block
    }
}

fn first_of_page(passages: &[Passage], at: usize) -> bool {
    passages.get(at).is_some_and(|p| passages.iter().position(|q| q.meta.id == p.meta.id) == Some(at))
}
