//! `apothecary release diff --cases`: which decisions of the input guard change from one release to the other, message by message.

use crate::classify::Model;
use crate::classify::rules::RuleSet;
use crate::classify::worker::Classifier;
use crate::cli::{Failure, bar};
use crate::domain::session::Session;
use crate::domain::text::UserText;
use crate::guard::input::{InputGuard, Standing};
use crate::guard::verdict::InputVerdict;
use crate::policy::GuardPolicy;
use crate::release::Release;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;

/// A decision may take so long here: what is compared is what it says.
const PATIENT_MS: u64 = 60_000;

/// A message; other fields of the line do not matter here.
#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    id: String,
    text: String,
}

pub(super) async fn compare(old: &Release, new: &Release, files: &[PathBuf]) -> Result<(), Failure> {
    let cases = read(files)?;
    let (was, is) = (decided(old, &cases).await?, decided(new, &cases).await?);
    let mut changed = 0;
    for (case, (old, new)) in cases.iter().zip(was.iter().zip(&is)).filter(|(_, (old, new))| old != new) {
        changed += 1;
        println!("decision changed: {}: “{}”: {old} → {new}", case.id, case.text);
    }
    println!("{changed} of {} decisions of the input guard change", cases.len());
    Ok(())
}

fn read(files: &[PathBuf]) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let place = format!("{}, line {}", file.display(), n + 1);
            let mut case: Case =
                serde_json::from_str(line).map_err(|e| format!("{place}: {e}; write {{\"text\": …}}"))?;
            if case.id.is_empty() {
                case.id = place;
            }
            cases.push(case);
        }
    }
    Ok(cases)
}

/// What the guard of a release decides on each message, as a first message of somebody unknown.
async fn decided(release: &Release, cases: &[Case]) -> Result<Vec<String>, Failure> {
    let dir = release.guardrails();
    let mut policy = GuardPolicy::load(&dir)?;
    policy.guards.deadline_ms = PATIENT_MS;
    let model = Arc::new(Model::load(&dir.join("model"), release.settings.encoder)?);
    let rules = Arc::new(RuleSet::load(&dir.join("rules"))?);
    let guard = InputGuard::new(rules, Classifier::start(model, 1), Arc::new(policy));
    let bar = bar("decisions");
    bar.set_length(cases.len() as u64);
    let mut out = Vec::with_capacity(cases.len());
    for case in cases {
        out.push(match UserText::parse(&case.text) {
            Ok(text) => {
                let verdict = guard.judge(&text, &Session::default(), Standing::default()).await;
                verdict.map_or_else(|fault| format!("fault: {fault}"), |v| told(&v))
            }
            Err(e) => format!("no message: {e}"),
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(out)
}

fn told(verdict: &InputVerdict) -> String {
    let fired: Vec<String> = verdict.fired.iter().map(ToString::to_string).collect();
    let fired = if fired.is_empty() { String::new() } else { format!(" ({})", fired.join(", ")) };
    format!("{}{fired}{}", verdict.route.code(), if verdict.unsure { ", unsure" } else { "" })
}
