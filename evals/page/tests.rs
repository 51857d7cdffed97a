//! The forms of the report: whole without network or script, everything escaped, failing gates named, texts only of failing cases.

use super::{html, junit, markdown, record};
use crate::setup::Folder;
use crate::suite::folder::Run;
use serde_json::json;
use std::path::Path;

/// A run of three cases; one is not as expected, and its words are markup.
fn folder() -> (Folder, Run) {
    let folder = Folder::new().unwrap();
    let cases = folder.path().join("cases.jsonl");
    let evil = "<script>alert(1)</script> & \"quoted\"";
    let lines = [json!({"id": "bad", "text": evil}), json!({"id": "fine", "text": "nobody may read this"})];
    std::fs::write(&cases, lines.map(|l| l.to_string()).join("\n")).unwrap();
    let name = cases.display().to_string();
    let digest = crate::lines::digest(&cases).unwrap();
    let row = |says: &str, metric: &str, limit: (&str, f64)| json!({"says": says, "metric": metric, limit.0: limit.1});
    let run = json!({
        "format": 1, "suites": [["s", "what <it> is for"]], "seed": 1, "timed": true, "commit": "abc", "product": {"model": "m"},
        "entries": [{
            "name": "one", "about": "a & b", "command": "guards", "split": "held-out", "cases": [name], "options": {}, "key": "k",
            "digests": {name.clone(): digest}, "decisions": null,
            "row": [row("caught <all>", "R1/recall", ("floor", 0.97)), row("alarms | few", "R1/false alarms", ("ceiling", 0.2)),
                    row("not there", "R9/recall", ("floor", 0.5)), row("perhaps", "R2/recall", ("floor", 0.8))],
            "figures": [{"id": "R1/recall", "value": 0.5, "hits": 50, "n": 100, "low": 0.40, "high": 0.60},
                        {"id": "R1/false alarms", "value": 0.0, "hits": 0, "n": 100, "low": 0.0, "high": 0.0295},
                        {"id": "R2/recall", "value": 0.75, "hits": 3, "n": 4, "low": 0.3, "high": 0.95}],
            "failed": [{"id": "bad", "what": "missed [R1] <b>"}],
        }],
    });
    let run: Run = serde_json::from_value(run).unwrap();
    run.save(folder.path()).unwrap();
    (folder, run)
}

fn page() -> String {
    let (folder, run) = folder();
    html::page(folder.path(), &run, &[], Path::new("guardrails")).unwrap()
}

#[test]
fn the_page_needs_no_network_and_no_script_and_escapes_everything() {
    let page = page();
    for never in ["<script", "http://", "https://", "src=", "@import", "url(", "<b>", "<it>", "<all>"] {
        assert!(!page.contains(never), "{never}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;"));
}

#[test]
fn failing_gates_are_named_first_and_only_failing_cases_show_their_words() {
    let page = page();
    let summary = page.split("All requirements").next().unwrap();
    assert!(summary.contains("Of 4 requirements, 1 is shown to be met, 1 is not met, 1 is undecided"), "{summary}");
    let at = |words: &str| summary.find(words).unwrap_or_else(|| panic!("{words} in {summary}"));
    assert!(at("Not met") < at("caught &lt;all&gt;") && at("caught &lt;all&gt;") < at("Not measured"));
    assert!(
        at("Not measured") < at("not there") && at("not there") < at("perhaps") && at("perhaps") < at("alarms | few")
    );
    assert!(page.contains("missed [R1] &lt;b&gt;") && !page.contains("nobody may read this"));
}

#[test]
fn a_case_file_that_changed_since_is_not_read() {
    let (folder, run) = folder();
    std::fs::write(folder.path().join("cases.jsonl"), "{\"id\":\"bad\",\"text\":\"other words\"}\n").unwrap();
    let page = html::page(folder.path(), &run, &[], Path::new("guardrails")).unwrap();
    assert!(page.contains("Changed since the run") && !page.contains("other words"));
}

#[test]
fn junit_is_well_formed_and_counts_failures_and_undecided_gates() {
    let (_folder, run) = folder();
    let text = junit::suites(&run);
    let document = roxmltree::Document::parse(&text).unwrap();
    let all = |tag: &str| document.descendants().filter(|n| n.has_tag_name(tag)).count();
    assert_eq!((all("testcase"), all("failure"), all("skipped")), (4, 2, 1));
    let root = document.root_element();
    assert_eq!((root.attribute("tests"), root.attribute("failures")), (Some("4"), Some("2")));
    let first = document.descendants().find(|n| n.has_tag_name("testcase")).unwrap();
    assert_eq!(first.attribute("name"), Some("caught <all>"));
}

#[test]
fn markdown_and_json_say_the_same() {
    let (_folder, run) = folder();
    let text = markdown::summary(&run);
    assert!(
        text.contains("| caught &lt;all> | one | 50.0 % (40.4 to 59.6), n = 100 | at least 97 % | not met |"),
        "{text}"
    );
    assert!(text.contains("| alarms \\| few | one | 0 of 100 (at most 2.95 %) | at most 20 % | met |"), "{text}");
    let record = record::record(&run);
    assert_eq!((&record["met"], &record["not_met"], &record["undecided"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(record["rows"][0]["verdict"], "not-met");
    assert!(record["rows"][0]["figure"]["exact"][0].as_f64().unwrap() < 0.4);
}

#[test]
fn another_run_stands_beside_with_its_own_figures() {
    let (folder, run) = folder();
    let mut other = run.clone();
    other.product.insert("target".into(), json!({"url": "chat.example/v1", "model": "m"}));
    other.entries[0].metrics.retain(|m| m.id == "R1/recall");
    other.entries[0].metrics[0].hits = Some(61);
    let page = html::page(folder.path(), &run, &[("other".into(), other)], Path::new("guardrails")).unwrap();
    let table = page.split("Side by side").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(
        table.contains("other: chat.example/v1 (m)") && table.contains("61.0 %") && table.contains("not measured"),
        "{table}"
    );
}
