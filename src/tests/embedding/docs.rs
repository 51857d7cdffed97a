//! `docs/embedding.md` as a reader uses it: its configuration starts a server, its snippets sign tokens which that server takes. A
//! language that is not on this machine is named on stderr and left out.

use super::FRAME;
use super::serve::Server;
use crate::browser::ask;
use crate::support::{Folder, repo};
use crate::webdriver::{Driver, Page};
use apothecary::domain::clock::{Clock, SystemClock};
use apothecary::identity::{Verifier, jwks};
use axum::Router;
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The block of the page that is marked with this file name.
pub fn block(file: &str) -> String {
    let page = std::fs::read_to_string(repo("docs/embedding.md")).unwrap();
    let mark = format!(" {file}\n");
    let from = page.lines().find(|l| l.starts_with("```") && format!("{l}\n").ends_with(&mark));
    let from = from.unwrap_or_else(|| panic!("docs/embedding.md has no block {file}"));
    page.split_once(&format!("{from}\n")).unwrap().1.split_once("\n```").unwrap().0.to_owned()
}

/// How a snippet is run: files that are written beside it, and commands, of which the last one prints the token.
struct Language {
    name: &'static str,
    /// The block of the page.
    file: &'static str,
    /// What is put behind the block.
    more: &'static str,
    /// Another file, and what is in it.
    beside: Option<(&'static str, &'static str)>,
    run: &'static [&'static [&'static str]],
}

const LANGUAGES: [Language; 5] = [
    Language {
        name: "Node",
        file: "chat-token.mjs",
        more: "console.log(chatToken(\"P0001\", Math.floor(Date.now() / 1000)));",
        beside: None,
        run: &[&["node", "chat-token.mjs"]],
    },
    Language {
        name: "Python",
        file: "chat_token.py",
        more: "print(chat_token(\"P0001\", int(time.time())))",
        beside: None,
        run: &[&["python3", "chat_token.py"]],
    },
    Language {
        name: "Java",
        file: "ChatToken.java",
        more: "",
        beside: Some((
            "Main.java",
            "class Main { public static void main(String[] a) throws Exception { \
             System.out.println(ChatToken.sign(\"P0001\", java.time.Instant.now())); } }",
        )),
        run: &[&["javac", "ChatToken.java", "Main.java"], &["java", "-cp", ".", "Main"]],
    },
    Language {
        name: "Go",
        file: "chattoken.go",
        more: "",
        beside: Some((
            "main.go",
            "package main\nimport (\"fmt\"; \"time\")\nfunc main() { t, err := chatToken(\"P0001\", time.Now())\n\
             if err != nil { panic(err) }\nfmt.Println(t) }\n",
        )),
        run: &[&["go", "run", "chattoken.go", "main.go"]],
    },
    Language {
        name: "PHP",
        file: "chat-token.php",
        more: "echo chat_token('P0001', time());",
        beside: None,
        run: &[&["php", "chat-token.php"]],
    },
];

/// What a command prints; `None` when there is no such program.
fn printed(dir: &Path, command: &[&str]) -> Option<String> {
    let ran = Command::new(command[0]).args(&command[1..]).current_dir(dir).env("CHAT_SECRET", SECRET).output();
    match ran {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        ran => {
            let ran = ran.unwrap();
            assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
            Some(String::from_utf8(ran.stdout).unwrap().trim().to_owned())
        }
    }
}

/// Past the test runner, which keeps what `eprintln!` says of a test that passes.
fn skipped(snippet: &str, program: &str) {
    let line = format!("skipped: the {snippet} snippet of docs/embedding.md, for there is no {program}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

impl Language {
    fn token(&self) -> Option<String> {
        let folder = Folder::new("snippet");
        std::fs::write(folder.path().join(self.file), format!("{}\n{}\n", block(self.file), self.more)).unwrap();
        if let Some((name, text)) = self.beside {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let said = self.run.iter().map(|command| printed(folder.path(), command)).collect::<Option<Vec<_>>>();
        if said.is_none() {
            skipped(self.name, self.run[0][0]);
        }
        said?.pop()
    }
}

#[tokio::test]
async fn the_server_of_the_page_takes_the_tokens_of_its_snippets() {
    let server = Server::start(&[]).await;
    let chat = server.client.get(format!("{}/chat?site=shop", server.base)).send().await.unwrap();
    let policy = chat.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.ends_with("frame-ancestors 'self' https://www.pharmacy.example"), "{policy}");
    let tokens = tokio::task::spawn_blocking(|| LANGUAGES.map(|l| (l.name, l.token()))).await.unwrap();
    assert!(tokens.iter().any(|(_, token)| token.is_some()), "no language of the page is on this machine");
    for (name, token) in tokens.into_iter().filter_map(|(name, token)| Some((name, token?))) {
        let who =
            server.client.get(format!("{}/api/v1/session", server.base)).bearer_auth(&token).send().await.unwrap();
        assert_eq!(who.status(), 200, "{name}: {token}");
        assert_eq!(who.json::<Value>().await.unwrap(), json!({"level": "L2", "name": null, "site": "shop"}), "{name}");
    }
}

/// An answer whose body comes later than its head: the loader arrives in between, behind the page's back.
fn late(body: String) -> Response {
    let body = futures_util::stream::once(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok::<_, Infallible>(body)
    });
    ([("content-type", "application/json")], Body::from_stream(body)).into_response()
}

/// The page's plain example, script and policy on a site of its own, with nothing added but the token.
#[tokio::test(flavor = "multi_thread")]
async fn the_plain_example_shows_the_chat_to_a_customer_who_is_signed_in() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let loopback = [
        ("APOTHECARY_SITE__FRAME_ANCESTORS", format!("[{origin:?}]")),
        ("APOTHECARY_SERVER__SECURE_COOKIES", "false".to_owned()),
    ];
    let server = Server::start(&loopback).await;
    let chat = server.base.replace("127.0.0.1", "localhost");
    let ours = |file: &str| block(file).replace("https://chat.pharmacy.example", &chat);
    let policy = ours("policy").replace('\n', " ").replace("script-src", "script-src 'self'");
    let policy = format!("default-src 'none'; connect-src 'self'; frame-ancestors 'none'; {policy}");
    let token = tokio::task::spawn_blocking(|| LANGUAGES.iter().find_map(Language::token)).await.unwrap();
    let token = json!({"token": token.expect("a language of the page")});
    let (html, script) = (ours("index.html"), ours("chat.js"));
    let site = Router::new()
        .route(
            "/",
            get(move || std::future::ready(([("content-security-policy", policy.clone())], Html(html.clone())))),
        )
        .route("/chat.js", get(move || std::future::ready(([("content-type", "text/javascript")], script.clone()))))
        .route("/chat-token", post(move || std::future::ready(late(token.to_string()))));
    tokio::spawn(async move { axum::serve(listener, site).await });

    let driver = Driver::start();
    let page = Page::new(&driver, 1100, 900).await;
    page.go(&origin).await;
    page.wait("window.Apothecary?.loaded").await;
    page.click("#help").await;
    page.inside(FRAME).await;
    page.wait("document.getElementById('who').textContent === 'Signed in.'").await;
    ask(&page, "how long does delivery take?").await;
    page.top().await;
    page.click("#sign-out").await;
    page.inside(FRAME).await;
    page.wait("document.getElementById('who').textContent === 'Not signed in.'").await;
    page.close().await;
}

/// The way with a private key: the page's program makes the keys, its other one signs, and the public half verifies.
#[test]
fn the_keys_that_the_page_makes_verify_what_its_snippet_signs() {
    let folder = Folder::new("keys");
    for (file, more) in [
        ("make-keys.mjs", ""),
        ("chat-token-eddsa.mjs", "console.log(chatToken(\"P0001\", Math.floor(Date.now() / 1000)));"),
    ] {
        std::fs::write(folder.path().join(file), format!("{}\n{more}\n", block(file))).unwrap();
    }
    if printed(folder.path(), &["node", "make-keys.mjs"]).is_none() {
        return skipped("Node, with a private key", "node");
    }
    let token = printed(folder.path(), &["node", "chat-token-eddsa.mjs"]).unwrap();
    let keys = jwks(&std::fs::read_to_string(folder.path().join("chat-jwks.json")).unwrap()).unwrap();
    let verifier = Verifier { issuer: "https://www.pharmacy.example".into(), audience: "apothecary:shop".into(), keys };
    assert_eq!(verifier.customer(&token, SystemClock.now()).unwrap().level_code(), "L2");
}

/// What the page says of the pinned loader: its tag names the address that never changes.
#[tokio::test]
async fn the_loaders_tag_names_its_pinned_address() {
    let site = crate::support::Site::shared().await;
    let floating = site.get("/widget/v1.js", &[]).await;
    let tag = floating.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned();
    let pinned = site.get(&format!("/widget/v1-{tag}.js"), &[]).await;
    assert!(pinned.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(pinned.text().await.unwrap(), floating.text().await.unwrap());
}

/// Attributes, calls, events, properties and claims that the page names are those of the code, and none is left out.
#[test]
fn the_page_names_what_there_is() {
    let page = std::fs::read_to_string(repo("docs/embedding.md")).unwrap();
    let loader = std::fs::read_to_string(repo("src/http/assets/widget/v1.js")).unwrap();
    let chat: String = ["chat.js", "host.js", "person.js"]
        .map(|f| std::fs::read_to_string(repo("src/http/assets").join(f)).unwrap())
        .concat();
    let properties: std::collections::BTreeSet<&str> =
        loader.split("var(").skip(1).filter_map(|rest| rest.split(',').next()).collect();
    assert!(properties.len() >= 5);
    let calls = loader.split_once("const api = {").unwrap().1.split_once("\n  };").unwrap().0;
    let calls = calls.lines().filter_map(|l| l.strip_prefix("    ")).filter(|l| l.starts_with(char::is_alphabetic));
    let calls = calls.map(|l| l.split([':', ',']).next().unwrap());
    let told = chat.split("tell(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let told = told.filter(|t| !["unsent", "close"].contains(t)).chain(["open", "close"]);
    for name in properties.into_iter().chain(calls).chain(told) {
        assert!(page.contains(&format!("`{name}`")), "docs/embedding.md does not tell of `{name}`");
    }
}
