//! Cards, sources and buttons: as JSON of the API, and in a browser, narrow and wide, light and dark, in both languages.

use crate::browser::ask;
use crate::process::Demo;
use crate::support::{Chat, Folder, PATIENT, SITE_KEYS, Said, Site, customer, guardrails, tool};
use crate::webdriver::{Driver, ENTER, Page};
use serde_json::{Value, json};

fn block(said: &Said, kind: &str) -> Value {
    let found = said.0.iter().filter_map(|m| m["blocks"].as_array()).flatten().find(|b| b["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {:?}", said.0)).clone()
}

async fn chat(person: &str) -> Chat {
    Site::shared().await.verified(person, None).await
}

#[tokio::test]
async fn an_order_comes_with_its_card_which_history_gives_again() {
    let chat = chat("P0001").await;
    let said = chat.say("where is my order").await;
    let card = block(&said, "card");
    assert_eq!((&card["text"], &card["cites"]), (&json!("Order 70-00101"), &json!(["order:70-00101"])));
    let way = &card["card"]["way"];
    let steps: Vec<(&str, &str)> = way["steps"].as_array().unwrap().iter().map(step).collect();
    let names = ["Ordered", "Being checked", "Being filled", "Packed"].map(|n| (n, "done"));
    assert_eq!(steps, [names.as_slice(), &[("With the carrier", "current"), ("Delivered", "ahead")]].concat());
    let labels: Vec<&Value> = card["rows"].as_array().unwrap().iter().map(|r| &r[0]).collect();
    assert!(labels.contains(&&json!("Carrier")) && labels.contains(&&json!("Tracking number")), "{card}");
    let items = &card["card"]["items"];
    assert_eq!((&items["words"], &items["names"]), (&json!("2 items"), &json!([])), "no name unasked");
    assert_eq!(
        items["ask"],
        json!({"act": "ask", "label": "What is in it?", "say": "Which of my medicines come in my order 70-00101?"})
    );
    assert_eq!(card["card"]["as_of"], block(&said, "as_of")["text"]);
    let last = block(&said, "person")["acts"].as_array().unwrap().last().cloned();
    assert_eq!(last, Some(json!({"act": "person", "label": "Talk to a pharmacist"})));
    assert_eq!(chat.history().await["messages"].as_array().unwrap().last(), said.0.last(), "read back as it was");
}

fn step(s: &Value) -> (&str, &str) {
    (s["name"].as_str().unwrap(), s["place"].as_str().unwrap())
}

#[tokio::test]
async fn the_names_of_the_items_stand_in_the_card_when_they_were_asked_for() {
    let chat = chat("P0001").await;
    let said = chat.say("Which of my medicines come in my order 70-00101?").await;
    let items = &block(&said, "card")["card"]["items"];
    let names = items["names"].as_array().unwrap();
    assert_eq!((names.len(), &items["ask"]), (2, &Value::Null), "{items}");
    assert!(names.iter().all(|n| said.words().contains(n.as_str().unwrap())), "the words say no less: {items}");
}

#[tokio::test]
async fn a_price_has_a_card_and_nobody_unknown_has_one() {
    let said = chat("P0002").await.say("how much does my lisinopril cost?").await;
    let card = block(&said, "card");
    assert_eq!(card["card"]["worth"], "exact");
    assert_eq!(card["rows"][0], json!(["Exact price from your plan", "$15.00"]), "{card}");
    let stranger = Site::shared().await.anonymous().await;
    assert!(!stranger.say("where is my order 70-00101").await.has_kind("card"));
}

#[tokio::test]
async fn clients_without_a_place_for_a_card_get_the_words_alone() {
    let site = Site::shared().await;
    let token = customer("P0001", None);
    let ask = json!({"model": "apothecary", "messages": [{"role": "user", "content": "where is my order"}]});
    let key = format!("Bearer {}", SITE_KEYS[0]);
    let headers = [("authorization", key.as_str()), ("apothecary-customer", token.as_str())];
    let answer: Value = site.post("/v1/chat/completions", ask.to_string(), &headers).await.json().await.unwrap();
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(
        text.contains("70-00101") && !text.contains("Estimated delivery: ") && !text.contains("Carrier: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_source_leads_to_its_passage_and_to_nothing_else() {
    let site = Site::shared().await;
    let said = site.anonymous().await.say("How long does standard delivery take?").await;
    let found = block(&said, "source")["passage"].clone();
    let (page, version, language) =
        (found["page"].as_str().unwrap(), &found["version"], found["language"].as_str().unwrap());
    let digest = found["digest"].as_str().unwrap();
    let path = |v: &Value, section: &Value| format!("/api/v1/passages/{page}/{v}/{language}/{section}/{digest}");
    let read = site.get(&path(version, &found["section"]), &[]).await;
    assert_eq!((read.status().as_u16(), read.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
    let read: Value = read.json().await.unwrap();
    assert_eq!((&read["title"], &read["in_force"]), (&found["title"], &json!(true)));
    let sentences = read["sentences"].as_array().unwrap();
    let answer = block(&said, "answer")["text"].as_str().unwrap().to_owned();
    assert!(sentences.iter().any(|s| answer.contains(s.as_str().unwrap())), "{read} is not behind {answer}");
    for wrong in [path(&json!(99), &json!(0)), path(version, &json!(99)), path(&json!("x"), &json!(0))] {
        assert_eq!(site.get(&wrong, &[]).await.status(), 404, "{wrong}");
    }
    let other = path(version, &found["section"]).replace(digest, "0123456789abcdef");
    assert_eq!(site.get(&other, &[]).await.status(), 404, "it does not say what was cited");
}

async fn fine(page: &Page, state: &str) {
    let wrong = page.axe(&tool("node_modules/axe-core/axe.min.js")).await;
    assert_eq!(wrong, json!([]), "{state}");
    let cut = "const page = document.documentElement, pane = document.getElementById('scroll'); \
               return [page.scrollWidth > innerWidth, page.scrollHeight > innerHeight, pane.scrollWidth > pane.clientWidth]";
    assert_eq!(
        page.js(cut).await,
        json!([false, false, false]),
        "{state}: only the conversation scrolls, and not sideways"
    );
}

/// What the tests look at in the last card.
const CARD: &str = "[...document.querySelectorAll('#log .card')].at(-1)";

async fn signed_in(page: &Page, demo: &Demo, lang: &str) {
    page.go(&format!("{}/demo/as/daniel", demo.base)).await;
    page.wait("document.getElementById('now').textContent.includes('daniel')").await;
    page.go(&format!("{}/chat?lang={lang}", demo.base)).await;
    page.wait("document.querySelectorAll('#log li').length >= 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_and_sources_can_be_read_and_opened_everywhere() {
    let (folder, rules) = (Folder::new("demo"), guardrails(&[PATIENT]));
    let (driver, demo) = (Driver::start(), Demo::with(folder.path(), rules.path()));
    let wide = Page::new(&driver, 1280, 900).await;
    signed_in(&wide, &demo, "en").await;
    ask(&wide, "where is my order").await;
    wide.wait(&format!("{CARD}?.querySelector('.way [aria-current=step]')?.innerText.includes('With the carrier')"))
        .await;
    fine(&wide, "order").await;
    wide.shot("order-1280").await;
    let dark = Page::dark(&driver, 1280, 900).await;
    signed_in(&dark, &demo, "en").await;
    ask(&dark, "how much does my metformin cost?").await;
    dark.wait(&format!("{CARD}?.querySelector('.amount strong')?.innerText.startsWith('$')")).await;
    fine(&dark, "price, dark").await;
    dark.shot("price-1280-dark").await;
    names_stay_masked(&wide).await;
    opened_by_keys(&wide).await;
    for page in [wide, dark] {
        page.close().await;
    }
}

/// The names are asked for by the card's own button, and even then shown only after a tap.
async fn names_stay_masked(page: &Page) {
    page.js(&format!("{CARD}.querySelector('.items button').click()")).await;
    page.wait(&format!("{CARD}.querySelector('.items button[aria-expanded]')")).await;
    let hidden = format!("return {CARD}.querySelector('.items ul').getBoundingClientRect().height === 0");
    assert_eq!(page.js(&hidden).await, true, "the names are masked");
    page.js(&format!("{CARD}.querySelector('.items button').click()")).await;
    page.wait(&format!(
        "{CARD}.querySelector('.items [aria-expanded=true]') && {CARD}.innerText.includes('lisinopril')"
    ))
    .await;
    fine(page, "items shown").await;
    page.shot("items-1280").await;
}

/// A source is reached and opened by the keyboard.
async fn opened_by_keys(page: &Page) {
    ask(page, "how long does delivery take?").await;
    page.wait("document.querySelector('#log .chip')").await;
    page.js("[...document.querySelectorAll('#log .chip')].at(-1).focus()").await;
    page.press(ENTER).await;
    page.wait("[...document.querySelectorAll('#log .passage')].at(-1)?.innerText.includes('effective')").await;
    assert_eq!(page.js("return document.querySelectorAll('#log .passage mark').length > 0").await, true, "quoted");
    fine(page, "source open").await;
    page.shot("source-1280").await;
    page.press(ENTER).await;
    page.wait("[...document.querySelectorAll('#log .passage')].at(-1).hidden").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_small_phone_in_spanish_and_in_the_dark_nothing_is_cut_off() {
    let (folder, rules) = (Folder::new("demo"), guardrails(&[PATIENT]));
    let (driver, demo) = (Driver::start(), Demo::with(folder.path(), rules.path()));
    let phone = Page::dark(&driver, 320, 640).await;
    phone.narrow(320, 640).await;
    signed_in(&phone, &demo, "es").await;
    ask(&phone, "¿dónde está mi pedido?").await;
    phone
        .wait(&format!("{CARD}?.querySelector('[aria-current=step]')?.innerText.includes('Con el transportista')"))
        .await;
    assert_eq!(
        phone.js(&format!("return {CARD}.querySelector('.items').innerText.includes('2 artículos')")).await,
        true
    );
    fine(&phone, "order, narrow").await;
    phone.shot("order-320-dark-es").await;
    phone.js(&format!("{CARD}.scrollIntoView({{block: 'start'}})")).await;
    phone.shot("card-320-dark-es").await;
    ask(&phone, "¿cuánto tarda la entrega?").await;
    phone.wait("document.querySelector('#log .chip')").await;
    phone.js("[...document.querySelectorAll('#log .chip')].at(-1).click()").await;
    phone.wait("[...document.querySelectorAll('#log .passage')].at(-1)?.innerText.includes('vigente desde')").await;
    fine(&phone, "source, narrow").await;
    phone.shot("source-320-dark-es").await;
    let light = Page::new(&driver, 320, 640).await;
    light.narrow(320, 640).await;
    signed_in(&light, &demo, "en").await;
    ask(&light, "how much does my metformin cost?").await;
    light.wait(&format!("{CARD}?.querySelector('.amount')")).await;
    fine(&light, "price, narrow").await;
    light.shot("price-320").await;
    ask(&light, "where is my order").await;
    light.wait(&format!("{CARD}?.querySelector('[aria-current=step]')")).await;
    light.shot("order-320").await;
    light.js("[...document.querySelectorAll('#log .choices')].at(-1).querySelector('button:last-child').click()").await;
    light.wait("/a person will take over/i.test(document.getElementById('log').innerText)").await;
    for page in [phone, light] {
        page.close().await;
    }
}
