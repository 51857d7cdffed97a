//! Recipes: valid JSON for every event, nothing in it but what a thin payload says, and errors that name file and place.

use crate::support::{Folder, repo};
use apothecary::domain::route::{Priority, Queue};
use apothecary::escalate::recipe::{PLACEHOLDERS, Recipe, Recipes};
use apothecary::escalate::webhook::{Facts, MAX_BODY, TYPES};
use jiff::Timestamp;
use serde_json::Value;

/// Words that would say something about somebody's health, or whose it is.
const HEALTH: [&str; 22] = [
    "patient",
    "medicine",
    "medication",
    "drug",
    "dose",
    "symptom",
    "diagnos",
    "pregnan",
    "allerg",
    "suicid",
    "self-harm",
    "emergency",
    "crisis",
    "pain",
    "prescription",
    "refill",
    "overdose",
    "adverse",
    "risk",
    "reason",
    "birth",
    "R1\"",
];

fn facts(kind: &str, priority: Priority, queue: Queue) -> Facts {
    Facts {
        kind: kind.into(),
        ticket: "0190-case".into(),
        priority,
        queue,
        link: "https://shop.example/console#0190-case".into(),
        step: if kind.ends_with("breached") { "on_call".into() } else { String::new() },
        time: Timestamp::from_second(1_780_000_000).unwrap(),
    }
}

fn shipped() -> Recipes {
    Recipes::load(&repo("guardrails/webhooks")).unwrap()
}

#[test]
fn every_recipe_renders_every_event_it_tells_without_a_health_word() {
    let recipes = shipped();
    let mut told = 0;
    for recipe in recipes.iter() {
        for kind in TYPES {
            for priority in [Priority::P0, Priority::P1, Priority::P2, Priority::P3, Priority::P4] {
                let Some(body) = recipe.render(&facts(kind, priority, Queue::Clinical)) else { continue };
                let text = body.to_string();
                told += 1;
                assert!(serde_json::from_str::<Value>(&text).unwrap().is_object());
                assert!(text.len() < MAX_BODY);
                assert!(!PLACEHOLDERS.iter().any(|name| text.contains(&format!("{{{name}}}"))), "{text}");
                for word in HEALTH {
                    assert!(!text.to_lowercase().contains(&word.to_lowercase()), "`{word}` is in {text}");
                }
            }
        }
    }
    let names: Vec<&str> = recipes.iter().map(Recipe::name).collect();
    assert_eq!((names, told), (vec!["chat", "helpdesk", "pager"], 5 * (4 + 6 + 5)));
}

#[test]
fn the_pager_knows_a_case_by_its_ticket_and_closes_it_with_the_case() {
    let recipes = shipped();
    let pager = recipes.get("pager").unwrap();
    let render = |kind, priority| pager.render(&facts(kind, priority, Queue::Safety)).unwrap();
    let (opened, closed) = (render(TYPES[0], Priority::P0), render("escalation.resolved", Priority::P0));
    assert_eq!((&opened["event_action"], &closed["event_action"]), (&"trigger".into(), &"resolve".into()));
    assert_eq!((&opened["dedup_key"], &opened["dedup_key"]), (&"0190-case".into(), &closed["dedup_key"]));
    assert_eq!(opened["payload"]["severity"], "critical");
    assert_eq!(render(TYPES[0], Priority::P3)["payload"]["severity"], "warning");
    let desk = recipes.get("helpdesk").unwrap().render(&facts(TYPES[0], Priority::P2, Queue::Service)).unwrap();
    let ticket = &desk["ticket"];
    assert_eq!((&ticket["external_id"], &ticket["priority"]), (&"0190-case".into(), &"high".into()));
    let chat = recipes.get("chat").unwrap().render(&facts(TYPES[4], Priority::P1, Queue::Service)).unwrap();
    let text = chat["text"].as_str().unwrap();
    assert!(
        ["P1", "queue service", "https://shop.example/console#0190-case"].iter().all(|w| text.contains(w)),
        "{text}"
    );
}

#[test]
fn what_a_fact_holds_cannot_break_out_of_its_text() {
    let recipe = Recipe::parse(
        "x",
        "about = \"x\"\nbody = '{\"a\": \"{link}\"}'\n[events]\n\"escalation.created\" = \"{step}\"\n",
    );
    let mut odd = facts(TYPES[0], Priority::P0, Queue::Service);
    odd.link = "\", \"b\": \"{ticket}\\".into();
    let body = recipe.unwrap().render(&odd).unwrap();
    assert_eq!(body, serde_json::json!({ "a": odd.link }));
}

#[test]
fn a_bad_recipe_is_named_with_its_place() {
    let head = "about = \"x\"\nbody = '''";
    let tail = "'''\n[events]\n\"escalation.created\" = \"new\"\n";
    let bad = [
        (
            format!("{head}{{\"a\": [1, {{\"b\": \"{{patient}}\"}}]}}{tail}"),
            "body, at /a/1/b: unknown placeholder {patient}",
        ),
        (format!("{head}{{\"a\": \"{{link\"}}{tail}"), "body, at /a: a { without its }"),
        (format!("{head}{{\"{{link}}\": 1}}{tail}"), "a key cannot hold a placeholder"),
        (format!("{head}{{\"a\": }}{tail}"), "this is no JSON: expected value at line 1 column 7"),
        (format!("{head}{{}}{tail}\"escalation.lost\" = \"x\"\n"), "[events]: unknown key \"escalation.lost\""),
        (format!("{head}{{}}{tail}[priorities]\nP7 = \"x\"\n"), "[priorities]: unknown key \"P7\""),
        (format!("words = 1\n{head}{{}}{tail}"), "words"),
        (format!("{head}\"{}\"{tail}", "x".repeat(9_000)), "at most 5000"),
    ];
    for (text, expected) in bad {
        let folder = Folder::new("recipes");
        std::fs::write(folder.path().join("mine.toml"), &text).unwrap();
        let why = Recipes::load(folder.path()).unwrap_err().to_string();
        assert!(why.contains("mine.toml") && why.contains(expected), "{why}");
    }
    let folder = Folder::new("recipes");
    assert_eq!(Recipes::load(&folder.path().join("none")).unwrap().iter().count(), 0, "no folder, no recipes");
    std::fs::write(folder.path().join("thin.toml"), "").unwrap();
    assert!(Recipes::load(folder.path()).unwrap_err().to_string().contains("built-in"));
}
