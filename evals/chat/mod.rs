//! `evals chat`: whole conversations through the real turn, end to end.

mod drafted;
mod expect;
pub mod isolation;
pub mod llm;
pub mod scenario;
mod score;
mod slices;
pub mod world;

use crate::args::Common;
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::setup;
use crate::target;
use apothecary::app::{AppError, TurnRequest};
use apothecary::domain::ids::{ConversationId, MessageId};
use apothecary::guard::output::Released;
use apothecary::trace::Trace;
use jiff::Timestamp;
use scenario::{KNOWN, Scenario, Turn, check};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use world::World;

/// The scripted server answers at once; a busy machine may be late.
pub const SCRIPTED_TIMEOUT: Duration = Duration::from_secs(30);

/// `evals chat`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  evals chat --cases evals/suites/smoke/chat.jsonl --strict\n  \
    evals chat --cases s.jsonl --predictions out.jsonl --llm-base-url http://127.0.0.1:8080/v1 --llm-model m\n    \
    evals chat --cases s.jsonl --target http://127.0.0.1:8000/v1 --target-model m --target-system prompt.txt")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Scenarios, JSON Lines; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also print answered, as expected and rated for each value of this field of the cases, such as topic or state
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// What people said of the answers, JSON Lines with id and first_sentence (yes, partly, no; counted for answers only), or id, status, next and as_of (yes, no)
    #[arg(long, value_name = "FILE")]
    ratings: Option<PathBuf>,
    /// A chat-completions server for turns without `llm`
    #[arg(long, value_name = "URL", env = "APOTHECARY_LLM__BASE_URL")]
    llm_base_url: Option<String>,
    /// Its model
    #[arg(long, value_name = "NAME", env = "APOTHECARY_LLM__MODEL", default_value = "")]
    llm_model: String,
    /// Its key; better in the environment
    #[arg(long, value_name = "KEY", env = "APOTHECARY_LLM__API_KEY", hide_env_values = true)]
    llm_api_key: Option<String>,
    /// Milliseconds for one call
    #[arg(long, value_name = "MS", env = "APOTHECARY_LLM__TIMEOUT_MS", default_value_t = 8_000)]
    llm_timeout_ms: u64,
    /// `signed` when the server is not on loopback
    #[arg(long, value_name = "WORD", env = "APOTHECARY_LLM__BAA", default_value = "")]
    llm_baa: String,
    #[command(flatten)]
    target: target::Args,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let mut scenarios: Vec<Line<Scenario>> = lines::read(&args.files, &KNOWN)?;
    check(&scenarios)?;
    let target = args.target.target()?;
    let all = scenarios.len();
    // What our own language model says cannot be put into another chatbot's mouth.
    scenarios.retain(|s| target.is_none() || s.value.turns.iter().all(|t| t.llm.is_none()));
    let model = args.llm_base_url.as_deref().filter(|u| !u.is_empty()).map(|url| {
        let key = args.llm_api_key.clone().filter(|k| !k.is_empty()).map(SecretString::from);
        apothecary::config::model_settings(url, &args.llm_model, key, args.llm_timeout_ms, &args.llm_baa)
    });
    let model = model.transpose().map_err(Failure::Input)?;
    // The feed's confirmations never fall back, so scenarios are played in the order of their clocks.
    let mut order: Vec<(usize, Vec<Timestamp>)> = Vec::new();
    for (at, line) in scenarios.iter().enumerate() {
        order.push((at, line.value.times().map_err(|e| Failure::line(&line.file, line.number, e))?));
    }
    order.sort_by_key(|(at, times)| (times.first().copied(), *at));
    let Some(start) = order.first().and_then(|(_, t)| t.first().copied()) else {
        return Err(Failure::Input("no scenario in the case files".into()));
    };
    let scripts = scenarios.iter().any(|s| s.value.turns.iter().any(|t| t.llm.is_some()));
    let scripted = scripts.then_some(SCRIPTED_TIMEOUT);
    let world = World::build(&args.common, model, scripted, start).await?;
    let mut played: Vec<Vec<Value>> = vec![Vec::new(); scenarios.len()];
    let bar = setup::bar(scenarios.len(), "scenarios");
    for (at, times) in &order {
        if let (Some(line), Some(slot)) = (scenarios.get(*at), played.get_mut(*at)) {
            *slot = match &target {
                Some(target) => target.play(&line.value, world.records()).await,
                None => play(&world, &line.value, times, &args.common).await?,
            };
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let carried =
        scenarios.iter().zip(&played).flat_map(|(s, all)| all.iter().map(|p| lines::carried(p.clone(), &s.extra)));
    lines::write(args.common.predictions.as_deref(), &carried.collect::<Vec<_>>())?;
    let mut report = Report::new("chat", setup::provenance(&args.common, &world.plain.engine())?);
    if let Some(target) = &target {
        report.count("not played: the case says what our own language model answers", all - scenarios.len());
        target.remark(&mut report);
    }
    score::score(&mut report, &scenarios, &played);
    drafted::drafted(&mut report, &scenarios, &played, args.by.as_deref());
    slices::slices(&mut report, &scenarios, &played, args.by.as_deref(), &slices::ratings(args.ratings.as_deref())?);
    report.finish(&args.common, &args.files)
}

/// One conversation from its beginning.
pub async fn play(
    world: &World,
    scenario: &Scenario,
    times: &[Timestamp],
    common: &Common,
) -> Result<Vec<Value>, Failure> {
    Ok(traced(world, scenario, times, common).await?.into_iter().map(|(line, _)| line).collect())
}

/// The same with the trace of each turn; a text that is no message has none.
pub async fn traced(
    world: &World,
    scenario: &Scenario,
    times: &[Timestamp],
    common: &Common,
) -> Result<Vec<(Value, Option<Trace>)>, Failure> {
    traced_until(world, scenario, times, common, &|_| false).await
}

/// The same, but no further than the first prediction that is enough.
pub async fn traced_until(
    world: &World,
    scenario: &Scenario,
    times: &[Timestamp],
    common: &Common,
    enough: &(dyn Fn(&Value) -> bool + Sync),
) -> Result<Vec<(Value, Option<Trace>)>, Failure> {
    let mut out = Vec::with_capacity(times.len());
    let key = format!("evals-{}", scenario.id);
    let mut conversation: Option<ConversationId> = None;
    for (n, (turn, now)) in scenario.turns.iter().zip(times).enumerate() {
        world.at(*now).await?;
        let visitor = world.visitor(scenario, *now)?;
        let id = match conversation.clone() {
            Some(id) => id,
            None => world.plain.open(&visitor, &key, "evals", None).await.map_err(Failure::internal)?,
        };
        conversation = Some(id.clone());
        let name = name(common, &scenario.id, n);
        let request = TurnRequest {
            visitor,
            key: key.clone(),
            conversation: id,
            message: MessageId(name.clone()),
            text: turn.user.clone(),
            received: *now,
        };
        let said = say(world, turn, request, (&scenario.id, n, &name), common).await?;
        let done = enough(&said.0);
        out.push(said);
        if done {
            break;
        }
    }
    Ok(out)
}

async fn say(
    world: &World,
    turn: &Turn,
    request: TurnRequest,
    (id, n, name): (&str, usize, &str),
    common: &Common,
) -> Result<(Value, Option<Trace>), Failure> {
    let app = match (&turn.llm, &world.scripted) {
        (Some(llm), Some((app, script))) => {
            llm.texts().into_iter().for_each(|texts| script.set(texts));
            app
        }
        _ => &world.plain,
    };
    let start = Instant::now();
    let said = app.turn(request, &|_| ()).await;
    let micros = common.micros(start);
    let said = match said {
        Ok(said) => said,
        Err(AppError::Text(e)) => return Ok((refused(id, n, name, e.code()), None)),
        Err(e) => return Err(Failure::internal(format!("scenario {id}, turn {n}: {e}"))),
    };
    let trace = said.trace.ok_or_else(|| Failure::internal(format!("scenario {id}, turn {n}: the store failed")))?;
    let mut line = prediction(id, n, name, &said.messages, &trace, micros);
    if !common.no_timing {
        line["stages"] = json!(trace.micros);
    }
    Ok((line, Some(trace)))
}

fn prediction(id: &str, n: usize, name: &str, messages: &[Released], trace: &Trace, micros: u64) -> Value {
    let reply: Vec<String> = messages.iter().map(Released::text).collect();
    let flat = |of: fn(&Released) -> Vec<String>| messages.iter().flat_map(of).collect::<Vec<_>>();
    let rejected: BTreeSet<&String> = trace.rejected.iter().collect();
    let escalation = trace.escalation.as_ref().map(|(p, r)| json!({ "priority": p, "reason": r }));
    json!({
        "id": id, "turn": n, "route": trace.route, "reply": reply.join("\n"), "cites": flat(Released::pages),
        "facts": flat(Released::records), "fixed_text": flat(Released::fixed_texts), "escalation": escalation,
        "fired": trace.fired, "drafter": trace.drafter, "rejected": rejected, "repaired": trace.repaired, "fault": trace.fault,
        "intent": trace.intent, "unsure": trace.unsure, "trace": name, "micros": micros,
    })
}

/// A text that is no message.
fn refused(id: &str, n: usize, name: &str, code: &str) -> Value {
    json!({
        "id": id, "turn": n, "route": "refuse", "reply": "", "cites": [], "facts": [], "fixed_text": [],
        "escalation": null, "fired": [], "drafter": null, "rejected": code, "trace": name, "micros": 0,
    })
}

/// The trace's id: random, or with `--no-timing` derived from case, turn and seed.
fn name(common: &Common, id: &str, turn: usize) -> String {
    if !common.no_timing {
        return uuid::Uuid::now_v7().to_string();
    }
    let digest = Sha256::digest(format!("{id}\n{turn}\n{}", common.seed));
    hex::encode(digest).chars().take(32).collect()
}
