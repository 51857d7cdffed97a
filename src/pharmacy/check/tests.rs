//! Findings over several pages: for each a folder that shows it, and one that differs in that alone and does not.

use super::*;
use crate::domain::lang::Lang;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

const CONSTANTS: &str = "links = [\"https://fernleaf.example/\"]\n\
    [[constant]]\nid = \"WAIT\"\nvalue = \"5 days\"\neffective_from = \"2026-01-01\"\n\
    [[constant]]\nid = \"WAIT\"\nvalue = \"6 days\"\neffective_from = \"2026-06-01\"\n\
    [[constant]]\nid = \"WAIT\"\nvalue = \"9 days\"\njurisdictions = [\"TX\"]\neffective_from = \"2026-01-01\"\n\
    [[constant]]\nid = \"OTHER\"\nvalue = \"30 days\"\neffective_from = \"2026-01-01\"\n";

/// A page in force from October 2026 on for everybody; `change` goes over its front matter.
fn page(file: &str, body: &str, change: (&str, &str)) -> (String, String) {
    let id = file.split('.').next().unwrap();
    let lang = if file.contains(".es") { Lang::Es } else { Lang::En };
    let front = format!(
        "+++\nid = \"{id}\"\ntitle = \"Title of {id}\"\nversion = 1\neffective_from = \"2026-10-01\"\neffective_to = \"\"\njurisdictions = [\"*\"]\npayers = [\"*\"]\naudience = \"staff\"\nowner = \"o\"\napproved_by = \"R\"\napproved_on = \"2026-09-15\"\nnext_review = \"\"\nsupersedes = \"\"\nlanguage = \"{lang}\"\ntranslation_reviewed_by = \"\"\nrisk_class = \"service\"\nconstants = [\"WAIT\", \"OTHER\"]\n+++\n"
    );
    assert!(front.contains(change.0), "{}", change.0);
    (format!("policies/{file}"), format!("{}\n## What holds?\n\n{body}\n", front.replace(change.0, change.1)))
}

/// The findings of a folder with these pages, as `file: place: problem; mend`.
fn found(pages: &[(String, String)]) -> Vec<String> {
    static N: AtomicU32 = AtomicU32::new(0);
    let n = N.fetch_add(1, Ordering::Relaxed);
    let dir: PathBuf = std::env::temp_dir().join(format!("apothecary-lint-{}-{n}", std::process::id()));
    fs::create_dir_all(dir.join("policies")).unwrap();
    fs::write(dir.join("constants.toml"), CONSTANTS).unwrap();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("index/states.toml"), dir.join("states.toml")).unwrap();
    pages.iter().for_each(|(file, text)| fs::write(dir.join(file), text).unwrap());
    let all = texts(&dir, None);
    fs::remove_dir_all(&dir).unwrap();
    all.into_iter().map(|f| format!("{:?} {}: {}: {}; {}", f.weight, f.file, f.place, f.problem, f.mend)).collect()
}

fn none(pages: &[(String, String)]) {
    let all = found(pages);
    assert!(all.is_empty(), "{all:#?}");
}

fn one(pages: &[(String, String)], parts: &[&str]) {
    let all = found(pages);
    assert!(all.len() == 1 && parts.iter().all(|p| all[0].contains(p)), "{parts:?} {all:#?}");
}

const AS_IT_IS: (&str, &str) = ("", "");

#[test]
fn links_that_lead_nowhere() {
    let at = |body: &str| [page("DL1.md", body, AS_IT_IS), page("DL2.md", "We are here for you.", AS_IT_IS)];
    none(&at("See DL2 and https://fernleaf.example/help/DL2, https://fernleaf.example. Read the page “Title of DL2”."));
    one(
        &at("See https://fern1eaf.example/help."),
        &["Error policies/DL1.md: What holds?: https://fern1eaf.example/help is not"],
    );
    one(&at("See http://fernleaf.example/help."), &["http://fernleaf.example/help is not under"]);
    one(&at("See https://fernleaf.example/help/DL9."), &["names page DL9"]);
    one(&at("See page DL7 for more."), &["names page DL7"]);
    one(
        &at("Read the page “Title of nothing”."),
        &["names the page “Title of nothing”", "give the title as it stands"],
    );
    one(&at("Read [more](other.html) here."), &["the link to `other.html` leads nowhere"]);
    none(&at("Take vitamin B12 and CO2."));
}

#[test]
fn a_page_that_is_over_is_no_page_to_name() {
    let over = ("effective_to = \"\"", "effective_to = \"2026-12-31\"");
    let later = ("effective_from = \"2026-10-01\"", "effective_from = \"2027-01-01\"");
    let named = page("DL1.md", "We are here for you.", over);
    none(&[named.clone(), page("DL2.md", "See DL1 for more.", AS_IT_IS)]);
    one(
        &[named, page("DL2.md", "See DL1 for more.", later)],
        &["policies/DL2.md", "names page DL1", "in force with it"],
    );
}

#[test]
fn sentences_that_differ_in_a_number_or_a_not_contradict_each_other() {
    let both = |a: &str, b: &str, change| [page("DL1.md", a, AS_IT_IS), page("DL2.md", b, change)];
    let (six, thirty) = ("You may send it back within 6 days.", "You may send it back within 30 days.");
    none(&both(six, six, AS_IT_IS));
    one(
        &both(six, thirty, AS_IT_IS),
        &["Error policies/DL2.md: What holds?", "30 days.” contradicts “You may", "6 days.” in policies/DL1.md"],
    );
    one(&both("You can't send it back to us here.", "You can send it back to us here.", AS_IT_IS), &["contradicts"]);
    none(&both("Send it within 6 days.", "Send it within 30 days.", AS_IT_IS));
    none(&both(six, "You may send a wrong item back within 30 days.", AS_IT_IS));
    none(&both(six, thirty, ("payers = [\"*\"]", "payers = [\"va\"]")));
    none(&both(
        six,
        thirty,
        (
            "effective_from = \"2026-10-01\"\neffective_to = \"\"",
            "effective_from = \"2026-07-01\"\neffective_to = \"2026-09-30\"",
        ),
    ));
}

#[test]
fn a_number_of_another_state_or_day_contradicts_the_one_that_holds() {
    let texas = ("jurisdictions = [\"*\"]", "jurisdictions = [\"TX\"]");
    let florida = ("jurisdictions = [\"*\"]", "jurisdictions = [\"FL\"]");
    let past = (
        "effective_from = \"2026-10-01\"\neffective_to = \"\"",
        "effective_from = \"2026-02-01\"\neffective_to = \"2026-05-31\"",
    );
    let only = |body: &str, change| [page("DL1.md", body, change)];
    none(&only("It takes 6 days.", AS_IT_IS));
    none(&only("It takes 9 days.", texas));
    none(&only("It takes 5 days.", past));
    one(
        &only("It takes 5 days.", AS_IT_IS),
        &["Error ", "the number 5 is that of WAIT from 2026-01-01, and for this page another holds"],
    );
    one(&only("It takes 9 days.", AS_IT_IS), &["Note ", "the number 9 is that of WAIT of TX from 2026-01-01"]);
    one(&only("It takes 9 days.", florida), &["Error ", "the number 9 is that of WAIT of TX"]);
    one(&only("It takes 6 days.", past), &["Error ", "the number 6 is that of WAIT from 2026-06-01"]);
    one(&only("It takes 7 days.", AS_IT_IS), &["the number 7 is in no constant that the page lists"]);
}

#[test]
fn two_versions_in_force_on_one_day_are_named() {
    let old = |until: &'static str| page("DL1.v1.md", "We send it soon.", ("effective_to = \"\"", until));
    let new = page("DL1.md", "We send it at once.", ("version = 1", "version = 2"));
    let until = "effective_from = \"2026-01-01\"\neffective_to = \"2026-09-30\"";
    let was = page("DL1.v1.md", "We send it soon.", ("effective_from = \"2026-10-01\"\neffective_to = \"\"", until));
    none(&[was, new.clone()]);
    let twice = [old("effective_to = \"2027-01-31\""), new];
    one(&twice, &["Note policies/DL1.v1.md: effective_to: is in force together with version 2 in policies/DL1.md"]);
}

#[test]
fn sections_that_say_nearly_the_same_are_noted() {
    let text = "A person of our team reads what you write. They see the order and the plan. Then they call you back on the same day.";
    let near = text.replace("call you back", "write to you");
    let far =
        "Your parcel waits at the post office. Bring a card with your name. Nobody else can take it home for you.";
    none(&[page("DL1.md", text, AS_IT_IS), page("DL2.md", far, AS_IT_IS)]);
    none(&[page("DL1.md", text, AS_IT_IS), page("DL2.md", &near, ("payers = [\"*\"]", "payers = [\"va\"]"))]);
    one(
        &[page("DL1.md", text, AS_IT_IS), page("DL2.md", &near, AS_IT_IS)],
        &["Note policies/DL2.md: What holds?: says nearly the same as policies/DL1.md “What holds?”"],
    );
}

#[test]
fn a_translation_says_the_numbers_of_its_original() {
    let at = |es: &str| [page("DL1.md", "You wait 6 days and 30 at most.", AS_IT_IS), page("DL1.es.md", es, AS_IT_IS)];
    none(&at("Espere 6 días, 30 como mucho."));
    one(
        &at("Espere 6 días."),
        &["Error policies/DL1.es.md: What holds?: says the numbers none other where policies/DL1.md says 30"],
    );
}
