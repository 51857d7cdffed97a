//! A whole run on a tiny base model: train, export, load, resume.

use super::*;
use crate::classify::{Model, Precision, tiny};

const LINES: &str = r#"{"text":"where is my order","lang":"en","risks":[],"intent":"I14"}
{"text":"donde esta my order please","lang":"es","risks":[],"intent":"I14"}
{"text":"chest pain help","lang":"en","risks":["R1"],"intent":null}
{"text":"help the pain is now","lang":"en","risks":["R1","R3"],"intent":null}
{"text":"the order is now","lang":"en","risks":[],"intent":"I15"}
{"text":"pain please","lang":"en","risks":["R3"],"intent":"I15"}
"#;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    options: TrainOptions,
}

fn options(dir: &Path, more: &[&str]) -> TrainOptions {
    let path = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let (base, data, out, work) = (path("base"), path("data"), path("out"), path("work"));
    let calibrate = path("data/carla.jsonl");
    let pages = path("index");
    let fixed = [
        "train",
        "--pages",
        &pages,
        "--base",
        &base,
        "--data",
        &data,
        "--out",
        &out,
        "--work",
        &work,
        "--calibrate",
        &calibrate,
    ];
    let all = fixed.iter().chain(&["--batch", "4"]).chain(more);
    <Line as clap::Parser>::try_parse_from(all).unwrap().options
}

fn prepare(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("apothecary-{name}-{}", std::process::id()));
    std::fs::create_dir_all(dir.join("base")).unwrap();
    std::fs::create_dir_all(dir.join("data")).unwrap();
    std::fs::write(dir.join("base/config.json"), tiny::CONFIG).unwrap();
    std::fs::write(dir.join("base/tokenizer.json"), tiny::tokenizer()).unwrap();
    std::fs::write(dir.join("base/model.safetensors"), quant::to_f32(&tiny::tensors()).unwrap()).unwrap();
    pharmacy(&dir.join("index"));
    std::fs::write(dir.join("data/ana.jsonl"), LINES).unwrap();
    let other = LINES.replace("my order", "the order now").replace("pain", "chest");
    std::fs::write(dir.join("data/carla.jsonl"), other).unwrap();
    dir
}

/// A pharmacy of one page, with one question that its first section answers.
fn pharmacy(dir: &Path) {
    std::fs::create_dir_all(dir.join("policies")).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("index");
    for file in ["constants.toml", "states.toml", "policies/GS1.md"] {
        std::fs::copy(own.join(file), dir.join(file)).unwrap();
    }
    let page = std::fs::read_to_string(dir.join("policies/GS1.md")).unwrap();
    let heading = page.lines().find_map(|l| l.strip_prefix("## ")).unwrap();
    let question = format!(
        r#"{{"page":"GS1","heading":"{heading}","lang":"en","text":"please now","intent":"I01","author":"x"}}"#
    );
    std::fs::write(dir.join("questions.jsonl"), question).unwrap();
}

#[test]
fn a_question_for_a_section_that_does_not_exist_is_named() {
    let dir = prepare("lost");
    let questions = dir.join("index/questions.jsonl");
    let lost = std::fs::read_to_string(&questions).unwrap().replace("\"heading\":\"", "\"heading\":\"Not ");
    std::fs::write(&questions, lost).unwrap();
    let error = run(&options(&dir, &["--epochs", "1"])).unwrap_err().to_string();
    assert!(error.contains("please now") && error.contains("GS1#Not"), "{error}");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_run_writes_a_model_that_loads_and_a_resumed_run_goes_on() {
    let dir = prepare("run");
    let frozen = run(&options(&dir, &["--epochs", "1", "--frozen"])).unwrap();
    assert!(frozen.bytes.is_none() && !dir.join("out").exists());
    let report = run(&options(&dir, &["--epochs", "3", "--steps", "2"])).unwrap();
    assert_eq!((report.updates, report.history.len()), (2, 1));
    let resumed = run(&options(&dir, &["--epochs", "3", "--resume"])).unwrap();
    assert_eq!((resumed.updates, resumed.history.len()), (6, 3));
    assert!(resumed.drift.unwrap() < 0.5);
    let model = Model::load(&dir.join("out"), Precision::Int8).unwrap();
    assert_eq!(model.digest().len(), 64);
    assert_eq!(model.thresholds().unwrap().classes.len(), 15);
    assert!(model.infer(&["where is my order"]).is_ok());
    let card = std::fs::read_to_string(dir.join("out/MODEL_CARD.md")).unwrap();
    assert!(card.contains("ana.jsonl") && card.contains("Frozen baseline (heads only"));
    let other = run(&options(&dir, &["--epochs", "3", "--resume", "--seed", "8"])).unwrap_err();
    assert!(matches!(other, TrainError::Resume(_)), "{other}");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_run_that_stopped_within_an_epoch_goes_on_within_it() {
    let dir = prepare("within");
    let weights = || std::fs::read(dir.join("out/model.safetensors")).unwrap();
    run(&options(&dir, &["--epochs", "1", "--section-weight", "0"])).unwrap();
    let unstopped = weights();
    let stopped = run(&options(&dir, &["--epochs", "1", "--steps", "1", "--section-weight", "0"])).unwrap();
    assert_eq!((stopped.updates, stopped.history.len()), (1, 1));
    assert!(weights() != unstopped);
    let resumed = run(&options(&dir, &["--epochs", "1", "--resume", "--section-weight", "0"])).unwrap();
    assert_eq!((resumed.updates, resumed.history.len()), (2, 1));
    assert!(weights() == unstopped);
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn one_seed_is_one_model() {
    let dir = prepare("seed");
    let weights = |more: &[&str]| {
        run(&options(&dir, more)).unwrap();
        std::fs::read(dir.join("out/model.safetensors")).unwrap()
    };
    let first = weights(&["--epochs", "1"]);
    assert!(first == weights(&["--epochs", "1"]));
    assert!(first != weights(&["--epochs", "1", "--seed", "8"]));
    std::fs::remove_dir_all(dir).unwrap();
}

#[derive(clap::Parser)]
struct SupportLine {
    #[command(flatten)]
    options: support::SupportOptions,
}

#[test]
fn a_support_run_writes_a_head_that_loads_over_its_own_encoder_only() {
    let dir = prepare("support");
    run(&options(&dir, &["--epochs", "1"])).unwrap();
    std::fs::copy("guardrails/targets.toml", dir.join("targets.toml")).unwrap();
    std::fs::create_dir_all(dir.join("claims")).unwrap();
    let row = |order: &str| {
        format!(
            r#"{{"context":["The {order} is now. The pain is now."],"claims":[{{"text":"{order} is now","ok":true}},
            {{"text":"help is please","ok":false,"why":"addition"}},{{"text":"donde esta {order}","ok":false,"why":"state"}}]}}"#
        )
        .replace('\n', " ")
    };
    std::fs::write(dir.join("claims/a.jsonl"), format!("{}\n{}\n", row("order"), row("my order"))).unwrap();
    std::fs::write(dir.join("claims/held.jsonl"), row("my help")).unwrap();
    let path = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let run_support = |more: &[&str]| {
        let fixed = ["--data", "claims", "--calibrate", "claims/held.jsonl", "--guard", "out", "--out", "support"];
        let fixed = fixed.iter().map(|a| if a.starts_with("--") { (*a).to_owned() } else { path(a) });
        let rest = ["--targets", &path("targets.toml"), "--batch", "3", "--epochs", "2"];
        let all = fixed.chain(rest.into_iter().chain(more.iter().copied()).map(str::to_owned));
        let line =
            <SupportLine as clap::Parser>::try_parse_from(std::iter::once("train-support".to_owned()).chain(all));
        support::run(&line.unwrap().options)
    };
    let report = run_support(&[]).unwrap();
    assert_eq!((report.updates, report.claims, report.measured.wrong.0), (4, 6, 2));
    let weights = || std::fs::read(dir.join("support/support.safetensors")).unwrap();
    let first = weights();
    run_support(&[]).unwrap();
    assert!(weights() == first, "one seed is one model");
    let load = || {
        let encoder = std::sync::Arc::new(Model::load(&dir.join("out"), Precision::Int8).unwrap());
        crate::classify::support::SupportModel::load(&dir.join("support"), encoder)
    };
    let model = load().unwrap();
    let seen = model.see(&["order is now", "The order is now."]).unwrap();
    let score = model.score(&seen[0].trail, &[&seen[1].trail], 1.0).unwrap();
    assert!((0.0..=1.0).contains(&score) && model.score(&seen[0].trail, &[], 1.0).unwrap() == 0.0);
    std::fs::write(dir.join("claims/a.jsonl"), "{\"context\":[],\"claims\":[]}").unwrap();
    assert!(run_support(&[]).unwrap_err().to_string().contains("a.jsonl line 1"));
    run(&options(&dir, &["--epochs", "1", "--seed", "8"])).unwrap();
    let error = load().err().unwrap().to_string();
    assert!(error.contains("another encoder") && error.contains("train-support"), "{error}");
    std::fs::remove_dir_all(dir).unwrap();
}

#[derive(clap::Parser)]
struct PlantedLine {
    #[command(flatten)]
    options: planted::PlantedOptions,
}

#[test]
fn a_planted_run_writes_a_head_that_loads_over_its_own_encoder_only() {
    let dir = prepare("planted");
    run(&options(&dir, &["--epochs", "1"])).unwrap();
    std::fs::copy("guardrails/targets.toml", dir.join("targets.toml")).unwrap();
    std::fs::create_dir_all(dir.join("texts")).unwrap();
    let rows = |word: &str| {
        format!(
            "{{\"text\":\"where is my {word}\",\"injected\":false}}\n{{\"text\":\"please help {word} now\",\"injected\":true,\"span\":\"help {word}\"}}\n"
        )
    };
    std::fs::write(dir.join("texts/a.jsonl"), rows("order")).unwrap();
    std::fs::write(dir.join("texts/held.jsonl"), rows("pain")).unwrap();
    let path = |name: &str| dir.join(name).to_string_lossy().into_owned();
    let run_planted = || {
        let named =
            [("--data", "texts"), ("--calibrate", "texts/held.jsonl"), ("--guard", "out"), ("--out", "planted")];
        let named = named.iter().chain(&[("--targets", "targets.toml"), ("--messages", "data"), ("--pages", "index")]);
        let args = named.flat_map(|(flag, file)| [(*flag).to_owned(), path(file)]);
        let all = std::iter::once("train-planted".to_owned()).chain(args).chain(["--epochs".into(), "1".into()]);
        planted::run(&<PlantedLine as clap::Parser>::try_parse_from(all).unwrap().options)
    };
    let report = run_planted().unwrap();
    assert!(report.pieces.0 > 0 && report.pieces.1 > report.pieces.0, "{report}");
    assert_eq!((report.measured.planted.0, report.measured.clean.0), (1, 1), "only the held texts are measured");
    let weights = || std::fs::read(dir.join("planted").join(crate::classify::planted::WEIGHTS)).unwrap();
    let first = weights();
    run_planted().unwrap();
    assert!(weights() == first, "one seed is one model");
    let load = || {
        let encoder = std::sync::Arc::new(Model::load(&dir.join("out"), Precision::Int8).unwrap());
        crate::classify::planted::Planted::load(&dir.join("planted"), encoder)
    };
    let model = load().unwrap();
    let score = |ruled| model.score("help my order", ruled).unwrap().unwrap();
    assert!(score(true) >= score(false) && model.score("…", false).unwrap().is_none());
    std::fs::write(dir.join("texts/a.jsonl"), "{\"text\":\"order\",\"injected\":true}").unwrap();
    assert!(run_planted().unwrap_err().to_string().contains("a.jsonl line 1"));
    run(&options(&dir, &["--epochs", "1", "--seed", "8"])).unwrap();
    let error = load().err().unwrap().to_string();
    assert!(error.contains("another encoder") && error.contains("train-planted"), "{error}");
    std::fs::remove_dir_all(dir).unwrap();
}
