//! Signed releases: `apothecary release` as a process, crashes at its steps, a real server that refuses what nobody signed or somebody
//! altered, a running one that takes up another release and goes back byte for byte, what no signature names, and UNSIGNED on every page.

mod pages;

use crate::policy::{Desk as Texts, NEW, OLD, QUESTION};
use crate::support::{Options, Site, guardrails, repo, start};
use apothecary::engine::{self, ReleaseSource};
use apothecary::pharmacy::versions::VersionName;
use apothecary::release::{Built, PrivateKey, Reach, Releases, Settings, Statement};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
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
    desk.sign(&one, "RF1", "en,es");
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

/// `apothecary` in the folder of the desk, by a configuration there.
fn command(desk: &Desk, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apothecary"));
    command.current_dir(desk.texts.path()).args(args).env_remove("APOTHECARY_SHOTS");
    command
}

fn run(desk: &Desk, args: &[&str]) -> Output {
    command(desk, args).output().unwrap()
}

fn printed(desk: &Desk, args: &[&str]) -> String {
    let done = run(desk, args);
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn failed(desk: &Desk, args: &[&str]) -> String {
    let done = run(desk, args);
    assert!(!done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stdout));
    String::from_utf8_lossy(&done.stderr).into_owned()
}

fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Writes the configuration, and says on which port its server listens.
fn configure(desk: &Desk, release: &str) -> u16 {
    let port = port();
    let text = format!(
        "[server]\nport = {port}\nmetrics_port = {}\nsecure_cookies = false\n[data]\ndir = \"store\"\nindex = \"data\"\nguardrails = {:?}\n\
         [site]\nhs256_secret = \"{}\"\n[answers]\nunreviewed_translations = \"mark\"\n[release]\n{release}\n",
        self::port(),
        repo("guardrails"),
        "s".repeat(40)
    );
    std::fs::write(desk.texts.path().join("pharmacy.toml"), text).unwrap();
    port
}

/// A server, killed when dropped.
struct Server(Child, u16);

impl Server {
    async fn start(desk: &Desk, port: u16) -> Self {
        let mut command = command(desk, &["serve", "--config", "pharmacy.toml"]);
        let server = Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(), port);
        for _ in 0..300 {
            if !server.get("/readyz").await.is_empty() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not become ready");
    }
    async fn get(&self, path: &str) -> String {
        let url = format!("http://127.0.0.1:{}{path}", self.1);
        match crate::support::client().get(url).send().await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SERVE: [&str; 3] = ["serve", "--config", "pharmacy.toml"];
const BUILD: [&str; 4] = ["release", "build", "--config", "pharmacy.toml"];

fn signed<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let who =
        ["release", "sign", id, "--key", "rosa.key", "--name", "Rosa Delgado", "--licence", "PH-0001", "--state", "ME"];
    let read = ["--read", "en=Rosa Delgado", "--read", "es=Ana Ruiz", "--time", "2026-11-22T10:00:00Z"];
    [&who[..], &read, more].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_by_a_signed_release_or_says_what_to_do() {
    let desk = Desk::new();
    let port = configure(&desk, "");
    let undecided = failed(&desk, &SERVE);
    assert!(undecided.contains("release.unsigned = true") && undecided.contains("apothecary release"), "{undecided}");
    assert!(failed(&desk, &["doctor", "--config", "pharmacy.toml"]).contains("1 to mend"));
    let public = printed(&desk, &["release", "keygen", "rosa.key"]);
    let public = public.trim();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.texts.path().join("rosa.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(failed(&desk, &["release", "keygen", "rosa.key"]).contains("rosa.key"), "no key is overwritten");
    std::fs::write(desk.texts.path().join("evals.json"), "{\"met\": true}").unwrap();
    let built = printed(&desk, &[&BUILD[..], &["--report", "evals.json"]].concat());
    assert!(built.contains("release 1-") && built.contains("apothecary release sign 1"), "{built}");
    assert!(printed(&desk, &[&BUILD[..], &["--report", "evals.json"]].concat()).contains("nothing was built"));

    let named = |signers: &str| format!("dir = \"releases\"\nsigners = [\"{signers}\"]");
    let port2 = configure(&desk, &named(public));
    assert_ne!(port, port2);
    assert!(failed(&desk, &SERVE).contains("no release in force"));
    assert!(failed(&desk, &["release", "use", "1"]).contains("signed by nobody"));
    assert!(failed(&desk, &signed("1", &["--live", "ZZ9", "--lang", "en"])).contains("no such page"));
    assert!(failed(&desk, &signed("1", &["--live", "all", "--lang", "fr"])).contains("en and es only"));
    printed(&desk, &signed("1", &["--live", "all", "--lang", "en,es"]));
    let used = printed(&desk, &["release", "use", "1", "--config", "pharmacy.toml"]);
    assert!(used.contains("Rosa Delgado (licence PH-0001, ME)") && used.contains("es by Ana Ruiz"), "{used}");
    let list = printed(&desk, &["release", "list", "--config", "pharmacy.toml"]);
    assert!(list.contains("in force") && list.contains("all in en, es"), "{list}");
    assert!(
        printed(&desk, &["release", "verify", "--config", "pharmacy.toml"]).contains("every byte is what was built")
    );
    let doctor = printed(&desk, &["doctor", "--config", "pharmacy.toml"]);
    assert!(
        doctor.lines().any(|l| l.starts_with("ok") && l.contains("release") && l.contains("Rosa Delgado")),
        "{doctor}"
    );

    let server = Server::start(&desk, port2).await;
    assert_eq!(server.get("/readyz").await, "ready\n");
    assert!(!server.get("/console").await.contains("UNSIGNED"));
    drop(server);
    let rows = printed(&desk, &["audit", "--dir", "store", "show"]);
    assert!(rows.is_empty() || rows.contains("\"signers\""), "{rows}");

    let stranger = format!("ed25519:{}", "0f".repeat(32));
    configure(&desk, &named(&stranger));
    assert!(failed(&desk, &SERVE).contains("by nobody in release.signers"));
    assert!(failed(&desk, &["release", "verify", "--config", "pharmacy.toml"]).contains("nobody who counts"));
    let port = configure(&desk, "unsigned = true");
    let server = Server::start(&desk, port).await;
    assert_eq!(server.get("/readyz").await, "ready, unsigned\n");
    for page in ["/chat", "/chat?lang=es", "/console"] {
        let text = server.get(page).await;
        assert!(text.contains("UNSIGNED") && text.contains("SIN FIRMAR"), "{page}");
    }
    drop(server);
    let port = configure(&desk, &named(public));
    let name = desk.releases().current().unwrap();
    desk.alter(&name, "guardrails/prompts/answer.md", "e", "a");
    let altered = failed(&desk, &SERVE);
    assert!(altered.contains("guardrails/prompts/answer.md was changed"), "{altered} on {port}");
    assert!(failed(&desk, &["doctor", "--config", "pharmacy.toml"]).contains("to mend"));
    assert!(printed(&desk, &["release", "list"]).contains("ALTERED"));
}

#[test]
fn two_releases_are_compared_in_words_and_by_their_decisions() {
    let desk = Desk::new();
    desk.build(&[]);
    desk.texts.reword(OLD, NEW);
    let rule =
        ("rules/r02-self-harm.toml", "any = ['(?:want|wants|think", "any = ['wake up tomorrow', '(?:want|wants|think");
    let changes = [
        ("texts.toml", "[TX-HELLO]\nen = \"", "[TX-HELLO]\nen = \"Good day! "),
        ("modes.toml", "default = \"live\"", "default = \"suggest\""),
        ("prompts/answer.md", "\n", "\nBe brief.\n"),
        rule,
    ];
    desk.build(&changes);
    let cases =
        "{\"id\": \"c1\", \"text\": \"where is my order\"}\n{\"text\": \"please tell me to wake up tomorrow\"}\n";
    std::fs::write(desk.texts.path().join("cases.jsonl"), cases).unwrap();
    let said = printed(&desk, &["release", "diff", "1", "2", "--cases", "cases.jsonl"]);
    for words in [
        "page changed: DL1 “Delivery times”",
        OLD,
        NEW,
        "constant changed: NEW_RX_DELIVERY",
        "fixed text changed: TX-HELLO en: ",
        "Good day!",
        "mode changed: default: “live” → “suggest”",
        "prompt: “Be brief.” is new",
        "rule changed: rule R2-kill-me any: “wake up tomorrow” is new",
        "decision changed: cases.jsonl, line 2",
        "1 of 2 decisions",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("c1") && !said.contains("model changed"), "{said}");
    assert!(printed(&desk, &["release", "diff", "2", "2"]).contains("nothing differs"));
}

#[test]
fn a_death_at_any_step_leaves_the_releases_that_were_there_whole() {
    let desk = Desk::new();
    let one = desk.build(&[]);
    desk.sign(&one, "all", "en");
    desk.used(&one);
    configure(&desk, &format!("dir = \"releases\"\nsigners = [\"{}\"]", desk.key.public()));
    desk.texts.reword(OLD, NEW);
    for place in ["version.file:before:1", "version.file:after:90", "version.name:before:1"] {
        let died = run(&desk, &[&BUILD[..], &["--crash-at", place]].concat());
        assert_eq!(died.status.code(), None, "{place}: the process lives: {}", String::from_utf8_lossy(&died.stderr));
        assert_eq!(desk.releases().names().unwrap(), std::slice::from_ref(&one), "{place}");
        assert_eq!(desk.releases().in_force(&[desk.key.public()]).unwrap().name, one, "{place}");
    }
    let died = run(&desk, &[&BUILD[..], &["--crash-at", "version.name:after:1"]].concat());
    assert_eq!(died.status.code(), None);
    let names = desk.releases().names().unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
    desk.releases().verified(&names[1]).unwrap();
    assert_eq!(desk.releases().current().unwrap(), one, "built is not in force");
    assert!(printed(&desk, &BUILD).contains("nothing was built") && !desk.dir().join(".new").exists());
}
