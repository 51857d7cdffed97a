//! `apothecary policy`: check, compare, publish and take back what the pharmacy says. Versions are `pharmacy::versions`', findings
//! `pharmacy::check`'s; here they are only put in order and printed.

use super::{Failure, data};
use crate::failpoint;
use crate::pharmacy::versions::{Prepared, VersionError, Versions};
use crate::pharmacy::{Pharmacy, check, diff::diff};
use comfy_table::Table;
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// Arguments of `policy`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A server with `[data] versions` in its configuration answers by the version in force, sees another within a second \
and changes over without a restart.\n\nExamples:\n  \
apothecary policy lint index\n  \
apothecary policy diff --versions versions --data index\n  \
apothecary policy publish --versions versions --data index --by \"R. Okafor\" --note \"new refill times\"\n  \
apothecary policy rollback --versions versions\n  \
apothecary policy list --versions versions"
)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Say what is wrong with the texts of a pharmacy folder, by file and place
    Lint {
        /// The pharmacy folder
        #[arg(value_name = "DIR", default_value = "index")]
        dir: PathBuf,
        /// Show notes too
        #[arg(long)]
        notes: bool,
    },
    /// Say in words what differs: the version in force and the folder, or what is named
    Diff {
        /// From this version or folder
        #[arg(value_name = "A")]
        from: Option<String>,
        /// To this version or folder
        #[arg(value_name = "B")]
        to: Option<String>,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        source: Source,
    },
    /// Check the texts of a folder, keep a copy that never changes, and put it in force
    Publish(Publish),
    /// Put the version before in force again, or any by its number
    Rollback {
        /// The number of a version
        #[arg(value_name = "N")]
        number: Option<u64>,
        #[command(flatten)]
        place: Place,
    },
    /// List the versions: who published each, when and why, and which is in force
    List {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Args)]
struct Place {
    /// Folder of the published versions
    #[arg(long, value_name = "DIR", default_value = "versions")]
    versions: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Source {
    /// Pharmacy folder
    #[arg(long, value_name = "DIR", default_value = "index")]
    data: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Publish {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    source: Source,
    /// Who publishes
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why, for whoever reads the list
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// End as kill -9 would at a step, such as version.switch:before:1 (crash tests)
    #[arg(long, value_name = "PLACE", hide = true)]
    crash_at: Option<failpoint::Place>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    match args.act {
        Act::Lint { dir, notes } => data::tell(&check::texts(&dir, None), notes, &dir),
        Act::Diff { from, to, place, source } => {
            let versions = Versions::new(&place.versions);
            let old = match from {
                Some(from) => texts(&versions, &from)?,
                None => versions.in_force()?.load()?,
            };
            let new = match to {
                Some(to) => texts(&versions, &to)?,
                None => Pharmacy::load(&source.data, None)?,
            };
            show(&diff(&old, &new));
            Ok(())
        }
        Act::Publish(args) => publish(&args),
        Act::Rollback { number, place } => {
            let versions = Versions::new(&place.versions);
            let name = versions.rollback(number)?;
            println!("version {name} is in force");
            let unread = |e| format!("a server of this build refuses it, and goes on with what it has: {e}");
            Ok(versions.in_force()?.load().map(drop).map_err(unread)?)
        }
        Act::List { place } => list(&Versions::new(&place.versions)),
    }
}

/// A version by its number, or else a folder.
fn texts(versions: &Versions, named: &str) -> Result<Pharmacy, Failure> {
    match named.parse() {
        Ok(number) => Ok(versions.numbered(number)?.load()?),
        Err(_) => Ok(Pharmacy::load(Path::new(named), None)?),
    }
}

fn show(lines: &[String]) {
    lines.iter().for_each(|line| println!("{line}"));
    if lines.is_empty() {
        println!("nothing differs");
    }
}

fn publish(args: &Publish) -> Result<(), Failure> {
    if let Some(place) = args.crash_at {
        failpoint::arm(place);
    }
    let by = one_line("--by", &args.by)?;
    if by.is_empty() {
        return Err("--by is empty; say who publishes".into());
    }
    let note = one_line("--note", &args.note)?;
    let versions = Versions::new(&args.place.versions);
    let prepared = versions.prepare(&args.source.data)?;
    data::tell(&check::texts(prepared.folder(), None), false, &args.source.data)?;
    if let Some(known) = compared(&versions, &prepared)? {
        println!("version {known} is in force and has these very texts; nothing was published");
        return Ok(());
    }
    let name = prepared.publish(by, note, Timestamp::now())?;
    println!("version {name} is in force");
    Ok(())
}

/// Prints what will change; the version in force, when nothing will.
fn compared(versions: &Versions, prepared: &Prepared) -> Result<Option<String>, Failure> {
    let old = match versions.in_force() {
        Ok(old) => old,
        Err(VersionError::Nothing { .. }) => {
            println!("the first version");
            return Ok(None);
        }
        // Publishing is how a damaged folder is mended.
        Err(e) => {
            println!("not compared with the version in force: {e}");
            return Ok(None);
        }
    };
    if prepared.same_as(&old.manifest) {
        return Ok(Some(old.name.to_string()));
    }
    match old.load() {
        Ok(was) => {
            println!("what differs from version {}:", old.name);
            show(&diff(&was, &Pharmacy::load(prepared.folder(), None)?));
        }
        // Written for another build of the program: publishing mends that, too.
        Err(e) => println!("not compared with the version in force: {e}"),
    }
    Ok(None)
}

fn one_line<'a>(option: &str, text: &'a str) -> Result<&'a str, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        Err(format!("{option} holds a line break; write one line"))
    } else {
        Ok(text)
    }
}

fn list(versions: &Versions) -> Result<(), Failure> {
    let current = versions.current();
    let mut table = Table::new();
    table.set_header(["version", "digest", "when", "by", "note", ""]);
    for name in versions.names()? {
        let mark = if current.as_ref().is_ok_and(|c| *c == name) { "in force" } else { "" };
        let (number, digest) = (name.number().to_string(), name.digest().to_owned());
        match versions.verified(&name) {
            Ok(v) => {
                let m = v.manifest;
                table.add_row([number, digest, m.published_at.to_string(), m.by, m.note, mark.to_owned()]);
            }
            Err(e) => {
                let problem =
                    if let VersionError::Altered { problem, .. } = &e { problem.clone() } else { e.to_string() };
                let state = format!("{mark} ALTERED").trim().to_owned();
                table.add_row([number, digest, String::new(), String::new(), problem, state]);
            }
        }
    }
    println!("{table}");
    match current {
        Ok(_) => Ok(()),
        Err(e) => Err(e.into()),
    }
}
