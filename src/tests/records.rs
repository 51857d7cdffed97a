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

#[tokio::test]
async fn what_is_asked_for_stands_first_and_a_trouble_before_an_old_estimate() {
    let who = told("P0011", "who cancelled the testosterone").await;
    assert!(who.starts_with("Your prescriber cancelled this prescription."), "{who}");
    let late = told("P0016", "will 70-00127 be here today?").await;
    assert!(!late.starts_with("Prairie Post estimates"), "past its clock the estimate is old news: {late}");
}

#[tokio::test]
async fn beside_a_clinical_question_the_record_that_it_asks_about_is_told() {
    let text = told("P0002", "should i stop taking the lisinopril, and what does it cost me?").await;
    holds(&text, &["question for a pharmacist", "$15.00"]);
    let only = told("P0002", "is it safe to take ibuprofen while pregnant?").await;
    assert!(!only.contains("RX-"), "nothing of a record was asked: {only}");
}

#[tokio::test]
async fn an_own_number_is_nobody_elses_data() {
    let text = told("P0001", "My August order, 70-00087, what day did that actually arrive and what was in it?").await;
    holds(&text, &["70-00087"]);
    let strange = told("P0002", "what day did order 70-00087 arrive?").await;
    assert!(!strange.contains("delivered"), "{strange}");
}

#[tokio::test]
async fn nobody_is_told_of_a_pregnancy_that_they_did_not_speak_of() {
    let text = told("P0001", "puedo tomar ibuprofeno con mi lisinopril, y ya salio mi pedido?").await;
    assert!(text.contains("para un farmacéutico") && !text.contains("embarazo"), "{text}");
    assert!(!text.contains("Su etiqueta dice"), "it may have been one after all: {text}");
    let text = told("P0001", "i am pregnant, is lisinopril still ok for me?").await;
    holds(&text, &["in pregnancy"]);
}

#[tokio::test]
async fn of_medicines_with_like_names_the_one_that_is_written_out_is_told() {
    let both = told("P0026", "do you have metoprolol in stock?").await;
    holds(&both, &["metoprolol succinate", "metoprolol tartrate"]);
    let one = told("P0026", "do you have metoprolol succinate ER 50 mg extended-release tablet in stock?").await;
    holds(&one, &["metoprolol succinate"]);
    assert!(!one.contains("tartrate"), "{one}");
}
