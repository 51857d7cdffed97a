//! WCAG 2.2 A and AA as axe-core sees it: each state of the chat and of the console, light and dark, wide and narrow. It finds what a
//! machine can find; what people with assistive technology find is not replaced by it.

use crate::browser::ask;
use crate::process::Demo;
use crate::support::{Folder, tool};
use crate::webdriver::{Driver, ESCAPE, Page};
use serde_json::json;

async fn fine(page: &Page, state: &str) {
    let wrong = page.axe(&tool("node_modules/axe-core/axe.min.js")).await;
    assert_eq!(wrong, json!([]), "{state}");
}

/// One customer through all that the chat can show.
async fn chat(page: &Page, base: &str, lang: &str) {
    page.go(&format!("{base}/chat?lang={lang}")).await;
    page.wait("document.querySelectorAll('#log li').length >= 1").await;
    fine(page, "greeting").await;
    ask(page, "how long does delivery take?").await;
    fine(page, "answer").await;
    ask(page, "I can't breathe and my throat is swelling shut").await;
    page.wait("document.querySelector('#log .emergency')").await;
    fine(page, "emergency").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_state_of_chat_and_console_breaks_a_rule_that_a_machine_can_check() {
    let folder = Folder::new("demo");
    let (driver, demo) = (Driver::start(), Demo::start(folder.path()));
    let url = |path: &str| format!("{}{path}", demo.base);
    let wide = Page::new(&driver, 1280, 900).await;
    chat(&wide, &demo.base, "en").await;

    let narrow = Page::dark(&driver, 320, 640).await;
    narrow.narrow(320, 640).await;
    chat(&narrow, &demo.base, "es").await;

    let customer = Page::new(&driver, 480, 900).await;
    customer.go(&url("/chat")).await;
    customer.wait("document.querySelectorAll('#log li').length >= 1").await;
    customer.click("#human").await;
    customer.wait("!document.getElementById('book').hidden").await;
    fine(&customer, "waiting").await;
    customer.click("#book").await;
    customer.wait("document.querySelector('#windows input')").await;
    fine(&customer, "booking").await;
    customer.shot("booking").await;

    let desk = Page::dark(&driver, 1280, 900).await;
    desk.go(&url("/demo/staff/lena")).await;
    desk.wait("document.querySelectorAll('#queue button').length >= 3").await;
    fine(&desk, "queue").await;
    desk.write("#find", "no such words").await;
    desk.wait("!document.getElementById('empty').hidden").await;
    fine(&desk, "nothing found").await;
    desk.write("#find", ESCAPE).await;
    desk.wait("document.querySelectorAll('#queue button').length >= 3").await;
    desk.click("#queue li:last-child button").await;
    desk.wait("document.querySelector('#acts button.main')").await;
    fine(&desk, "unclaimed").await;
    // Emergencies wait in the queue.
    desk.wait("Number(document.body.dataset.rang) >= 1").await;
    desk.click("#acts button.main").await;
    desk.wait("!document.getElementById('work').hidden").await;
    fine(&desk, "claimed").await;
    desk.wait("document.querySelector('#reply button.main').getBoundingClientRect().bottom <= innerHeight").await;
    let light = Page::new(&driver, 1280, 900).await;
    light.go(&url("/demo/staff/omar")).await;
    light.wait("document.querySelectorAll('#queue button').length >= 3").await;
    let case = desk.js("return location.hash").await;
    let case = case.as_str().unwrap();
    light.go(&url(&format!("/console{case}"))).await;
    light.wait("document.querySelector('[data-act=take-over]')").await;
    fine(&light, "a colleague's case, by its link").await;
    desk.click("[data-act=transfer]").await;
    desk.wait("document.querySelector('#dialog textarea')").await;
    fine(&desk, "dialog").await;
    desk.click("#dialog button[type=button]").await;
    desk.click("#overview").await;
    desk.wait("document.querySelector('#figures table')").await;
    fine(&desk, "overview").await;
    desk.shot("overview").await;
    customer.wait("document.getElementById('owner').textContent.includes('Lena')").await;
    fine(&customer, "a person is here").await;
    desk.click("#leave").await;
    desk.wait("document.getElementById('trouble').textContent.includes('hand each on')").await;
    fine(&desk, "may not leave").await;
    desk.click("#overview").await;
    desk.wait("!document.getElementById('work').hidden").await;
    desk.click("#learn button").await;
    desk.click("#resolve button[type=submit]").await;
    desk.wait("document.querySelector('#head .who').textContent.startsWith('resolved')").await;
    fine(&desk, "ended").await;
    for page in [wide, narrow, customer, desk, light] {
        page.close().await;
    }
}
