//! Clients that others wrote, against the real server: `openai` for Python and Node, LangChain, the Vercel AI SDK. Each program in
//! `clients/` asks the same and prints what its library made of the answers. `./test` installs the libraries beside the build.

use crate::support::{SITE_KEYS, Site, customer, repo, tool};
use serde_json::Value;
use std::process::Command;

/// What a program prints, in one object.
async fn run(program: &str) -> Value {
    let site = Site::shared().await;
    let path = repo("src/tests/openai/clients").join(program);
    let python = path.extension().is_some_and(|e| e == "py");
    let mut command = if python { Command::new(tool("bin/python")) } else { Command::new("node") };
    command
        .arg(path)
        .env("NODE_PATH", tool("node_modules"))
        .env("BASE_URL", format!("{}/v1", site.base))
        .env("SITE_KEY", SITE_KEYS[0])
        .env("CUSTOMER", customer("P0001", None));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().expect("the interpreter starts");
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Every library reads the whole answer, the stream, the usage of both, an emergency and a refusal.
fn holds(seen: &Value) {
    let text = |name: &str| seen[name].as_str().unwrap_or_else(|| panic!("{name}: {seen}"));
    assert!(text("page").contains("Source: ") && text("page") == text("streamed"), "{seen}");
    assert!(text("order").contains("70-00101"), "{seen}");
    assert!(text("emergency").contains("911"), "{seen}");
    assert_eq!((text("finish"), text("stream_finish")), ("stop", "stop"), "{seen}");
    for usage in ["usage", "stream_usage"] {
        let [prompt, completion, total] =
            [0, 1, 2].map(|i| seen[usage][i].as_u64().unwrap_or_else(|| panic!("{seen}")));
        assert!(prompt == 7 && completion > 20 && total == prompt + completion, "{seen}");
    }
    assert_eq!(seen["refused"], serde_json::json!([404, "model_not_found"]), "{seen}");
    assert_eq!(seen["stranger"], serde_json::json!([401, "invalid_customer_token"]), "{seen}");
}

#[tokio::test]
async fn the_openai_client_for_python_works() {
    let seen = run("openai_client.py").await;
    holds(&seen);
    assert_eq!(seen["models"], serde_json::json!(["apothecary"]));
    assert!(
        seen["pharmacy"]["route"] == "answer" && seen["pharmacy"]["conversation"] == seen["conversation"],
        "{seen}"
    );
    assert_eq!(seen["pharmacy"], seen["stream_pharmacy"], "{seen}");
}

#[tokio::test]
async fn the_openai_client_for_node_works() {
    let seen = run("openai_client.mjs").await;
    holds(&seen);
    assert_eq!(seen["models"], serde_json::json!(["apothecary"]));
    assert!(seen["pharmacy"]["route"] == "answer" && seen["stream_pharmacy"]["route"] == "answer", "{seen}");
}

#[tokio::test]
async fn langchain_works() {
    holds(&run("langchain_client.py").await);
}

#[tokio::test]
async fn the_vercel_ai_sdk_works() {
    holds(&run("ai_sdk_client.mjs").await);
}
