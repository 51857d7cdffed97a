//! The words of single cases, for the lists of what failed and for the labels that plots need. Case files that have changed since the run
//! are not read.

use crate::failure::Failure;
use crate::lines;
use crate::suite::folder::Part;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Cases and predictions of one entry.
pub struct Known {
    /// Cases by id.
    pub cases: BTreeMap<String, Map<String, Value>>,
    /// Predictions in order.
    pub predictions: Vec<Map<String, Value>>,
    /// Case files that are gone or changed since.
    pub changed: Vec<PathBuf>,
}

/// What was asked and what was answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The customer's.
    pub asked: Vec<String>,
    /// The product's.
    pub replied: Vec<String>,
}

impl Known {
    /// Reads what there is.
    ///
    /// # Errors
    /// A file that cannot be read as cases.
    pub fn of(dir: &Path, part: &Part) -> Result<Self, Failure> {
        let same = |file: &&PathBuf| lines::digest(file).ok().as_ref() == part.digests.get(&file.display().to_string());
        let (files, changed): (Vec<&PathBuf>, Vec<&PathBuf>) = part.entry.cases.iter().partition(same);
        let files: Vec<PathBuf> = files.into_iter().cloned().collect();
        let mut cases = BTreeMap::new();
        for line in lines::raw(&files, None)? {
            let id = line.value.get("id").and_then(Value::as_str).map(str::to_owned);
            cases.extend(id.map(|id| (id, line.value)));
        }
        Ok(Self { cases, predictions: part.predictions(dir)?, changed: changed.into_iter().cloned().collect() })
    }

    /// The words of a case.
    pub fn words(&self, id: &str) -> Words {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let own = || self.predictions.iter().filter(|p| p.get("id").and_then(Value::as_str) == Some(id));
        let replied = own().filter_map(|p| text(p.get("reply"))).filter(|r| !r.is_empty()).collect();
        let case = self.cases.get(id);
        let turns = case.and_then(|c| c.get("turns")?.as_array()).into_iter().flatten();
        let mut asked: Vec<String> = turns.filter_map(|t| text(t.get("user"))).collect();
        asked.extend(case.and_then(|c| text(c.get("text").or_else(|| c.get("draft")))));
        if asked.is_empty() {
            asked = own().filter_map(|p| text(p.get("user"))).collect();
        }
        Words { asked, replied }
    }
}
