//! The spill file: round trip, refusal, and a line cut off by a crash.

use super::{Dir, json};
use crate::store::spill::{Drained, Spill};
use serde_json::Value;
use std::convert::Infallible;

async fn drain(spill: &Spill) -> (Vec<Value>, Drained) {
    let mut seen = Vec::new();
    let take = |value| {
        seen.push(value);
        std::future::ready(Ok::<_, Infallible>(()))
    };
    let drained = spill.drain(take).await.unwrap();
    (seen, drained)
}

#[tokio::test]
async fn what_is_appended_comes_back_once_after_a_restart() {
    let dir = Dir::new();
    let path = dir.0.join("spill.jsonl");
    let spill = Spill::open(&path).unwrap();
    let values = [json!({"text": "line\nbreak"}), json!({"n": 2})];
    values.iter().for_each(|v| spill.append(v).unwrap());
    drop(spill);
    let spill = Spill::open(&path).unwrap();
    let (seen, drained) = drain(&spill).await;
    assert_eq!((seen.as_slice(), drained), (&values[..], Drained { taken: 2, damaged: 0 }));
    assert_eq!(drain(&spill).await.1, Drained::default());
    spill.append(&json!(3)).unwrap();
    assert_eq!(drain(&spill).await.0, [json!(3)]);
}

#[tokio::test]
async fn a_refused_value_keeps_the_file_whole() {
    let dir = Dir::new();
    let spill = Spill::open(&dir.0.join("spill.jsonl")).unwrap();
    [1, 2].iter().for_each(|n| spill.append(&json!(n)).unwrap());
    let take = |v: Value| std::future::ready(if v == json!(2) { Err("store down") } else { Ok(()) });
    let error = spill.drain(take).await.unwrap_err().to_string();
    assert!(error.contains("store down"), "{error}");
    assert_eq!(drain(&spill).await.0.len(), 2);
}

#[tokio::test]
async fn a_line_cut_off_is_put_aside_and_spoils_no_other() {
    let dir = Dir::new();
    let path = dir.0.join("spill.jsonl");
    std::fs::write(&path, "{\"n\":1}\n{\"n\":").unwrap();
    let spill = Spill::open(&path).unwrap();
    spill.append(&json!({"n": 3})).unwrap();
    let (seen, drained) = drain(&spill).await;
    assert_eq!(seen, [json!({"n": 1}), json!({"n": 3})]);
    assert_eq!(drained, Drained { taken: 2, damaged: 1 });
    let aside = std::fs::read_to_string(dir.0.join("spill.jsonl.damaged")).unwrap();
    assert_eq!(aside, "{\"n\":\n");
}

#[tokio::test]
async fn what_is_added_while_the_file_is_read_back_stays_for_the_next_time() {
    let dir = Dir::new();
    let path = dir.0.join("spill.jsonl");
    let spill = Spill::open(&path).unwrap();
    assert!(spill.is_empty());
    spill.append(&json!(1)).unwrap();
    let late = async |value: Value| {
        if value == json!(1) {
            spill.append(&json!(2)).unwrap();
        }
        Ok::<_, String>(())
    };
    assert_eq!(spill.drain(late).await.unwrap().taken, 1);
    assert!(!spill.is_empty());
    spill.append(&json!(3)).unwrap();
    assert_eq!(
        drain(&Spill::open(&path).unwrap()).await.0,
        [json!(2), json!(3)],
        "also for a process that opens it anew"
    );
}
