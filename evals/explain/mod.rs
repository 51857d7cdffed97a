//! `evals explain`: one case played anew, with everything that led to what it got. A message is judged by the input guard, a conversation
//! goes through the whole turn.

mod message;
mod turns;

use crate::args::Common;
use crate::chat::scenario::{KNOWN, Scenario};
use crate::failure::Failure;
use crate::guards;
use crate::lines::{self, Line};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// `evals explain`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  evals explain tr-namesake-1 --cases evals/datasets/traps.jsonl")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Its id
    case: String,
    /// Files to look in, in the format of `guards` or `chat`; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Runs the subcommand.
///
/// # Errors
/// No such case, or one of another format.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let is = |line: &Line<Map<String, Value>>| line.value.get("id").and_then(Value::as_str) == Some(&args.case);
    let found = lines::raw(&args.files, Some("id"))?.into_iter().find(is);
    let line = found.ok_or_else(|| Failure::Input(format!("no case `{}` in these files", args.case)))?;
    println!("{} ({} line {})", args.case, line.file.display(), line.number);
    if line.value.contains_key("turns") {
        let scenario = lines::parse::<Scenario>(vec![line], &KNOWN)?.remove(0);
        turns::explain(&args.common, &scenario).await
    } else if line.value.contains_key("text") {
        let case = guards::parsed(vec![line])?.remove(0);
        message::explain(&args.common, &case.value).await
    } else {
        Err(Failure::line(
            &line.file,
            line.number,
            "neither `turns` nor `text`: `explain` reads cases of `chat` and `guards`",
        ))
    }
}

/// One line of what is told; nothing is written `–`.
fn told(name: &str, value: &str) {
    println!("  {name:<11} {}", if value.is_empty() { "–" } else { value });
}

/// A list in one line.
fn list(all: impl IntoIterator<Item = impl ToString>) -> String {
    all.into_iter().map(|v| v.to_string()).collect::<Vec<_>>().join(", ")
}
