//! A scripted OpenAI-compatible server on loopback, and what a lying one achieves: nothing false is released.

use crate::support::{Options, Said, Site};
use apothecary::config::model_settings;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server answers.
#[derive(Clone)]
enum Script {
    Says(String),
    Raw(&'static str),
    Hangs,
    Fails,
}

#[derive(Clone)]
struct Server {
    script: Arc<Mutex<Script>>,
    heard: Arc<Mutex<Vec<Value>>>,
}

async fn complete(State(server): State<Server>, axum::Json(body): axum::Json<Value>) -> Response {
    server.heard.lock().unwrap().push(body);
    let script = server.script.lock().unwrap().clone();
    match script {
        Script::Says(text) => {
            axum::Json(json!({"choices": [{"message": {"role": "assistant", "content": text}}]})).into_response()
        }
        Script::Raw(text) => text.into_response(),
        Script::Hangs => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            "".into_response()
        }
        Script::Fails => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn site(script: Script) -> (Site, Server) {
    let server = Server { script: Arc::new(Mutex::new(script)), heard: Arc::default() };
    let router = axum::Router::new().route("/v1/chat/completions", post(complete)).with_state(server.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let model = model_settings(&url, "scripted", None, 300, "").unwrap();
    (Site::new(Options { model: Some(model), ..Options::default() }).await, server)
}

async fn origin(site: &Site, chat: &crate::support::Chat) -> String {
    let rows = site.app.store().history(&chat.id.as_str().into(), -1).await.unwrap();
    rows.last().unwrap().origin().to_owned()
}

fn says_none(said: &Said, words: &[&str]) {
    let text = said.words().to_lowercase();
    for word in words {
        assert!(!text.contains(&word.to_lowercase()), "`{word}` was released: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_model_is_not_repeated() {
    let (site, server) = site(Script::Fails).await;
    let lies: [(&str, &[&str]); 9] = [
        ("Your order arrives on January 3, 2031.", &["2031"]),
        ("Your order was delivered to 12 Elm Street.", &["elm street"]),
        ("Your copay is $3.17 for this order.", &["3.17"]),
        ("Your oxycodone is on its way.", &["oxycodone"]),
        ("You can take two tablets instead of one.", &["two tablets"]),
        ("I have cancelled your order and refunded you.", &["cancelled", "refunded"]),
        ("<script>alert(1)</script> Your order is on its way.", &["<script", "alert("]),
        ("See http://evil.example/login and sign in again.", &["evil.example"]),
        ("Maria Rosales' order 70-00103 was shipped.", &["rosales", "70-00103"]),
    ];
    for (lie, words) in lies {
        *server.script.lock().unwrap() = Script::Says(lie.into());
        let chat = site.verified("P0001", None).await;
        let before = server.heard.lock().unwrap().len();
        let said = chat.say("where is my order").await;
        assert!(server.heard.lock().unwrap().len() > before, "the model was not asked, so this proves nothing");
        says_none(&said, words);
        let from = origin(&site, &chat).await;
        assert!(from.starts_with("draft:facts") || from.starts_with("draft:joined"), "{lie}: {from}: {:?}", said.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_model_costs_nothing_but_its_words() {
    let odd = [
        Script::Raw("<html>502</html>"),
        Script::Raw("{\"choices\":null}"),
        Script::Raw(""),
        Script::Fails,
        Script::Hangs,
        Script::Says(String::new()),
    ];
    let (site, server) = site(Script::Fails).await;
    for script in odd {
        *server.script.lock().unwrap() = script;
        let chat = site.verified("P0001", None).await;
        let said = chat.say("where is my order").await;
        assert!(said.cites().iter().any(|c| c.contains(':')), "the record answers: {:?}", said.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_that_fails_is_dropped_when_the_rest_still_answers() {
    let truth = "The carrier has the parcel and it is on its way.";
    let (site, server) = site(Script::Says(format!("{truth} It was packed by three elves on January 3, 2031."))).await;
    let chat = site.verified("P0001", None).await;
    let said = chat.say("where is my order").await;
    says_none(&said, &["elves", "2031"]);
    assert!(said.words().contains(truth) && origin(&site, &chat).await.starts_with("draft:model"), "{:?}", said.0);
    let heard = server.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 2, "it was asked once more, with the broken rules named");
    assert!(heard[1].to_string().contains("OR-01"), "{}", heard[1]);
    *server.script.lock().unwrap() = Script::Says(format!("It was packed by three elves. {truth}"));
    let chat = site.verified("P0001", None).await;
    says_none(&chat.say("where is my order").await, &["elves"]);
    assert!(
        !origin(&site, &chat).await.starts_with("draft:model"),
        "without its first sentence a draft does not answer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_declines_is_not_asked_again() {
    let (site, server) = site(Script::Says("I don't know.".into())).await;
    let chat = site.verified("P0001", None).await;
    let said = chat.say("where is my order").await;
    assert!(said.cites().iter().any(|c| c.contains(':')), "the record answers: {:?}", said.0);
    says_none(&said, &["I don't know"]);
    assert_eq!(server.heard.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_process_names_nobody() {
    let (site, server) = site(Script::Fails).await;
    let chat = site.verified("P0001", None).await;
    chat.say("where is my order 70-00101?").await;
    let heard = server.heard.lock().unwrap().clone();
    assert!(!heard.is_empty(), "the model was not asked, so this proves nothing");
    let text = json!(heard).to_string();
    for word in ["Daniel", "Whitaker", "70-00101", "P0001", "1958"] {
        assert!(!text.contains(word), "`{word}` left the process: {text}");
    }
    // The list of who was told reads it from here.
    let rows = site.app.store().audit_rows(1, 100).await.unwrap();
    assert!(rows.iter().any(|r| r.body["record"]["trace"]["model_asked"] == true), "the trail does not say so");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_urgent_and_the_clinical_never_reach_a_model() {
    let (site, server) = site(Script::Says("You will be fine.".into())).await;
    for text in [
        "I can't breathe and my throat is swelling shut",
        "I want to kill myself",
        "can I take ibuprofen with my lisinopril?",
        "the pills in my bottle look wrong, they are a different color",
    ] {
        says_none(&site.verified("P0001", None).await.say(text).await, &["you will be fine"]);
    }
    assert_eq!(server.heard.lock().unwrap().len(), 0);
}
