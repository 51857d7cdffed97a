//! Judging and weighing on made-up outcomes: what counts as resolved, what as missed, and that a rare kind weighs what the mix says.

use super::case::{Conversation, check};
use super::judge::Outcome;
use super::mix::Mix;
use super::{Played, figures};
use crate::lines::Line;
use crate::report::Report;
use crate::suite::metric::Metric;
use serde_json::{Value, json};

const MIX: &str = "about = 'a'\nchats_per_day = 1000\nminutes = { pharmacist = 6, care = 3 }\n";

fn case(id: &str, mix: &str, turns: Value) -> Line<Conversation> {
    let value = serde_json::from_value(json!({"id": id, "mix": mix, "turns": turns})).unwrap();
    Line { file: "t.jsonl".into(), number: 1, value, extra: serde_json::Map::new() }
}

fn turn(route: &str, reply: &str, cites: &[&str], case: Value) -> Value {
    json!({"route": route, "reply": reply, "cites": cites, "escalation": case, "fixed_text": [], "micros": 5})
}

fn mix(rest: &str) -> Mix {
    toml::from_str(&format!("{MIX}{rest}")).unwrap()
}

fn metrics(report: Report) -> Vec<Metric> {
    let common = crate::args::Common {
        report: Some(std::env::temp_dir().join(format!("evals-traffic-{}.json", uuid::Uuid::now_v7()))),
        ..crate::args::Common::over("index".into(), "guardrails".into())
    };
    report.finish(&common, &[]).unwrap();
    let file = common.report.unwrap();
    let read = Metric::all(&serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()).unwrap();
    std::fs::remove_file(file).unwrap();
    read
}

fn value(all: &[Metric], id: &str) -> f64 {
    all.iter().find(|m| m.id == id).unwrap_or_else(|| panic!("no {id} in {all:?}")).value
}

#[test]
fn a_conversation_is_resolved_by_the_right_fact_or_page_and_by_nobody_else() {
    let page = case("a", "I19", json!([{"user": "sign?", "needs": "answer", "pages": ["DL5"]}]));
    let of = |c: &Line<Conversation>, turns: &[Value]| Outcome::of(&c.value, turns, -1.0);
    assert!(of(&page, &[turn("answer", "x", &["DL5", "DL1"], Value::Null)]).resolved());
    assert!(!of(&page, &[turn("answer", "x", &["DL1"], Value::Null)]).resolved(), "another page");
    assert!(!of(&page, &[turn("answer", "x", &["DL5"], json!({"reason": "state"}))]).resolved(), "a human got it");
    let fact =
        json!([{"user": "where", "needs": "answer", "has": [["Reno"], ["23 Nov", "Nov 23"]], "wrong": ["70-2"]}]);
    let fact = case("b", "I14", fact);
    assert!(of(&fact, &[turn("answer", "in reno, due nov 23", &[], Value::Null)]).resolved());
    assert!(!of(&fact, &[turn("answer", "in Reno", &[], Value::Null)]).resolved(), "a fact is missing");
    let told = of(&fact, &[turn("answer", "Order 70-2 in Reno, due Nov 23", &[], Value::Null)]);
    assert!(told.wrong && !told.resolved());
}

#[test]
fn a_question_back_is_no_answer_but_may_offer_the_right_one() {
    let asked =
        json!([{"user": "a", "needs": "answer", "pages": ["DL5"]}, {"user": "b", "needs": "answer", "pages": ["RF1"]}]);
    let asked = case("a", "I19", asked);
    let back = |pages: &[&str]| turn("clarify", "is it?", pages, Value::Null);
    let right = Outcome::of(&asked.value, &[back(&["CC1", "DL5"]), back(&["RF1"])], 0.0);
    assert!(right.offered && right.offered_right && !right.resolved() && !right.person);
    let half = Outcome::of(&asked.value, &[back(&["DL5"]), back(&["DL5"])], 0.0);
    assert!(half.offered && !half.offered_right);
    let late = Outcome::of(&asked.value, &[back(&["DL1"]), back(&["RF1"])], 0.0);
    assert!(late.offered && !late.offered_right, "the first was wrong");
    assert!(!Outcome::of(&asked.value, &[back(&[]), back(&[])], 0.0).offered_right, "nothing was offered");
}

#[test]
fn an_answer_where_a_pharmacist_was_needed_is_missed_unless_one_was_called_before() {
    let two =
        case("a", "clinical", json!([{"user": "late", "needs": "care"}, {"user": "dizzy", "needs": "pharmacist"}]));
    let (called, answered) = (turn("human", "", &[], json!({"reason": "asked"})), turn("answer", "", &[], Value::Null));
    assert!(!Outcome::of(&two.value, &[called, answered.clone()], 0.0).missed);
    assert!(Outcome::of(&two.value, &[answered.clone(), answered], 0.0).missed);
    let text = turn("emergency", "", &[], json!({"reason": "R1"}));
    let needs = case("b", "emergency", json!([{"user": "chest", "needs": "emergency"}]));
    let outcome = Outcome::of(&needs.value, &[text], 0.0);
    assert!(outcome.failures.is_empty() && outcome.pharmacist && !outcome.besides);
}

#[test]
fn a_rare_kind_weighs_what_the_mix_says_however_many_cases_it_has() {
    let answer = json!([{"user": "u", "needs": "answer"}]);
    let risk = json!([{"user": "u", "needs": "pharmacist"}]);
    let cases: Vec<Line<Conversation>> = (0..40)
        .map(|n| {
            if n < 20 {
                case(&n.to_string(), "I14", answer.clone())
            } else {
                case(&n.to_string(), "clinical", risk.clone())
            }
        })
        .collect();
    let outcomes: Vec<Outcome> = cases
        .iter()
        .map(|c| match c.value.mix.as_str() {
            "I14" => Outcome::of(&c.value, &[turn("answer", "", &[], Value::Null)], -2.0),
            _ => Outcome::of(&c.value, &[turn("pharmacist", "", &[], json!({"reason": "R3"}))], 2.0),
        })
        .collect();
    let played: Vec<Played<'_>> = cases.iter().zip(&outcomes).collect();
    let mix = mix("share = { clinical = 0.1, service = 0.9 }");
    let mut report = Report::new("traffic", json!({}));
    figures::report(&mut report, &played, &mix.weights(&cases).unwrap(), &mix, 1);
    let all = metrics(report);
    assert!((value(&all, "day/contained (no human) %") - 90.0).abs() < 1e-9);
    // 100 of 1,000 conversations, six minutes each.
    assert!((value(&all, "work/pharmacist hours a day") - 10.0).abs() < 1e-9);
    assert!((value(&all, "day/of the hand-overs, needless %")).abs() < 1e-9);
    assert!((value(&all, "mix clinical/reached a pharmacist, of those that needed one") - 1.0).abs() < 1e-9);
    // Two steps stricter every service question is stopped, too; three laxer nobody is.
    assert!((value(&all, "thresholds -2/pharmacist hours a day") - 100.0).abs() < 1e-9);
    assert!((value(&all, "thresholds +3/needed a pharmacist and reached one %")).abs() < 1e-9);
}

#[test]
fn a_mix_that_does_not_fit_the_cases_is_refused_with_the_reason() {
    let cases = [case("a", "I14", json!([{"user": "u", "needs": "answer"}]))];
    let refused = |rest: &str| mix(rest).weights(&cases).unwrap_err().to_string();
    assert!(refused("share = { clinical = 0.1, service = 0.9 }").contains("90.0 % of the mix"));
    assert!(refused("share = { clinical = 1.0 }").contains("no share of `service`"));
    assert!(refused("share = { service = 1.0 }\nservice = { I15 = 2 }").contains("no share of `I14`"));
    assert!(mix("share = { service = 1.0 }\nservice = { I14 = 2 }").weights(&cases).is_ok());
    let odd = [case("a", "I36", json!([{"user": "u", "needs": "answer"}]))];
    assert!(check(&odd).unwrap_err().to_string().contains("mix `I36`"));
}
