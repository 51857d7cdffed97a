//! The whole way of a case by keyboard alone, from the page that asks who you are to its end: no pointer, nothing but keys, and the
//! focus always where the eye is.

use crate::process::Demo;
use crate::support::{Folder, PATIENT, guardrails};
use crate::webdriver::{Driver, ENTER, ESCAPE, Page, TAB};
use serde_json::{Value, json};
use uuid::Uuid;

/// Keys from sign-in to the first resolved case, without the letters of the reply: more than these, and the way has grown longer.
const MOST_KEYS: usize = 60;

struct Hands<'a> {
    page: &'a Page,
    pressed: usize,
}

impl Hands<'_> {
    async fn press(&mut self, key: &str) {
        self.page.press(key).await;
        self.pressed += 1;
    }
    /// Tabs until the focus stands on something; each stop on the way can be seen.
    async fn tab_to(&mut self, css: &str) {
        for _ in 0..40 {
            if self.on(css).await {
                return;
            }
            self.press(TAB).await;
            let seen =
                "const e = document.activeElement, r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0";
            assert_eq!(self.page.js(seen).await, true, "the focus is on something that nobody sees");
        }
        panic!("no way to {css} by Tab; the focus is on {}", self.at().await);
    }
    async fn on(&self, css: &str) -> bool {
        self.page.js(&format!("return document.activeElement.matches('{css}')")).await == json!(true)
    }
    async fn at(&self) -> Value {
        self.page.js("return document.activeElement.outerHTML.slice(0, 200)").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_from_sign_in_to_its_end_by_keys_alone() {
    let (folder, rules) = (Folder::new("demo"), guardrails(&[PATIENT]));
    let (driver, demo) = (Driver::start(), Demo::with(folder.path(), rules.path()));
    let (chat, cookie) = demo.open(None).await;
    let words = "Can I take ibuprofen together with my blood pressure pills?";
    demo.post(&chat, &cookie, &Uuid::now_v7().to_string(), words).await.unwrap().text().await.unwrap();

    let page = Page::new(&driver, 1280, 900).await;
    page.go(&format!("{}/console", demo.base)).await;
    page.wait("document.querySelector('a[href=\"/demo/pharmacist\"]')").await;
    let mut hands = Hands { page: &page, pressed: 0 };
    hands.tab_to("a[href=\"/demo/pharmacist\"]").await;
    hands.press(ENTER).await;
    page.wait("document.querySelectorAll('#queue button').length === 1").await;

    hands.tab_to("#queue button").await;
    hands.press(ENTER).await;
    page.wait("document.activeElement.id === 'ticket' && document.querySelector('[data-act=claim]')").await;
    hands.press("c").await;
    page.wait("document.querySelector('#head .who').textContent === 'Owned by you'").await;
    page.wait("document.getElementById('card').innerText.includes('ibuprofen')").await;
    hands.press("r").await;
    page.wait("document.activeElement.id === 'text'").await;
    page.press("Please call me before you take it.").await;
    hands.tab_to("#reply button[type=submit]").await;
    hands.press(ENTER).await;
    page.wait("document.getElementById('text').value === ''").await;
    page.wait("document.getElementById('log').innerText.includes('Please call me')").await;

    hands.press("/").await;
    page.press("avoid sunshine").await;
    page.wait("document.getElementById('said').textContent === 'No case with these words.'").await;
    hands.press(ESCAPE).await;
    page.wait("document.getElementById('find').value === ''").await;
    page.press("before you take").await;
    page.wait("document.getElementById('said').textContent === '1 found'").await;
    hands.press(ESCAPE).await;

    hands.tab_to("#disposition").await;
    page.press("CLIN-INTER").await;
    assert_eq!(page.js("return document.getElementById('disposition').value").await, "CLIN-INTERACTION");
    hands.tab_to("#resolve button[type=submit]").await;
    hands.press(ENTER).await;
    page.wait("document.querySelector('#head .who').textContent.includes('CLIN-INTERACTION')").await;
    assert!(hands.on("#ticket").await, "the focus stays with the case that ended: {}", hands.at().await);
    hands.press("/").await;
    assert!(hands.on("#find").await, "from there to the next case: {}", hands.at().await);
    assert!(hands.pressed <= MOST_KEYS, "{} keys", hands.pressed);
    println!("{} keys beside the words", hands.pressed);

    let told = demo.client.get(format!("{}/api/v1/conversations/{chat}/messages?after=0", demo.base));
    let told: Value = told.header("cookie", cookie).send().await.unwrap().json().await.unwrap();
    let last = told["messages"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["staff"], &told["owner"]), (&json!("Maria"), &Value::Null));
    assert!(last["blocks"].to_string().contains("Please call me before you take it."));
    page.close().await;
}
