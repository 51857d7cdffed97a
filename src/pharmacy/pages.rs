//! `policies/*.md`: TOML front matter between `+++` lines, a body cut into sections at `## ` headings.

use super::sentences::split;
use super::{Fault, shifted, toml_fault};
use crate::domain::evidence::{PageMeta, Passage};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const RISK_CLASSES: [&str; 6] = ["service", "money", "clinical", "controlled", "privacy", "safety"];

/// One policy page in one language and version.
#[derive(Clone, Debug)]
pub struct Page {
    /// File, relative to the folder: `policies/DL1.md`.
    pub file: String,
    /// Front matter.
    pub meta: PageMeta,
    /// Its sections in order.
    pub passages: Vec<Passage>,
}

impl Page {
    /// Parses the text of the page called `file`.
    ///
    /// # Errors
    /// The faults of the front matter, or an empty body.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let one = |place: &str, problem: &str, mend: &str| vec![Fault::new(file, place, problem, mend)];
        let rest = text
            .strip_prefix("+++\n")
            .ok_or_else(|| one("line 1", "does not begin with +++", "put the front matter first"))?;
        let end = rest.find("\n+++").ok_or_else(|| one("front matter", "is not closed", "end it with a line +++"))?;
        let (front, body) = rest.split_at(end);
        let body = body.trim_start_matches("\n+++");
        let meta: PageMeta = toml::from_str(front).map_err(|e| vec![toml_fault(file, front, 1, &e)])?;
        let faults = meta_faults(&meta, file);
        if !faults.is_empty() {
            return Err(faults);
        }
        let passages = sections(body, &meta);
        if passages.is_empty() {
            return Err(one("body", "has no text", "write at least one sentence"));
        }
        Ok(Self { file: file.to_owned(), meta, passages })
    }

    /// Whether there is a day on which both are in force, reviews apart.
    pub(super) fn meets(&self, other: &Page) -> bool {
        let ends = |m: &PageMeta, from: &Page| {
            let (end, start) = (m.effective_to.parse::<Date>(), from.meta.effective_from.parse::<Date>());
            end.is_ok_and(|end| start.is_ok_and(|start| end < start))
        };
        !ends(&self.meta, other) && !ends(&other.meta, self)
    }

    /// Whether both speak, in one language, to the same people.
    pub(super) fn same_readers(&self, other: &Page) -> bool {
        let (a, b) = (&self.meta, &other.meta);
        (a.language, &a.audience, &a.jurisdictions, &a.payers) == (b.language, &b.audience, &b.jurisdictions, &b.payers)
    }

    pub(super) fn shift(&mut self, weeks: i64) {
        let metas = self.passages.iter_mut().map(|p| &mut p.meta).chain([&mut self.meta]);
        for m in metas {
            for date in [&mut m.effective_from, &mut m.effective_to, &mut m.approved_on, &mut m.next_review] {
                *date = shifted(date, weeks);
            }
        }
    }
}

fn meta_faults(meta: &PageMeta, file: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, problem: String, mend: &str| faults.push(Fault::new(file, field, problem, mend));
    if !meta.effective_from.parse::<Date>().is_ok_and(|_| true) {
        fault("effective_from", format!("`{}` is no date", meta.effective_from), "write it as 2026-10-01");
    }
    let dates =
        [("effective_to", &meta.effective_to), ("approved_on", &meta.approved_on), ("next_review", &meta.next_review)];
    for (field, value) in dates {
        if !value.is_empty() && value.parse::<Date>().is_err() {
            fault(field, format!("`{value}` is no date"), "write it as 2026-10-01, or \"\" for none");
        }
    }
    if !["customer", "staff"].contains(&meta.audience.as_str()) {
        fault("audience", format!("`{}` is unknown", meta.audience), "write customer or staff");
    }
    if !RISK_CLASSES.contains(&meta.risk_class.as_str()) {
        fault(
            "risk_class",
            format!("`{}` is unknown", meta.risk_class),
            "write one of service, money, clinical, controlled, privacy, safety",
        );
    }
    for (field, list) in [("jurisdictions", &meta.jurisdictions), ("payers", &meta.payers)] {
        if list.is_empty() {
            fault(field, "is empty, so that the page applies to nobody".into(), "write [\"*\"] for all");
        }
    }
    if meta.title.trim().is_empty() || meta.id.as_str().is_empty() {
        fault("title", "id or title is empty".into(), "give both; the title stands in the source line");
    }
    faults
}

/// Text before the first heading becomes section 0 under the page's title.
fn sections(body: &str, meta: &PageMeta) -> Vec<Passage> {
    let mut parts: Vec<(String, String)> = vec![(meta.title.clone(), String::new())];
    for line in body.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            parts.push((heading.trim().to_owned(), String::new()));
        } else if let Some((_, text)) = parts.last_mut().filter(|_| !line.starts_with("# ")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let parts = parts.into_iter().map(|(heading, text)| (heading, split(&text))).filter(|(_, s)| !s.is_empty());
    let passage = |(section, (heading, sentences))| Passage {
        meta: meta.clone(),
        section,
        heading,
        sentences,
        asked: Vec::new(),
        lead: 0,
    };
    parts.enumerate().map(passage).collect()
}

/// The pages of `dir`, and of `fallback` those whose file `dir` lacks; broken ones become faults.
pub(super) fn read_all(dir: &Path, fallback: Option<&Path>, faults: &mut Vec<Fault>) -> Vec<Page> {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for folder in [fallback, Some(dir)].into_iter().flatten() {
        let found = std::fs::read_dir(folder.join("policies")).into_iter().flatten().flatten().map(|e| e.path());
        for path in found.filter(|p| p.extension().is_some_and(|e| e == "md")) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            files.insert(format!("policies/{name}"), path);
        }
    }
    if files.is_empty() {
        faults.push(Fault::new(
            "policies",
            "folder",
            "holds no page",
            "add policies/ID.md; without pages nothing can be answered",
        ));
    }
    let mut pages = Vec::new();
    for (file, path) in files.into_iter().filter(|(f, _)| !f.to_lowercase().ends_with("readme.md")) {
        match std::fs::read_to_string(&path) {
            Ok(text) => match Page::parse(&text, &file) {
                Ok(page) => pages.push(page),
                Err(found) => faults.extend(found),
            },
            Err(e) => faults.push(Fault::new(file, "file", format!("cannot be read: {e}"), "save it as UTF-8")),
        }
    }
    pages
}
