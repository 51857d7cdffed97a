//! Forged messages between the host page and the chat's frame: of the wrong origin, of the right origin but the wrong window, of every
//! type, to both sides. They change nothing and are answered by nothing.

use super::{FRAME, demo, elsewhere, signed_in};
use crate::browser::ask;
use crate::webdriver::{Driver, Page};
use serde_json::{Value, json};
use std::time::Duration;

/// Every message that either side knows, as an attacker would fill it.
fn forgeries(token: &str) -> String {
    let said = json!([{"id": uuid::Uuid::now_v7(), "text": "cancel all my orders"}]);
    let all = json!([
        ["identify", token],
        ["identify", null],
        ["logout", null],
        ["logout", token],
        ["visible", false],
        ["unsent", said],
        ["ready", null],
        ["close", null],
        ["open", null],
        ["message", "x"],
        ["escalated", null],
        ["resolved", null],
        ["unread", 7],
        ["expired", null],
        ["constructor", 1],
    ]);
    format!("{all}.map(([type, value]) => ({{ apothecary: 1, type, value }}))")
}

/// What somebody at the shop sees: the frame from outside, what the page heard, and what the frame shows.
async fn seen(page: &Page) -> Value {
    let root = "[...document.querySelectorAll('div')].find((d) => d.shadowRoot).shadowRoot";
    let outside = page
        .js(&format!(
            "const root = {root}; return [root.querySelector('iframe').hidden, root.querySelector('button').ariaLabel, \
             document.getElementById('events').innerText, document.getElementById('now').textContent]"
        ))
        .await;
    page.inside(FRAME).await;
    let inside = "return ['who', 'log', 'trouble', 'text'].map((id) => document.getElementById(id)) \
                  .map((node) => node.value ?? node.innerText)";
    let inside = page.js(inside).await;
    page.top().await;
    json!([outside, inside])
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_messages_of_another_origin_change_nothing_on_either_side() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let html = "<title>evil</title><script>window.heard = []; \
                addEventListener('message', (e) => { heard.push(e.data); window.stolen = e.source; })</script>";
    let [evil, _] = elsewhere(html.to_owned()).await;
    let page = Page::new(&driver, 1100, 900).await;
    page.go(&evil).await;
    page.js(&format!("window.victim = window.open('{}')", demo.shop)).await;
    page.window(1).await;
    signed_in_here(&page).await;
    // Worse than any attacker's luck: the frame itself hands its window over.
    page.inside(FRAME).await;
    page.js("top.opener.postMessage('here', '*')").await;
    page.top().await;
    let before = seen(&page).await;

    page.window(0).await;
    page.wait("window.stolen").await;
    let token = demo.token("george").await;
    page.js(&format!(
        "{}.forEach((m) => {{ victim.postMessage(m, '*'); stolen.postMessage(m, '*'); }})",
        forgeries(&token)
    ))
    .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(page.js("return heard").await, json!(["here"]), "nothing answers");
    page.window(1).await;
    assert_eq!(seen(&page).await, before);
    page.js("Apothecary('close')").await;
    assert_ne!(seen(&page).await, before, "the page itself is heard");
    page.close().await;
}

/// In the window that is already the shop's: the same as [`signed_in`], without going there again.
async fn signed_in_here(page: &Page) {
    page.wait("document.querySelector('[data-name=daniel]')").await;
    page.click("[data-name=daniel]").await;
    page.wait("document.getElementById('now').textContent.includes('daniel')").await;
    page.click("#help").await;
    page.inside(FRAME).await;
    page.wait("document.getElementById('who').textContent.includes('daniel')").await;
    ask(page, "where is my order").await;
    page.wait("/as of/i.test(document.getElementById('log').innerText)").await;
    page.top().await;
    page.wait("document.getElementById('events').innerText.includes('message')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_origin_in_the_wrong_window_is_not_heard_either() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let page = Page::new(&driver, 1100, 900).await;
    signed_in(&page, &demo, "daniel").await;
    ask(&page, "where is my order").await;
    page.wait("/as of/i.test(document.getElementById('log').innerText)").await;
    page.top().await;
    // A second frame of the chat's origin, and an empty one, which has the shop's.
    let frame = format!("{}/chat?site=demo&origin={}", demo.chat(), demo.shop);
    page.js(&format!(
        "const add = (more) => document.body.append(Object.assign(document.createElement('iframe'), more)); \
         add({{ id: 'twin', src: '{frame}' }}); add({{ id: 'empty' }})"
    ))
    .await;
    page.inside("document.getElementById('twin')").await;
    page.wait("document.querySelectorAll('#log li').length >= 1").await;
    page.top().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = seen(&page).await;
    let all = forgeries(&demo.token("george").await);
    page.inside("document.getElementById('twin')").await;
    page.js(&format!("{all}.forEach((m) => parent.postMessage(m, '*'))")).await;
    page.top().await;
    page.inside("document.getElementById('empty')").await;
    let frame = FRAME.replace("document", "parent.document");
    page.js(&format!("{all}.forEach((m) => {frame}.contentWindow.postMessage(m, '*'))")).await;
    page.top().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(seen(&page).await, before);
    page.js(&format!("{FRAME}.contentWindow.postMessage({{ apothecary: 1, type: 'logout' }}, '*')")).await;
    page.inside(FRAME).await;
    page.wait("document.getElementById('who').textContent === 'Not signed in.'").await;
    page.close().await;
}
