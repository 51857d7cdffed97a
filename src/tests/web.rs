//! The router's own manners over a loopback connection: capabilities, streams, refusals, sign-in, headers. What is answered is
//! tested in `chat` and `access`.

use crate::support::{Site, code, cookie};
use reqwest::Client;
use serde_json::{Value, json};

#[tokio::test]
async fn a_visitor_gets_a_capability_and_only_it_opens_the_conversation() {
    let site = Site::shared().await;
    let opened = site.post("/api/v1/conversations", "{}", &[]).await;
    let set = opened.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && !set.contains("Secure"), "{set}");
    let (id, mine) = site.open().await;
    let (_, other) = site.open().await;
    let path = format!("/api/v1/conversations/{id}/messages");
    assert_eq!(site.get(&path, &[("cookie", &mine)]).await.status(), 200);
    assert_eq!(code(site.get(&path, &[("cookie", &other)]).await).await, (404, "not_found".into()));
    assert_eq!(site.get(&path, &[]).await.status(), 404);
    let say = json!({"id": uuid::Uuid::new_v4(), "text": "where is my order"}).to_string();
    assert_eq!(site.post(&path, say.as_str(), &[("cookie", &other)]).await.status(), 404);
    assert_eq!(site.post("/api/v1/logout", "{}", &[("cookie", &mine)]).await.status(), 204);
    assert_eq!(site.get(&path, &[("cookie", &mine)]).await.status(), 404, "logout ends it on the server too");
}

#[tokio::test]
async fn a_turn_streams_stages_then_messages_then_done() {
    let site = Site::shared().await;
    let (id, cookie) = site.open().await;
    let say = json!({"id": uuid::Uuid::new_v4(), "text": "where is my order"}).to_string();
    let path = format!("/api/v1/conversations/{id}/messages");
    let answer = site.post(&path, say, &[("cookie", &cookie), ("accept", "text/event-stream")]).await;
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let text = answer.text().await.unwrap();
    let order: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("event: ")).collect();
    assert_eq!((order.first(), order.last()), (Some(&"stage"), Some(&"done")), "{text}");
    assert!(order.contains(&"message"));
}

#[tokio::test]
async fn bad_requests_are_told_apart() {
    let site = Site::shared().await;
    let (id, cookie) = site.open().await;
    let path = format!("/api/v1/conversations/{id}/messages");
    let mine = [("cookie", cookie.as_str())];
    let with = |text: &str| json!({"id": uuid::Uuid::new_v4(), "text": text}).to_string();
    let malformed = site.post(&path, "{\"id\":\n oops", &mine).await;
    assert!(malformed.text().await.unwrap().contains("line 2 column"));
    assert_eq!(code(site.post(&path, "[", &mine).await).await, (400, "malformed".into()));
    assert_eq!(code(site.post(&path, with(&"x".repeat(70_000)), &mine).await).await, (413, "too_large".into()));
    assert_eq!(code(site.post(&path, with(" \u{200b}"), &mine).await).await, (422, "blank".into()));
    assert_eq!(code(site.post(&path, with(&"x".repeat(8_001)), &mine).await).await, (422, "too_long".into()));
    assert_eq!(
        code(site.post(&path, with("hi"), &[("authorization", "Bearer a.b.c")]).await).await,
        (401, "unauthorized".into())
    );
    assert_eq!(
        code(site.post(&path, with("hi"), &[mine[0], ("origin", "https://evil.example")]).await).await,
        (403, "cross_site".into())
    );
    assert_eq!(code(site.get("/api/v1/nothing", &[]).await).await, (404, "not_found".into()));
    assert_eq!(code(site.get("/api/v1/logout", &[]).await).await, (405, "method".into()));
}

#[tokio::test]
async fn the_demo_signs_in_by_a_code_that_works_once() {
    let site = Site::shared().await;
    let to = site.get("/demo/as/daniel", &[]).await.headers()["location"].to_str().unwrap().to_owned();
    let session = site.get(&to, &[]).await;
    assert_eq!(session.status(), 303);
    let cookie = cookie(&session);
    let who: Value = site.get("/api/v1/session", &[("cookie", &cookie)]).await.json().await.unwrap();
    assert_eq!(who, json!({"level": "L2", "name": "daniel", "site": "demo"}));
    assert_eq!(site.get(&to, &[]).await.status(), 404);
    assert_eq!(site.get("/demo/as/daniel", &[("host", "evil.example")]).await.status(), 404);
    assert_eq!(site.get("/demo/as/nobody", &[]).await.status(), 404);
}

#[tokio::test]
async fn the_console_wants_a_staff_token_and_a_customers_is_none() {
    let site = Site::shared().await;
    assert_eq!(site.get("/api/v1/console/tickets", &[]).await.status(), 401);
    let to = site.get("/demo/as/daniel", &[]).await.headers()["location"].to_str().unwrap().to_owned();
    let customer = cookie(&site.get(&to, &[]).await).replace("apothecary_demo", "apothecary_console");
    assert_eq!(site.get("/api/v1/console/tickets", &[("cookie", &customer)]).await.status(), 401);
    let to = site.get("/demo/pharmacist", &[]).await.headers()["location"].to_str().unwrap().to_owned();
    let staff = cookie(&site.get(&to, &[]).await);
    assert_eq!(site.get("/api/v1/console/tickets", &[("cookie", &staff)]).await.status(), 200);
    let me: Value = site.get("/api/v1/console/me", &[("cookie", &staff)]).await.json().await.unwrap();
    assert_eq!(me["role"], "pharmacist");
    let unknown = site.post("/api/v1/console/tickets/none/claim", "{}", &[("cookie", &staff)]).await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn pages_and_answers_carry_their_headers() {
    let site = Site::shared().await;
    let chat = site.get("/chat?lang=es", &[]).await;
    let policy = chat.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'self' https://shop.example") && !policy.contains("unsafe"));
    let html = chat.text().await.unwrap();
    assert!(html.contains("lang=\"es\"") && html.contains("1-800-555-0142") && !html.contains("{{"));
    let session = site.get("/api/v1/session", &[]).await;
    assert!(
        session.headers()["cache-control"] == "no-store" && session.headers()["x-content-type-options"] == "nosniff"
    );
    assert_eq!(site.get("/chat?site=other", &[]).await.status(), 404);
    let lost = site.get("/nothing", &[("accept", "text/html")]).await;
    assert_eq!(lost.status(), 404);
    assert!(lost.text().await.unwrap().contains("tel:988"));
    assert_eq!(site.get("/widget/v1.js", &[]).await.headers()["access-control-allow-origin"], "*");
    assert_eq!(site.get("/assets/chat.html", &[]).await.status(), 404);
}

#[tokio::test]
async fn a_panic_is_contained_and_the_answer_says_whom_to_call() {
    let boom = || async {
        if std::hint::black_box(true) {
            panic!("a bug")
        }
    };
    let router = axum::Router::new()
        .route("/api/boom", axum::routing::get(boom))
        .layer(axum::middleware::from_fn(apothecary::http::ops::contain));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/boom", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = Client::new().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    let text = answer.text().await.unwrap();
    assert!(text.contains("1-800-222-1222") && !text.contains("a bug"), "{text}");
}
