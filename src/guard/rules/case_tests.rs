//! Runs `guardrails/cases/output.jsonl`, and helpers for the tests beside the rules.

use super::super::{drugs, judge};
use super::*;

fn formulary(text: &str) -> Vec<(String, Range<usize>)> {
    let names = [
        "lisinopril",
        "metformin",
        "atorvastatin",
        "Lipitor",
        "Eliquis",
        "apixaban",
        "hydroxyzine",
        "sertraline",
        "Ozempic",
    ];
    drugs::find_names(text, &names.map(str::to_owned))
}

/// The broken rules of a case, each once.
pub fn judged(case: &DraftCase) -> Vec<String> {
    let setting = case.setting().unwrap();
    let mut out: Vec<String> =
        setting.with(&formulary, |ctx| judge(&case.draft, ctx)).into_iter().map(|f| f.rule.to_owned()).collect();
    out.dedup();
    out
}

/// The broken rules of an English draft beside one page.
pub fn broken(page: &str, draft: &str) -> Vec<String> {
    let case = serde_json::json!({"id": "t", "question": "what about my order", "context": [{"id": "DL1", "kind": "policy", "text": page}], "draft": draft});
    judged(&serde_json::from_value(case).unwrap())
}

#[test]
fn every_case_is_judged_as_labelled() {
    let text = include_str!("../../../guardrails/cases/output.jsonl");
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: DraftCase = serde_json::from_str(line).unwrap();
        let found = judged(&case);
        let missed = case.broken.clone().unwrap_or_default().into_iter().filter(|b| !found.contains(b)).count();
        if missed > 0 || case.ok != Some(found.is_empty()) {
            wrong.push(format!("{}: expected {:?}, found {found:?}", case.id, case.broken));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sentences copied from pages must pass; `PAGES` names a folder of pages in this test only.
#[test]
fn copied_policy_sentences_pass() {
    let Ok(folder) = std::env::var("PAGES") else { return };
    let (mut all, mut held) = (0, std::collections::BTreeMap::<String, usize>::new());
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let id = entry.file_name().to_string_lossy().replace(".md", "");
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let Some(body) = text.split("+++").nth(2) else { continue };
        for section in body.split("\n## ").skip(1) {
            let (heading, words) = section.split_once('\n').unwrap_or_default();
            let case = serde_json::json!({"id": id, "question": heading, "lang": if id.ends_with(".es") {"es"} else {"en"},
                "context": [{"id": id, "kind": "policy", "text": words.trim()}], "draft": words.trim()});
            all += 1;
            let case: DraftCase = serde_json::from_value(case).unwrap();
            case.setting().unwrap().with(&formulary, |ctx| {
                let found = judge(&case.draft, ctx);
                for f in &found {
                    *held.entry(f.rule.to_owned()).or_default() += 1;
                    println!(
                        "{id} {} {} | {:?}",
                        f.rule,
                        f.what,
                        case.draft.get(f.span.clone()).unwrap_or("").chars().take(120).collect::<String>()
                    );
                }
            });
        }
    }
    println!("{all} sections, findings {held:?}");
}
