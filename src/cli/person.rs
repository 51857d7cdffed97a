//! `apothecary person`: one person's file for their own copy, and who was told of it. Each is an audit row before it is a file.

use super::Failure;
use crate::domain::ids::PatientId;
use crate::person;
use crate::store::Store;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Arguments of `person`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is written speaks of health and is for its owner's eyes: only the account that runs this can read the files. Check who asks before you hand them \
over. Webhook deliveries are listed for as long as retention.toml keeps them; labels that were exported name nobody and are not listed.\n\nExamples:\n  \
apothecary person --dir data --by \"Dana Weiss\" --reason \"asked for it on 12 Nov\" file P0013 --out /secure/P0013\n  \
apothecary person --dir data --by \"Dana Weiss\" --reason \"yearly accounting\" disclosures P0013 --since 2026-01-01 --out /secure/P0013-told"
)]
pub struct Args {
    /// Data folder of the server
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    /// Who does this, for the audit
    #[arg(long, value_name = "NAME", value_parser = said)]
    by: String,
    /// Why, for the audit
    #[arg(long, value_name = "WORDS", value_parser = said)]
    reason: String,
    /// Zone in which times are told on the page, such as America/Chicago
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    zone: TimeZone,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Copy everything that is held about a person: person.html to read, person.json for machines
    File {
        /// The person's id in the feed
        person: String,
        /// A folder to make
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// List who was told something of a person, and when: disclosures.html to read, disclosures.csv for machines
    Disclosures {
        /// The person's id in the feed
        person: String,
        /// From this day (in the zone) on
        #[arg(long, value_name = "DAY")]
        since: Option<Date>,
        /// A folder to make
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

fn said(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("must say something: it stands in the audit".into()) } else { Ok(text.to_owned()) }
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("`{name}` is no zone; use one such as America/New_York"))
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let (store, now) = (super::store(&args.dir).await?, Timestamp::now());
    match &args.act {
        Act::File { person, out } => {
            let person = PatientId(person.clone());
            let file = person::file(&store, &person, now).await?;
            if file.is_empty() {
                return Err(nothing(&person).into());
            }
            let folder = folder(out)?;
            recorded(&store, &args, "person_file", &person, now).await?;
            private(folder, "person.html", &person::file_page(&file, &args.zone))?;
            private(folder, "person.json", &serde_json::to_string_pretty(&file)?)?;
            println!(
                "{}: {} conversations with {} messages and {} cases, {} records",
                out.display(),
                file.conversations.len(),
                file.messages(),
                file.cases(),
                file.records.len()
            );
        }
        Act::Disclosures { person, since, out } => {
            let person = PatientId(person.clone());
            let since = match since {
                Some(day) => day.to_zoned(args.zone.clone())?.timestamp(),
                None => Timestamp::UNIX_EPOCH,
            };
            let all = person::disclosures(&store, &person, since).await?;
            if all.is_empty() && person::file(&store, &person, now).await?.is_empty() {
                return Err(nothing(&person).into());
            }
            let folder = folder(out)?;
            recorded(&store, &args, "person_disclosures", &person, now).await?;
            private(folder, "disclosures.html", &person::accounting_page(person.as_str(), &all, since, &args.zone))?;
            private(folder, "disclosures.csv", &person::csv(&all))?;
            println!("{}: {} entries", out.display(), all.len());
        }
    }
    Ok(())
}

fn nothing(person: &PatientId) -> String {
    format!("nothing is held about `{person}`; ids are those of the feed, such as P0013")
}

/// No row, no copy.
async fn recorded(store: &Store, args: &Args, act: &str, person: &PatientId, now: Timestamp) -> Result<(), Failure> {
    let record = json!({ "act": act, "patient": person, "by": args.by, "reason": args.reason, "role": "operator" });
    store.append_audit(now, None, &record).await?;
    Ok(())
}

/// A new folder that only its owner opens: nothing that lies there is overwritten.
fn folder(out: &Path) -> Result<&Path, Failure> {
    let made = std::fs::DirBuilder::new().mode(0o700).create(out);
    made.map_err(|e| format!("{}: {e}; choose another --out", out.display()))?;
    Ok(out)
}

fn private(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    let at = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(at)?;
    file.write_all(text.as_bytes()).map_err(at)?;
    Ok(())
}
