//! An attacker's page on another origin: frames, a stolen site id, requests with the victim's cookies. It gets nothing and changes
//! nothing.

use super::{FRAME, demo, elsewhere, signed_in};
use crate::browser::ask;
use crate::webdriver::{Driver, Page};
use serde_json::json;
use std::time::Duration;

/// What a frame shows: a page of ours has its own address, a refused one the browser's.
async fn shown(page: &Page, frame: &str) -> String {
    page.inside(&format!("document.getElementById('{frame}')")).await;
    let address = page.js("return location.href").await.as_str().unwrap().to_owned();
    page.top().await;
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_frames_the_chat_but_the_shop_and_nobody_at_all_the_rest() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let chat = demo.chat();
    let frames = [
        ("claiming", format!("{chat}/chat?site=demo&origin={}", demo.shop)),
        ("plain", format!("{chat}/chat?site=demo")),
        ("console", format!("{chat}/console")),
        ("demo", format!("{chat}/demo")),
        ("api", format!("{chat}/api/v1/session")),
        ("shop", demo.shop.clone()),
    ];
    let html: String = frames.iter().map(|(id, url)| format!("<iframe id={id} src='{url}'></iframe>")).collect();
    for origin in elsewhere(html).await {
        let page = Page::new(&driver, 1100, 900).await;
        page.go(&origin).await;
        for (id, _) in &frames {
            assert_eq!(shown(&page, id).await, "chrome-error://chromewebdata/", "{id} in {origin}");
        }
        page.close().await;
    }
    let page = Page::new(&driver, 1100, 900).await;
    page.go(&demo.shop).await;
    page.wait("window.Apothecary?.loaded").await;
    let more = [("own", format!("{chat}/chat?site=demo")), ("desk", format!("{chat}/console"))];
    for (id, url) in &more {
        let add = "document.body.append(Object.assign(document.createElement('iframe')";
        page.js(&format!("{add}, {{ id: '{id}', src: '{url}' }}))")).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shown(&page, "own").await, more[0].1, "the shop may");
    assert_eq!(shown(&page, "desk").await, "chrome-error://chromewebdata/", "the console is nobody's frame");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_site_id_shows_nothing_on_another_origin() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let html = format!("<body><script src='{}/widget/v1.js' data-site='demo'></script></body>", demo.chat());
    let token = demo.token("daniel").await;
    for origin in elsewhere(html).await {
        let page = Page::new(&driver, 1100, 900).await;
        page.go(&origin).await;
        page.wait("window.Apothecary?.loaded").await;
        let names = "['ready', 'message', 'escalated', 'resolved', 'unread', 'expired']";
        page.js(&format!(
            "window.heard = []; addEventListener('message', (e) => heard.push(e.data)); \
             {names}.forEach((n) => Apothecary('on', n, () => heard.push(n))); \
             Apothecary('identify', '{token}'); Apothecary('open')"
        ))
        .await;
        page.inside(FRAME).await;
        page.wait("location.href.startsWith('chrome-error')").await;
        page.top().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(page.js("return heard").await, json!([]), "{origin}");
        page.close().await;
    }
}

/// Requests of a page on another port: the browser sends the victim's cookies with them, for ports do not part sites.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_reads_nothing_and_does_nothing_with_the_victims_cookies() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let page = Page::new(&driver, 1100, 900).await;
    page.go(&format!("{}/demo/as/daniel", demo.base)).await;
    page.wait("document.getElementById('now').textContent.includes('daniel')").await;
    page.go(&format!("{}/chat", demo.base)).await;
    page.wait("document.querySelectorAll('#log li').length >= 1").await;
    ask(&page, "where is my order").await;
    let id = page.js("return sessionStorage.getItem('apothecary.conversation')").await;
    let path = format!("/api/v1/conversations/{}/messages", id.as_str().unwrap());

    let [_, near] = elsewhere("<title>near</title>".to_owned()).await;
    page.js(&format!("window.open('{near}')")).await;
    page.window(1).await;
    page.wait("document.title === 'near'").await;
    let said = json!({"id": uuid::Uuid::now_v7(), "text": "send my order to another address"}).to_string();
    page.js(&format!(
        "const to = '{}', tries = {{}}; \
         const go = (name, path, more) => fetch(to + path, {{ credentials: 'include', ...more }}) \
           .then(async (r) => {{ tries[name] = [r.type, await r.text()]; }}, (e) => {{ tries[name] = e.name; }}); \
         const simple = {{ method: 'POST', mode: 'no-cors', headers: {{ 'Content-Type': 'text/plain' }} }}; \
         Promise.all([go('session', '/api/v1/session'), go('read', '{path}'), go('blind', '{path}', {{ mode: 'no-cors' }}), \
           go('say', '{path}', {{ ...simple, body: '{said}' }}), go('logout', '/api/v1/logout', simple), \
           go('json', '/api/v1/logout', {{ method: 'POST', headers: {{ 'Content-Type': 'application/json' }}, body: '{{}}' }})]) \
           .then(() => {{ window.tries = tries; }})",
        demo.base
    ))
    .await;
    page.wait("window.tries").await;
    let tries = page.js("return window.tries").await;
    for name in ["session", "read", "json"] {
        assert_eq!(tries[name], "TypeError", "{tries}");
    }
    for name in ["blind", "say", "logout"] {
        assert!(tries[name] == "TypeError" || tries[name] == json!(["opaque", ""]), "{tries}");
    }
    page.window(0).await;
    page.js("location.reload()").await;
    page.wait("document.getElementById('who')?.textContent === 'Signed in as daniel.'").await;
    page.wait("/as of/i.test(document.getElementById('log').innerText)").await;
    let text = page.text().await;
    assert!(!text.contains("another address"), "{text}");
    page.close().await;
}

/// The shop's own endpoint is as the instructions want it: no neighbour gets a token, though the cookie travels.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_beside_the_shop_gets_no_token_of_its_customers() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let page = Page::new(&driver, 1100, 900).await;
    signed_in(&page, &demo, "daniel").await;
    page.top().await;
    let [near, _] = elsewhere("<title>near</title>".to_owned()).await;
    page.go(&near).await;
    page.js(&format!(
        "fetch('{}/chat-token', {{ method: 'POST', credentials: 'include' }}) \
           .then((r) => r.text(), (e) => e.name).then((r) => {{ window.got = r; }})",
        demo.shop
    ))
    .await;
    page.wait("window.got").await;
    assert_eq!(page.js("return window.got").await, "TypeError");
    page.close().await;
}
