//! The pages in a real browser against the real binary: a customer, an emergency, an anonymous visitor, a pharmacist.

use crate::process::Demo;
use crate::support::Folder;
use crate::webdriver::{Driver, Page};

/// Says something in the chat and waits until something comes back.
pub async fn ask(page: &Page, text: &str) {
    let before = page.js("return document.querySelectorAll('#log li').length").await.as_u64().unwrap_or(0);
    page.write("#text", &format!("{text}\n")).await;
    page.wait(&format!("document.querySelectorAll('#log li').length >= {}", before + 2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_and_a_pharmacist_meet_in_their_pages() {
    let folder = Folder::new("demo");
    let (driver, demo) = (Driver::start(), Demo::start(folder.path()));
    let url = |path: &str| format!("{}{path}", demo.base);

    let customer = Page::new(&driver, 480, 900).await;
    customer.go(&url("/demo/as/daniel")).await;
    customer.wait("document.getElementById('now').textContent.includes('daniel')").await;
    customer.shot("demo").await;
    customer.go(&url("/chat")).await;
    customer.wait("document.querySelectorAll('#log li').length >= 1").await;
    assert!(customer.text().await.contains("not a person"), "the page says what it is");
    ask(&customer, "where is my order").await;
    customer.wait("/as of/i.test(document.getElementById('log').innerText)").await;
    customer.shot("order").await;
    ask(&customer, "I can't breathe and my throat is swelling shut").await;
    customer.wait("document.querySelector('#log .emergency a[href=\"tel:911\"]')").await;
    customer.wait("document.getElementById('urgent').textContent.includes('911')").await;
    customer.shot("emergency").await;

    let pharmacist = Page::new(&driver, 1280, 900).await;
    pharmacist.go(&url("/demo/pharmacist")).await;
    pharmacist.wait("document.querySelector('#queue button .p0')").await;
    assert!(!pharmacist.text().await.contains("swelling"), "the queue shows no words before the claim");
    pharmacist.click("#queue button").await;
    pharmacist.wait("document.querySelector('#acts button.main')").await;
    pharmacist.wait("document.getElementById('card').innerText.includes('unknown person')").await;
    pharmacist.wait("document.getElementById('work').hidden").await;
    assert_eq!(pharmacist.js("return document.getElementById('trouble').innerText").await, "", "nothing went wrong");
    pharmacist.shot("queue").await;
    pharmacist.click("#acts button.main").await;
    pharmacist.wait("document.getElementById('card').innerText.includes('swelling')").await;
    pharmacist.wait("!document.getElementById('work').hidden").await;
    pharmacist.write("#reply textarea", "Maria here. Have you called 911?").await;
    pharmacist.click("#reply button[type=submit]").await;
    customer.wait("document.getElementById('log').innerText.includes('Have you called 911?')").await;
    customer.wait("document.getElementById('owner').textContent.includes('Maria')").await;
    pharmacist.js("scrollTo(0, 0)").await;
    pharmacist.shot("claimed").await;
    customer.shot("reply").await;
    customer.close().await;
    pharmacist.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_visitor_is_helped_in_the_frame_and_markup_stays_text() {
    let folder = Folder::new("demo");
    let (driver, demo) = (Driver::start(), Demo::start(folder.path()));
    let page = Page::new(&driver, 900, 900).await;
    page.go(&format!("{}/chat", demo.base)).await;
    page.wait("document.querySelectorAll('#log li').length >= 1").await;
    ask(&page, "how long does delivery take?").await;
    page.wait("document.querySelectorAll('#log .source').length >= 1").await;
    ask(&page, "where is my order").await;
    page.wait("/sign in/i.test(document.getElementById('log').innerText)").await;
    ask(&page, "<img src=x onerror=document.title='hacked'> hello").await;
    page.wait("document.getElementById('log').innerText.includes('<img src=x')").await;
    assert_ne!(page.js("return document.title").await, "hacked");
    page.shot("anonymous").await;
    page.click("#human").await;
    page.wait("/a person will take over/i.test(document.getElementById('log').innerText)").await;
    page.close().await;
}
