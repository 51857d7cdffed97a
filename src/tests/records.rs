//! What a person's records tell: the state in the words of the record's own details, what can be done, and a person when it takes too
//! long. The questions are about the sample pharmacy, which the tests shift to this week by whole weeks.

use crate::support::Site;

/// What `person` is told on `question`, in a conversation of its own.
async fn told(person: &str, question: &str) -> String {
    Site::shared().await.verified(person, None).await.say(question).await.words()
}

fn holds(text: &str, parts: &[&str]) {
    let missing: Vec<&&str> = parts.iter().filter(|p| !text.contains(**p)).collect();
    assert!(missing.is_empty(), "{missing:?} not in: {text}");
}

#[tokio::test]
async fn past_its_clock_a_record_is_not_called_fine_and_a_person_gets_it() {
    let text = told("P0063", "where is my rosuvastatin package").await;
    holds(&text, &["The carrier has the parcel.", "longer than it should", "I have passed this on to a person"]);
    assert!(!text.contains("nothing you need to do"), "{text}");
}

#[tokio::test]
async fn the_first_parcel_of_a_replaced_order_is_told_when_it_is_asked_for() {
    let question = "what became of the first parcel of order 70-00108?";
    holds(&told("P0005", question).await, &["The first parcel of this order: We treat this parcel as lost."]);
    let text = told("P0005", "where is order 70-00108").await;
    assert!(!text.contains("The first parcel"), "{text}");
}

#[tokio::test]
async fn a_second_attempt_goes_to_a_person() {
    let text = told("P0026", "why was the parcel of order 70-00253 not delivered?").await;
    holds(&text, &["tried 2 times", "I have passed this on to a person"]);
}

#[tokio::test]
async fn a_transfer_is_told_as_far_as_it_is() {
    let sent = told("P0011", "was my levetiracetam transfer sent?").await;
    holds(&sent, &["was sent to Saguaro Family Pharmacy"]);
    let failed = told("P0061", "did the transfer of my trazodone work?").await;
    holds(&failed, &["could not be moved from Dogwood Pharmacy", "no refills left there", "new prescription"]);
}

#[tokio::test]
async fn a_pending_refund_is_not_called_sent() {
    let text = told("P0051", "is order 70-00402 cancelled and where is my refund?").await;
    holds(&text, &["refund of $8.00 is pending", "3 to 10 business days"]);
    assert!(!text.contains("was sent"), "{text}");
}

#[tokio::test]
async fn a_medicine_of_ones_own_is_question_enough() {
    let text = told("P0063", "rosuvastatin??").await;
    holds(&text, &["The carrier has the parcel."]);
    let text = told("P0016", "estradiol patches still out of stock?").await;
    holds(&text, &["estradiol patch", "is back-ordered", "Your prescriber may have other choices"]);
}
