//! Limits of a day over HTTP: beyond them the assistant stops, people and emergency texts do not.

use crate::support::{Options, Site, code};
use apothecary::app::DayLimits;
use serde_json::{Value, json};
use uuid::Uuid;

const QUESTION: &str = "do i have to sign for it?";

async fn site() -> Site {
    Site::new(Options { limits: DayLimits { person: 2, site: 100 }, ..Options::default() }).await
}

#[tokio::test]
async fn beyond_a_days_limit_the_assistant_stops_and_people_and_emergency_texts_do_not() {
    let site = site().await;
    let chat = site.anonymous().await;
    for _ in 0..2 {
        chat.say(QUESTION).await;
    }
    let refused = chat.send(Uuid::now_v7(), QUESTION).await;
    assert_eq!(refused.status(), 429);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["call"]["emergency"]),
        (&json!("day_limit"), &json!("911"))
    );
    assert!(chat.say("I can't breathe and my throat is swelling shut").await.words().contains("911"));
    chat.ask_human(Uuid::now_v7()).await;
    site.anonymous().await.say(QUESTION).await;
}

#[tokio::test]
async fn a_verified_person_has_one_limit_over_all_their_conversations() {
    let site = site().await;
    for _ in 0..2 {
        site.verified("P0001", None).await.say(QUESTION).await;
    }
    let third = site.verified("P0001", None).await;
    assert_eq!(code(third.send(Uuid::now_v7(), QUESTION).await).await, (429, "day_limit".into()));
    site.verified("P0002", None).await.say(QUESTION).await;
}
