//! `evals import`: test files of other harnesses as conversations of `evals chat`. What has no counterpart is named, case by case; nothing is
//! dropped in silence.

mod openai;
mod promptfoo;
#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::lines;
use serde_json::{Value, json};
use std::path::PathBuf;

/// `evals import`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "promptfoo: a YAML file with `tests`, or a list of tests; contains, contains-all, contains-any (and the i forms), not-contains and is-refusal \
                  are taken over. OpenAI evals: JSON Lines with `input` and `ideal`, of which one must be in the reply.\n\nExamples:\n  \
                  evals import promptfoo promptfooconfig.yaml --out cases.jsonl && evals chat --cases cases.jsonl\n  \
                  evals import openai samples.jsonl --out cases.jsonl"
)]
pub struct Args {
    /// Which harness it is from
    form: Form,
    /// Its file
    file: PathBuf,
    /// The cases, JSON Lines
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// promptfoo: the variable that holds the customer's message, where there are several
    #[arg(long, value_name = "NAME")]
    var: Option<String>,
    /// Exit with 1 when anything had no counterpart
    #[arg(long)]
    strict: bool,
}

/// The other harness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// promptfoo's YAML
    Promptfoo,
    /// OpenAI evals' JSON Lines
    Openai,
}

/// What a file became.
#[derive(Debug, Default)]
struct Imported {
    cases: Vec<Value>,
    /// What had no counterpart, with its place.
    left: Vec<String>,
}

/// What is expected of the last reply.
#[derive(Debug, Default)]
struct Wanted {
    contains: Vec<String>,
    any: Vec<Vec<String>>,
    absent: Vec<String>,
    refusal: bool,
}

impl Wanted {
    /// As `expect` of a turn; none when nothing is expected.
    fn json(&self) -> Option<Value> {
        let mut out = serde_json::Map::new();
        let mut put = |key: &str, empty: bool, value: Value| {
            if !empty {
                out.insert(key.to_owned(), value);
            }
        };
        put("contains", self.contains.is_empty(), json!(self.contains));
        put("contains_any", self.any.is_empty(), json!(self.any));
        put("absent", self.absent.is_empty(), json!(self.absent));
        // Whoever hands over, refers to emergency help or asks for a sign-in does not do what was asked, either.
        put("route", !self.refusal, json!(["refuse", "privacy", "human", "pharmacist", "emergency", "crisis"]));
        (!out.is_empty()).then_some(Value::Object(out))
    }
}

/// A conversation whose last reply is judged.
fn case(id: &str, said: &[String], wanted: &Wanted, source: Value) -> Value {
    let last = said.len().saturating_sub(1);
    let turn = |(n, text): (usize, &String)| match wanted.json().filter(|_| n == last) {
        Some(expect) => json!({"user": text, "expect": expect}),
        None => json!({"user": text}),
    };
    json!({"id": id, "source": source, "turns": said.iter().enumerate().map(turn).collect::<Vec<_>>()})
}

/// Runs the subcommand.
///
/// # Errors
/// A file that is not of that form, with the place; with `--strict` also when something had no counterpart.
pub fn run(args: &Args) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&args.file).map_err(|e| Failure::file(&args.file, e))?;
    let name = args.file.file_stem().map_or_else(|| "case".into(), |n| n.to_string_lossy().into_owned());
    let read = match args.form {
        Form::Promptfoo => promptfoo::read(&text, &name, args.var.as_deref()),
        Form::Openai => openai::read(&text, &name),
    };
    let imported = read.map_err(|reason| Failure::file(&args.file, reason))?;
    lines::write(Some(&args.out), &imported.cases)?;
    imported.left.iter().for_each(|left| eprintln!("not taken over: {left}"));
    println!(
        "{} cases in {}; {} things had no counterpart",
        imported.cases.len(),
        args.out.display(),
        imported.left.len()
    );
    println!("next: evals chat --cases {}", args.out.display());
    match imported.left.len() {
        n if n > 0 && args.strict => Err(Failure::Gate(format!("{n} things had no counterpart"))),
        _ => Ok(()),
    }
}
