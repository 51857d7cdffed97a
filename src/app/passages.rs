//! The passages behind citations, as anybody may read them: approved pages for customers that are in force or were when they were
//! cited, and say what they said. Staff's pages, and pages that are not in force yet, do not exist here.

use super::{App, AppError};
use crate::domain::blocks::Block;
use crate::domain::evidence::Passage;
use crate::domain::lang::Lang;
use crate::retrieval::{PolicyQuery, Prior};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// So many passages are offered to staff at once.
const OFFERED: usize = 8;

/// Which passage: the parts of a citation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cited {
    /// The page's id.
    pub page: String,
    /// Its version.
    pub version: u32,
    /// Its language.
    pub language: Lang,
    /// Position of the section, from 0.
    pub section: usize,
    /// Digest of what it said when it was cited.
    pub digest: String,
}

/// A section of a page with what says how far it holds.
#[derive(Debug, Serialize)]
pub struct Shown {
    page: String,
    version: u32,
    title: String,
    heading: String,
    sentences: Vec<String>,
    effective_from: String,
    effective_to: Option<String>,
    in_force: bool,
    reviewed: bool,
}

impl App {
    /// A cited passage.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for what is not there and for what customers may not read, alike.
    pub fn passage(&self, cited: &Cited) -> Result<Shown, AppError> {
        Ok(shown(&self.cited(cited)?, self.today()))
    }

    /// The source line of a passage that a person attaches to what they write: one that a customer may read, and that is in force.
    pub(super) fn attached(&self, cited: &Cited, lang: Lang) -> Result<Block, AppError> {
        let gone =
            || AppError::Invalid { what: "cite: this passage is not in force any more; search for it again".into() };
        let passage = self.cited(cited).ok().filter(|p| p.in_force(self.today())).ok_or_else(gone)?;
        Ok(self.engine().wording.page_source(&passage, lang))
    }

    /// Passages for staff to attach, by words: source lines in the order of relevance, each with the heading of its section.
    ///
    /// # Errors
    /// When the index fails.
    pub fn pages(&self, words: &str, lang: Lang) -> Result<Vec<(String, Block)>, AppError> {
        let (engine, today) = (self.engine(), self.today());
        let prior = Prior::new();
        let query = PolicyQuery { text: words, embedding: None, lang, region: None, payer: None, today, prior: &prior };
        let hits = engine.gatherer.policies.search(&query, OFFERED).map_err(AppError::from)?;
        let may = hits.into_iter().map(|h| h.passage).filter(|p| readable(p, today) && p.in_force(today));
        Ok(may.map(|p| (p.heading.clone(), engine.wording.page_source(&p, lang))).collect())
    }

    fn today(&self) -> Date {
        self.clock().now().to_zoned(self.policy().staffing.zone().clone()).date()
    }

    fn cited(&self, cited: &Cited) -> Result<Passage, AppError> {
        let today = self.today();
        let meant = |p: &&Passage| {
            p.meta.id.as_str() == cited.page
                && p.meta.version == cited.version
                && p.meta.language == cited.language
                && p.section == cited.section
                && p.digest() == cited.digest
        };
        let engine = self.engine();
        let found = engine.pharmacy.passages().find(meant).filter(|p| readable(p, today));
        let planted = |p: &&Passage| engine.planted.scan(&p.scanned()).carries;
        let told = |p: &&Passage| reviewed(p) || engine.wording.may_mark_unreviewed();
        found.filter(told).filter(|p| !planted(p)).cloned().ok_or(AppError::NotFound)
    }
}

/// For customers, approved, and in force or once in force.
fn readable(p: &Passage, today: Date) -> bool {
    let begun = p.meta.effective_from.parse::<Date>().is_ok_and(|from| from <= today);
    begun && p.meta.audience == "customer" && !p.meta.approved_by.is_empty()
}

fn reviewed(p: &Passage) -> bool {
    p.meta.language == Lang::En || !p.meta.translation_reviewed_by.is_empty()
}

fn shown(p: &Passage, today: Date) -> Shown {
    let m = &p.meta;
    Shown {
        page: m.id.0.clone(),
        version: m.version,
        title: m.title.clone(),
        heading: p.heading.clone(),
        sentences: p.sentences.clone(),
        effective_from: m.effective_from.clone(),
        effective_to: Some(m.effective_to.clone()).filter(|to| !to.is_empty()),
        in_force: p.in_force(today),
        reviewed: reviewed(p),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pharmacy::Page;

    fn passage(change: (&str, &str)) -> Passage {
        let text = include_str!("../../index/policies/DL1.md");
        assert!(text.contains(change.0), "`{}` stands elsewhere now", change.0);
        Page::parse(&text.replacen(change.0, change.1, 1), "DL1.md").unwrap().passages.remove(0)
    }

    #[test]
    fn only_approved_pages_for_customers_that_have_begun_are_read() {
        let day: Date = "2026-11-20".parse().unwrap();
        let may = |change| readable(&passage(change), day);
        assert!(may(("+++", "+++")));
        assert!(!may(("audience = \"customer\"", "audience = \"staff\"")));
        assert!(!may(("effective_from = \"2026", "effective_from = \"2027")));
        let text = include_str!("../../index/policies/DL1.md");
        let approved = text.lines().find(|l| l.starts_with("approved_by")).unwrap();
        assert!(!may((approved, "approved_by = \"\"")));
        let old = passage(("effective_to = \"\"", "effective_to = \"2026-11-01\""));
        assert!(readable(&old, day) && !shown(&old, day).in_force, "what was cited may be read, as no longer in force");
    }
}
