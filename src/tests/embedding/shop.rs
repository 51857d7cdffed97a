//! The demo's shop: a page of another origin that embeds the chat as the instructions say, signed in and not.

use super::{FRAME, demo, signed_in};
use crate::browser::ask;
use crate::support::{code, cookie, tool};
use crate::webdriver::{Driver, Page};
use apothecary::domain::clock::{Clock, SystemClock};
use apothecary::identity::Key;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_shows_the_chat_signs_in_and_out_and_learns_no_word_of_it() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let page = Page::new(&driver, 1100, 900).await;
    page.go(&demo.shop).await;
    page.wait("document.querySelector('[data-name=daniel]')").await;
    assert_eq!(page.axe(&tool("node_modules/axe-core/axe.min.js")).await, json!([]));
    page.click("#help").await;
    page.inside(FRAME).await;
    page.wait("document.querySelectorAll('#log li').length >= 1").await;
    page.wait("document.getElementById('who').textContent === 'Not signed in.'").await;
    ask(&page, "how long does delivery take?").await;
    page.wait("document.querySelectorAll('#log .source').length >= 1").await;

    page.top().await;
    page.click("[data-name=daniel]").await;
    page.inside(FRAME).await;
    page.wait("document.getElementById('who').textContent === 'Signed in as daniel.'").await;
    page.wait("!document.getElementById('log').innerText.includes('delivery take')").await;
    ask(&page, "where is my order").await;
    page.wait("/as of/i.test(document.getElementById('log').innerText)").await;
    let order = page.js("return /70-\\d{5}/.exec(document.getElementById('log').innerText)[0]").await;
    let order = order.as_str().unwrap().to_owned();

    page.top().await;
    page.shot("shop").await;
    let kept = "return [document.documentElement.outerHTML, location.href, document.cookie, \
                JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state)].join('\\n')";
    let kept = page.js(kept).await.as_str().unwrap().to_owned();
    assert!(kept.contains("events") && !kept.contains(&order) && !kept.contains("eyJ"), "the host page holds: {kept}");
    let heard = page.js("return document.getElementById('events').innerText").await;
    for event in ["ready", "open", "message"] {
        assert!(heard.as_str().unwrap().lines().any(|l| l == event), "{event}: {heard}");
    }

    page.click("#leave").await;
    page.inside(FRAME).await;
    page.wait("document.getElementById('who').textContent === 'Not signed in.'").await;
    page.wait(&format!("!document.getElementById('log').innerText.includes('{order}')")).await;
    page.close().await;
}

/// What the instructions say of the button: its colours by properties of the page, its side and language by a call.
#[tokio::test(flavor = "multi_thread")]
async fn the_button_takes_the_pages_colours_side_and_language() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let page = Page::new(&driver, 1100, 900).await;
    page.go(&demo.shop).await;
    page.wait("window.Apothecary?.loaded").await;
    let look = format!(
        "const button = {FRAME}.parentNode.querySelector('button'), at = button.getBoundingClientRect(); \
         return [getComputedStyle(button).backgroundColor, at.left < 300, button.ariaLabel]"
    );
    assert_eq!(page.js(&look).await, json!(["rgb(15, 102, 86)", false, "Open the pharmacy chat"]));
    page.js("document.documentElement.style.setProperty('--apothecary-color', '#010203')").await;
    page.js("Apothecary('update', { position: 'left', locale: 'es' })").await;
    assert_eq!(page.js(&look).await, json!(["rgb(1, 2, 3)", true, "Abrir el chat de la farmacia"]));
    page.js("Apothecary('open'); Apothecary('toString'); Apothecary('nothing')").await;
    page.inside(FRAME).await;
    page.wait("document.documentElement.lang === 'es' && document.querySelectorAll('#log li').length >= 1").await;
    page.close().await;
}

/// Whoever signs out where the chat was not opened leaves nothing for the next person either.
#[tokio::test(flavor = "multi_thread")]
async fn a_logout_ends_what_an_earlier_page_left() {
    let (driver, (demo, _folders)) = (Driver::start(), demo());
    let page = Page::new(&driver, 1100, 900).await;
    signed_in(&page, &demo, "daniel").await;
    ask(&page, "where is my order").await;
    page.wait("/70-\\d{5}/.test(document.getElementById('log').innerText)").await;
    page.top().await;
    page.js("location.reload()").await;
    page.wait("document.getElementById('leave') && !document.getElementById('leave').hidden").await;
    page.click("#leave").await;
    page.wait("document.getElementById('now').textContent === 'Not signed in'").await;
    page.wait("[...document.querySelectorAll('#events li')].some((l) => l.textContent === 'ready')").await;
    page.click("#help").await;
    page.inside(FRAME).await;
    page.wait("document.getElementById('trouble').textContent.includes('ended')").await;
    assert_eq!(page.js("return sessionStorage.length").await, json!(0));
    let said = page.text().await;
    assert!(!said.contains("70-"), "{said}");
    page.close().await;
}

/// A message that finds the token ended waits for the next one, and goes into the same conversation.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_is_replaced_without_the_customer_noticing() {
    let (driver, (demo, folders)) = (Driver::start(), demo());
    let page = Page::new(&driver, 1100, 900).await;
    signed_in(&page, &demo, "daniel").await;
    let conversation = "return sessionStorage.getItem('apothecary.conversation')";
    let before = page.js(conversation).await;
    let key = Key::hs256(&std::fs::read(folders[0].path().join("demo.key")).unwrap()).unwrap();
    let now = SystemClock.now().as_second();
    let claims = json!({"iss": "fernleaf", "aud": "apothecary:demo", "sub": "P0001", "lvl": "L2", "iat": now - 800, "exp": now + 2});
    page.top().await;
    page.js(&format!("Apothecary('identify', '{}')", key.sign(&claims).unwrap())).await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    page.inside(FRAME).await;
    ask(&page, "where is my order").await;
    page.wait("/as of/i.test(document.getElementById('log').innerText)").await;
    assert_eq!(page.js("return document.getElementById('who').textContent").await, "Signed in as daniel.");
    assert_eq!(page.js(conversation).await, before);
    let said = page.text().await;
    assert!(said.matches("where is my order").count() == 1 && !said.contains("sign in again"), "{said}");
    page.top().await;
    let heard = page.js("return document.getElementById('events').innerText").await;
    assert_eq!(heard.as_str().unwrap().lines().filter(|l| *l == "expired").count(), 1, "{heard}");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_signs_for_who_is_signed_in_and_for_its_own_page_only() {
    let (demo, _folders) = demo();
    let at = |path: &str| format!("{}{path}", demo.shop);
    let post = |path: &str| demo.client.post(at(path));
    assert_eq!(post("/chat-token").send().await.unwrap().status(), 401);
    let signed = post("/sign-in").json(&json!({"name": "daniel"})).send().await.unwrap();
    let held = cookie(&signed);
    assert!(signed.headers()["set-cookie"].to_str().unwrap().contains("HttpOnly; Max-Age=3600; SameSite=Strict"));
    let given = post("/chat-token").header("cookie", &held).send().await.unwrap();
    let token = given.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
    let session = demo.client.get(format!("{}/api/v1/session", demo.base)).bearer_auth(&token).send().await.unwrap();
    assert_eq!(session.json::<Value>().await.unwrap(), json!({"level": "L2", "name": "daniel", "site": "demo"}));

    let foreign =
        post("/chat-token").header("cookie", &held).header("sec-fetch-site", "same-site").send().await.unwrap();
    assert_eq!(code(foreign).await, (403, "cross_site".into()));
    let rebound = post("/chat-token").header("cookie", &held).header("host", "evil.example").send().await.unwrap();
    assert_eq!((rebound.status().as_u16(), rebound.headers()["location"].to_str().unwrap()), (303, demo.shop.as_str()));
    let page = demo.client.get(&demo.shop).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(post("/sign-out").header("cookie", &held).send().await.unwrap().status(), 204);
    assert_eq!(post("/chat-token").header("cookie", &held).send().await.unwrap().status(), 401);
}
