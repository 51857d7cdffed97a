//! The rule files against their cases, and the parser against broken files.

use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
    #[serde(default)]
    must: Vec<Risk>,
    #[serde(default)]
    must_not: Vec<Risk>,
}

fn shipped() -> RuleSet {
    RuleSet::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("guardrails/rules")).unwrap()
}

fn cases(name: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guardrails/cases").join(name);
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_str(l).expect(l))
        .collect()
}

fn check(cases: &[Case], hits: impl Fn(&str) -> Vec<RuleHit>) {
    let mut failed = Vec::new();
    for case in cases {
        let found = hits(&case.text);
        let missing: Vec<_> = case.must.iter().filter(|r| found.iter().all(|h| h.risk != **r)).collect();
        let wrong: Vec<_> = found.iter().filter(|h| case.must_not.contains(&h.risk)).map(|h| &h.rule).collect();
        if !missing.is_empty() || !wrong.is_empty() {
            failed.push(format!("{}: missing {missing:?}, wrong {wrong:?}: {}", case.id, case.text));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn shipped_rules_pass_their_cases() {
    let rules = shipped();
    let cases = cases("rules.jsonl");
    for risk in Risk::all() {
        assert!(
            cases.iter().filter(|c| c.must.contains(&risk) || c.must_not.contains(&risk)).count() >= 8,
            "too few cases of {risk}"
        );
    }
    check(&cases, |t| rules.judge(&Normalised::of(t)));
}

#[test]
fn planted_instructions_are_found_in_passages() {
    let rules = shipped();
    check(&cases("planted.jsonl"), |t| rules.planted(t));
}

#[test]
fn the_lexicon_is_wide_and_knows_what_is_critical() {
    let rules = shipped();
    assert!(rules.lexicon().len() >= 250);
    for pair in rules.lexicon().look_alike() {
        assert!(!rules.lexicon().find(&pair.0).is_empty() && !rules.lexicon().find(&pair.1).is_empty(), "{pair:?}");
    }
    let critical = |t: &str| rules.lexicon().find(t).first().map(|f| f.critical);
    assert_eq!((critical("keppra"), critical("lisinopril"), critical("porch")), (Some(true), Some(false), None));
}

#[test]
fn broken_files_name_the_file_and_the_rule() {
    let parse = |text: &str| RuleSet::parse(&[("a.toml".into(), text.into())]).unwrap_err().to_string();
    assert!(parse("[[rule]]\nid='x'\nrisk='R99'\nany=['a']").contains("a.toml"));
    assert_eq!(
        parse("[[rule]]\nid='x'\nrisk='R1'"),
        "a.toml: rule x: it has neither `any` nor `all`, so it would match every text"
    );
    assert!(parse("[[rule]]\nid='x'\nrisk='R1'\nany=['{nope}']").contains("unknown words near `{nope}`"));
    assert!(parse("[[rule]]\nid='x'\nrisk='R1'\nany=['(']").contains("rule x: bad pattern"));
    assert!(parse("[[rule]]\nid='x'\nrisk='R1'\nany=['a']\ntypo=1").contains("typo"));
}

/// Reports, run by hand: `RULES_LINES=DIR cargo test --release --lib rules_on_lines -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement on lines `lang|risks|intent|text`, not a test"]
fn rules_on_lines() {
    let (rules, dir) = (shipped(), std::env::var("RULES_LINES").unwrap());
    let (mut files, mut clean, mut alarms, mut urgent, mut micros, mut n) = (Vec::new(), 0, 0, 0, 0, 0u128);
    files.extend(
        std::fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "txt")),
    );
    let mut by: std::collections::BTreeMap<Risk, [usize; 4]> = Risk::all().map(|r| (r, [0; 4])).collect();
    let texts: Vec<String> = files.iter().map(|p| std::fs::read_to_string(p).unwrap()).collect();
    for line in texts.iter().flat_map(|t| t.lines()) {
        let f: Vec<&str> = line.splitn(4, '|').collect();
        let [_, risks, _, text] = f[..] else { continue };
        let normal = Normalised::of(text);
        let begin = std::time::Instant::now();
        let hits = rules.judge(&normal);
        (micros, n) = (micros + begin.elapsed().as_micros(), n + 1);
        let gold: Vec<Risk> = risks.split(',').filter_map(|r| r.parse().ok()).collect();
        for (risk, [all, sure, hint, wrong]) in &mut by {
            *all += usize::from(gold.contains(risk));
            let mine: Vec<_> = hits.iter().filter(|h| h.risk == *risk).collect();
            let fired = mine.iter().any(|h| h.sure);
            *sure += usize::from(fired && gold.contains(risk));
            *hint += usize::from(!mine.is_empty() && gold.contains(risk));
            *wrong += usize::from(fired && !gold.contains(risk));
            if std::env::var("RULES_MISS").is_ok_and(|r| r == risk.to_string()) && gold.contains(risk) && !fired {
                println!("MISS {risk} {text}");
            }
            if fired && !gold.contains(risk) {
                let ids: Vec<_> = mine.iter().filter(|h| h.sure).map(|h| &h.rule).collect();
                println!("WRONG {ids:?} gold {risks}: {text}");
            }
        }
        if gold.is_empty() {
            clean += 1;
            alarms += usize::from(hits.iter().any(|h| h.sure));
            urgent += usize::from(hits.iter().any(|h| h.sure && h.risk <= Risk::SELF_HARM));
        }
    }
    println!("clean {clean}: sure alarms {alarms}, of R1 or R2 {urgent}; {} us a line", micros / n.max(1));
    for (risk, [all, sure, hint, wrong]) in by {
        println!("{risk}: of {all} sure {sure}, any rule {hint}; sure on lines without the label {wrong}");
    }
}
