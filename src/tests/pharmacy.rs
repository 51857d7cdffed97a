//! `docs/your-pharmacy.md` as a stranger follows it: its commands run in their order, its settings are written, and in the place of what a
//! stranger writes by hand comes `second/`, a small pharmacy in other words and other numbers. Nothing is trained. What `init` itself
//! makes and refuses is in `made`.

mod made;
mod stranger;

use crate::chat::Said;
use crate::support::repo;
use apothecary::domain::lang::Lang;
use apothecary::pharmacy::{Constants, Page};
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use stranger::{Server, Staff, Stranger, blocks};

const DELIVERY: &str = "How many days does a new prescription take to arrive?";
const OWN_DELIVERY: &str = "11 to 13 business days";
const REFILL: &str = "How early should I order my refill?";
const ORDER: &str = "Where is my order?";

/// What visitors ask, and what only the second pharmacy says to it.
const ASKED: [(&str, &str); 7] = [
    (DELIVERY, OWN_DELIVERY),
    (REFILL, "17 days"),
    ("What does shipping cost?", "$6.75"),
    ("Do you take returns?", "once it has left the harbor"),
    ("How long do you keep my order at the counter?", "8 days"),
    ("¿Cuánto cuesta el envío?", "$6.75 por paquete"),
    ("¿Puedo recoger mi pedido en el mostrador?", "junto al ferry"),
];

/// What would be the sample pharmacy's: its name, and each number of its own that the second one does not have.
fn samples() -> Vec<String> {
    let [sample, second] = ["index", "src/tests/second/index"].map(|dir| repo(dir).join("constants.toml"));
    let [sample, second] = [sample, second].map(|file| std::fs::read_to_string(file).unwrap());
    let sample = Constants::parse(&sample, "constants.toml").unwrap();
    let own = sample.list().iter().filter(|c| !c.fixed);
    let words = own.flat_map(|c| [Lang::En, Lang::Es].map(|l| c.words(l).to_owned()));
    // A short one, such as "18", stands in any time of day.
    let said =
        words.filter(|w| w.len() > 5 && w.contains(|c: char| c.is_ascii_digit()) && !second.contains(w.as_str()));
    said.chain(["Fernleaf".to_owned()]).collect()
}

fn of_no_sample(words: &str) {
    for other in samples() {
        assert!(!words.contains(&other), "the sample pharmacy's `{other}`: {words}");
    }
}

/// A language model that says the sample pharmacy's number, whatever it is asked; and how often it was.
async fn liar() -> (String, Arc<AtomicU32>) {
    async fn lie(State(asked): State<Arc<AtomicU32>>) -> axum::Json<Value> {
        asked.fetch_add(1, Ordering::SeqCst);
        let lie = "A new order from Fernleaf takes 5 to 8 business days. Call 1-800-555-0142.";
        axum::Json(json!({"choices": [{"message": {"role": "assistant", "content": lie}}]}))
    }
    let asked = Arc::new(AtomicU32::new(0));
    let router = axum::Router::new().route("/v1/chat/completions", post(lie)).with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

/// What a pharmacist is shown as a draft after a customer's question. The customer reads nothing of it until she sends it.
async fn drafted(server: &Server, staff: &Staff, token: Option<&str>, question: &str) -> String {
    let chat = server.open(token).await;
    let said: Said = server.say(&chat, question).await;
    assert!(said.cites_text("TX-REVIEW"), "`{question}` waits for a pharmacist: {}", said.words());
    of_no_sample(&said.words());
    let draft = server.draft(staff, &chat).await;
    let words = draft.words();
    of_no_sample(&words);
    let opening: String = words.chars().take(20).collect();
    assert!(!server.history(&chat).await.contains(&opening), "read before it was sent: {words}");
    server.send(staff, &draft).await;
    assert!(server.history(&chat).await.contains(&opening), "not sent: {words}");
    words
}

/// Nothing goes out by itself, and what is drafted is the second pharmacy's own.
async fn suggests(server: &Server, staff: &Staff, token: &str) {
    for (question, own) in ASKED {
        let draft = drafted(server, staff, None, question).await;
        assert!(draft.contains(own), "`{question}`: {own}: {draft}");
    }
    let nowhere = server.open(None).await;
    let nowhere = server.say(&nowhere, "Do you have coupons?").await;
    assert!(nowhere.cites_text("TX-UNSURE"), "the sample has a page for it, this one has none: {}", nowhere.words());
    let order = drafted(server, staff, Some(token), ORDER).await;
    assert!(order.contains("HS-31877") && order.contains("Rockland, ME"), "{order}");
    let chat = server.open(None).await;
    let urgent = server.say(&chat, "I can't breathe and my throat is swelling shut").await;
    assert!(urgent.cites_text("TX-EMERG"), "an emergency does not wait: {}", urgent.words());
    of_no_sample(&urgent.words());
}

/// The topic of the page answers by itself, the others wait as before.
async fn answers_one_topic(server: &Server, staff: &Staff, token: &str) {
    let chat = server.open(None).await;
    let said = server.say(&chat, DELIVERY).await;
    assert!(said.words().contains(OWN_DELIVERY) && said.cites_text("DL1"), "{}", said.words());
    of_no_sample(&said.words());
    assert!(drafted(server, staff, None, REFILL).await.contains("17 days"));
    assert!(drafted(server, staff, Some(token), ORDER).await.contains("HS-31877"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_follows_the_page_with_a_pharmacy_of_their_own() {
    let (model, asked) = liar().await;
    let mut stranger = Stranger::new(model);
    let mut running: Option<Server> = None;
    let mut staff = None;
    let mut starts = 0;
    for block in blocks() {
        match block.mark.as_str() {
            // The program under test is on the path already.
            "sh build" | "html" => {}
            "sh serve" => {
                drop(running.take());
                let server = stranger.serve(&block.text).await;
                let token = stranger.token("hs-204");
                starts += 1;
                if starts == 1 {
                    let rosa = Staff::enters(&server, stranger.said("staff")).await;
                    suggests(&server, &rosa, &token).await;
                    staff = Some(rosa);
                } else {
                    answers_one_topic(&server, staff.as_ref().unwrap(), &token).await;
                }
                running = Some(server);
            }
            "sh init" => {
                stranger.run(&block);
                stranger.lay_second();
            }
            mark if mark.starts_with("sh ") => stranger.run(&block),
            mark if mark.starts_with("toml ") => stranger.write(&block),
            other => panic!("a block `{other}` of docs/your-pharmacy.md that nobody tries"),
        }
    }
    assert_eq!(starts, 3, "first to suggest, then with one topic live, then signed for");
    let (page, ready) =
        (running.as_ref().unwrap().page("/chat").await, running.as_ref().unwrap().page("/readyz").await);
    assert!(!page.contains("UNSIGNED") && ready == "ready\n", "signed: {ready}");
    let chat = running.as_ref().unwrap().open(None).await;
    let stopped = running.as_ref().unwrap().say(&chat, DELIVERY).await;
    assert!(stopped.cites_text("TX-REVIEW"), "the last command stops it again: {}", stopped.words());
    assert!(asked.load(Ordering::SeqCst) > 0, "the language model was never asked");
    assert!(stranger.said("lint").contains("0 errors"), "{}", stranger.said("lint"));
    let ready = stranger.said("ready");
    for good in ["names", "phones", "approval", "translations", "embedding", "staff", "orders", "language model"] {
        let line = ready.lines().find(|l| l.get(7..).is_some_and(|l| l.starts_with(good)));
        assert!(line.is_some_and(|l| l.starts_with("ok")), "{good}: {ready}");
    }
}

/// All sentences of a folder's pages.
fn sentences(index: &str) -> BTreeSet<String> {
    let pages = std::fs::read_dir(repo(index).join("policies")).unwrap().map(|e| e.unwrap().path());
    let parsed = pages.map(|p| Page::parse(&std::fs::read_to_string(&p).unwrap(), "page").unwrap());
    parsed.flat_map(|page| page.passages).flat_map(|passage| passage.sentences).collect()
}

/// The test is about another pharmacy only while no sentence is the same.
#[test]
fn the_second_pharmacy_says_nothing_in_the_words_of_the_sample() {
    let (second, sample) = (sentences("src/tests/second/index"), sentences("index"));
    assert!(second.len() > 40 && second.is_disjoint(&sample), "{:?}", second.intersection(&sample));
}
