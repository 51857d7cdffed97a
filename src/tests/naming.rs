//! People say what they mean in their own words: an order by its day, a helper by whose it is, pills by their colour. Nothing is told of
//! what they do not mean.

use crate::support::{Options, Site, customer_at};
use apothecary::boot::weeks_since_sample;
use apothecary::domain::clock::{Clock, ScriptedClock};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// The Friday of the sample, which is shifted to this week.
fn friday() -> Timestamp {
    let sample: Timestamp = "2026-11-20T18:00:00Z".parse().unwrap();
    sample + SignedDuration::from_hours(weeks_since_sample(Timestamp::now()) * 7 * 24)
}

#[tokio::test]
async fn an_order_is_meant_by_its_day() {
    let clock = Some(Arc::new(ScriptedClock::new(friday())) as Arc<dyn Clock>);
    let site = Site::new(Options { clock, ..Options::default() }).await;
    let chat = async || site.chat(&customer_at(friday(), "P0003", None)).await;
    let (now, then) = ("order:70-00104".to_owned(), "order:70-00088".to_owned());
    for text in ["where is the order from last week?", "dónde está el pedido de la semana pasada?"] {
        let cites = chat().await.say(text).await.cites();
        assert!(cites.contains(&then) && !cites.contains(&now), "{text}: {cites:?}");
    }
    let chat = chat().await;
    let first = chat.say("where is my order").await.cites();
    assert!(first.contains(&now), "{first:?}");
    let other = chat.say("and the one from last week?").await.cites();
    assert!(other.contains(&then) && !other.contains(&now), "{other:?}");
    let none = chat.say("where is the order from last month?").await;
    assert!(!none.cites().iter().any(|c| c.starts_with("order:")), "none was then: {:?}", none.0);
}

#[tokio::test]
async fn a_question_goes_on_with_what_was_asked_before() {
    let chat = Site::shared().await.anonymous().await;
    let first = chat.say("How long does standard delivery take?").await.cites();
    let page = first.iter().find(|c| c.starts_with("DL")).expect("a page on delivery").clone();
    let second = chat.say("and to Alaska?").await.cites();
    assert!(second.iter().any(|c| c.starts_with("DL")), "after {page}: {second:?}");
}

#[tokio::test]
async fn pills_of_a_colour_are_nobodys_in_particular() {
    for text in ["when do my white pills come?", "¿cuándo llegan mis pastillas blancas?"] {
        let said = Site::shared().await.verified("P0003", None).await.say(text).await;
        let records: Vec<String> = said.cites().into_iter().filter(|c| c.starts_with("rx:")).collect();
        assert!(records.is_empty(), "a medicine was guessed: {:?}", said.0);
    }
}

#[tokio::test]
async fn what_is_a_childs_is_told_to_who_may_ask_for_it_and_not_guessed_for_others() {
    let site = Site::shared().await;
    let own = site.verified("P0002", None).await.say("where is my order").await.cites();
    let said = site.verified("P0002", None).await.say("where is my son's order?").await;
    assert!(!own.is_empty());
    assert!(
        !said.cites().iter().any(|c| own.contains(c) && c.contains(':')),
        "the mother's own was told: {:?}",
        said.0
    );
}
