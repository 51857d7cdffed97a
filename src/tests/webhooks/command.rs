//! `apothecary webhook` as a process on a data folder.

use super::inbox::{Bench, Inbox};
use crate::support::repo;
use std::path::Path;
use std::process::{Command, Output};

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
    command.current_dir(repo(".")).args(["webhook", "--dir"]).arg(dir).args(args).output().unwrap()
}

fn printed(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn secret(text: &str) -> String {
    let found = text.split_whitespace().find(|w| w.starts_with("whsec_"));
    found.unwrap_or_else(|| panic!("no secret in {text}")).to_owned()
}

#[tokio::test]
async fn receivers_and_deliveries_are_managed_from_the_command_line() {
    let (bench, inbox) = (Bench::new().await, Inbox::new().await);
    let dir = bench.folder.path();
    assert!(printed(dir, &["list"]).contains("no receivers"));
    let added = printed(dir, &["add", "pager", &inbox.url, "--allow-internal", "--form", "pager", "--priority", "P0"]);
    let first = secret(&added);
    assert!(printed(dir, &["test", "pager"]).contains("msg_"));
    bench.catch_up();
    assert_eq!((bench.deliver_stored().await, inbox.verifies(&first)), (1, true));
    assert_eq!(inbox.bodies()[0]["event_action"], "trigger");
    let second = secret(&printed(dir, &["rotate", "pager"]));
    let list = printed(dir, &["list"]);
    for word in ["pager", "P0", "1 arrived, 0 failed", "old secret signs until"] {
        assert!(list.contains(word), "{word}: {list}");
    }
    assert!(!list.contains("whsec_") && first != second, "{list}");

    inbox.answers(410, None);
    printed(dir, &["test", "pager"]);
    bench.catch_up();
    bench.deliver_stored().await;
    assert!(printed(dir, &["list"]).contains("disabled: 410"));
    assert!(printed(dir, &["deliveries"]).contains("msg_"));
    printed(dir, &["enable", "pager"]);
    assert!(printed(dir, &["list"]).contains("last error"));
    printed(dir, &["remove", "pager"]);
    bench.catch_up();
    bench.deliver_stored().await;
    let dead = printed(dir, &["deliveries", "--dead"]);
    let id = dead.split_whitespace().find(|w| w.starts_with("msg_")).unwrap().to_owned();
    assert!(dead.contains("no longer configured"), "{dead}");
    assert!(printed(dir, &["replay", &id]).contains("waits for delivery again"));
    bench.store.verify_audit().await.unwrap();
    let audit = format!("{:?}", bench.store.audit_rows(1, 99).await.unwrap());
    assert!(audit.contains("operator") && !audit.contains("whsec_"), "{audit}");
}

#[tokio::test]
async fn mistakes_on_the_command_line_are_explained() {
    let bench = Bench::new().await;
    let said = |dir: &Path, args: &[&str]| {
        let output = run(dir, args);
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let dir = bench.folder.path();
    assert!(said(Path::new("/no/such/folder"), &["list"]).contains("pass --dir or --config"));
    assert!(said(dir, &["rotate", "nobody"]).contains("apothecary webhook list"));
    assert!(said(dir, &["add", "x", "https://x.example/", "--form", "fax"]).contains("chat, helpdesk, pager"));
    assert!(said(dir, &["add", "x", "https://x.example/", "--priority", "P9"]).contains("P0, P1, P2, P3 or P4"));
    assert!(said(dir, &["add", "x", "http://x.example/"]).contains("https://"));
}
