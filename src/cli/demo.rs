//! `apothecary demo`: the sample pharmacy with ready-made sign-ins, on a fresh data folder unless `--keep`, and a shop on another origin
//! that embeds its chat.

use super::serve::{Ports, listen};
use super::{Failure, Folders};
use crate::app::{self, App, DemoConfig, DemoPerson};
use crate::boot;
use crate::config::model_settings;
use crate::credentials::SessionLimits;
use crate::domain::clock::{Clock, SystemClock};
use crate::engine::Sources;
use crate::failpoint;
use crate::http;
use crate::identity::{Key, Verifier};
use crate::policy::guards::Level;
use crate::store::Store;
use rand::RngCore;
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  apothecary demo\n  apothecary demo --port 9000 --keep my-demo\n  apothecary demo --llm-base-url http://127.0.0.1:8081/v1 --llm-model local"
)]
pub struct Args {
    #[command(flatten)]
    folders: Folders,
    /// Port of the pages and the API; the shop that embeds the chat takes the next one, or any when that is taken
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Keep conversations and tickets in this folder instead of a fresh one
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// An OpenAI-compatible server on loopback that words the answers
    #[arg(long, value_name = "URL")]
    llm_base_url: Option<String>,
    /// Its model name
    #[arg(long, value_name = "NAME", default_value = "local")]
    llm_model: String,
    /// End as kill -9 would at a side effect, such as turn.commit:after:3 (crash tests)
    #[arg(long, value_name = "PLACE", hide = true)]
    crash_at: Option<failpoint::Place>,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let started = Instant::now();
    if let Some(place) = args.crash_at {
        failpoint::arm(place);
    }
    super::serve::logs();
    let ports = Ports::bind("127.0.0.1".parse()?, args.port, None).await?;
    let base = format!("http://127.0.0.1:{}", ports.port());
    let shop = Shop::bind(ports.port()).await?;
    let fresh = args.keep.is_none();
    let dir = args
        .keep
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("apothecary-demo-{}", std::process::id())));
    let model =
        args.llm_base_url.as_ref().map(|url| model_settings(url, &args.llm_model, None, 8_000, "")).transpose()?;
    let clock = Arc::new(SystemClock);
    let app = sample(&args.folders, &dir, &base, vec![shop.origin.clone()], model, clock).await?;
    println!("Fernleaf Pharmacy (sample data, fictional people), ready in {:.1} s", started.elapsed().as_secs_f32());
    println!("  customers    {base}/demo   (sign in as a sample person, or stay anonymous)");
    if let Some(demo) = &app.config.demo {
        for p in &demo.people {
            println!("    {base}/demo/as/{:<10} {}", p.name, p.note);
        }
    }
    println!("  shop         {}   (a page of another origin that embeds the chat, docs/embedding.md)", shop.origin);
    println!("  pharmacist   {base}/demo/pharmacist   (signs in to the console)");
    println!("  API          {base}/openapi.json");
    let key = dir.join(OPENAI_KEY);
    println!("  OpenAI API   {base}/v1   (model \"apothecary\", the key is in {})", key.display());
    println!("    curl {base}/v1/chat/completions -H \"Authorization: Bearer $(cat {})\" \\", key.display());
    println!("      -H 'Content-Type: application/json' \\");
    let message = r#"{"role": "user", "content": "How long does delivery take?"}"#;
    println!("      -d '{{\"model\": \"apothecary\", \"messages\": [{message}]}}'");
    println!("  stop with Ctrl-C");
    let feed = tokio::spawn(heartbeat(Arc::clone(&app), args.folders.data.join("sample")));
    let shop = shop.open(&app);
    let served = listen(app, ports).await;
    feed.abort();
    shop.abort();
    if fresh {
        let _ = std::fs::remove_dir_all(&dir);
    }
    served
}

/// A shop on another origin: `localhost` where the demo's own pages are `127.0.0.1`, so that they share no cookie, and another port.
struct Shop {
    listener: TcpListener,
    origin: String,
    chat: String,
}

impl Shop {
    /// On the port after the demo's, or on any when that one is taken.
    async fn bind(port: u16) -> Result<Self, Failure> {
        let host = Ipv4Addr::LOCALHOST;
        let listener = match TcpListener::bind((host, port.checked_add(1).unwrap_or(0))).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind((host, 0))
                .await
                .map_err(|e| format!("cannot open a port of {host} for the demo's shop: {e}"))?,
        };
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        Ok(Self { listener, origin, chat: format!("http://localhost:{port}") })
    }
    fn open(self, app: &Arc<App>) -> JoinHandle<()> {
        let router = http::shop::router(Arc::clone(app), self.origin, self.chat);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move {
            if let Err(e) = axum::serve(self.listener, service).await {
                tracing::error!("the demo's shop has ended: {e}");
            }
        })
    }
}

/// The sample feed confirms its records every two minutes, as a live feed would.
async fn heartbeat(app: Arc<App>, sample: PathBuf) {
    let weeks = boot::weeks_since_sample(app.clock().now());
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        if let Err(e) = boot::feed(app.store(), &sample, weeks, app.clock().now()).await {
            tracing::warn!("the sample feed failed: {e}");
        }
    }
}

/// The sample pharmacy on a store in `dir`; also for `ask` and `chat`.
pub(super) async fn sample(
    folders: &Folders,
    dir: &Path,
    base: &str,
    frame_ancestors: Vec<String>,
    model: Option<crate::draft::openai::ModelSettings>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<App>, Failure> {
    boot::private_dir(dir)?;
    let store = Store::open(&dir.join("apothecary.db")).await?;
    let now = clock.now();
    let weeks = boot::weeks_since_sample(now);
    boot::feed(&store, &sample_dir(&folders.data), weeks, now).await?;
    let key = demo_key(dir)?;
    let verifier =
        |audience: &str| Verifier { issuer: "fernleaf".into(), audience: audience.into(), keys: vec![key.clone()] };
    let config = app::Config {
        site: "demo".into(),
        pharmacy: "Fernleaf Pharmacy".into(),
        site_verifier: verifier("apothecary:demo"),
        console_verifier: verifier("apothecary:console"),
        sessions: Some(SessionLimits::USUAL),
        frame_ancestors,
        demo: Some(DemoConfig { people: people(), key: key.clone() }),
        secure_cookies: false,
        endpoints: Vec::new(),
        console_url: format!("{base}/console"),
        site_keys: app::SiteKeys::new(&[openai_key(dir)?]),
        feed: app::FeedSettings::default(),
        journal: None,
        limits: app::DayLimits::default(),
    };
    let sources = Sources {
        guardrails: folders.guardrails.clone(),
        index: folders.data.clone(),
        versions: None,
        fallback: Some(PathBuf::from("index")),
        mark_unreviewed: true,
        model,
        weeks,
        encoder: folders.encoder,
        search: Some(dir.join(boot::SEARCH)),
        release: None,
    };
    Ok(boot::app(config, &sources, dir, store, clock).await?)
}

fn sample_dir(data: &Path) -> PathBuf {
    let own = data.join("sample");
    if own.is_dir() { own } else { PathBuf::from("index/sample") }
}

/// Signs the sample people's tokens.
fn demo_key(dir: &Path) -> Result<Key, Failure> {
    let random = || {
        let mut secret = vec![0; 32];
        rand::rng().fill_bytes(&mut secret);
        secret
    };
    Ok(Key::hs256(&kept(&dir.join("demo.key"), random)?)?)
}

/// The file with the key of the OpenAI-compatible endpoint.
const OPENAI_KEY: &str = "openai.key";

fn openai_key(dir: &Path) -> Result<SecretString, Failure> {
    let secret = kept(&dir.join(OPENAI_KEY), || format!("apo-{}", crate::credentials::capability()).into_bytes())?;
    Ok(String::from_utf8(secret)?.trim().into())
}

/// A secret, made at first start, mode 0600, beside the store.
fn kept(path: &Path, make: impl Fn() -> Vec<u8>) -> Result<Vec<u8>, Failure> {
    if let Ok(secret) = std::fs::read(path) {
        return Ok(secret);
    }
    let secret = make();
    boot::private_file(path, &secret)?;
    Ok(secret)
}

fn people() -> Vec<DemoPerson> {
    let person = |name: &str, patient: &str, note: &str| DemoPerson {
        name: name.into(),
        patient: patient.into(),
        level: Level::L2,
        caregiver: None,
        note: note.into(),
    };
    let mut people = vec![
        person("daniel", "P0001", "an order on its way, a refill that the plan finds too soon"),
        person("maria", "P0003", "prefers Spanish; also helps Rosa"),
        person("george", "P0005", "orders in several states"),
        person("aisha", "P0014", "prescriptions with plan questions"),
    ];
    people.push(DemoPerson {
        name: "maria-for-rosa".into(),
        patient: "P0004".into(),
        level: Level::L2,
        caregiver: Some("P0003".into()),
        note: "Maria as Rosa's caregiver".into(),
    });
    people
}
