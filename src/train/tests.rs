//! A whole run on a tiny base model: train, export, load, resume.

use super::*;
use crate::classify::{Model, tiny};

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
    let fixed = ["train", "--base", &base, "--data", &data, "--out", &out, "--work", &work, "--calibrate", &calibrate];
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
    std::fs::write(dir.join("data/ana.jsonl"), LINES).unwrap();
    let other = LINES.replace("my order", "the order now").replace("pain", "chest");
    std::fs::write(dir.join("data/carla.jsonl"), other).unwrap();
    dir
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
    let model = Model::load(&dir.join("out")).unwrap();
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
