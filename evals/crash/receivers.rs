//! Receivers that misbehave: one that answers as it likes (late, too late, 500, 429, handled but the answer lost), one that redirects and
//! has another in its place, one that is gone. Now and then their whole machine is down. Each honours `webhook-id`: what comes again under a known id is not handled again.

use crate::failure::Failure;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// The receiver that all must reach in the end.
pub const MOODY: &str = "moody";

/// Those that never accept are told of new cases only: their retries would be most of the load.
const CREATED: [&str; 2] = ["--type", "escalation.created"];

/// The receivers' machine serves so long, then is down for so long.
const UP: Duration = Duration::from_secs(25);
const DOWN: Duration = Duration::from_secs(4);
/// One post of so many is answered after the sender has given up.
const LATE: u64 = 1_200;

/// What a receiver heard: for each `webhook-id` what it said and how often it came.
pub type Heard = HashMap<String, (Value, usize)>;

#[derive(Default)]
struct Mind {
    heard: Mutex<Heard>,
    posts: AtomicU64,
    calm: AtomicBool,
}

/// All receivers.
pub struct Receivers {
    mind: Arc<Mind>,
    base: String,
}

impl Receivers {
    /// Listens on a free port.
    ///
    /// # Errors
    /// No port.
    pub async fn start() -> Result<Self, Failure> {
        let mind = Arc::new(Mind::default());
        let router = Router::new()
            .route("/moody", post(moody))
            .route("/elsewhere", post(|| async { (StatusCode::FOUND, [(header::LOCATION, "/moody")]) }))
            .route("/backup", post(|| async { StatusCode::NO_CONTENT }))
            .route("/gone", post(|| async { StatusCode::GONE }))
            .with_state(Arc::clone(&mind));
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Failure::internal)?;
        let address = listener.local_addr().map_err(Failure::internal)?;
        tokio::spawn(up_and_down(listener, address, router, Arc::clone(&mind)));
        Ok(Self { mind, base: format!("http://{address}") })
    }

    /// Makes them known to the product, by its own command line.
    ///
    /// # Errors
    /// The command failed.
    pub fn register(&self, binary: &Path, folder: &Path) -> Result<(), Failure> {
        let in_place = ["--type", "escalation.created", "--standby"];
        let backed = ["--type", "escalation.created", "--secondary", "backup"];
        for (name, more) in [(MOODY, &[][..]), ("backup", &in_place), ("elsewhere", &backed), ("gone", &CREATED)] {
            let url = format!("{}/{name}", self.base);
            let done = Command::new(binary)
                .args(["webhook", "--dir"])
                .arg(folder)
                .args(["add", name, &url, "--allow-internal"])
                .args(more)
                .output()
                .map_err(|e| Failure::Input(format!("{}: {e}; build it first", binary.display())))?;
            if !done.status.success() {
                return Err(Failure::Internal(String::from_utf8_lossy(&done.stderr).into_owned()));
            }
        }
        Ok(())
    }

    /// From now on the moody one answers at once.
    pub fn behave(&self) {
        self.mind.calm.store(true, Ordering::Relaxed);
    }

    /// What the moody one handled.
    pub fn heard(&self) -> Heard {
        self.mind.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Serves; until all is calm the machine is down for [`DOWN`] after each [`UP`].
async fn up_and_down(listener: TcpListener, address: SocketAddr, router: Router, mind: Arc<Mind>) {
    let mut listening = Some(listener);
    loop {
        let listener = match listening.take() {
            Some(listener) => listener,
            None => match TcpListener::bind(address).await {
                Ok(listener) => listener,
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let serving = tokio::spawn({
            let router = router.clone();
            async move { axum::serve(listener, router).await }
        });
        tokio::time::sleep(UP).await;
        while mind.calm.load(Ordering::Relaxed) {
            tokio::time::sleep(UP).await;
        }
        serving.abort();
        tokio::time::sleep(DOWN).await;
    }
}

/// Every third post goes wrong in one of several ways; some of them after the post was handled.
async fn moody(State(mind): State<Arc<Mind>>, headers: HeaderMap, body: Bytes) -> Response {
    let n = mind.posts.fetch_add(1, Ordering::Relaxed);
    let mood = if mind.calm.load(Ordering::Relaxed) { 0 } else { n % 12 };
    match mood {
        1 => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        4 => return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response(),
        // Longer than anybody waits for an answer: it is handled when the sender has given up.
        7 if n % LATE == 7 => tokio::time::sleep(Duration::from_secs(16)).await,
        7 => tokio::time::sleep(Duration::from_millis(150)).await,
        _ => {}
    }
    let id = headers.get("webhook-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let said = serde_json::from_slice(&body).unwrap_or_default();
    let mut heard = mind.heard.lock().unwrap_or_else(PoisonError::into_inner);
    heard.entry(id).or_insert((said, 0)).1 += 1;
    drop(heard);
    // Handled, but the sender never learns of it: it must come again under the same id.
    if mood == 10 { StatusCode::BAD_GATEWAY.into_response() } else { StatusCode::NO_CONTENT.into_response() }
}
