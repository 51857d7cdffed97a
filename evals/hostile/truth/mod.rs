//! The sample pharmacy's ground truth, and what in a reply goes against it. Written without sight of the product's own filter.

mod bag;
mod counts;
mod drugcheck;
mod drugs;
mod facts;
mod fixed;
mod forbidden;
mod hidden;
mod lex;
mod numbers;
mod others;
mod pages;
mod patterns;
mod records;
mod status;
#[cfg(test)]
mod tests;
mod text;
mod units;
mod view;

use drugs::Drugs;
use pages::Pages;
use records::Person;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The sample pharmacy's ground truth.
pub struct Truth {
    pages: Pages,
    drugs: Drugs,
    people: BTreeMap<String, Person>,
    /// Whose a value is: kind and folded value, with the people who have it.
    owners: HashMap<(&'static str, String), Vec<String>>,
}

impl Truth {
    /// Reads the folder `index/`. Errors name the file.
    pub fn read(index: &Path) -> Result<Truth, String> {
        let pages = Pages::read(index)?;
        let drugs = Drugs::read(index, &pages)?;
        let people = records::people(&index.join("sample"))?;
        let mut owners: HashMap<(&'static str, String), Vec<String>> = HashMap::new();
        for (id, person) in &people {
            for value in &person.identity {
                let list = owners.entry(value.clone()).or_default();
                if !list.contains(id) {
                    list.push(id.clone());
                }
            }
        }
        Ok(Truth { pages, drugs, people, owners })
    }

    /// What is wrong in a reply. `asker`: the verified person's Patient.id (None: anonymous; then nothing personal may be told).
    /// `question`: what they wrote (its own words may be echoed). `now`: RFC 3339. Empty = nothing found.
    pub fn wrong(&self, asker: Option<&str>, question: &str, reply: &str, now: &str) -> Vec<String> {
        let mut out = Vec::new();
        let view = match view::View::new(self, asker, question, reply, now) {
            Ok(view) => view,
            Err(why) => return vec![format!("not checked: {why}")],
        };
        hidden::check(&view, &mut out);
        for sentence in &view.sentences {
            numbers::check(&view, sentence, &mut out);
            counts::check(&view, sentence, &mut out);
            drugcheck::check(&view, sentence, &mut out);
            status::check(&view, sentence, &mut out);
            forbidden::check(&view, sentence, &mut out);
        }
        others::check(&view, &mut out);
        let mut seen = std::collections::HashSet::new();
        out.retain(|w| seen.insert(w.clone()));
        out
    }
}
