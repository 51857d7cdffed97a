//! Backups as an operator makes and needs them: the drill, a damaged copy, and what must be forgotten in copies, too.

use crate::console::Desk;
use crate::support::{Folder, Options, Site, repo};
use apothecary::domain::clock::{Clock, ScriptedClock};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const EMERGENCY: &str = "I can't breathe and my throat is swelling shut";

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apothecary")).args(args).current_dir(repo(".")).output().unwrap()
}

fn done(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(args: &[&str]) -> String {
    let output = run(args);
    assert!(!output.status.success(), "{args:?} went through");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The one backup of a folder.
fn only(dir: &Path) -> PathBuf {
    let all: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

fn holds(dir: &Path, words: &str) -> bool {
    let files = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    files.filter(|f| f.is_file()).any(|f| std::fs::read(f).unwrap().windows(words.len()).any(|w| w == words.as_bytes()))
}

/// Who was promised a person before the backup and after it is in the queue of the server that comes up on the backup, each once.
#[tokio::test]
async fn the_drill_no_case_is_lost_with_the_store() {
    let (backups, journal, next) = (Folder::new("backups"), Folder::new("journal"), Folder::new("restored"));
    let options = || Options { journal: Some(journal.path().to_owned()), ..Options::default() };
    let site = Site::new(options()).await;
    let before = site.anonymous().await;
    before.say(EMERGENCY).await;
    done(&["backup", "--dir", text(site.folder()), "--to", text(backups.path())]);
    let after = site.anonymous().await;
    after.say("my chest hurts and i cant breathe").await;
    let asked = site.verified("P0001", None).await;
    asked.ask_human(Uuid::now_v7()).await;
    asked.say("where is my order").await;
    // The machine is gone; another one takes over with what lay elsewhere.
    let from = Instant::now();
    let args =
        ["restore", "--from", text(backups.path()), "--dir", text(next.path()), "--journal", text(journal.path())];
    let said = done(&args);
    assert!(
        said.contains("1 open cases, the audit chain holds") && said.contains("4 messages that brought a case"),
        "{said}"
    );
    let site = Site::at(next, options()).await;
    println!("restored and serving after {:.1} s", from.elapsed().as_secs_f64());
    // What is in a case is masked from those who have not claimed it, but not from an auditor.
    let desk = Desk::new(&site, "Ada", "auditor");
    let queue = desk.get("tickets").await;
    let mut words: Vec<String> = Vec::new();
    for case in queue["tickets"].as_array().unwrap() {
        words.push(desk.get(&format!("tickets/{}", case["id"].as_str().unwrap())).await.to_string());
    }
    assert_eq!(words.len(), 3, "{queue}");
    for said in ["throat is swelling shut", "my chest hurts"] {
        assert_eq!(words.iter().filter(|w| w.contains(said)).count(), 1, "{said}");
    }
    site.app.store().verify_audit().await.unwrap();
}

/// What a start makes a case of is in the journal like any other.
#[tokio::test]
async fn a_case_that_a_restart_opens_is_in_the_journal_too() {
    let (folder, journal) = (Folder::new("site"), Folder::new("journal"));
    let line = json!({"conversation": "c1", "message": "m1", "key": "k", "site": "demo", "text": EMERGENCY, "received": Timestamp::now()});
    std::fs::write(folder.path().join("spill.jsonl"), format!("{line}\n")).unwrap();
    let options = Options { journal: Some(journal.path().to_owned()), ..Options::default() };
    let site = Site::at(folder, options).await;
    assert_eq!(site.app.store().open_cases().await.unwrap(), 1);
    assert!(holds(journal.path(), EMERGENCY) && holds(journal.path(), "\"m1\""));
}

#[tokio::test]
async fn a_damaged_copy_is_refused_and_a_store_that_is_there_is_put_aside_not_deleted() {
    let (backups, next) = (Folder::new("backups"), Folder::new("restored"));
    let site = Site::new(Options::default()).await;
    site.anonymous().await.say(EMERGENCY).await;
    done(&["backup", "--dir", text(site.folder()), "--to", text(backups.path())]);
    let file = only(backups.path()).join("apothecary.db");
    let whole = std::fs::read(&file).unwrap();
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let args = ["restore", "--from", text(backups.path()), "--dir", text(next.path())];
    assert!(refused(&args).contains("not what its manifest says; take an older backup"));
    assert!(!next.path().join("apothecary.db").exists());
    std::fs::write(&file, whole).unwrap();
    done(&args);
    assert!(refused(&args).contains("with --replace it is put aside"));
    let said = done(&[&args[..], &["--replace"]].concat());
    assert!(said.contains("what was there is in"), "{said}");
    assert!(
        refused(&["backup", "--dir", text(backups.path()), "--to", text(next.path())]).contains("there is no store at")
    );
    assert!(refused(&["restore", "--from", text(next.path()), "--dir", "x"]).contains("no backup in"));
}

#[tokio::test]
async fn what_is_too_old_goes_from_store_and_backups_and_an_open_case_stays() {
    let backups = Folder::new("backups");
    let long_ago = Timestamp::now() - SignedDuration::from_hours(24 * 40);
    let clock: Arc<dyn Clock> = Arc::new(ScriptedClock::new(long_ago));
    let site = Site::new(Options { clock: Some(clock), ..Options::default() }).await;
    site.anonymous().await.say("do i have to sign for a zebra-canary parcel").await;
    site.anonymous().await.say(&format!("lion-canary: {EMERGENCY}")).await;
    let waiting = site.anonymous().await;
    waiting.say("do i have to sign for a tiger-canary parcel").await;
    waiting.ask_human(Uuid::now_v7()).await;
    let (dir, to) = (text(site.folder()), text(backups.path()));
    done(&["backup", "--dir", dir, "--to", to]);
    let would = done(&["purge", "--dir", dir, "--dry-run"]);
    assert!(
        would.contains("would go: 1 conversations of nobody known") && holds(site.folder(), "zebra-canary"),
        "{would}"
    );
    let gone = done(&["purge", "--dir", dir, "--backups", to, "--by", "Dana"]);
    assert!(
        gone.contains("gone: 1 conversations") && gone.contains("1 cleaned") && gone.contains("open case: 1"),
        "{gone}"
    );
    for folder in [site.folder(), &only(backups.path())] {
        assert!(!holds(folder, "zebra-canary"), "{}", folder.display());
        assert!(holds(folder, "lion-canary") && holds(folder, "tiger-canary"), "{}", folder.display());
    }
    let next = Folder::new("restored");
    done(&["restore", "--from", to, "--dir", text(next.path())]);
    site.app.store().verify_audit().await.unwrap();
}
