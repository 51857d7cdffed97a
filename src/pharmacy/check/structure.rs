//! Ids, versions and translations of pages; whether every state can be reached.

use super::{Finding, error};
use crate::domain::evidence::PageMeta;
use crate::domain::lang::Lang;
use crate::domain::states::StateCode;
use crate::pharmacy::{Page, Pharmacy};
use std::collections::BTreeSet;

/// Findings over all pages and states.
pub fn check(pharmacy: &Pharmacy) -> Vec<Finding> {
    let mut out = Vec::new();
    for (n, page) in pharmacy.pages.iter().enumerate() {
        let earlier = pharmacy.pages.iter().take(n);
        out.extend(named(page));
        out.extend(unique(page, earlier));
        out.extend(superseded(page, &pharmacy.pages));
        out.extend(translated(page, &pharmacy.pages));
    }
    out.extend(unreachable(pharmacy));
    out
}

fn stem(page: &Page) -> &str {
    page.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".md")
}

/// `DL1.md`, `DL1.es.md`, `DL1.v1.md`: id first, `es` exactly on Spanish pages.
fn named(page: &Page) -> Option<Finding> {
    let parts: Vec<&str> = stem(page).split('.').collect();
    let spanish = parts.contains(&"es");
    let right = parts.first() == Some(&page.meta.id.as_str()) && spanish == (page.meta.language == Lang::Es);
    let problem = format!("the file name does not fit id {} and language {}", page.meta.id, page.meta.language);
    (!right).then(|| error(&page.file, "file name", problem, "name it ID.md, ID.es.md or ID.v1.md"))
}

fn unique<'a>(page: &Page, mut earlier: impl Iterator<Item = &'a Page>) -> Option<Finding> {
    let key = |m: &PageMeta| (m.id.clone(), m.version, m.language, m.jurisdictions.clone(), m.payers.clone());
    let twin = earlier.find(|p| key(&p.meta) == key(&page.meta))?;
    let problem = format!("same id, version, language and scope as {}", twin.file);
    Some(error(&page.file, "id", problem, "give it another id or a higher version"))
}

fn superseded(page: &Page, all: &[Page]) -> Option<Finding> {
    let said = page.meta.supersedes.as_str();
    if said.is_empty() {
        return None;
    }
    let bad = |problem: String, mend: &str| Some(error(&page.file, "supersedes", problem, mend));
    let parsed = said.split_once('@').and_then(|(id, v)| Some((id, v.parse::<u32>().ok()?)));
    let Some((id, version)) = parsed else {
        return bad(format!("`{said}` is no ID@version"), "write it as DL1@1");
    };
    if id == page.meta.id.as_str() && version >= page.meta.version {
        return bad(format!("{said} is not older than this version {}", page.meta.version), "raise the version");
    }
    let file = if page.meta.language == Lang::Es { format!("{id}.v{version}.es") } else { format!("{id}.v{version}") };
    let swapped = format!("{id}.es.v{version}");
    let held =
        |p: &&Page| p.meta.id.as_str() == id && p.meta.version == version && p.meta.language == page.meta.language;
    match all.iter().find(held) {
        None => bad(format!("{said} stands in no file"), "keep the old version as ID.v1.md"),
        Some(old) if stem(old) != file && stem(old) != swapped => {
            bad(format!("{said} is {}", old.file), "name the old version ID.v1.md")
        }
        Some(old) if old.meta.effective_to.is_empty() => Some(error(
            &old.file,
            "effective_to",
            "superseded, but without a last day",
            "write the day before the new version begins",
        )),
        Some(_) => None,
    }
}

fn translated(page: &Page, all: &[Page]) -> Option<Finding> {
    if page.meta.audience != "customer" {
        return None;
    }
    let m = &page.meta;
    match twin(page, all) {
        None => Some(error(
            &page.file,
            "language",
            format!("has no page in `{}`", other(m.language)),
            "add the translation, or customers of that language get this one",
        )),
        Some(t) if t.passages.len() != page.passages.len() && m.language == Lang::Es => {
            let problem = format!("{} sections, but {} has {}", page.passages.len(), t.file, t.passages.len());
            Some(error(&page.file, "sections", problem, "translate section by section, in the same order"))
        }
        Some(_) => None,
    }
}

fn other(lang: Lang) -> Lang {
    if lang == Lang::Es { Lang::En } else { Lang::Es }
}

/// The same page in the other language.
pub(super) fn twin<'a>(page: &Page, all: &'a [Page]) -> Option<&'a Page> {
    let m = &page.meta;
    all.iter().find(|p| {
        p.meta.id == m.id
            && p.meta.version == m.version
            && p.meta.language == other(m.language)
            && p.meta.jurisdictions == m.jurisdictions
            && p.meta.payers == m.payers
    })
}

/// States that no chain of transitions reaches from the first of their machine, or that no other state names.
fn unreachable(pharmacy: &Pharmacy) -> Vec<Finding> {
    let starts = StateCode::all().filter(|c| c.to_string().ends_with("01"));
    let mut reached: BTreeSet<StateCode> = starts.collect();
    let mut open: Vec<StateCode> = reached.iter().copied().collect();
    while let Some(code) = open.pop() {
        let entry = pharmacy.states.get(code);
        open.extend(entry.to.iter().chain(&entry.to_cold).filter(|c| reached.insert(**c)));
    }
    let lost = StateCode::all().filter(|c| !reached.contains(c));
    lost.map(|c| {
        error("states.toml", c.to_string(), "no state leads to it", "add it to the `to` of the states that come before")
    })
    .collect()
}
