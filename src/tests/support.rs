//! What the tests share: the real application on a folder of its own, tokens, conversations, captured logs and metrics.

use apothecary::app::{self, App, DemoConfig, DemoPerson, FeedSettings, SiteKeys};
use apothecary::boot;
use apothecary::classify::Precision;
use apothecary::credentials::SessionLimits;
use apothecary::domain::clock::{Clock, SystemClock};
use apothecary::draft::openai::ModelSettings;
use apothecary::engine::{ReleaseSource, Sources};
use apothecary::escalate::webhook::Endpoint;
use apothecary::identity::{Key, Verifier};
use apothecary::policy::guards::Level;
use apothecary::store::Store;
use jiff::Timestamp;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// A fresh folder that goes with its owner.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(what: &str) -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("apothecary-test-{}-{n}-{what}", std::process::id()));
        boot::private_dir(&path).unwrap();
        Self(path)
    }
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn repo(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What `./test` installs beside the build for checking: libraries of other languages, axe-core.
pub fn tool(part: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_apothecary")).parent().and_then(Path::parent).unwrap();
    let found = target.join("tools").join(part);
    assert!(found.exists(), "{} is missing: run ./test, which installs it", found.display());
    found
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Everything that is logged and counted in this process.
pub struct Watch {
    pub metrics: PrometheusHandle,
    logs: Arc<Mutex<Vec<u8>>>,
}

impl Watch {
    pub fn logs(&self) -> String {
        String::from_utf8_lossy(&self.logs.lock().unwrap()).into_owned()
    }
}

struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts listening to logs (debug and up of our own code) and metrics, once a process.
pub fn watch() -> &'static Watch {
    static WATCH: OnceLock<Watch> = OnceLock::new();
    WATCH.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let logs = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&logs);
        let _ = tracing_subscriber::fmt()
            .json()
            .with_env_filter("warn,apothecary=trace")
            .with_writer(move || Sink(Arc::clone(&sink)))
            .try_init();
        Watch { metrics: PrometheusBuilder::new().install_recorder().unwrap(), logs }
    })
}

#[derive(Default)]
pub struct Options {
    pub model: Option<ModelSettings>,
    pub endpoints: Vec<Endpoint>,
    pub guardrails: Option<PathBuf>,
    pub index: Option<PathBuf>,
    /// Published texts, in place of a folder.
    pub versions: Option<PathBuf>,
    pub clock: Option<Arc<dyn Clock>>,
    /// The OpenAI-compatible endpoint has no key.
    pub no_site_key: bool,
    /// Secret of the order feed; without one it is off.
    pub feed: Option<&'static str>,
    /// Staff sign in by the pharmacy's token only.
    pub tokens_only: bool,
    /// Signed releases, in place of all folders.
    pub release: Option<ReleaseSource>,
    /// The folder of the search index over records; in memory without one.
    pub search: Option<PathBuf>,
    /// The journal of cases; none without a folder.
    pub journal: Option<PathBuf>,
    /// Messages of a day; no limit by default.
    pub limits: app::DayLimits,
}

/// Keys of the OpenAI-compatible endpoint, of two sites' servers.
pub const SITE_KEYS: [&str; 2] = ["test-site-key-0123456789abcdef012", "test-site-key-of-another-server-9"];

/// The product's guardrails, but with other words in some files: file, what stands there, what stands there instead.
pub fn guardrails(changes: &[(&str, &str, &str)]) -> Folder {
    let folder = Folder::new("guardrails");
    for entry in std::fs::read_dir(repo("guardrails")).unwrap() {
        let path = entry.unwrap().path();
        std::os::unix::fs::symlink(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    for (name, stands, instead) in changes {
        let file = folder.path().join(name);
        // A folder is the product's own until a copy takes its place.
        if let Some(inner) = Path::new(name).parent().filter(|p| !p.as_os_str().is_empty()) {
            let here = folder.path().join(inner);
            if here.is_symlink() {
                std::fs::remove_file(&here).unwrap();
                copy(&repo("guardrails").join(inner), &here);
            }
        }
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(stands), "{name}: `{stands}` stands elsewhere now");
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, text.replace(stands, instead)).unwrap();
    }
    folder
}

/// A model that may take longer: the tests share the cores with a browser and with each other, and a late model is a hand-over by
/// design.
pub const PATIENT: (&str, &str, &str) = ("guards.toml", "deadline_ms = 700", "deadline_ms = 20000");

fn patient_guardrails() -> PathBuf {
    static MADE: OnceLock<Folder> = OnceLock::new();
    MADE.get_or_init(|| guardrails(&[PATIENT])).path().to_owned()
}

pub fn sources(options: &Options) -> Sources {
    Sources {
        guardrails: options.guardrails.clone().unwrap_or_else(patient_guardrails),
        index: options.index.clone().unwrap_or_else(|| repo("index")),
        versions: options.versions.clone(),
        fallback: None,
        mark_unreviewed: true,
        model: options.model.clone(),
        weeks: boot::weeks_since_sample(Timestamp::now()),
        encoder: Precision::default(),
        search: options.search.clone(),
        release: options.release.clone(),
    }
}

fn key(n: u8) -> Key {
    Key::hs256(&[n; 32]).unwrap()
}

fn config(options: &Options) -> app::Config {
    let verifier =
        |audience: &str, n| Verifier { issuer: "fernleaf".into(), audience: audience.into(), keys: vec![key(n)] };
    let daniel = DemoPerson {
        name: "daniel".into(),
        patient: "P0001".into(),
        level: Level::L2,
        caregiver: None,
        note: String::new(),
    };
    let keys = SITE_KEYS.map(SecretString::from);
    app::Config {
        site: "demo".into(),
        pharmacy: "Fernleaf Pharmacy".into(),
        site_verifier: verifier("apothecary:demo", 1),
        console_verifier: Verifier { keys: vec![key(1), key(2)], ..verifier("apothecary:console", 2) },
        sessions: (!options.tokens_only).then_some(SessionLimits::USUAL),
        frame_ancestors: vec!["https://shop.example".into()],
        demo: Some(DemoConfig { people: vec![daniel], key: key(1) }),
        secure_cookies: false,
        endpoints: options.endpoints.clone(),
        console_url: "http://127.0.0.1/console".into(),
        site_keys: SiteKeys::new(if options.no_site_key { &[] } else { &keys }),
        feed: FeedSettings {
            secrets: options.feed.iter().map(|s| SecretString::from(*s)).collect(),
            ..FeedSettings::default()
        },
        journal: options.journal.clone(),
        limits: options.limits,
    }
}

/// The application as `main` starts it, on a folder, with the sample pharmacy fed.
pub async fn start(folder: &Path, options: &Options) -> Result<Arc<App>, boot::BootError> {
    watch();
    let store = Store::open(&folder.join("apothecary.db")).await?;
    let now = Timestamp::now();
    boot::feed(&store, &repo("index/sample"), boot::weeks_since_sample(now), now).await?;
    let clock = options.clock.clone().unwrap_or_else(|| Arc::new(SystemClock));
    boot::app(config(options), &sources(options), folder, store, clock).await
}

#[derive(Clone)]
pub struct Site {
    pub base: String,
    pub app: Arc<App>,
    pub client: Client,
    folder: Arc<Folder>,
}

impl Site {
    /// A site of the test's own.
    pub async fn new(options: Options) -> Self {
        Self::at(Folder::new("site"), options).await
    }

    /// A site whose store lies in `folder`.
    pub async fn at(folder: Folder, options: Options) -> Self {
        let app = start(folder.path(), &options).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = apothecary::http::router(Arc::clone(&app));
        tokio::spawn(
            async move { axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await },
        );
        Self { base, app, client: client(), folder: Arc::new(folder) }
    }

    /// One site for all tests that only need conversations of their own. It lives in a thread of its own, because each test
    /// ends its runtime.
    pub async fn shared() -> Self {
        static SHARED: OnceLock<Site> = OnceLock::new();
        let made = || {
            let (tell, hear) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
                runtime.block_on(async move {
                    let site = Site::new(Options::default()).await;
                    tell.send(site.clone()).unwrap();
                    let weeks = boot::weeks_since_sample(Timestamp::now());
                    loop {
                        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
                        let store = site.app.store();
                        boot::feed(store, &repo("index/sample"), weeks, Timestamp::now()).await.unwrap();
                    }
                });
            });
            hear.recv().expect("the shared site starts")
        };
        let site = tokio::task::spawn_blocking(move || SHARED.get_or_init(made).clone()).await.unwrap();
        Self { client: client(), ..site }
    }

    /// Where its store lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
    pub async fn get(&self, path: &str, headers: &[(&'static str, &str)]) -> Response {
        with(self.client.get(format!("{}{path}", self.base)), headers).send().await.unwrap()
    }
    pub async fn post(&self, path: &str, body: impl Into<String>, headers: &[(&'static str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        with(request.body(body.into()), headers).send().await.unwrap()
    }
    /// An anonymous conversation: its id and the cookie that holds it.
    pub async fn open(&self) -> (String, String) {
        let opened = self.post("/api/v1/conversations", r#"{"locale":"en"}"#, &[]).await;
        assert_eq!(opened.status(), 201);
        let cookie = cookie(&opened);
        let body: Value = opened.json().await.unwrap();
        (body["id"].as_str().unwrap().to_owned(), cookie)
    }
    /// A conversation of nobody known.
    pub async fn anonymous(&self) -> Chat {
        let (id, cookie) = self.open().await;
        Chat { site: self.clone(), id, proof: ("cookie", cookie) }
    }
    /// A conversation of a verified person, or of who helps them.
    pub async fn verified(&self, patient: &str, caregiver: Option<&str>) -> Chat {
        self.chat(&customer(patient, caregiver)).await
    }
    /// A conversation of whoever the token names.
    pub async fn chat(&self, token: &str) -> Chat {
        let proof = ("authorization", format!("Bearer {token}"));
        let opened = self.post("/api/v1/conversations", r#"{"locale":"en"}"#, &[(proof.0, &proof.1)]).await;
        assert_eq!(opened.status(), 201);
        let body: Value = opened.json().await.unwrap();
        Chat { site: self.clone(), id: body["id"].as_str().unwrap().to_owned(), proof }
    }
}

fn with(request: RequestBuilder, headers: &[(&'static str, &str)]) -> RequestBuilder {
    headers.iter().fold(request, |r, (name, value)| r.header(*name, *value))
}

pub fn client() -> Client {
    watch();
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// A customer's token, as the pharmacy's own site would sign it.
pub fn customer(patient: &str, caregiver: Option<&str>) -> String {
    customer_at(SystemClock.now(), patient, caregiver)
}

/// The same at another time.
pub fn customer_at(now: Timestamp, patient: &str, caregiver: Option<&str>) -> String {
    let now = now.as_second();
    let claims = json!({
        "iss": "fernleaf", "aud": "apothecary:demo", "sub": patient, "lvl": "L2",
        "iat": now, "exp": now + 600, "auth_time": now, "jti": uuid::Uuid::new_v4(), "act": caregiver.map(|c| json!({"sub": c})),
    });
    key(1).sign(&claims).unwrap()
}

/// A header that makes somebody staff.
pub fn staff(name: &str, role: &str) -> (&'static str, String) {
    let now = SystemClock.now().as_second();
    let claims = json!({
        "iss": "fernleaf", "aud": "apothecary:console", "sub": format!("staff-{name}"), "name": name, "role": role,
        "iat": now, "exp": now + 600,
    });
    ("authorization", format!("Bearer {}", key(2).sign(&claims).unwrap()))
}

pub fn cookie(response: &Response) -> String {
    response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

pub async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

pub use crate::chat::{Chat, Said};
