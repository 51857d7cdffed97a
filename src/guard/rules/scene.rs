//! A draft and its context, read once for all rules: folded text, sentences, and the items of draft and sources.

use super::fold::Folded;
use super::items::{self, Item, Role};
use super::{Context, Finding, Source, SourceKind, language, split};
use crate::domain::lang::Lang;
use std::ops::Range;

/// What the rules look at.
pub struct Scene<'a> {
    /// The draft as it is.
    pub raw: &'a str,
    /// All else.
    pub ctx: &'a Context<'a>,
    /// The draft folded.
    pub folded: Folded,
    /// Sentences as folded ranges.
    pub sentences: Vec<Range<usize>>,
    /// Numbers, dates and so on of the draft; spans are folded.
    pub items: Vec<Item>,
    /// The sources folded, with their items.
    pub grounds: Vec<Ground<'a>>,
    /// Drug names in the draft (lower case) with folded ranges.
    pub drugs: Vec<(String, Range<usize>)>,
}

/// One source, read.
pub struct Ground<'a> {
    /// The source.
    pub source: &'a Source,
    /// Its text folded.
    pub folded: Folded,
    /// Its items, those of `as_of` and `effective` among them.
    pub items: Vec<Item>,
}

impl<'a> Scene<'a> {
    /// Reads a draft.
    pub fn new(raw: &'a str, ctx: &'a Context<'a>) -> Self {
        let folded = Folded::new(raw);
        let sentences = split::sentences(raw).iter().map(|r| folded.range(r)).collect();
        let items = items::scan(&folded.text, language::guess(raw));
        let mut drugs: Vec<_> =
            (ctx.drugs)(raw).into_iter().map(|(n, r)| (n.to_lowercase(), folded.range(&r))).collect();
        drugs.sort_by_key(|(_, r)| (r.start, r.end));
        drugs.dedup();
        Self { raw, ctx, folded, sentences, items, grounds: ctx.sources.iter().map(Ground::new).collect(), drugs }
    }
    /// Sources that may support a statement: not another patient's.
    pub fn own(&self) -> impl Iterator<Item = &Ground<'a>> {
        self.grounds.iter().filter(|g| !g.source.foreign)
    }
    /// Own sources of one kind.
    pub fn of(&self, kind: SourceKind) -> impl Iterator<Item = &Ground<'a>> {
        self.own().filter(move |g| g.source.kind == kind)
    }
    /// True if a folded text stands in some own source.
    pub fn supported(&self, folded: &str) -> bool {
        self.own().any(|g| g.folded.text.contains(folded))
    }
    /// The sentence around a folded place.
    pub fn sentence(&self, at: usize) -> Range<usize> {
        self.sentences.iter().find(|r| r.start <= at && at < r.end).cloned().unwrap_or(0..self.folded.text.len())
    }
    /// The folded words of the sentence around a place.
    pub fn sentence_text(&self, at: usize) -> &str {
        self.folded.slice(&self.sentence(at))
    }
    /// A finding at a folded range.
    pub fn finding(&self, rule: &'static str, at: &Range<usize>, what: impl Into<String>) -> Finding {
        Finding { rule, span: self.folded.raw(at), what: what.into() }
    }
}

impl<'a> Ground<'a> {
    fn new(source: &'a Source) -> Self {
        let folded = Folded::new(&source.text);
        let lang: Lang = language::guess(&source.text);
        let mut found = items::scan(&folded.text, lang);
        for (text, role) in [(&source.as_of, Role::AsOf), (&source.effective, Role::Effective)] {
            let extra = text.as_deref().map(|t| items::scan(&Folded::new(t).text, lang)).unwrap_or_default();
            found.extend(extra.into_iter().map(|item| Item { role, ..item }));
        }
        Self { source, folded, items: found }
    }
}
