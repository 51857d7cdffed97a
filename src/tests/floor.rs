//! The pharmacy's floor in real browsers: five customers write at once, three pharmacists take the cases, and what goes wrong between
//! people goes wrong: two claim one case, two answer one customer, one is cut off in the middle of a sentence.

use crate::browser::ask;
use crate::process::Demo;
use crate::support::{Folder, PATIENT, guardrails};
use crate::webdriver::{Driver, Page};
use futures_util::future::{join_all, join3, join5};
use serde_json::json;
use std::time::{Duration, Instant};

const COMPLAINT: &str = "I want to file a complaint about my last order, nobody answered my emails";
const SPANISH: &str = "Necesito hablar con una persona sobre mi pedido";
const EMERGENCY: &str = "I can't breathe and my throat is swelling shut";
const CLINICAL: &str = "Can I take ibuprofen together with my blood pressure pills?";
/// Only so long does a claim hold here after the last sign of life.
const LEASE: (&str, &str, &str) = ("staffing.toml", "seconds = 300", "seconds = 15");

struct Floor {
    demo: Demo,
    driver: Driver,
}

impl Floor {
    async fn customer(&self, lang: &str) -> Page {
        let page = Page::new(&self.driver, 480, 900).await;
        page.go(&format!("{}/chat?lang={lang}", self.demo.base)).await;
        page.wait("document.querySelectorAll('#log li').length >= 1").await;
        page
    }
    async fn desk(&self, name: &str) -> Page {
        let page = Page::new(&self.driver, 1280, 900).await;
        page.go(&format!("{}/demo/staff/{name}", self.demo.base)).await;
        page.wait("document.getElementById('me').textContent.includes(', ')").await;
        page
    }
}

/// The case of a customer's conversation, as a desk sees it.
async fn case_of(desk: &Page, customer: &Page) -> String {
    let chat = customer.js("return sessionStorage.getItem('apothecary.conversation')").await;
    let find = format!(
        "return fetch('/api/v1/console/tickets').then((r) => r.json()).then(({{tickets}}) => \
         tickets.find((t) => t.conversation === {chat})?.id)"
    );
    let started = Instant::now();
    loop {
        if let Some(id) = desk.js(&find).await.as_str() {
            return id.to_owned();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "the customer has no case");
    }
}

fn row(case: &str) -> String {
    format!("#queue button[data-id=\"{case}\"]")
}

async fn open(desk: &Page, case: &str) {
    desk.wait(&format!("document.querySelector('{}')", row(case))).await;
    desk.click(&row(case)).await;
    desk.wait(&format!("document.querySelector('{}').getAttribute('aria-current') === 'true'", row(case))).await;
    desk.wait("document.activeElement.id === 'ticket' && !document.getElementById('detail').hidden").await;
}

async fn claim(desk: &Page, case: &str) {
    open(desk, case).await;
    desk.click("[data-act=claim]").await;
    desk.wait("document.querySelector('#head .who').textContent === 'Owned by you'").await;
    desk.wait("!document.getElementById('work').hidden").await;
}

/// A script that asks the server for what is being written to a case.
fn draft_of(case: &str) -> String {
    format!("return fetch('/api/v1/console/tickets/{case}').then((r) => r.json()).then((d) => d.draft?.text)")
}

async fn says(desk: &Page, id: &str, words: &str) -> bool {
    desk.js(&format!("return document.getElementById('{id}').innerText.includes({})", json!(words))).await
        == json!(true)
}

async fn shows(page: &Page, id: &str, words: &str) {
    page.wait(&format!("document.getElementById('{id}').innerText.includes({})", json!(words))).await;
}

async fn reply(desk: &Page, words: &str) {
    desk.write("#text", words).await;
    desk.click("#reply button[type=submit]").await;
    desk.wait("document.getElementById('text').value === ''").await;
}

/// Both click at the same moment, whatever their pages draw until then.
async fn at_once(a: (&Page, &str), b: (&Page, &str)) {
    let now = a.0.js("return Date.now()").await.as_u64().unwrap();
    for (page, css) in [a, b] {
        let script = "const node = document.querySelector(CSS); setTimeout(() => node.click(), WHEN - Date.now())";
        let script = script.replace("CSS", &json!(css).to_string()).replace("WHEN", &(now + 600).to_string());
        page.js(&script).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_pharmacists_and_five_customers_meet_at_once() {
    let (folder, rules) = (Folder::new("demo"), guardrails(&[PATIENT, LEASE]));
    let floor = Floor { demo: Demo::with(folder.path(), rules.path()), driver: Driver::start() };
    let pages = join5(
        floor.customer("en"),
        floor.customer("es"),
        floor.customer("en"),
        floor.customer("en"),
        floor.customer("en"),
    );
    let desks = join3(floor.desk("maria"), floor.desk("omar"), floor.desk("lena"));
    let ((cross, spanish, choking, plain, clinical), (maria, omar, lena)) = tokio::join!(pages, desks);

    let human = async {
        plain.click("#human").await;
        plain.wait("document.querySelectorAll('#log li').length >= 2").await;
    };
    let (a, b, c, d) =
        (ask(&cross, COMPLAINT), ask(&spanish, SPANISH), ask(&choking, EMERGENCY), ask(&clinical, CLINICAL));
    tokio::join!(a, b, c, d, human);
    choking.wait("document.querySelector('#log .emergency a[href=\"tel:911\"]')").await;
    for desk in [&maria, &omar, &lena] {
        desk.wait("document.querySelectorAll('#queue button').length === 5").await;
        desk.wait("document.querySelector('#queue li:first-child .p0')").await;
        desk.wait("document.title.includes('1 P0')").await;
    }

    two_claim_one_case((&maria, "Maria"), (&omar, "Omar"), &choking).await;
    let cut = case_of(&omar, &cross).await;
    is_cut_off(&omar, &cut).await;
    an_owned_chat_becomes_an_emergency(&maria, &lena, &plain).await;
    two_answer_one_customer(&maria, &lena, &clinical).await;
    is_handed_on_and_back(&lena, &maria, &clinical).await;
    goes_on_where_another_stopped(&lena, &omar, &cut, &cross).await;
    is_put_back(&lena, &maria, &spanish).await;
    join_all([cross, spanish, choking, plain, clinical, maria, omar, lena].map(Page::close)).await;
}

/// Keeping a draft takes longer than sending it: what was sent must not come back into the field, to be sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_was_sent_does_not_come_back() {
    let (folder, rules) = (Folder::new("demo"), guardrails(&[PATIENT]));
    let floor = Floor { demo: Demo::with(folder.path(), rules.path()), driver: Driver::start() };
    let (customer, desk) = (floor.customer("en").await, floor.desk("maria").await);
    ask(&customer, COMPLAINT).await;
    let case = case_of(&desk, &customer).await;
    claim(&desk, &case).await;
    desk.js("const send = window.fetch; window.held = 0; window.fetch = async (path, options) => { \
         if (!options?.body?.includes('draft')) return send(path, options); \
         window.held += 1; await new Promise((r) => setTimeout(r, 1500)); \
         const answer = await send(path, options); window.held -= 1; return answer; }")
        .await;
    desk.write("#text", "I read your complaint now.").await;
    desk.wait("window.held === 1").await;
    desk.click("#reply button[type=submit]").await;
    shows(&customer, "log", "I read your complaint now.").await;
    desk.wait("window.held === 0 && document.getElementById('text').value === ''").await;
    assert_eq!(desk.js(&draft_of(&case)).await, json!(null), "what was sent is kept as a draft");
    open(&desk, &case).await;
    assert_eq!(desk.js("return document.getElementById('text').value").await, "");
    join_all([customer, desk].map(Page::close)).await;
}

/// Exactly one has it; the other reads who.
async fn two_claim_one_case(a: (&Page, &str), b: (&Page, &str), customer: &Page) {
    let case = case_of(a.0, customer).await;
    tokio::join!(open(a.0, &case), open(b.0, &case));
    at_once((a.0, "[data-act=claim]"), (b.0, "[data-act=claim]")).await;
    for desk in [a.0, b.0] {
        desk.wait("document.querySelector('#head .who').textContent.startsWith('Owned by')").await;
    }
    let owned = "return document.querySelector('#head .who').textContent === 'Owned by you'";
    let won = (a.0.js(owned).await == json!(true), b.0.js(owned).await == json!(true));
    let (winner, loser) = match won {
        (true, false) => (a, b),
        (false, true) => (b, a),
        both => panic!("who has the case? {both:?}"),
    };
    shows(loser.0, "trouble", &format!("{} has this ticket", winner.1)).await;
    shows(loser.0, "head", &format!("Owned by {}", winner.1)).await;
    assert_eq!(loser.0.js("return document.getElementById('work').hidden").await, true);
    assert!(!says(loser.0, "card", "swelling").await, "who does not have it does not read it");
    reply(winner.0, "I am here. Have you called 911?").await;
    shows(customer, "log", "Have you called 911?").await;
    shows(customer, "owner", winner.1).await;
}

/// Somebody writes a sentence, and their line breaks.
async fn is_cut_off(desk: &Page, case: &str) {
    claim(desk, case).await;
    let words = "I have read your complaint and";
    desk.write("#text", words).await;
    let kept = draft_of(case);
    let started = Instant::now();
    while desk.js(&kept).await != json!(words) {
        assert!(started.elapsed() < Duration::from_secs(20), "what is being written is not kept");
    }
    desk.line(None).await;
}

/// While a person has the chat the assistant is silent, save for an emergency, which all desks see rise.
async fn an_owned_chat_becomes_an_emergency(holder: &Page, other: &Page, customer: &Page) {
    let case = case_of(holder, customer).await;
    claim(holder, &case).await;
    assert_eq!(other.js(&format!("return Boolean(document.querySelector('{} .p0'))", row(&case))).await, false);
    reply(holder, "What can I do for you?").await;
    shows(customer, "log", "What can I do for you?").await;
    let answers = "document.querySelectorAll('#log li.assistant').length";
    let before = customer.js(&format!("return {answers}")).await.as_u64().unwrap();
    customer.write("#text", "where is my order\n").await;
    shows(holder, "log", "where is my order").await;
    reply(holder, "One moment, I look it up.").await;
    shows(customer, "log", "One moment, I look it up.").await;
    customer.wait(&format!("{answers} === {before}")).await;
    customer.write("#text", &format!("{EMERGENCY}\n")).await;
    customer.wait("document.querySelector('#log .emergency a[href=\"tel:911\"]')").await;
    shows(customer, "urgent", "911").await;
    other.wait(&format!("document.querySelector('{} .p0')", row(&case))).await;
    holder.wait("document.querySelector('#head .p0')").await;
    shows(holder, "log", "swelling shut").await;
}

/// A colleague takes the case over and answers at the moment when its holder does, who cannot know yet: one answer reaches the
/// customer, and what the other wrote is still there.
async fn two_answer_one_customer(holder: &Page, taker: &Page, customer: &Page) {
    let case = case_of(holder, customer).await;
    claim(holder, &case).await;
    holder.write("#text", "Maria: please do not take it yet.").await;
    open(taker, &case).await;
    taker.click("[data-act=take-over]").await;
    taker.write("#field-reason", "Maria was called to the phone").await;
    holder.line(Some(Duration::from_secs(4))).await;
    taker.click("#dialog button[type=submit]").await;
    taker.wait("!document.getElementById('work').hidden").await;
    taker.write("#text", "Lena: I check your records first.").await;
    let send = "#reply button[type=submit]";
    at_once((holder, send), (taker, send)).await;
    shows(customer, "log", "Lena: I check your records first.").await;
    taker.wait("document.getElementById('text').value === ''").await;
    holder.wait("document.querySelector('#head .who').textContent === 'Owned by Lena'").await;
    shows(holder, "trouble", "Lena has this ticket").await;
    let draft = holder.js("return document.getElementById('text').value").await;
    assert_eq!(draft, "Maria: please do not take it yet.", "nothing that was written is lost");
    holder.line(Some(Duration::ZERO)).await;
    assert!(!says(customer, "log", "please do not take it yet").await, "one answer, not two");
}

/// From one to another by name with a note, then back to the assistant.
async fn is_handed_on_and_back(from: &Page, to: &Page, customer: &Page) {
    let case = case_of(to, customer).await;
    from.click("[data-act=transfer]").await;
    from.wait("document.querySelector('#field-to option[value=demo-maria]')").await;
    from.js("document.getElementById('field-to').value = 'demo-maria'").await;
    from.write("#field-note", "records are checked, only the timing is open").await;
    from.click("#dialog button[type=submit]").await;
    to.wait(&format!("document.querySelector('{}').innerText.includes('for you')", row(&case))).await;
    claim(to, &case).await;
    shows(to, "notes", "Lena handed on").await;
    shows(to, "notes", "only the timing is open").await;
    let kept = to.js("return document.getElementById('text').value").await;
    assert_eq!(kept, "Maria: please do not take it yet.", "her words came back with the case");
    to.js("document.getElementById('text').value = ''").await;
    reply(to, "Wait two hours between the two.").await;
    shows(customer, "owner", "Maria").await;
    to.write("#disposition", "CLIN-INTERACTION").await;
    to.click("#resolve button[type=submit]").await;
    shows(to, "head", "CLIN-INTERACTION").await;
    shows(customer, "here", "The automated assistant answers again").await;
    ask(customer, "how long does delivery take?").await;
    customer.wait("document.querySelector('#log .source')").await;
}

/// The case of somebody whose line broke comes back to the queue by itself; what they were writing comes with it.
async fn goes_on_where_another_stopped(next: &Page, cut_off: &Page, case: &str, customer: &Page) {
    next.wait(&format!("document.querySelector('{}').innerText.includes('open again')", row(case))).await;
    claim(next, case).await;
    shows(next, "kept", "Omar was writing").await;
    next.click("#kept button").await;
    next.write("#text", " will call you today.").await;
    next.click("#reply button[type=submit]").await;
    shows(customer, "log", "I have read your complaint and will call you today.").await;
    shows(customer, "owner", "Lena").await;
    cut_off.line(Some(Duration::ZERO)).await;
    shows(cut_off, "trouble", "You no longer have this case: Lena has it now. What you were writing is kept").await;
    let draft = cut_off.js("return document.getElementById('text').value").await;
    assert_eq!(draft, "I have read your complaint and");
}

async fn is_put_back(desk: &Page, other: &Page, customer: &Page) {
    let case = case_of(desk, customer).await;
    claim(desk, &case).await;
    shows(desk, "head", "es").await;
    other.wait(&format!("document.querySelector('{}').innerText.includes('Lena')", row(&case))).await;
    desk.click("[data-act=release]").await;
    other.wait(&format!("document.querySelector('{}').innerText.includes('open again')", row(&case))).await;
}
