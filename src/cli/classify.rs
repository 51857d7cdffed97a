//! `apothecary classify`: a text in, all scores out.

use super::Failure;
use crate::classify::rules::RuleSet;
use crate::classify::worker::Classifier;
use crate::classify::{Model, Precision};
use crate::domain::labels::{Intent, Risk};
use crate::domain::session::Session;
use crate::domain::text::UserText;
use crate::guard::input::{InputGuard, Standing};
use crate::guard::verdict::InputVerdict;
use crate::policy::GuardPolicy;
use serde_json::{Value, json};
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `classify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  apothecary classify \"ran out of keppra last night\"\n  cat messages.txt | apothecary classify        one JSON line for each line"
)]
pub struct Args {
    /// The text; without it each line of standard input is one text
    text: Option<String>,
    /// Guard policy folder
    #[arg(long, value_name = "DIR", default_value = "guardrails")]
    guardrails: PathBuf,
    /// How the classifier computes: int8 is fast, fp32 is the reference without `unsafe` code
    #[arg(long, env = "APOTHECARY_DATA__ENCODER", value_name = "HOW", default_value = "int8")]
    encoder: Precision,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let policy = Arc::new(GuardPolicy::load(&args.guardrails)?);
    let rules = Arc::new(RuleSet::load(&args.guardrails.join("rules"))?);
    let model = Arc::new(Model::load(&args.guardrails.join("model"), args.encoder)?);
    let guard = InputGuard::new(rules, Classifier::start(model, 8), policy);
    if let Some(text) = &args.text {
        println!("{}", serde_json::to_string_pretty(&scores(&guard, text).await?)?);
        return Ok(());
    }
    for line in std::io::stdin().lock().lines() {
        println!("{}", scores(&guard, &line?).await?);
    }
    Ok(())
}

async fn scores(guard: &InputGuard, text: &str) -> Result<Value, Failure> {
    let verdict = guard.judge(&UserText::parse(text)?, &Session::default(), Standing::default()).await?;
    Ok(to_json(&verdict))
}

fn to_json(v: &InputVerdict) -> Value {
    let risks: serde_json::Map<_, _> =
        Risk::all().zip(v.signals.risks).map(|(r, p)| (r.to_string(), json!(p))).collect();
    let mut intents: Vec<(Intent, f32)> = Intent::all().zip(v.signals.intents).collect();
    intents.sort_by(|a, b| b.1.total_cmp(&a.1));
    let intents: serde_json::Map<_, _> = intents.into_iter().map(|(i, p)| (i.to_string(), json!(p))).collect();
    json!({
        "route": v.route, "fired": v.fired, "unsure": v.unsure, "risks": risks, "intent": v.intent, "intents": intents,
        "rules": v.signals.rule_ids, "ood": v.signals.ood, "lang": v.signals.lang, "phi": v.signals.phi,
    })
}
