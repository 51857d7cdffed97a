//! `apothecary doctor`: everything that a server needs, looked at one by one, each with what mends it. It goes on past what is wrong, so
//! that one run tells all. `serve --check-config` asks the same of the configuration and its files alone.

mod release;
mod texts;

use super::Failure;
use crate::boot;
use crate::classify::Model;
use crate::classify::planted::Planted;
use crate::classify::support::SupportModel;
use crate::config::Config;
use crate::draft::openai::ModelSettings;
use crate::pharmacy::Pharmacy;
use crate::pharmacy::check::{Weight, texts as findings};
use crate::pharmacy::versions::Versions;
use crate::policy::GuardPolicy;
use crate::retrieval::RecordIndex;
use crate::store::Store;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A language model that does not answer within this is slow to find.
const PATIENCE: Duration = Duration::from_secs(3);

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status 1 when something must be mended; what is marked `look` works, but perhaps not as you wish. It changes nothing but \
                  the version of the store's own tables.\n\nExample:\n  apothecary doctor --config pharmacy.toml"
)]
pub struct Args {
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What came of one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Look,
    Wrong,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Good => "ok",
            Verdict::Look => "look",
            Verdict::Wrong => "WRONG",
        })
    }
}

/// One line of the report.
struct Finding(&'static str, Verdict, String);

type Findings = Vec<Finding>;

/// Good with a remark, or wrong with the error.
fn tried(what: &'static str, done: Result<String, impl fmt::Display>) -> Finding {
    match done {
        Ok(remark) => Finding(what, Verdict::Good, remark),
        Err(e) => Finding(what, Verdict::Wrong, e.to_string()),
    }
}

/// Worth a look unless it holds.
fn wished(what: &'static str, holds: bool, good: &str, else_: &str) -> Finding {
    if holds { Finding(what, Verdict::Good, good.into()) } else { Finding(what, Verdict::Look, else_.into()) }
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let mut config = match Config::load(args.config.as_deref()) {
        Ok(config) => config,
        Err(e) => return print(&[Finding("configuration", Verdict::Wrong, e.to_string())]),
    };
    let mut all = vec![Finding("configuration", Verdict::Good, "every setting can hold".into())];
    all.push(release::laid(&mut config));
    all.extend(files(&config));
    all.extend(sites(&config));
    all.extend(data(&config).await);
    all.extend(surroundings(&config).await);
    print(&all)
}

fn print(all: &[Finding]) -> Result<(), Failure> {
    for Finding(what, verdict, remark) in all {
        // An error of several lines stays in its column.
        println!("{verdict:5}  {what:14}  {}", remark.trim_end().replace('\n', "\n                       "));
    }
    let of = |verdict| all.iter().filter(|f| f.1 == verdict).count();
    match (of(Verdict::Wrong), of(Verdict::Look)) {
        (0, 0) => println!("\nall is well"),
        (0, n) => println!("\nready; {n} worth a look"),
        (n, _) => return Err(format!("{n} to mend before a server can start").into()),
    }
    Ok(())
}

/// That what the configuration names can be loaded and fits together.
pub(super) fn sound(config: &mut Config) -> Result<(), Failure> {
    let all = std::iter::once(release::laid(config)).chain(files(config));
    let wrong = all.filter(|f| f.1 == Verdict::Wrong);
    let lines: Vec<String> = wrong.map(|f| format!("{}: {}", f.0, f.2)).collect();
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n").into()) }
}

/// What the configuration names: guard policy, models and texts.
fn files(config: &Config) -> Findings {
    let mut out = models(config);
    let policy = GuardPolicy::load(&config.guardrails);
    let texts = pharmacy(config);
    if let (Ok(policy), Ok(texts)) = (&policy, &texts) {
        let known = |id: &str| texts.constants.list().iter().any(|c| c.id == id);
        let fits = policy.modes.known(|id| texts.has_page(id)).and_then(|()| policy.texts.filled(known));
        out.push(tried("modes, texts", fits.map(|()| "every page and constant that they name is there".to_owned())));
        let today = Timestamp::now().to_zoned(TimeZone::system()).date();
        out.extend(texts::look(config, policy, texts, today));
    }
    out.push(tried("guard policy", policy.map(|p| format!("digest {}", p.digest))));
    out.push(tried("texts", texts.map(|t| format!("{} pages", t.pages.len()))));
    if config.versions.is_none() {
        out.push(lint(&config.index));
    }
    out
}

fn models(config: &Config) -> Findings {
    let dir = |name: &str| config.guardrails.join(name);
    let encoder = match Model::load(&dir("model"), config.encoder) {
        Ok(model) => Arc::new(model),
        Err(e) => return vec![Finding("model", Verdict::Wrong, e.to_string())],
    };
    let support = SupportModel::load(&dir("support"), Arc::clone(&encoder));
    let planted = Planted::load(&dir("planted"), Arc::clone(&encoder));
    vec![
        tried("model", Ok::<_, Failure>(format!("digest {}", encoder.digest()))),
        tried("support head", support.map(|m| format!("digest {}", m.digest()))),
        tried("planted head", planted.map(|m| format!("digest {}", m.digest()))),
    ]
}

fn pharmacy(config: &Config) -> Result<Pharmacy, Failure> {
    Ok(match &config.versions {
        Some(dir) => Versions::new(dir).in_force()?.load()?,
        None => Pharmacy::load(&config.index, None)?,
    })
}

fn lint(index: &Path) -> Finding {
    let errors = findings(index, None).into_iter().filter(|f| f.weight == Weight::Error).count();
    let many = format!("{errors} errors in {}; run `apothecary policy lint {0}`", index.display());
    wished("lint", errors == 0, "no error", &many)
}

/// Who may embed the chat, and who can read what is secret.
fn sites(config: &Config) -> Findings {
    let framed = !config.frame_ancestors.is_empty();
    let tls = config.public_url.starts_with("https:");
    let safe = config.secure_cookies || (config.listen.ip().is_loopback() && !tls);
    let bare: Vec<String> =
        config.secret_files.iter().filter(|f| readable(f)).map(|f| f.display().to_string()).collect();
    let others = format!("others on this machine can read {0}; run `chmod 600 {0}`", bare.join(" "));
    vec![
        wished("secrets", bare.is_empty(), "no file with a secret can be read by others", &others),
        wished(
            "embedding",
            framed,
            "origins are named",
            "site.frame_ancestors is empty: no page can show the chat in a frame",
        ),
        wished("cookies", safe, "over TLS, or on loopback", "server.secure_cookies is off: set it to true behind TLS"),
    ]
}

/// Whether more than its owner can read a file.
#[cfg(unix)]
fn readable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable(_: &Path) -> bool {
    false
}

/// The data folder and what people have put into it.
async fn data(config: &Config) -> Findings {
    let path = config.data.join("apothecary.db");
    if !path.is_file() {
        let fresh = writable(&config.data).map(|()| format!("{} will be made at the first start", path.display()));
        let mut out = vec![tried("store", fresh)];
        out.extend(people(config, Known::default()));
        return out;
    }
    let store = match Store::open(&path).await {
        Ok(store) => store,
        Err(e) => return vec![Finding("store", Verdict::Wrong, e.to_string())],
    };
    let mut out = vec![tried(
        "store",
        store.verify_audit().await.map(|_| format!("{} opens, its audit chain holds", path.display())),
    )];
    let search = config.data.join(boot::SEARCH);
    let sound = RecordIndex::look(&search).map(|()| format!("{} is as it was written", search.display()));
    out.push(tried("search", sound));
    out.extend(people(config, Known::of(&store).await));
    store.close().await;
    out
}

/// What a store knows; nothing before there is one.
#[derive(Default)]
struct Known {
    accounts: usize,
    receivers: usize,
    fed: bool,
}

impl Known {
    async fn of(store: &Store) -> Self {
        let heard = store.feed_pulse().await.ok().and_then(|p| p.heard);
        Self {
            accounts: store.accounts().await.map_or(0, |a| a.len()),
            receivers: store.endpoints().await.map_or(0, |e| e.len()),
            fed: heard.is_some() || store.records_mark().await.unwrap_or_default() > 0,
        }
    }
}

fn people(config: &Config, known: Known) -> Findings {
    let signs = known.accounts > 0 || !config.console_verifier.keys.is_empty();
    let receivers = known.receivers + config.endpoints.len();
    let fed = known.fed || config.feed.is_some();
    vec![
        wished("staff", signs, "somebody can sign in", "nobody can sign in to the console; run `apothecary staff add`"),
        wished(
            "receivers",
            receivers > 0,
            "webhooks are sent",
            "no webhook receiver: people see cases in the console only; run `apothecary webhook add`",
        ),
        wished(
            "orders",
            fed,
            "records are there",
            "no record of any order: set data.feed, run `apothecary ingest`, or send to /api/v1/feed",
        ),
    ]
}

/// Tried by writing into it, or where it is to be made.
fn writable(dir: &Path) -> Result<(), String> {
    let there = dir.ancestors().find(|d| d.is_dir()).unwrap_or(Path::new("."));
    let path = there.join(format!(".apothecary-doctor-{}", std::process::id()));
    let done = std::fs::write(&path, b"").and_then(|()| std::fs::remove_file(&path));
    done.map_err(|e| format!("cannot write in {}: {e}; give the server's user the right to", there.display()))
}

/// Ports and the language model.
async fn surroundings(config: &Config) -> Findings {
    let free = tokio::net::TcpListener::bind(config.listen).await.is_ok();
    let taken =
        format!("{} is taken: by this server, if it runs, or by another; choose another with --port", config.listen);
    let mut out = vec![wished("port", free, &format!("{} is free", config.listen), &taken)];
    out.push(match &config.model {
        None => wished("language model", false, "", "llm.base_url is empty: answers are worded by the local drafters"),
        Some(settings) => {
            let url = format!("{}/models", settings.base_url.trim_end_matches('/'));
            let meanwhile = "the local drafters word answers until it does";
            match listed(&url, settings).await {
                Err(_) => wished("language model", false, "", &format!("{url} does not answer: {meanwhile}")),
                Ok(status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)) => {
                    let key = format!("{url} refuses the key ({status}): {meanwhile}; set APOTHECARY_LLM__API_KEY");
                    wished("language model", false, "", &key)
                }
                Ok(_) => wished("language model", true, &format!("{url} answers"), ""),
            }
        }
    });
    out
}

/// What a language model's server says to somebody who asks for its models.
async fn listed(url: &str, settings: &ModelSettings) -> reqwest::Result<StatusCode> {
    let mut request = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?.get(url);
    if let Some(key) = &settings.api_key {
        request = request.bearer_auth(key.expose_secret());
    }
    request.send().await.map(|r| r.status())
}
