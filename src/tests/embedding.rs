//! The chat in other people's pages: a shop that may show it, attackers who may not, the tokens of its customers, and the page of
//! instructions, whose snippets are run as they stand.

mod attacker;
mod docs;
mod messages;
mod serve;
mod shop;
mod tokens;

use crate::process::Demo;
use crate::support::{Folder, PATIENT, guardrails};
use crate::webdriver::Page;
use axum::Router;
use axum::response::Html;
use axum::routing::get;

/// The element of the chat's frame in a page that embeds it.
const FRAME: &str =
    "[...document.querySelectorAll('div')].find((d) => d.shadowRoot).shadowRoot.querySelector('iframe')";

/// A demo whose model may take longer, so that no hand-over changes what a page shows; with the folders that it needs.
fn demo() -> (Demo, [Folder; 2]) {
    let (keep, guardrails) = (Folder::new("demo"), guardrails(&[PATIENT]));
    (Demo::with(keep.path(), guardrails.path()), [keep, guardrails])
}

/// Opens the chat in the shop as one of its customers, and waits until its frame knows them.
async fn signed_in(page: &Page, demo: &Demo, name: &str) {
    page.go(&demo.shop).await;
    page.wait(&format!("document.querySelector('[data-name={name}]')")).await;
    page.click(&format!("[data-name={name}]")).await;
    page.wait(&format!("document.getElementById('now').textContent.includes('{name}')")).await;
    page.click("#help").await;
    page.inside(FRAME).await;
    page.wait(&format!("document.getElementById('who').textContent.includes('{name}')")).await;
    page.wait("document.querySelectorAll('#log li').length >= 1").await;
}

/// A page of nobody's, on a port of its own: its origin, under the name `localhost` and as an address.
async fn elsewhere(html: String) -> [String; 2] {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let page = Router::new().route("/", get(move || std::future::ready(Html(html.clone()))));
    tokio::spawn(async move { axum::serve(listener, page).await });
    ["localhost", "127.0.0.1"].map(|host| format!("http://{host}:{port}"))
}
