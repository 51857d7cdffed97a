//! `apothecary release` as a process, crashes at its steps, and `apothecary serve` by what came of it.

use super::Desk;
use crate::policy::{NEW, OLD};
use crate::support::repo;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

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
    let line = doctor.lines().find(|l| l.get(7..).is_some_and(|l| l.starts_with("release")));
    assert!(line.is_some_and(|l| l.starts_with("ok")) && doctor.contains("signed by Rosa Delgado"), "{doctor}");

    let server = Server::start(&desk, port2).await;
    assert_eq!(server.get("/readyz").await, "ready\n");
    assert!(!server.get("/console").await.contains("UNSIGNED"));
    drop(server);
    let rows = printed(&desk, &["audit", "--dir", "store", "show"]);
    assert!(rows.is_empty() || rows.contains("\"signers\""), "{rows}");

    let modes = printed(&desk, &["modes", "--config", "pharmacy.toml"]);
    assert!(modes.contains("at most all in en, es") && modes.contains("Rosa Delgado"), "{modes}");
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
        ("rules/r02-self-harm.toml", "any = ['(?:want|wants|think", "any = ['purple umbrella', '(?:want|wants|think");
    let changes = [
        ("texts.toml", "[TX-HELLO]\nen = \"", "[TX-HELLO]\nen = \"Good day! "),
        ("modes.toml", "default = \"live\"", "default = \"suggest\""),
        (
            "prompts/answer.md",
            "You word answers for the customers of a mail-order pharmacy. You are not a person and not a pharmacist.",
            "You word answers for the customers of a mail-order pharmacy. You are not a person and not a pharmacist.\nBe brief.",
        ),
        rule,
    ];
    desk.build(&changes);
    let cases = "{\"id\": \"c1\", \"text\": \"where is my order\"}\n{\"text\": \"where is my purple umbrella\"}\n";
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
        "rule changed: rule R2-kill-me any: “purple umbrella” is new",
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
