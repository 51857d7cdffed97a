//! A person's file and the list of who was told, made as an operator makes them beside a running server.

use crate::console::{Desk, ticket_of};
use crate::support::{Folder, Options, Site, repo};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use uuid::Uuid;

fn run(site: &Site, rest: &[&str]) -> Output {
    because(site, "asked on 12 Nov", rest)
}

fn because(site: &Site, reason: &str, rest: &[&str]) -> Output {
    let who = ["person", "--dir", site.folder().to_str().unwrap(), "--by", "Dana Weiss", "--reason", reason];
    let args = [&who[..], rest].concat();
    Command::new(env!("CARGO_BIN_EXE_apothecary")).args(args).current_dir(repo(".")).output().unwrap()
}

fn refused(output: &Output, with: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(with), "{said}");
}

fn read(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{name} is open to others");
    std::fs::read_to_string(path).unwrap()
}

/// What was said about two people: one asks and is helped by a person, a caregiver asks for the other.
async fn talked(site: &Site) -> Desk {
    let chat = site.verified("P0001", None).await;
    chat.say("where is my order? <b>my mark</b>").await;
    chat.ask_human(Uuid::now_v7()).await;
    let desk = Desk::new(site, "Maria", "pharmacist");
    let ticket = ticket_of(&desk, &chat).await;
    let id = ticket["id"].as_str().unwrap().to_owned();
    desk.done(&id, "claim", json!({})).await;
    desk.get(&format!("tickets/{id}")).await;
    desk.done(&id, "note", json!({ "text": "called the carrier" })).await;
    site.verified("P0004", Some("P0003")).await.say("where is the order? other mark").await;
    desk
}

#[tokio::test]
async fn a_person_gets_all_that_is_held_about_them_and_nothing_of_anybody_else() {
    let (site, out) = (Site::new(Options::default()).await, Folder::new("person"));
    talked(&site).await;
    let dir = out.path().join("P0001");
    let at = dir.to_str().unwrap();
    let made = run(&site, &["file", "P0001", "--out", at]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let file: Value = serde_json::from_str(&read(&dir, "person.json")).unwrap();
    let page = read(&dir, "person.html");
    let talk = &file["conversations"][0];
    assert_eq!(file["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(talk["messages"][0]["words"], "where is my order? <b>my mark</b>");
    assert_eq!(talk["messages"][0]["by"], "customer");
    let answer = &talk["messages"][1];
    assert!(answer["by"] == "assistant" && answer["sources"].to_string().contains("order:"), "{answer}");
    assert_eq!(answer["digest"].as_str().unwrap().len(), 64);
    assert_eq!(talk["cases"][0]["notes"][0]["text"], "called the carrier");
    assert!(file["records"].as_array().unwrap().iter().any(|r| r["kind"] == "patient" && r["id"] == "P0001"));
    assert!(page.contains("&lt;b&gt;my mark") && page.contains("called the carrier"), "{page}");
    for other in ["other mark", "P0004"] {
        assert!(!file.to_string().contains(other) && !page.contains(other), "`{other}` is somebody else's");
    }
    // A second time into the same folder overwrites nothing; the first has left its row.
    refused(&run(&site, &["file", "P0001", "--out", at]), "choose another --out");
    let rows = site.app.store().audit_rows(1, 1000).await.unwrap();
    let copies: Vec<_> = rows.iter().map(|r| &r.body["record"]).filter(|r| r["act"] == "person_file").collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!((&copies[0]["patient"], &copies[0]["by"]), (&json!("P0001"), &json!("Dana Weiss")));
    assert!(site.app.store().verify_audit().await.is_ok());
}

#[tokio::test]
async fn who_was_told_of_a_person_is_listed_staff_caregivers_and_copies() {
    let (site, out) = (Site::new(Options::default()).await, Folder::new("told"));
    talked(&site).await;
    let list = |person: &str, name: &str| {
        let dir = out.path().join(name);
        let made = run(&site, &["--zone", "America/Chicago", "disclosures", person, "--out", dir.to_str().unwrap()]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (read(&dir, "disclosures.csv"), read(&dir, "disclosures.html"))
    };
    let (one, page) = list("P0001", "one");
    let has = |table: &str, words: &str| table.lines().any(|l| l.contains(words));
    assert!(has(&one, "\"staff\",\"staff-Maria (pharmacist)\",\"claim\""), "{one}");
    assert!(has(&one, "read the case and its conversation"), "{one}");
    assert!(!one.contains("caregiver") && !one.contains("mark"), "{one}");
    assert!(page.contains("<h1>Who was told about P0001</h1>") && page.contains(" C"), "{page}");
    let (two, _) = list("P0004", "two");
    assert!(has(&two, "\"caregiver\",\"P0003\"") && !two.contains("Maria"), "{two}");
    // The list itself is the next entry.
    let (again, _) = list("P0001", "again");
    assert!(has(&again, "\"operator\",\"Dana Weiss\",\"listed who was told: asked on 12 Nov\""), "{again}");
    let later = out.path().join("later");
    let none = run(&site, &["disclosures", "P0001", "--since", "2199-01-01", "--out", later.to_str().unwrap()]);
    assert!(none.status.success() && read(&later, "disclosures.csv").lines().count() == 1);
}

#[tokio::test]
async fn what_cannot_be_made_is_said_and_leaves_no_row() {
    let (site, out) = (Site::new(Options::default()).await, Folder::new("nobody"));
    let dir = out.path().join("x");
    let at = dir.to_str().unwrap();
    refused(&run(&site, &["file", "P9999", "--out", at]), "nothing is held about `P9999`");
    refused(&run(&site, &["disclosures", "P9999", "--out", at]), "nothing is held about `P9999`");
    refused(&run(&site, &["--zone", "Mars/Base", "file", "P0001", "--out", at]), "is no zone");
    refused(&because(&site, " ", &["file", "P0001", "--out", at]), "must say something");
    assert!(!dir.exists());
    let rows = site.app.store().audit_rows(1, 1000).await.unwrap();
    assert!(!rows.iter().any(|r| r.body["record"]["act"].as_str().is_some_and(|a| a.starts_with("person_"))));
}
