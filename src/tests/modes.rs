//! What the assistant may answer by itself: drafts that a pharmacist sends, topics and languages that are stopped, the stop button and the
//! command line, on open conversations.

use crate::console::{Desk, ticket_of};
use crate::support::{Chat, Folder, Options, Site, code, copy, repo};
use apothecary::learn;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::process::{Command, Output};

const QUESTION: &str = "How long does delivery take?";

async fn site() -> Site {
    Site::new(Options::default()).await
}

async fn set(site: &Site, who: &Desk, verb: &str, body: Value) -> reqwest::Response {
    site.post(&format!("/api/v1/console/{verb}"), body.to_string(), &[(who.proof.0, &who.proof.1)]).await
}

/// The page that a question is answered from.
async fn topic(site: &Site) -> String {
    site.anonymous().await.say(QUESTION).await.cites().into_iter().next().expect("a cited page")
}

async fn suggestion(desk: &Desk, id: &str) -> Value {
    let all = desk.get(&format!("tickets/{id}")).await["suggestions"].as_array().unwrap().clone();
    all.into_iter().next_back().unwrap_or_default()
}

#[tokio::test]
async fn a_topic_that_is_only_suggested_is_sent_by_a_pharmacist_who_edits_it() {
    let site = site().await;
    let (maria, lena) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Lena", "lead"));
    let tina = Desk::new(&site, "Tina", "technician");
    let scope = format!("topic:{}", topic(&site).await);
    let body = json!({"scope": scope, "mode": "suggest", "reason": "page under review"});
    assert_eq!(set(&site, &maria, "pause", body).await.status(), 200);

    let chat = site.anonymous().await;
    let said = chat.say(QUESTION).await;
    assert!(said.cites_text("TX-REVIEW") && !said.words().contains("business days"), "{}", said.words());
    let ticket = ticket_of(&maria, &chat).await;
    let id = ticket["id"].as_str().unwrap();
    assert_eq!((&ticket["reason"], &ticket["queue"]), (&json!("mode"), &json!("clinical")));
    assert_eq!(code(tina.act(id, "claim", json!({})).await).await.0, 403, "who may not send words of their own");
    assert_eq!(suggestion(&maria, id).await, Value::Null, "masked until claimed");

    maria.done(id, "claim", json!({})).await;
    let drafted = suggestion(&maria, id).await;
    let text = drafted["body"]["text"].as_str().unwrap().to_owned();
    assert!(
        text.contains("days") && drafted["body"]["sources"][0].as_str().unwrap().contains("effective"),
        "{drafted}"
    );
    assert!(!text.contains("Talk to"), "a person sends it: {text}");
    assert_eq!(suggestion(&lena, id).await, Value::Null, "only to whom the case is");

    let version = maria.get(&format!("tickets/{id}")).await["ticket"]["version"].clone();
    let wrong = json!({"version": version, "text": "x", "suggestion": "no-such-message"});
    assert_eq!(code(maria.act(id, "reply", wrong).await).await.0, 422);
    let sent = format!("Hello! {text}");
    let reply = json!({"version": version, "text": sent, "suggestion": drafted["message"]});
    let detail = maria.done(id, "reply", reply).await;
    assert_eq!(detail["suggestions"], json!([]), "it is answered");
    assert!(chat.history().await.to_string().contains("Hello! "));

    let (cases, _) = learn::export(site.app.store(), Timestamp::UNIX_EPOCH).await.unwrap();
    let [edit] = cases.try_into().unwrap();
    let label = &edit["label"]["body"];
    assert!(label["sent"].as_str().unwrap().starts_with("Hello! ") && label["suggested"] == text.as_str(), "{label}");
    assert_eq!((&edit["text"], &edit["turn"]["mode"]), (&json!(QUESTION), &json!("suggest")));

    assert_eq!(set(&site, &lena, "resume", json!({"scope": scope})).await.status(), 200);
    assert!(site.anonymous().await.say(QUESTION).await.words().contains("days"), "live again");
}

#[tokio::test]
async fn a_stop_of_everything_holds_in_open_conversations_and_leaves_emergencies_alone() {
    let site = site().await;
    let maria = Desk::new(&site, "Maria", "pharmacist");
    let (open, clinical) = (site.verified("P0001", None).await, site.anonymous().await);
    assert!(open.say(QUESTION).await.words().contains("days"));
    let body = json!({"scope": "all", "mode": "off", "reason": "wrong copays told"});
    assert_eq!(set(&site, &maria, "pause", body).await.status(), 200);

    assert!(open.say("where is my order?").await.cites_text("TX-PAUSED"));
    assert_eq!(ticket_of(&maria, &open).await["reason"], "mode");
    assert!(site.anonymous().await.say("hello").await.cites_text("TX-PAUSED"));
    assert!(site.anonymous().await.say("I can't breathe and my throat is swelling shut").await.cites_text("TX-EMERG"));
    assert!(clinical.say("Can I take ibuprofen with my lisinopril?").await.cites_text("TX-CLIN"));
    let label = site.verified("P0001", None).await.say("Can I take ibuprofen with my lisinopril?").await;
    assert!(
        label.cites_text("TX-CLIN") && !label.has_kind("label"),
        "nothing is read from a record: {}",
        label.words()
    );
    let shown = maria.get("modes").await;
    assert_eq!((&shown["pauses"][0]["scope"], &shown["pauses"][0]["name"]), (&json!("all"), &json!("Maria")));
    assert!(site.app.store().verify_audit().await.unwrap() > 0);
}

#[tokio::test]
async fn the_owner_of_a_chat_is_shown_what_the_assistant_would_say_but_never_to_a_clinical_question() {
    let site = site().await;
    let (maria, omar) = (Desk::new(&site, "Maria", "pharmacist"), Desk::new(&site, "Omar", "pharmacist"));
    let chat = site.verified("P0001", None).await;
    chat.ask_human(uuid::Uuid::now_v7()).await;
    let id = ticket_of(&maria, &chat).await["id"].as_str().unwrap().to_owned();
    maria.done(&id, "claim", json!({})).await;

    assert!(chat.say("Can I take ibuprofen with my lisinopril?").await.0.is_empty());
    assert_eq!(suggestion(&maria, &id).await, Value::Null, "a clinical answer is never drafted");
    assert!(chat.say("where is my order?").await.0.is_empty(), "the assistant is silent");
    let drafted = suggestion(&maria, &id).await;
    assert!(drafted["body"]["text"].as_str().unwrap().contains("70-00101"), "{drafted}");
    chat.say(QUESTION).await;
    let all = maria.get(&format!("tickets/{id}")).await["suggestions"].as_array().unwrap().len();
    assert_eq!(all, 2, "each message that waits has its own");
    let stop = json!({"scope": "all", "mode": "off", "reason": "wrong copays told"});
    assert_eq!(set(&site, &maria, "pause", stop).await.status(), 200);
    assert_eq!(suggestion(&maria, &id).await, Value::Null, "what is stopped is not suggested either");
    assert_eq!(suggestion(&omar, &id).await, Value::Null);
}

#[tokio::test]
async fn who_may_stop_it_and_who_lets_it_go_on() {
    let site = site().await;
    let desk = |name: &str, role: &str| Desk::new(&site, name, role);
    let (maria, tina, ada) = (desk("Maria", "pharmacist"), desk("Tina", "technician"), desk("Ada", "auditor"));
    let stop = |scope: &str, reason: &str| json!({"scope": scope, "mode": "off", "reason": reason});
    for who in [&tina, &ada] {
        assert_eq!(set(&site, who, "pause", stop("all", "because")).await.status(), 403);
    }
    let wrong =
        [("topic:ZZ9", "because", 422), ("all", "  ", 422), ("lang:fr", "because", 400), ("none", "because", 400)];
    for (scope, reason, status) in wrong {
        assert_eq!(set(&site, &maria, "pause", stop(scope, reason)).await.status(), status, "{scope} {reason}");
    }
    assert_eq!(set(&site, &maria, "pause", json!({"scope": "all", "mode": "live", "reason": "x"})).await.status(), 422);
    assert_eq!(set(&site, &maria, "pause", stop("lang:es", "translation under review")).await.status(), 200);
    assert_eq!(set(&site, &maria, "resume", json!({"scope": "lang:es"})).await.status(), 403, "a lead does");
    let looser = json!({"scope": "lang:es", "mode": "suggest", "reason": "because"});
    assert_eq!(set(&site, &maria, "pause", looser).await.status(), 403, "nor does she loosen it");
    let lena = desk("Lena", "lead");
    assert_eq!(set(&site, &lena, "resume", json!({"scope": "all"})).await.status(), 404);
    let chat = site.anonymous().await;
    assert!(chat.say("¿Cuánto tarda en llegar mi pedido?").await.cites_text("TX-PAUSED"));
    assert!(site.anonymous().await.say(QUESTION).await.words().contains("days"), "English goes on");
}

fn command(site: &Site, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
    command.current_dir(repo(".")).args(args).arg("--dir").arg(site.folder()).output().unwrap()
}

async fn answered(chat: &Chat) -> bool {
    !chat.say(QUESTION).await.cites_text("TX-PAUSED")
}

#[tokio::test]
async fn the_command_line_stops_a_running_server_and_shows_what_is_stopped() {
    let site = site().await;
    let chat = site.anonymous().await;
    assert!(answered(&chat).await);
    let out = command(&site, &["pause", "--reason", "drill"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(!answered(&chat).await, "at once, in an open conversation");
    let shown = String::from_utf8(command(&site, &["modes"]).stdout).unwrap();
    assert!(shown.contains("drill") && shown.contains("operator") && shown.contains("live"), "{shown}");
    let wrong = command(&site, &["pause", "--topic", "ZZ9", "--reason", "x"]);
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("ZZ9"));
    assert!(command(&site, &["resume"]).status.success());
    assert!(!command(&site, &["resume"]).status.success(), "nothing is stopped");
    assert!(answered(&site.anonymous().await).await);
}

#[tokio::test]
async fn the_file_sets_modes_and_a_rule_for_no_page_is_refused() {
    let folder = Folder::new("guardrails");
    copy(&repo("guardrails"), folder.path());
    let write = |text: &str| std::fs::write(folder.path().join("modes.toml"), text).unwrap();
    write("default = \"suggest\"\n[[rule]]\nscope = \"intent:I34\"\nmode = \"live\"\n");
    let options = || Options { guardrails: Some(folder.path().to_owned()), ..Options::default() };
    let site = Site::new(options()).await;
    assert!(site.anonymous().await.say(QUESTION).await.cites_text("TX-REVIEW"));
    assert!(site.anonymous().await.say("hello").await.cites_text("TX-HELLO"));
    write("default = \"live\"\n[[rule]]\nscope = \"topic:ZZ9\"\nmode = \"off\"\n");
    let fresh = Folder::new("site");
    let refused = crate::support::start(fresh.path(), &options()).await.err().unwrap().to_string();
    assert!(refused.contains("topic:ZZ9"), "{refused}");
}
