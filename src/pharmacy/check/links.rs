//! Links that lead nowhere: addresses that are not among `links` of `constants.toml`, and pages, named by id in an address or in the text
//! or by title behind the word “page”, of which none is in force while the naming page is. Whether a website answers is not asked.

use super::{Finding, error};
use crate::domain::evidence::Passage;
use crate::pharmacy::{Page, Pharmacy};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// An address up to what cannot belong to it.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"https?://[^\s)\]>"”»]*"#).ok());
/// The target of a Markdown link.
static TARGET: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\]\(([^)\s]*)\)").ok());
/// A word in the form of a page id.
static ID: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b([A-Z]{2})[0-9]{1,2}\b").ok());
/// A title behind the word “page”.
static TITLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\b(?i:page|página) [“"«]([^”"»]+)[”"»]"#).ok());

/// Findings of all pages.
pub(super) fn check(pharmacy: &Pharmacy) -> Vec<Finding> {
    let letters: BTreeSet<&str> = pharmacy.pages.iter().filter_map(|p| p.meta.id.as_str().get(..2)).collect();
    let mut out = Vec::new();
    for page in &pharmacy.pages {
        let there = |right: &dyn Fn(&Page) -> bool| pharmacy.pages.iter().any(|p| right(p) && p.meets(page));
        for passage in &page.passages {
            let text = format!("{}\n{}", passage.heading, passage.text());
            let mut add = |problem, mend| out.push(error(&page.file, &passage.heading, problem, mend));
            for address in addresses(&text).filter(|a| !allowed(a, pharmacy.constants.links())) {
                add(
                    format!("{address} is not under an address of `links`"),
                    "correct it, or add it to links in constants.toml",
                );
            }
            for target in targets(&text) {
                add(
                    format!("the link to `{target}` leads nowhere"),
                    "write the whole address, or name the page by its title",
                );
            }
            for id in ids(&text, &letters).filter(|id| !there(&|p| p.meta.id.as_str() == *id)) {
                add(
                    format!("names page {id}, and none of that id is in force with it"),
                    "name a page that is, or add it",
                );
            }
            for title in titles(passage).filter(|t| !there(&|p| p.meta.title == *t)) {
                add(
                    format!("names the page “{title}”, and none of that title is in force with it"),
                    "give the title as it stands",
                );
            }
        }
    }
    out
}

/// The addresses of a text without the sentence's own marks.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    ADDRESS.iter().flat_map(|r| r.find_iter(text)).map(|m| m.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?']))
}

/// Without a list anything goes, but for plain http.
fn allowed(address: &str, links: &[String]) -> bool {
    let under = |l: &String| address.starts_with(l.as_str()) || address == l.trim_end_matches('/');
    address.starts_with("https://") && (links.is_empty() || links.iter().any(under))
}

/// Markdown targets that are no address.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let found = TARGET.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| c.get(1));
    found.map(|m| m.as_str()).filter(|t| !t.contains("://"))
}

/// Words that look like the id of a page: with letters by which ids of this pharmacy begin.
fn ids<'t>(text: &'t str, letters: &BTreeSet<&str>) -> impl Iterator<Item = &'t str> {
    let found = ID.iter().flat_map(|r| r.captures_iter(text));
    found.filter(|c| c.get(1).is_some_and(|l| letters.contains(l.as_str()))).filter_map(|c| Some(c.get(0)?.as_str()))
}

fn titles(passage: &Passage) -> impl Iterator<Item = &str> {
    let found = TITLE.iter().flat_map(|r| passage.sentences.iter().flat_map(|s| r.captures_iter(s)));
    found.filter_map(|c| Some(c.get(1)?.as_str().trim_end_matches(['.', ','])))
}
