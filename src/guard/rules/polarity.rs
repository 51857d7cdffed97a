//! OR-04, as far as it needs no model: a sentence that repeats a source's sentence but for a "not", an "unless" or an "all" says something
//! else. Paraphrases are for the support model.

use super::Finding;
use super::fold::Folded;
use super::scene::Scene;
use super::split;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(super) const DATA: &str = include_str!("../../../guardrails/rules-output/polarity.toml");

/// Share of a sentence's words, those of the families apart, that the source's sentence must hold to be the one that it repeats.
const REPEATS: f32 = 0.9;
/// Share of the source's words that it repeats: less is one clause of several.
const OF_SOURCE: f32 = 0.7;
/// Shorter sentences repeat nothing in particular.
const WORDS: usize = 4;

#[derive(Deserialize)]
struct File {
    family: Vec<Family>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    name: String,
    must: Must,
    words: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Must {
    Same,
    SameKind,
    Kept,
    NoneNew,
}

static FAMILIES: LazyLock<Result<Vec<Family>, String>> = LazyLock::new(|| {
    let file: Result<File, _> = toml::from_str(DATA);
    file.map(|f| f.family).map_err(|e| e.to_string())
});

/// Sentences that repeat a source but for their polarity; when the data do not parse, every draft fails.
pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let families = match &*FAMILIES {
        Ok(families) => families,
        Err(e) => return vec![scene.finding("OR-04", &(0..scene.folded.text.len()), format!("no rule data: {e}"))],
    };
    let sources: Vec<Vec<String>> = scene.own().flat_map(|g| sentences(&g.source.text)).collect();
    let mut out = Vec::new();
    for at in &scene.sentences {
        let said = words(scene.folded.slice(at));
        if said.len() < WORDS {
            continue;
        }
        let cut = |s: &Vec<String>| s.starts_with(&said) && s.get(said.len()).is_some_and(|next| binds(next, families));
        if sources.iter().any(cut) && !sources.contains(&said) {
            out.push(scene.finding("OR-04", at, "repeats a source without the condition behind it"));
            continue;
        }
        let near: Vec<&Vec<String>> = sources.iter().filter(|s| repeats(&said, s, families)).collect();
        let broken = |s: &&Vec<String>| families.iter().find(|f| !f.agree(&said, s));
        // One source sentence that agrees is enough.
        if let Some(family) = near.first().and_then(broken).filter(|_| near.iter().all(|s| broken(s).is_some())) {
            out.push(scene.finding("OR-04", at, format!("repeats a source but for its {}", family.name)));
        }
    }
    out
}

impl Family {
    fn agree(&self, said: &[String], source: &[String]) -> bool {
        let of = |words: &[String]| -> Vec<String> {
            let mut found: Vec<String> = words.iter().filter(|w| self.words.contains(w)).cloned().collect();
            found.sort_unstable();
            found
        };
        let (mut said, mut source) = (of(said), of(source));
        match self.must {
            Must::Same => said == source,
            Must::SameKind => {
                said.dedup();
                source.dedup();
                said == source
            }
            Must::Kept => source.iter().all(|w| said.contains(w)),
            Must::NoneNew => said.iter().all(|w| source.contains(w)),
        }
    }
}

fn sentences(text: &str) -> Vec<Vec<String>> {
    let folded = Folded::new(text);
    split::sentences(text).iter().map(|r| words(folded.slice(&folded.range(r)))).collect()
}

fn words(text: &str) -> Vec<String> {
    let all = text.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|w| w.trim_matches('\''));
    all.filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// A word with which a condition begins.
fn binds(word: &String, families: &[Family]) -> bool {
    families.iter().any(|f| matches!(f.must, Must::Kept) && f.words.contains(word))
}

fn repeats(said: &[String], source: &[String], families: &[Family]) -> bool {
    let plain = |all: &[String]| -> BTreeSet<String> {
        all.iter().filter(|w| !families.iter().any(|f| f.words.contains(w))).cloned().collect()
    };
    let (said, source) = (plain(said), plain(source));
    share(&said, &source) >= REPEATS && share(&source, &said) >= OF_SOURCE
}

/// Share of some words that others hold.
fn share(some: &BTreeSet<String>, others: &BTreeSet<String>) -> f32 {
    some.iter().filter(|w| others.contains(*w)).count() as f32 / some.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use crate::guard::rules::case::tests::broken;

    #[test]
    fn a_turned_sentence_fails_and_a_plain_paraphrase_does_not() {
        let page = "You can change the address until the order is being filled. We do not ship cold items on Fridays.";
        assert!(broken(page, "You can change the address until the order is being filled.").is_empty());
        for turned in [
            "You cannot change the address until the order is being filled.",
            "You can change the address.",
            "You must change the address until the order is being filled.",
            "We do ship cold items on Fridays.",
            "You can always change the address until the order is being filled.",
            "We do not ship cold items on Fridays because cold items ship.",
        ] {
            assert_eq!(broken(page, turned), ["OR-04"], "{turned}");
        }
        assert!(broken(page, "Cold items never leave us on a Friday.").is_empty());
    }
}
