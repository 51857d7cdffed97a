//! Signed releases: a running server that takes up another one and goes back byte for byte, refuses what was altered or a stranger signed,
//! and what no signature names. The command line, its crashes and the real server are in `served`, UNSIGNED in a browser in `pages`.

mod pages;
mod served;

use crate::policy::{Desk as Texts, NEW, OLD, QUESTION};
use crate::support::{Options, Site, guardrails, repo, start};
use apothecary::engine::{self, ReleaseSource};
use apothecary::pharmacy::versions::VersionName;
use apothecary::release::{Built, PrivateKey, Reach, Releases, Settings, Statement};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A pharmacy's texts, guards that are given time, releases of both, and a signer.
struct Desk {
    texts: Texts,
    key: PrivateKey,
}

impl Desk {
    fn new() -> Self {
        Self { texts: Texts::new(), key: PrivateKey::of([7; 32]).unwrap().0 }
    }
    fn dir(&self) -> PathBuf {
        self.texts.path().join("releases")
    }
    fn releases(&self) -> Releases {
        Releases::new(&self.dir())
    }
    fn build(&self, changes: &[(&str, &str, &str)]) -> VersionName {
        let guards = guardrails(&[&[crate::support::PATIENT], changes].concat());
        let settings = Settings { encoder: Default::default(), endpoint: None, mark_unreviewed: true };
        let files = engine::served(guards.path()).unwrap();
        let mut prepared = self.releases().prepare(&self.texts.data(), files, &settings, None).unwrap();
        let from = repo("guardrails");
        let (name, bytes) =
            engine::sound(&prepared.guardrails(), &prepared.texts(), &from.join("model"), settings.encoder).unwrap();
        prepared.add(format!("guardrails/{name}"), bytes).unwrap();
        match prepared.finish().unwrap() {
            Built::New(name) | Built::Known(name) => name,
        }
    }
    fn sign(&self, name: &VersionName, topics: &str, languages: &str) {
        let statement = Statement {
            digest: String::new(),
            licence: "PH-0001".into(),
            live: Reach::parse(topics, languages).unwrap(),
            name: "Rosa Delgado".into(),
            read: BTreeMap::new(),
            state: "ME".into(),
            time: "2026-11-22T10:00:00Z".parse().unwrap(),
        };
        self.releases().sign(name, &self.key, statement).unwrap();
    }
    fn used(&self, name: &VersionName) {
        self.releases().put_in_force(name, None).unwrap();
    }
    fn options(&self) -> Options {
        let source = ReleaseSource { dir: self.dir(), signers: vec![self.key.public()], api_key: None };
        Options { release: Some(source), ..Options::default() }
    }
    /// Changes a file of a release, whatever its mode.
    fn alter(&self, name: &VersionName, file: &str, stands: &str, instead: &str) {
        let path = self.dir().join(name.to_string()).join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(stands), "{file}: `{stands}` stands elsewhere now");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, text.replace(stands, instead)).unwrap();
    }
}

/// The answer as it is sent, byte for byte, but for what no two messages share: ids and moments.
async fn answer(site: &Site) -> String {
    site.anonymous().await.say(QUESTION).await.words()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_takes_up_another_release_and_goes_back_byte_for_byte() {
    let desk = Desk::new();
    let one = desk.build(&[]);
    desk.sign(&one, "all", "en,es");
    desk.used(&one);
    let site = Site::new(desk.options()).await;
    let before = answer(&site).await;
    assert!(before.contains(OLD), "{before}");
    assert!(!site.get("/chat", &[]).await.text().await.unwrap().contains("UNSIGNED"));
    assert_eq!(site.get("/readyz", &[]).await.text().await.unwrap(), "ready\n");

    // Texts, a fixed text and a mode at once: nothing of it waits for a restart.
    desk.texts.reword(OLD, NEW);
    let hello = ("texts.toml", "[TX-HELLO]\nen = \"", "[TX-HELLO]\nen = \"Good day! ");
    let two = desk.build(&[
        hello,
        ("modes.toml", "default = \"live\"", "default = \"live\"\n[[rule]]\nscope = \"lang:es\"\nmode = \"off\"\n"),
    ]);
    site.app.follow_texts().await;
    assert_eq!(answer(&site).await, before, "built is not in force");
    desk.sign(&two, "all", "en,es");
    desk.used(&two);
    site.app.follow_texts().await;
    let after = answer(&site).await;
    assert!(after.contains(NEW) && !after.contains(OLD), "{after}");
    assert!(site.anonymous().await.say("hello").await.words().contains("Good day!"));
    assert!(site.anonymous().await.say("¿Cuánto tarda en llegar mi pedido?").await.cites_text("TX-PAUSED"));

    let began = Instant::now();
    desk.releases().rollback(None).unwrap();
    site.app.follow_texts().await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(answer(&site).await, before);
    assert!(!site.anonymous().await.say("hello").await.words().contains("Good day!"));

    let short = desk.key.public().short();
    let rows = site.app.store().audit_rows(1, 100_000).await.unwrap();
    for row in &rows {
        let release = &row.body["release"];
        let named = release["id"].as_str().is_some_and(|id| id == one.to_string() || id == two.to_string());
        assert!(named && release["signers"] == json!([short]), "{}", row.body);
        assert!(
            release["digest"].as_str().unwrap().starts_with(one.digest()) || release["id"] == two.to_string().as_str()
        );
    }
    assert!(rows.iter().any(|r| r.body["release"]["id"] == two.to_string().as_str()));
    let told = |name: &VersionName, value: u8| {
        format!("apothecary_release_info{{release=\"{name}\",signers=\"{short}\"}} {value}")
    };
    let metrics = crate::support::watch().metrics.render();
    assert!(metrics.contains(&told(&two, 0)), "{metrics}");
    site.app.follow_texts().await;
    assert!(crate::support::watch().metrics.render().contains(&told(&one, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_and_a_language_that_no_signature_names_are_suggested_not_sent() {
    let desk = Desk::new();
    let one = desk.build(&[]);
    let page = Site::shared().await.anonymous().await.say(QUESTION).await.cites().into_iter().next().unwrap();
    desk.sign(&one, "RF1", "en");
    desk.used(&one);
    let site = Site::new(desk.options()).await;
    let said = site.anonymous().await.say(QUESTION).await;
    assert!(said.cites_text("TX-REVIEW") && !said.words().contains("business days"), "{}", said.words());
    assert!(site.anonymous().await.say("hello").await.cites_text("TX-HELLO"), "fixed texts go out");
    assert!(site.anonymous().await.say("I can't breathe and my throat is swelling shut").await.cites_text("TX-EMERG"));
    let order = site.verified("P0001", None).await.say("where is my order?").await;
    assert!(order.cites_text("TX-REVIEW"), "a record is no topic: {}", order.words());

    // Another signature beside the first is taken up like another release.
    desk.sign(&one, &page, "en");
    site.app.follow_texts().await;
    assert!(answer(&site).await.contains(OLD), "signed for in English");
    let spanish = site.anonymous().await.say("¿Cuánto tarda en llegar mi pedido?").await;
    assert!(spanish.cites_text("TX-REVIEW"), "not in Spanish: {}", spanish.words());
    let order = site.verified("P0001", None).await.say("where is my order?").await;
    assert!(order.cites_text("TX-REVIEW"), "{}", order.words());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_altered_or_is_signed_by_a_stranger_is_refused_at_start_and_while_running() {
    let desk = Desk::new();
    let one = desk.build(&[]);
    let folder = || crate::support::Folder::new("refused");
    let refused = async |options: &Options| {
        let folder = folder();
        start(folder.path(), options).await.err().expect("it does not start").to_string()
    };
    assert!(refused(&desk.options()).await.contains("apothecary release use N"), "nothing is in force");
    desk.sign(&one, "all", "en,es");
    desk.used(&one);
    let mut stranger = desk.options();
    stranger.release.as_mut().unwrap().signers = vec![PrivateKey::of([8; 32]).unwrap().0.public()];
    assert!(refused(&stranger).await.contains("by nobody in release.signers"));
    let site = Site::new(desk.options()).await;
    let before = answer(&site).await;
    desk.texts.reword(OLD, NEW);
    let two = desk.build(&[]);
    desk.sign(&two, "all", "en,es");
    desk.used(&two);
    for (file, stands, instead) in [
        ("index/policies/DL1.md", NEW, "1 to 2 business days"),
        ("guardrails/guards.toml", "deadline_ms = 20000", "deadline_ms = 20001"),
        ("settings.json", "true", "false"),
    ] {
        desk.alter(&two, file, stands, instead);
        let why = refused(&desk.options()).await;
        assert!(
            why.contains(&format!("{file} was changed")) && why.contains("apothecary release use N --dir"),
            "{why}"
        );
        desk.alter(&two, file, instead, stands);
    }
    desk.alter(&two, "guardrails/modes.toml", "live", "love");
    site.app.follow_texts().await;
    assert_eq!(answer(&site).await, before, "the old one goes on");
    assert!(crate::support::watch().metrics.render().contains("apothecary_release_refused_total"));
}
