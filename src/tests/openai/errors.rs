//! Refusals: each in OpenAI's form, with its place and mend, on every path below `/v1/`.

use super::{Client, request};
use crate::support::{Options, SITE_KEYS, Site};
use apothecary::app::AppError;
use apothecary::http::error::ApiError;
use apothecary::http::openai::error::shape;
use axum::middleware::from_fn;
use axum::routing::get;
use reqwest::{Method, Response};
use serde_json::{Value, json};

async fn error(response: Response) -> (u16, String, String, Value) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    let error = body["error"].as_object().unwrap_or_else(|| panic!("{body}"));
    let keys: Vec<&str> = error.keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "message", "param", "type"], "{body}");
    assert!(error["message"].as_str().unwrap().len() > 10, "{body}");
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (status, text("type"), text("code"), error["param"].clone())
}

fn is(status: u16, kind: &str, code: &str, param: Option<&str>) -> (u16, String, String, Value) {
    (status, kind.into(), code.into(), json!(param))
}

async fn send(site: &Site, method: Method, path: &str, key: Option<&str>, body: &str, kind: &str) -> Response {
    let mut request = site.client.request(method, format!("{}{path}", site.base)).header("content-type", kind);
    if let Some(key) = key {
        request = request.header("authorization", key);
    }
    request.body(body.to_owned()).send().await.unwrap()
}

#[tokio::test]
async fn each_refusal_has_its_status_type_code_and_parameter() {
    let site = Site::shared().await;
    let bearer = format!("Bearer {}", SITE_KEYS[0]);
    let (chat, json) = ("/v1/chat/completions", "application/json");
    let good = request(&["hello"]).to_string();
    let with = |name: &str, value: Value| {
        let mut body = request(&["hello"]);
        body[name] = value;
        body.to_string()
    };
    let long = request(&[&"x".repeat(8_001)]).to_string();
    let huge = request(&[&"x".repeat(1_100_000)]).to_string();
    let invalid = "invalid_request_error";
    let cases = [
        (Method::POST, chat, None, good.clone(), json, is(401, "authentication_error", "invalid_api_key", None)),
        (
            Method::POST,
            chat,
            Some("Bearer nothing"),
            good.clone(),
            json,
            is(401, "authentication_error", "invalid_api_key", None),
        ),
        (
            Method::POST,
            chat,
            Some("Basic eDp5"),
            good.clone(),
            json,
            is(401, "authentication_error", "invalid_api_key", None),
        ),
        (
            Method::GET,
            "/v1/models",
            None,
            String::new(),
            json,
            is(401, "authentication_error", "invalid_api_key", None),
        ),
        (Method::POST, chat, Some(&bearer), "{".into(), json, is(400, invalid, "malformed", None)),
        (Method::POST, chat, Some(&bearer), "[]".into(), json, is(400, invalid, "malformed", None)),
        (Method::POST, chat, Some(&bearer), good.clone(), "text/plain", is(415, invalid, "media_type", None)),
        (Method::POST, chat, Some(&bearer), huge, json, is(413, invalid, "too_large", None)),
        (Method::POST, chat, Some(&bearer), long, json, is(422, invalid, "too_long", Some("messages[0].content"))),
        (
            Method::POST,
            chat,
            Some(&bearer),
            with("tools", json!([{}])),
            json,
            is(400, invalid, "invalid_parameter", Some("tools")),
        ),
        (
            Method::POST,
            chat,
            Some(&bearer),
            with("model", json!("gpt-4o")),
            json,
            is(404, invalid, "model_not_found", Some("model")),
        ),
        (
            Method::GET,
            "/v1/models/gpt-4o",
            Some(&bearer),
            String::new(),
            json,
            is(404, invalid, "model_not_found", Some("model")),
        ),
        (Method::GET, chat, Some(&bearer), String::new(), json, is(405, invalid, "method", None)),
        (Method::POST, "/v1/embeddings", Some(&bearer), good.clone(), json, is(404, invalid, "not_found", None)),
    ];
    for (method, path, key, body, kind, expected) in cases {
        let answer = send(&site, method.clone(), path, key, &body, kind).await;
        assert_eq!(error(answer).await, expected, "{method} {path} {}", body.chars().take(80).collect::<String>());
    }
    let client = Client::anonymous(&site).in_conversation("not-a-uuid");
    let named = error(client.post(&request(&["hello"])).await).await;
    assert_eq!(named, is(404, invalid, "conversation_not_found", Some("Apothecary-Conversation")));
}

#[tokio::test]
async fn a_page_of_another_site_cannot_call_and_gets_no_cors() {
    let site = Site::shared().await;
    let bearer = format!("Bearer {}", SITE_KEYS[0]);
    let headers = [("authorization", bearer.as_str()), ("origin", "https://evil.example")];
    let answer = site.post("/v1/chat/completions", request(&["hello"]).to_string(), &headers).await;
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    assert_eq!(error(answer).await, is(403, "permission_error", "cross_site", None));
}

#[tokio::test]
async fn without_a_key_in_the_configuration_there_is_no_endpoint() {
    let site = Site::new(Options { no_site_key: true, ..Options::default() }).await;
    for key in [SITE_KEYS[0], ""] {
        let client = Client { key, ..Client::anonymous(&site) };
        let (status, kind, code, _) = error(client.post(&request(&["hello"])).await).await;
        assert_eq!((status, kind.as_str(), code.as_str()), (404, "invalid_request_error", "not_enabled"));
    }
}

#[tokio::test]
async fn who_is_put_off_is_told_until_when_and_whom_to_call() {
    let busy = get(async || Err::<(), _>(ApiError::App(AppError::Overloaded)));
    let router = axum::Router::new().route("/v1/busy", busy).layer(from_fn(shape));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/busy", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let answer = crate::support::client().get(url).send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "5");
    let body: Value = answer.json().await.unwrap();
    assert_eq!((&body["error"]["type"], &body["error"]["code"]), (&json!("server_error"), &json!("overloaded")));
    let message = body["error"]["message"].as_str().unwrap();
    assert!(["911", "1-800-222-1222", "988"].iter().all(|number| message.contains(number)), "{message}");
}

#[tokio::test]
async fn the_models_are_one() {
    let site = Site::shared().await;
    let bearer = format!("Bearer {}", SITE_KEYS[0]);
    let read = async |path: &str| site.get(path, &[("authorization", &bearer)]).await.json::<Value>().await.unwrap();
    let one = read("/v1/models/apothecary").await;
    assert_eq!((&one["id"], &one["object"]), (&json!("apothecary"), &json!("model")));
    assert_eq!(read("/v1/models").await, json!({"object": "list", "data": [one]}));
}

#[tokio::test]
async fn errors_outside_keep_their_own_form() {
    let site = Site::shared().await;
    let body: Value = site.get("/api/v1/nothing", &[]).await.json().await.unwrap();
    assert_eq!(body["error"].as_object().unwrap().keys().collect::<Vec<_>>(), ["code", "message"]);
}

#[tokio::test]
async fn logs_and_metrics_hold_no_words_of_a_message_and_no_key() {
    let site = Site::shared().await;
    let canary = "quetzalmarimba";
    let client = Client::of(&site, "P0001");
    client.say(&[&format!("hello {canary}"), &format!("where is my order {canary}")]).await;
    client.refused(&[&canary.repeat(700)]).await;
    Client { customer: Some(canary.to_owned()), ..Client::anonymous(&site) }.refused(&[canary]).await;
    let (logs, metrics) = (crate::support::watch().logs(), crate::support::watch().metrics.render());
    assert!([canary, SITE_KEYS[0]].iter().all(|secret| !logs.contains(secret) && !metrics.contains(secret)));
    assert!(metrics.contains("/v1/chat/completions"));
}
