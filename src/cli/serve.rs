//! `apothecary serve`: a real server; also the listening, logging, background work and draining that `demo` shares.

use super::Failure;
use crate::app::{self, App};
use crate::boot;
use crate::config::{Config, Release, UNDECIDED};
use crate::domain::clock::SystemClock;
use crate::engine::{ReleaseSource, Sources};
use crate::http;
use crate::policy::GuardPolicy;
use crate::store::Store;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal;

/// Webhooks are looked for this often.
const DELIVERY: Duration = Duration::from_millis(500);
/// Pause between two looks at what a feed has brought.
const FEED: Duration = Duration::from_millis(250);
/// Pause between two looks at the tickets' clocks.
const WATCH: Duration = Duration::from_secs(1);
/// Pause between two looks at which texts are published, or which release is in force.
const TEXTS: Duration = Duration::from_secs(1);

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every setting stands with its default and meaning in the file that `apothecary serve --print-config` prints.\n\nExamples:\n  apothecary serve --print-config > pharmacy.toml\n  apothecary serve --config pharmacy.toml --check-config\n  APOTHECARY_SERVER__PORT=9000 apothecary serve --config pharmacy.toml"
)]
pub struct Args {
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Port, in place of the configured one
    #[arg(long)]
    port: Option<u16>,
    /// Say what is wrong with the configuration and its files, and stop
    #[arg(long)]
    check_config: bool,
    /// Print the commented defaults and stop
    #[arg(long)]
    print_config: bool,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    if args.print_config {
        print!("{}", crate::config::MANUAL);
        return Ok(());
    }
    logs();
    let mut config = Config::load(args.config.as_deref())?;
    if config.release == Release::Undecided {
        return Err(UNDECIDED.into());
    }
    if let Some(port) = args.port {
        config.listen.set_port(port);
    }
    if args.check_config {
        return check(config);
    }
    let ports = Ports::bind(config.listen.ip(), config.listen.port(), Some(config.metrics)).await?;
    let app = start(config).await?;
    tracing::info!(port = ports.port(), "ready");
    listen(app, ports).await
}

/// Loads everything that the configuration names, without starting a server.
fn check(mut config: Config) -> Result<(), Failure> {
    super::doctor::sound(&mut config)?;
    println!("configuration is sound; guard policy {}", GuardPolicy::load(&config.guardrails)?.digest);
    Ok(())
}

async fn start(config: Config) -> Result<Arc<App>, Failure> {
    boot::private_dir(&config.data)?;
    let store = Store::open(&config.data.join("apothecary.db")).await?;
    if config.console_verifier.keys.is_empty() && store.accounts().await?.is_empty() {
        tracing::warn!("nobody can sign in to the console yet; make an account: apothecary staff add");
    }
    let now = jiff::Timestamp::now();
    if let Some(feed) = &config.feed {
        boot::feed(&store, feed, 0, now).await?;
    }
    let sources = Sources {
        guardrails: config.guardrails.clone(),
        index: config.index.clone(),
        versions: config.versions.clone(),
        fallback: None,
        mark_unreviewed: config.mark_unreviewed,
        model: config.model.clone(),
        weeks: 0,
        encoder: config.encoder,
        search: Some(config.data.join(boot::SEARCH)),
        release: releases(&config),
    };
    let installation = app::Config {
        console_url: format!("{}/console", config.public_url.trim_end_matches('/')),
        site: config.site,
        pharmacy: config.pharmacy,
        site_verifier: config.site_verifier,
        console_verifier: config.console_verifier,
        sessions: config.sessions,
        frame_ancestors: config.frame_ancestors,
        demo: None,
        secure_cookies: config.secure_cookies,
        endpoints: config.endpoints,
        site_keys: app::SiteKeys::new(&config.openai_keys),
        feed: app::FeedSettings { secrets: config.feed_secrets, quiet_after: config.feed_quiet_after },
        journal: config.journal,
        limits: config.limits,
    };
    Ok(boot::app(installation, &sources, &config.data, store, Arc::new(SystemClock)).await?)
}

/// Where signed releases are, when the configuration names them.
fn releases(config: &Config) -> Option<ReleaseSource> {
    match &config.release {
        Release::Signed { dir, signers } => {
            Some(ReleaseSource { dir: dir.clone(), signers: signers.clone(), api_key: config.model_key.clone() })
        }
        Release::Unsigned | Release::Undecided => None,
    }
}

/// Bound before anything else is built, so that a taken port is known at once.
pub(super) struct Ports {
    public: TcpListener,
    metrics: Option<TcpListener>,
}

impl Ports {
    pub(super) async fn bind(host: IpAddr, port: u16, metrics: Option<SocketAddr>) -> Result<Self, Failure> {
        let public = bind(SocketAddr::new(host, port)).await?;
        let metrics = match metrics {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Self { public, metrics })
    }
    pub(super) fn port(&self) -> u16 {
        self.public.local_addr().map_or(0, |a| a.port())
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| {
        let mend = if e.kind() == std::io::ErrorKind::AddrInUse {
            "; another program uses it, choose another with --port"
        } else {
            ""
        };
        format!("cannot listen on {address}: {e}{mend}").into()
    })
}

/// Serves until SIGTERM or Ctrl-C, then drains.
pub(super) async fn listen(app: Arc<App>, ports: Ports) -> Result<(), Failure> {
    let handle = recorder();
    let delivery = tokio::spawn(deliver(Arc::clone(&app)));
    let clock = tokio::spawn(watch(Arc::clone(&app)));
    let spill = tokio::spawn(unspill(Arc::clone(&app)));
    let feed = tokio::spawn(follow(Arc::clone(&app)));
    let texts = tokio::spawn(follow_texts(Arc::clone(&app)));
    if let (Some(listener), Some(handle)) = (ports.metrics, handle) {
        let router = http::ops::metrics_router(handle);
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    let service = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(ports.public, service).with_graceful_shutdown(stopped()).await?;
    delivery.abort();
    clock.abort();
    spill.abort();
    feed.abort();
    texts.abort();
    Ok(())
}

fn recorder() -> Option<PrometheusHandle> {
    PrometheusBuilder::new().install_recorder().inspect_err(|e| tracing::warn!("no metrics: {e}")).ok()
}

/// Each receiver's lane is a task of its own: a slow one does not hold up the others.
async fn deliver(app: Arc<App>) {
    let failed = |e| tracing::error!("webhooks not delivered: {e}");
    loop {
        match app.due_webhooks().await {
            Ok(lanes) => lanes.into_iter().for_each(|lane| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.run_lane(lane).await.map_err(failed) });
            }),
            Err(e) => failed(e),
        }
        tokio::time::sleep(DELIVERY).await;
    }
}

/// The clock of the tickets: apart from the webhooks, so that a slow receiver cannot hold an alarm back.
async fn watch(app: Arc<App>) {
    loop {
        if let Err(e) = app.raise_alarms().await {
            tracing::error!("alarms not raised: {e}");
        }
        tokio::time::sleep(WATCH).await;
    }
}

/// Makes cases of what went to the spill file, as soon as the store commits again: beside the alarms, which must not wait for it.
async fn unspill(app: Arc<App>) {
    loop {
        if let Err(e) = app.unspill().await {
            tracing::error!("what was spilled stays where it is for now: {e}");
        }
        tokio::time::sleep(WATCH).await;
    }
}

/// Follows what any process writes of the feed: `apothecary ingest` beside the server, too.
async fn follow(app: Arc<App>) {
    loop {
        if let Err(e) = app.follow_feed().await {
            tracing::error!("the feed is not followed: {e}");
        }
        tokio::time::sleep(FEED).await;
    }
}

/// Takes in what `apothecary policy publish`, `rollback` or `apothecary release use` put in force.
async fn follow_texts(app: Arc<App>) {
    loop {
        app.follow_texts().await;
        tokio::time::sleep(TEXTS).await;
    }
}

async fn stopped() {
    #[cfg(unix)]
    let term = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut term) => {
                term.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let term = std::future::pending::<()>();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = term => {}
    }
}

/// JSON lines on stderr, level by `RUST_LOG` (default: warnings); never a message's contents.
pub(super) fn logs() {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,apothecary=info".into());
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
