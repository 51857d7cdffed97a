//! The `evals` binary: measures the product through its public API. File formats and commands are in `evals/README.md`.

mod agreement;
mod args;
mod attack;
mod bound;
mod chat;
mod console;
mod crash;
mod dedupe;
mod desk;
mod drafts;
mod encoder;
mod explain;
mod failure;
mod fold;
mod guards;
mod hostile;
mod import;
mod label_map;
mod lines;
mod mutate;
mod offsets;
mod page;
mod pages;
mod passages;
mod patients;
mod plot;
mod public;
mod replay;
mod report;
mod retrieval;
mod sample;
mod serve;
mod server;
mod setup;
mod stats;
mod suite;
mod support;
mod target;
mod traffic;

use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

/// Measure the chatbot: guards, drafts, retrieval and whole conversations
#[derive(Parser, Debug)]
#[command(
    name = "evals",
    version,
    after_help = "Exit codes: 0 ran, 1 a gate or (--strict) an expectation failed, 2 bad input or usage, 3 internal fault.\n\
    Every rate is printed with n and its Wilson 95 % interval.\n\nExamples:\n  \
    evals guards --cases evals/suites/smoke/guards.jsonl\n  evals chat --cases evals/suites/smoke/chat.jsonl --strict\n  \
    evals public --dir open --report public.json"
)]
enum Command {
    /// Input guards on one message
    Guards(guards::Args),
    /// Retrieved text: is it carrying an instruction?
    Passages(passages::Args),
    /// The output guard on one draft answer
    Drafts(drafts::Args),
    /// Groundedness of a claim
    Support(support::Args),
    /// Ranking over a corpus
    Retrieval(retrieval::Args),
    /// The product's own pages: is the one that answers found, and nothing where none does?
    Pages(pages::Args),
    /// Whole conversations, end to end
    Chat(chat::Args),
    /// Everybody asks about everybody else: does anything leak?
    Isolation(chat::isolation::Args),
    /// Scripted patients: whether they get what they came for, and after how many messages
    Patients(patients::Args),
    /// A day of conversations as they come: containment, needless hand-overs, a pharmacist's hours
    Traffic(traffic::Args),
    /// A language model that lies: does a lie reach a customer?
    Hostile(hostile::Args),
    /// Emergencies while the server is killed again and again: is anything promised lost, or told twice?
    Crash(crash::Args),
    /// Do those at the console see a case in time, and read a long queue without delay?
    Desk(desk::Args),
    /// The encoder: speed, and what its eight-bit form changes
    Encoder(encoder::Args),
    /// Two readers' labels of the same texts: do they agree?
    Agreement(agreement::Args),
    /// The same messages misspelt, disguised, pasted or split: what does each way cost?
    Mutate(mutate::Args),
    /// An attacker who may read the scores: which risky messages pass in some form?
    Attack(attack::Args),
    /// Do promised bounds on misses hold for authors that they were not made on?
    Bound(bound::Args),
    /// Public sets through their label maps, one table
    Public(public::Args),
    /// A suite: several measurements into one run folder, resumable
    Run(suite::Args),
    /// A run as a page for people who must sign, and as Markdown, JSON, JUnit XML
    Report(page::Args),
    /// Does a run meet its suite's gates, and is it no worse than a baseline?
    Gate(suite::gate::Args),
    /// Two runs, case by case: what got better, what worse?
    Compare(suite::compare::Args),
    /// A run's failing cases in a browser, and their labels mended by a person
    Serve(serve::Args),
    /// Recorded conversations by the version that is served and by one to be shipped: which decisions change?
    Replay(replay::Args),
    /// One case with its whole trace
    Explain(explain::Args),
    /// Test files of promptfoo or OpenAI evals as conversations
    Import(import::Args),
    /// Texts that nearly repeat, within and across files
    Dedupe(dedupe::Args),
    /// Some cases of a file, by chance and evenly over the values of a field
    Sample(sample::Args),
}

fn main() -> ExitCode {
    let command = Command::parse();
    setup::tls();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return end(&Failure::internal(e)),
    };
    match runtime.block_on(perform(&command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => end(&failure),
    }
}

/// A command as it is typed.
fn parse(line: &[String]) -> Result<Command, clap::Error> {
    Command::try_parse_from(line)
}

/// Runs a command.
async fn perform(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Guards(args) => guards::run(args).await,
        Command::Passages(args) => passages::run(args).await,
        Command::Drafts(args) => drafts::run(args).await,
        Command::Support(args) => support::run(args).await,
        Command::Retrieval(args) => retrieval::run(args).await,
        Command::Pages(args) => pages::run(args).await,
        Command::Chat(args) => chat::run(args).await,
        Command::Isolation(args) => chat::isolation::run(args).await,
        Command::Patients(args) => patients::run(args).await,
        Command::Traffic(args) => traffic::run(args).await,
        Command::Hostile(args) => hostile::run(args).await,
        Command::Crash(args) => crash::run(args).await,
        Command::Desk(args) => desk::run(args).await,
        Command::Encoder(args) => encoder::run(args).await,
        Command::Agreement(args) => agreement::run(args),
        Command::Mutate(args) => mutate::run(args).await,
        Command::Attack(args) => attack::run(args).await,
        Command::Bound(args) => bound::run(args).await,
        Command::Public(args) => public::run(args).await,
        Command::Run(args) => suite::run(args).await,
        Command::Report(args) => page::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Replay(args) => replay::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::Import(args) => import::run(args),
        Command::Dedupe(args) => dedupe::run(args),
        Command::Sample(args) => sample::run(args),
        Command::Gate(args) => suite::gate::run(args),
        Command::Compare(args) => suite::compare::run(args),
    }
}

fn end(failure: &Failure) -> ExitCode {
    eprintln!("error: {failure}");
    failure.code()
}
