//! `apothecary doctor`: what it says of a configuration that can serve, and of several that cannot.

use crate::support::{Folder, copy, repo};
use std::path::Path;
use std::process::Command;

/// Exit status, what it printed, what it said on stderr.
fn doctor(folder: &Folder, guardrails: &Path, port: u16) -> (Option<i32>, String, String) {
    let config = folder.path().join("pharmacy.toml");
    let text = format!(
        "[server]\nport = {port}\nmetrics_port = 1\n[data]\ndir = {:?}\nindex = {:?}\nguardrails = {guardrails:?}\n\
         [site]\nhs256_secret = \"{}\"\n[llm]\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\n[release]\nunsigned = true\n",
        folder.path().join("data"),
        repo("index"),
        "s".repeat(40)
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
    let done = command.arg("doctor").arg("--config").arg(&config).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

fn line<'a>(said: &'a str, what: &str) -> &'a str {
    said.lines().find(|l| l.get(7..).is_some_and(|l| l.starts_with(what))).unwrap_or_else(|| panic!("{what}: {said}"))
}

#[test]
fn a_server_that_can_start_is_told_what_is_worth_a_look() {
    let folder = Folder::new("doctor");
    let (status, said, _) = doctor(&folder, &repo("guardrails"), 0);
    assert_eq!(status, Some(0), "{said}");
    let sound = "configuration;guard policy;model;support head;planted head;modes, texts;texts;lint;store;port";
    for good in sound.split(';') {
        assert!(line(&said, good).starts_with("ok"), "{good}: {said}");
    }
    for look in ["release", "translations", "embedding", "staff", "language model"] {
        assert!(line(&said, look).starts_with("look"), "{look}: {said}");
    }
    assert!(line(&said, "staff").contains("apothecary staff add") && said.contains("worth a look"), "{said}");
    assert!(!folder.path().join("data").exists(), "it makes nothing");
}

#[test]
fn all_that_is_wrong_is_told_in_one_run() {
    let folder = Folder::new("doctor-wrong");
    let guardrails = folder.path().join("guardrails");
    copy(&repo("guardrails"), &guardrails);
    std::fs::remove_dir_all(guardrails.join("support")).unwrap();
    std::fs::write(guardrails.join("guards.toml"), "surprise = 1\n").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (status, said, error) = doctor(&folder, &guardrails, taken.local_addr().unwrap().port());
    assert_eq!(status, Some(1), "{said}");
    assert!(
        line(&said, "support head").starts_with("WRONG") && line(&said, "support head").contains("train-support"),
        "{said}"
    );
    assert!(
        line(&said, "guard policy").starts_with("WRONG") && said.contains("surprise") && error.contains("2 to mend"),
        "{said}{error}"
    );
    assert!(line(&said, "port").starts_with("look") && line(&said, "port").contains("taken"), "{said}");
    assert!(line(&said, "texts").starts_with("ok"), "{said}");
}
