//! The desk over HTTP: only this machine and only with the secret; a label is written with its reason, words never change.

use super::{Desk, routes};
use crate::setup::Folder;
use crate::suite::folder::Run;
use serde_json::{Value, json};
use std::sync::Arc;

struct Bench {
    folder: Folder,
    url: String,
    client: reqwest::Client,
}

async fn bench() -> Bench {
    crate::setup::tls();
    let folder = Folder::new().unwrap();
    let cases = folder.path().join("cases.jsonl");
    let lines = [
        json!({"id": "a b", "text": "<b>where</b>", "risks": ["R1"]}),
        json!({"id": "c", "text": "thanks", "risks": []}),
    ];
    std::fs::write(&cases, lines.map(|l| l.to_string()).join("\n") + "\n").unwrap();
    let (name, digest) = (cases.display().to_string(), crate::lines::digest(&cases).unwrap());
    let run: Run = serde_json::from_value(json!({
        "format": 1, "suites": [["s", "a"]], "seed": 1, "timed": false, "commit": "abc", "product": {},
        "entries": [{"name": "one", "about": "a", "command": "guards", "split": "held-out", "cases": [name], "options": {}, "key": "k",
            "digests": {name.clone(): digest}, "decisions": null, "row": [], "figures": [], "failed": [{"id": "a b", "what": "missed [R1]"}]}],
    }))
    .unwrap();
    run.save(folder.path()).unwrap();
    let desk = Arc::new(Desk::open(folder.path()).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/{}", listener.local_addr().unwrap(), desk.secret);
    tokio::spawn(async move { axum::serve(listener, routes(desk)).await });
    Bench { folder, url, client: reqwest::Client::builder().no_proxy().build().unwrap() }
}

impl Bench {
    async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
    async fn post(&self, case: &Value, why: &str) -> (u16, String) {
        let pairs = [("case", case.to_string()), ("by", "Dana".into()), ("why", why.into())];
        let body = pairs.map(|(k, v)| format!("{k}={}", super::pages::escaped(&v))).join("&");
        let request = self.client.post(format!("{}/one/a%20b", self.url)).body(body);
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

#[tokio::test]
async fn failing_cases_are_shown_escaped_and_only_to_this_machine_with_the_secret() {
    let bench = bench().await;
    assert!(bench.get("/").await.1.contains(">one</a>"));
    let (status, page) = bench.get("/one").await;
    assert!(
        status == 200 && page.contains("missed [R1]") && page.contains("&lt;b&gt;where") && !page.contains("thanks")
    );
    assert!(bench.get("/one/a%20b").await.1.contains("<textarea"));
    assert_eq!((bench.get("/none").await.0, bench.get("/one/none").await.0), (404, 404));
    let elsewhere =
        bench.client.get(format!("{}/one", bench.url)).header("host", "evil.example:80").send().await.unwrap();
    assert_eq!(elsewhere.status().as_u16(), 404);
    let guessed = bench.url.rsplit_once('/').unwrap().0.to_owned() + "/x/one";
    assert_eq!(bench.client.get(guessed).send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn a_label_is_written_with_its_reason_and_words_never_change() {
    let bench = bench().await;
    let before = bench.file("cases.jsonl");
    for (case, why, says) in [
        (json!({"id": "a b", "text": "other words", "risks": []}), "no risk", "words of a case"),
        (json!({"id": "c", "text": "<b>where</b>", "risks": []}), "no risk", "words of a case"),
        (json!({"id": "a b", "text": "<b>where</b>", "risks": []}), " ", "and why"),
        (json!({"id": "a b", "text": "<b>where</b>", "risks": ["R1"]}), "no risk", "nothing has changed"),
        (json!("x"), "no risk", "not a JSON object"),
    ] {
        let (status, page) = bench.post(&case, why).await;
        assert!(status == 422 && page.contains(says), "{says}: {status} {page}");
    }
    assert_eq!(bench.file("cases.jsonl"), before);
    assert_eq!(bench.file("relabelled.jsonl"), "");
    let (status, page) =
        bench.post(&json!({"id": "a b", "text": "<b>where</b>", "risks": []}), "a plain question").await;
    assert!(status == 200 && page.contains("label mended"), "{status} {page}");
    let lines: Vec<Value> = bench.file("cases.jsonl").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((&lines[0]["risks"], &lines[1]["id"]), (&json!([]), &json!("c")));
    let kept: Value = serde_json::from_str(bench.file("relabelled.jsonl").trim()).unwrap();
    assert_eq!((&kept["by"], &kept["before"]["risks"]), (&json!("Dana"), &json!(["R1"])));
}
