//! The real binary as a process of its own: started, killed, started again.

use crate::support::{client, cookie, repo};
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `apothecary demo`, killed when dropped.
pub struct Demo {
    child: Child,
    pub base: String,
    /// Origin of the page that embeds the chat.
    pub shop: String,
    pub client: Client,
}

impl Demo {
    /// Starts it on a data folder and a free port, and waits until it is ready.
    pub fn start(keep: &Path) -> Self {
        Self::with(keep, &repo("guardrails"))
    }
    /// The same by other guardrails.
    pub fn with(keep: &Path, guardrails: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_apothecary"))
            .args(["demo", "--port", "0", "--keep"])
            .arg(keep)
            .arg("--guardrails")
            .arg(guardrails)
            .current_dir(repo("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut base, mut shop) = (None, None);
        for line in lines.map_while(Result::ok) {
            if line.contains("customers") {
                base = line.split_whitespace().find_map(|w| w.strip_suffix("/demo")).map(ToOwned::to_owned);
            }
            if line.trim_start().starts_with("shop ") {
                shop = line.split_whitespace().find(|w| w.starts_with("http://")).map(ToOwned::to_owned);
            }
            if line.contains("stop with Ctrl-C") {
                break;
            }
        }
        let base = base.expect("the demo prints its address");
        let shop = shop.expect("the demo prints the shop's address");
        Self { child, base, shop, client: client() }
    }
    /// The chat's origin as the shop names it.
    pub fn chat(&self) -> String {
        self.base.replace("127.0.0.1", "localhost")
    }
    /// A customer's token, as the shop signs it.
    pub async fn token(&self, name: &str) -> String {
        let post = |path: &str| self.client.post(format!("{}{path}", self.shop));
        let signed = post("/sign-in").json(&json!({"name": name})).send().await.unwrap();
        let given = post("/chat-token").header("cookie", cookie(&signed)).send().await.unwrap();
        given.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
    }
    pub fn id(&self) -> u32 {
        self.child.id()
    }
    /// `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
    /// Opens a conversation: its id and the cookie that holds it.
    pub async fn open(&self, cookies: Option<&str>) -> (String, String) {
        let mut request = self.client.post(format!("{}/api/v1/conversations", self.base)).json(&json!({}));
        if let Some(held) = cookies {
            request = request.header("cookie", held);
        }
        let opened = request.send().await.unwrap();
        let held = cookies.map_or_else(|| cookie(&opened), ToOwned::to_owned);
        let body: Value = opened.json().await.unwrap();
        (body["id"].as_str().unwrap().to_owned(), held)
    }
    /// Signs in as a sample person; the cookie.
    pub async fn sign_in(&self, name: &str) -> String {
        let to = self.client.get(format!("{}/demo/as/{name}", self.base)).send().await.unwrap();
        let to = to.headers()["location"].to_str().unwrap().to_owned();
        cookie(&self.client.get(format!("{}{to}", self.base)).send().await.unwrap())
    }
    /// Posts a message as a stream: the answer's head comes only when the message is stored.
    pub async fn post(
        &self,
        conversation: &str,
        cookie: &str,
        id: &str,
        text: &str,
    ) -> reqwest::Result<reqwest::Response> {
        self.client
            .post(format!("{}/api/v1/conversations/{conversation}/messages", self.base))
            .header("cookie", cookie)
            .header("accept", "text/event-stream")
            .json(&json!({"id": id, "text": text}))
            .send()
            .await
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.kill();
    }
}
