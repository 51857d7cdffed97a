//! Tests of loading a folder.

use super::*;
use crate::domain::lang::Lang;
use crate::domain::states::StateCode;

const PAGE: &str = "+++\nid = \"DL1\"\ntitle = \"Delivery times\"\nversion = 1\neffective_from = \"2026-10-01\"\neffective_to = \"\"\njurisdictions = [\"*\"]\npayers = [\"*\"]\naudience = \"customer\"\nowner = \"ops\"\napproved_by = \"R\"\napproved_on = \"2026-09-15\"\nnext_review = \"2027-03-31\"\nsupersedes = \"\"\nlanguage = \"en\"\ntranslation_reviewed_by = \"\"\nrisk_class = \"service\"\nconstants = []\n+++\n";

#[test]
fn a_page_becomes_sections() {
    let page = Page::parse(
        &format!("{PAGE}\nFirst words.\n\n## How long?\n\nIt takes 5 days. Maybe 6.\n\n## Empty\n"),
        "policies/DL1.md",
    )
    .unwrap();
    let shape: Vec<_> = page.passages.iter().map(|p| (p.section, p.heading.as_str(), p.sentences.len())).collect();
    assert_eq!(shape, [(0, "Delivery times", 1), (1, "How long?", 2)]);
}

#[test]
fn a_fault_names_its_line_and_field() {
    let bad = Page::parse(&PAGE.replace("version = 1", "version = \"one\""), "policies/DL1.md").unwrap_err();
    assert_eq!((bad[0].file.as_str(), bad[0].place.as_str()), ("policies/DL1.md", "line 4"));
    let bad = Page::parse(&format!("{}Text.", PAGE.replace("2027-03-31", "soon")), "x").unwrap_err();
    assert_eq!(bad[0].place, "next_review");
    assert!(Page::parse("no front matter", "x").is_err() && Page::parse(PAGE, "x").is_err());
}

#[test]
fn the_narrowest_and_latest_constant_counts() {
    let toml = "[[constant]]\nid = \"A\"\nvalue = \"1 day\"\nvalue_es = \"1 día\"\neffective_from = \"2026-01-01\"\n[[constant]]\nid = \"A\"\nvalue = \"2 days\"\neffective_from = \"2026-06-01\"\n[[constant]]\nid = \"A\"\nvalue = \"3 days\"\njurisdictions = [\"TX\"]\n";
    let all = Constants::parse(toml, "constants.toml").unwrap();
    let get = |lang, region, day: &str| all.get("A", lang, region, None, day.parse().unwrap());
    assert_eq!(get(Lang::Es, None, "2026-03-01"), Some("1 día"));
    assert_eq!(get(Lang::Es, Some("CA"), "2026-07-01"), Some("2 days"));
    assert_eq!(get(Lang::En, Some("TX"), "2026-07-01"), Some("3 days"));
    assert_eq!(get(Lang::En, None, "2025-07-01"), None);
}

#[test]
fn missing_and_wrong_states_are_all_listed() {
    let toml = "[[state]]\ncode = \"P01\"\nwords = \"a\"\nwords_es = \"b\"\nnext_step = \"c\"\nnext_step_es = \"d\"\nclock = \"\"\nclock_es = \"\"\n";
    let faults = States::parse(&format!("{toml}{}", toml.replace("P01", "P99")), "states.toml").unwrap_err();
    assert_eq!(faults.len(), 48, "47 missing and one unknown");
}

#[test]
fn the_sample_folder_loads() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("index");
    if !dir.exists() {
        return;
    }
    let mut pharmacy = Pharmacy::load(&dir, None).unwrap_or_else(|e| panic!("{e}"));
    let code = |s: &str| s.parse::<StateCode>().unwrap();
    let allowed = |from, to, cold| pharmacy.states.going(from, to, cold).is_some();
    assert!(allowed(code("P01"), code("P02"), false) && !allowed(code("P01"), code("P14"), false));
    assert!(allowed(code("T01"), code("T03"), false) && !allowed(code("T08"), code("T01"), false));
    assert_ne!(allowed(code("T01"), code("T13"), true), allowed(code("T01"), code("T13"), false));
    assert!(pharmacy.passages().count() > 300);
    let before = pharmacy.pages[0].meta.effective_from.clone();
    pharmacy.shift(1);
    assert_ne!(before, pharmacy.pages[0].passages[0].meta.effective_from);
    assert!(
        Pharmacy::load(Path::new("/nowhere"), Some(&dir)).is_ok()
            && Pharmacy::load(Path::new("/nowhere"), None).is_err()
    );
}

#[test]
fn check_data_names_what_is_wrong_and_keeps_looking() {
    let dir = std::env::temp_dir().join(format!("apothecary-check-{}", std::process::id()));
    std::fs::create_dir_all(dir.join("policies")).unwrap();
    std::fs::create_dir_all(dir.join("sample")).unwrap();
    std::fs::write(dir.join("policies/AA1.md"), "broken").unwrap();
    std::fs::write(
        dir.join("policies/DL1.md"),
        format!("{}\n## How long?\n\nIt takes 5 days.\n", PAGE.replace("[]\n", "[\"GONE\"]\n")),
    )
    .unwrap();
    let bundle = r#"{"entry":[{"resource":{"resourceType":"Task","id":"t","for":{"reference":"Patient/nobody"},"businessStatus":{"coding":[{"code":"P99"}]}}}]}"#;
    std::fs::write(dir.join("sample/x.json"), bundle).unwrap();
    std::fs::write(dir.join("constants.toml"), "").unwrap();
    let states: String = StateCode::all()
        .map(|c| format!("[[state]]\ncode = \"{c}\"\nwords = \"a\"\nwords_es = \"b\"\nnext_step = \"c\"\nnext_step_es = \"d\"\nclock = \"\"\nclock_es = \"\"\n"))
        .collect();
    std::fs::write(dir.join("states.toml"), states).unwrap();
    let found: Vec<String> =
        check::check(&dir, None).into_iter().map(|f| format!("{} {}", f.file, f.problem)).collect();
    std::fs::remove_dir_all(&dir).unwrap();
    for needle in [
        "AA1.md does not begin",
        "DL1.md GONE",
        "number 5",
        "has no page in `es`",
        "Patient/nobody",
        "`P99`",
        "no state leads",
    ] {
        assert!(found.iter().any(|f| f.contains(needle)), "{needle}: {found:#?}");
    }
}

#[test]
fn the_sample_folder_has_no_errors() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("index");
    if !dir.exists() {
        return;
    }
    let errors: Vec<_> = check::check(&dir, None).into_iter().filter(|f| f.weight == check::Weight::Error).collect();
    assert!(errors.is_empty(), "{} {errors:#?}", errors.len());
}
