//! The frame that code puts around a judged text: as-of, next step, source, and a way to a person.

use super::{FactWords, Wording, dates};
use crate::domain::blocks::{Block, BlockKind};
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
        let mut blocks = vec![block(BlockKind::Answer, text.to_owned(), unique)];
        if let Some(fact) = facts.first() {
            let old = fact.old.iter().cloned();
            blocks.push(block(
                BlockKind::AsOf,
                std::iter::once(fact.as_of.clone()).chain(old).collect::<Vec<_>>().join(" "),
                Vec::new(),
            ));
        }
        if let Some(next) = facts.iter().find_map(|f| f.next_step.as_ref()).filter(|next| !text.contains(next.as_str()))
        {
            blocks.push(block(BlockKind::NextStep, next.clone(), Vec::new()));
        }
        blocks.extend(self.scope(&cited, place));
        blocks.extend(self.source_line(&cited, facts, lang));
        blocks.push(block(BlockKind::Person, self.say("person", lang, &[]), Vec::new()));
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
        Some(block(BlockKind::Source, self.say("applies", lang, &[("region", &place)]), Vec::new()))
    }

    fn source_line(&self, cited: &[&Passage], facts: &[FactWords], lang: Lang) -> Vec<Block> {
        let mut lines: Vec<String> = facts.first().map(|f| f.source.clone()).into_iter().collect();
        for p in cited {
            let date = p
                .meta
                .effective_from
                .parse()
                .map_or_else(|_| p.meta.effective_from.clone(), |d| dates::full_day(d, lang));
            lines.push(self.say("source", lang, &[("title", &p.meta.title), ("page", &p.meta.id.0), ("date", &date)]));
        }
        if lang == Lang::Es && cited.iter().any(|p| p.meta.translation_reviewed_by.is_empty()) {
            lines.push(self.say("unreviewed", lang, &[]));
        }
        lines.retain(|l| !l.is_empty());
        if lines.is_empty() { Vec::new() } else { vec![block(BlockKind::Source, lines.join(" "), Vec::new())] }
    }
}

fn block(kind: BlockKind, text: String, cites: Vec<String>) -> Block {
    Block { kind, text, cites, rows: Vec::new() }
}

fn first_of_page(passages: &[Passage], at: usize) -> bool {
    passages.get(at).is_some_and(|p| passages.iter().position(|q| q.meta.id == p.meta.id) == Some(at))
}
