//! How often each kind of conversation comes, and what a person's work on one takes: the file that `--mix` names. Cases are weighed by it,
//! so that rare kinds can have many cases and still count for little.

use super::case::{Conversation, RISKY, SERVICE};
use crate::failure::Failure;
use crate::lines::Line;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Shares may miss 1 by so much.
const ROUNDING: f64 = 1e-6;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// Where the shares come from.
    pub about: String,
    /// Conversations a day.
    pub chats_per_day: f64,
    /// Share of each risky kind and of `service`; together 1.
    pub share: BTreeMap<String, f64>,
    /// How often each intent comes within service, in any unit; without it every service conversation counts alike.
    #[serde(default)]
    pub service: BTreeMap<String, f64>,
    /// A person's minutes for one conversation.
    pub minutes: Minutes,
}

/// A person's minutes for one conversation.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// A pharmacist's.
    pub pharmacist: f64,
    /// Customer care's.
    pub care: f64,
}

/// The kinds that are weighed apart, each with its share and the places of its cases.
#[derive(Clone, Debug)]
pub struct Stratum {
    /// Its name in the mix.
    pub name: String,
    /// Of all conversations, 0 to 1.
    pub share: f64,
    /// Its cases.
    pub cases: Vec<usize>,
}

impl Mix {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or its shares make no whole.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
        let mix: Self = toml::from_str(&text).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))?;
        mix.wrong().map_or(Ok(mix), |reason| Err(Failure::file(path, reason)))
    }

    fn wrong(&self) -> Option<String> {
        let kinds: Vec<&str> = RISKY.into_iter().chain([SERVICE]).collect();
        if let Some(kind) = self.share.keys().find(|k| !kinds.contains(&k.as_str())) {
            return Some(format!("share of `{kind}`: kinds are {}", kinds.join(", ")));
        }
        let all = self.share.values().chain(self.service.values());
        let positive = all.clone().all(|s| s.is_finite() && *s >= 0.0);
        let whole: f64 = self.share.values().sum();
        let minutes = [self.minutes.pharmacist, self.minutes.care, self.chats_per_day];
        match () {
            () if !positive || minutes.iter().any(|m| !m.is_finite() || *m < 0.0) => {
                Some("a share, a rate or minutes below 0".into())
            }
            () if (whole - 1.0).abs() > ROUNDING => Some(format!("the shares add up to {whole}, not to 1")),
            () => None,
        }
    }

    /// Sorts cases into the kinds that are weighed apart.
    ///
    /// # Errors
    /// A kind with a share and no case, or with cases and no share.
    pub fn weights(&self, cases: &[Line<Conversation>]) -> Result<Vec<Stratum>, Failure> {
        let by_intent: f64 = self.service.values().sum();
        let mut strata: Vec<Stratum> = Vec::new();
        for (at, line) in cases.iter().enumerate() {
            let kind = line.value.mix.as_str();
            let (name, share) = match (RISKY.contains(&kind), self.service.is_empty()) {
                (true, _) => (kind, self.share.get(kind).copied()),
                (_, true) => (SERVICE, self.share.get(SERVICE).copied()),
                _ => {
                    let within = self.service.get(kind).map(|s| s / by_intent);
                    (kind, self.share.get(SERVICE).zip(within).map(|(all, own)| all * own))
                }
            };
            let Some(share) = share else {
                return Err(Failure::line(&line.file, line.number, format!("the mix has no share of `{name}`")));
            };
            match strata.iter_mut().find(|s| s.name == name) {
                Some(stratum) => stratum.cases.push(at),
                None => strata.push(Stratum { name: name.to_owned(), share, cases: vec![at] }),
            }
        }
        let covered: f64 = strata.iter().map(|s| s.share).sum();
        if (covered - 1.0).abs() > ROUNDING {
            let of = format!("the cases cover {:.1} % of the mix", covered * 100.0);
            return Err(Failure::Input(format!("{of}: every kind with a share needs a case")));
        }
        strata.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(strata)
    }
}
