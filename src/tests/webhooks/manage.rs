//! Managing receivers over HTTP: who may, what is answered once, what is refused, and that no secret gets anywhere else.

use super::inbox::Inbox;
use crate::support::{Options, Site, code, staff, watch};
use reqwest::{Method, Response};
use serde_json::{Value, json};

struct Manager {
    site: Site,
    proof: (&'static str, String),
}

impl Manager {
    async fn new(options: Options, role: &str) -> Self {
        Self { site: Site::new(options).await, proof: staff("Maria", role) }
    }
    fn acting(&self, role: &str) -> Self {
        Self { site: self.site.clone(), proof: staff("Omar", role) }
    }
    async fn call(&self, method: Method, path: &str, body: Value) -> Response {
        let url = format!("{}/api/v1/webhooks{path}", self.site.base);
        let request = self.site.client.request(method, url).header(self.proof.0, &self.proof.1);
        let request = if body.is_null() { request } else { request.json(&body) };
        request.send().await.unwrap()
    }
    async fn post(&self, path: &str, body: Value) -> Response {
        self.call(Method::POST, path, body).await
    }
    async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, Value::Null).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }
    /// Adds a receiver; its secret.
    async fn add(&self, body: Value) -> String {
        let answer = self.post("", body).await;
        assert_eq!(answer.status(), 201);
        let body: Value = answer.json().await.unwrap();
        body["secret"].as_str().unwrap().to_owned()
    }
    async fn refusal(&self, body: Value) -> (u16, String, String) {
        let answer = self.post("", body).await;
        let status = answer.status().as_u16();
        let error = answer.json::<Value>().await.unwrap()["error"].clone();
        (status, error["code"].as_str().unwrap().into(), error["message"].as_str().unwrap().into())
    }
}

#[tokio::test]
async fn a_receiver_is_added_tested_rotated_and_removed_and_its_secrets_are_answered_once() {
    let inbox = Inbox::new().await;
    let maria = Manager::new(Options::default(), "lead").await;
    let first =
        maria.add(json!({"name": "pager", "url": inbox.url, "allow_internal": true, "priorities": ["P0"]})).await;
    let tested: Value = maria.post("/pager/test", Value::Null).await.json().await.unwrap();
    assert_eq!(maria.site.app.deliver_webhooks().await.unwrap(), 1, "no restart, and past the filter");
    assert!(inbox.verifies(&first) && inbox.ids() == [tested["delivery"].as_str().unwrap()]);
    let body = inbox.bodies().remove(0);
    assert_eq!((&body["type"], &body["data"]["test"]), (&"escalation.created".into(), &true.into()));

    let rotated: Value = maria.post("/pager/rotate", Value::Null).await.json().await.unwrap();
    let second = rotated["secret"].as_str().unwrap();
    maria.site.anonymous().await.say("I can't breathe and my throat is swelling shut").await;
    maria.site.anonymous().await.ask_human(uuid::Uuid::now_v7()).await;
    assert_eq!(maria.site.app.deliver_webhooks().await.unwrap(), 1, "of two cases one is a P0");
    assert!(inbox.verifies(&first) && inbox.verifies(second));

    let list = maria.get("").await;
    let health = &list["webhooks"][0]["health"];
    assert_eq!((&health["delivered"], &health["failed"], &health["waiting"]), (&2.into(), &0.into(), &0.into()));
    let forms: Vec<&str> = list["forms"].as_array().unwrap().iter().filter_map(|f| f["name"].as_str()).collect();
    assert_eq!(forms, ["thin", "full", "chat", "helpdesk", "pager"]);
    assert_eq!(maria.call(Method::DELETE, "/pager", Value::Null).await.status(), 204);
    assert_eq!(code(maria.call(Method::DELETE, "/pager", Value::Null).await).await.0, 404);
    let audit = format!("{:?}", maria.site.app.store().audit_rows(1, 999).await.unwrap());
    for act in ["webhook_create", "webhook_test", "webhook_rotate", "webhook_remove", "staff-Maria"] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
    maria.site.app.store().verify_audit().await.unwrap();
    let logs = watch().logs();
    for secret in [first.as_str(), second] {
        let core = secret.strip_prefix("whsec_").unwrap();
        assert_eq!(core.len(), 44, "256 bits");
        assert!(![&list.to_string(), &audit, &logs].iter().any(|text| text.contains(core)), "a secret got out");
    }
}

#[tokio::test]
async fn only_staff_who_may_manage_get_in() {
    let site = Site::shared().await;
    let maria = Manager { site: site.clone(), proof: staff("Maria", "lead") };
    let tina = maria.acting("technician");
    let calls = [
        (Method::GET, ""),
        (Method::POST, ""),
        (Method::DELETE, "/x"),
        (Method::POST, "/x/rotate"),
        (Method::POST, "/x/test"),
        (Method::POST, "/x/enable"),
        (Method::GET, "/deliveries"),
        (Method::POST, "/deliveries/x/replay"),
    ];
    for (method, path) in calls {
        let body = if method == Method::POST && path.is_empty() {
            json!({"name": "x", "url": "https://x.example/"})
        } else {
            Value::Null
        };
        let answer = tina.call(method.clone(), path, body.clone()).await;
        assert_eq!(code(answer).await, (403, "forbidden".into()), "{method} {path}");
        let url = format!("{}/api/v1/webhooks{path}", site.base);
        let nobody = site.client.request(method.clone(), url).json(&body).send().await.unwrap();
        assert_eq!(code(nobody).await.0, 401, "{method} {path}");
    }
    assert!(!maria.get("").await["webhooks"].to_string().contains("\"x\""));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_field() {
    let inbox = Inbox::new().await;
    let options = Options { endpoints: vec![inbox.endpoint("fixed")], ..Options::default() };
    let maria = Manager::new(options, "lead").await;
    let with = |key: &str, value: Value| {
        let mut body = json!({"name": "pager", "url": "https://pager.example/hook"});
        body[key] = value;
        body
    };
    let refused = [
        ("name", json!("Deliveries")),
        ("name", json!("deliveries")),
        ("url", json!("http://pager.example/")),
        ("url", json!("https://10.0.0.1/")),
        ("form", json!("fax")),
        ("types", json!(["escalation.lost"])),
        ("secondary", json!("nobody")),
        ("secondary", json!("pager")),
    ];
    for (key, value) in refused {
        let (status, error, message) = maria.refusal(with(key, value)).await;
        assert_eq!((status, error.as_str()), (422, "invalid"), "{message}");
        assert!(message.starts_with(&format!("{key}: ")), "{message}");
    }
    assert_eq!(maria.refusal(with("priorities", json!(["P9"]))).await.0, 400);
    assert_eq!(maria.refusal(with("surprise", json!(1))).await.0, 400);
    assert_eq!(maria.refusal(with("name", json!("fixed"))).await.0, 409, "the name is taken by the configuration");
    assert_eq!(code(maria.post("/fixed/rotate", Value::Null).await).await.0, 409);
    assert_eq!(code(maria.call(Method::DELETE, "/fixed", Value::Null).await).await.0, 409);
    assert_eq!(code(maria.post("/nobody/test", Value::Null).await).await.0, 404);
    maria.add(json!({"name": "backup", "url": "https://b.example/key123", "standby": true, "form": "chat"})).await;
    maria.add(with("secondary", json!("backup"))).await;
    assert_eq!(code(maria.call(Method::DELETE, "/backup", Value::Null).await).await.0, 409, "pager rests on it");
    let list = maria.get("").await["webhooks"].clone();
    let sources: Vec<&str> = list.as_array().unwrap().iter().filter_map(|w| w["source"].as_str()).collect();
    assert_eq!(sources, ["configuration", "stored", "stored"]);
    assert!(!list.to_string().contains("key123"), "a path may hold a key");
}

#[tokio::test]
async fn deliveries_are_listed_without_their_payload_and_replayed() {
    let inbox = Inbox::new().await;
    inbox.answers(410, None);
    let options = Options { endpoints: vec![inbox.endpoint("fixed")], ..Options::default() };
    let maria = Manager::new(options, "lead").await;
    let sent: Value = maria.post("/fixed/test", Value::Null).await.json().await.unwrap();
    let id = sent["delivery"].as_str().unwrap();
    let waiting = maria.get("/deliveries?state=waiting").await["deliveries"].clone();
    assert!(waiting[0]["id"] == id && waiting[0].get("payload").is_none(), "{waiting}");
    maria.site.app.deliver_webhooks().await.unwrap();
    assert_eq!(maria.get("/deliveries?state=dead").await["deliveries"][0]["id"], id);
    assert_eq!(code(maria.call(Method::GET, "/deliveries?state=x", Value::Null).await).await, (422, "invalid".into()));
    assert_eq!(code(maria.post("/deliveries/nothing/replay", Value::Null).await).await.0, 404);
    inbox.answers(200, None);
    assert_eq!(maria.post(&format!("/deliveries/{id}/replay"), Value::Null).await.status(), 204);
    assert_eq!(maria.site.app.deliver_webhooks().await.unwrap(), 1);
    assert_eq!(inbox.ids(), [id, id]);
}
