//! The application behind HTTP, terminal and harness: conversations, durable turns, the console's acts. It owns the order of
//! "stored before worked on, committed before said"; what is said is decided in `turn`.

mod accounts;
mod callback;
mod console;
mod conversations;
mod down;
mod ended;
mod feed;
mod modes;
mod passages;
mod passed;
mod presence;
mod receiver;
mod receivers;
mod recover;
mod seat;
mod sign_in;
mod site_keys;
mod strangers;
mod texts;
mod told;
mod turns;
mod watch;
mod webhooks;

pub use accounts::{Accounts, SetUp};
pub use callback::{Calls, Window, Wish};
pub use console::{Answer, CallPlan, Colleague, Overview, QueueFilter, TicketDetail, TicketView};
pub use conversations::{History, Owner, Verdict, Waiting};
pub use feed::FeedSettings;
pub use modes::{InForce, Pauses};
pub use passages::{Cited, Shown};
pub use passed::{Answered, Citation, Passed, Place};
pub use receiver::{Receiver, ReceiverView, Source};
pub use receivers::Receivers;
pub use sign_in::{Credentials, NewPassword, Opened, SignInError};
pub use site_keys::SiteKeys;
pub use turns::{Said, TurnRequest};

use crate::credentials::SessionLimits;
use crate::credentials::password::HashError;
use crate::domain::clock::Clock;
use crate::domain::roles::Right;
use crate::domain::text::TextError;
use crate::engine::Engine;
use crate::engine::records::FollowError;
use crate::escalate::delivery::Lanes;
use crate::escalate::load::Load;
use crate::escalate::webhook::Endpoint;
use crate::identity::{Key, Pharmacist, Verifier};
use crate::policy::GuardPolicy;
use crate::policy::guards::Level;
use crate::retrieval::IndexError;
use crate::store::journal::Journal;
pub use crate::store::limits::DayLimits;
use crate::store::spill::{Spill, SpillError};
use crate::store::{Store, StoreError};
use ended::Ended;
use feed::Following;
use jiff::Timestamp;
use presence::Presence;
use serde_json::json;
use sign_in::Doors;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use texts::Refused;
use tokio::sync::watch::Sender;
use tokio::sync::{Mutex, Semaphore};

/// Turns that are worked on at once; more is an honest 503.
const PERMITS: usize = 64;

/// What the HTTP layer and the flows are told about this installation.
#[derive(Clone, Debug)]
pub struct Config {
    /// Site that embeds the widget.
    pub site: String,
    /// The pharmacy's name.
    pub pharmacy: String,
    /// Customers' tokens.
    pub site_verifier: Verifier,
    /// Staff's tokens.
    pub console_verifier: Verifier,
    /// Sessions of staff who sign in by password and code; `None` when they do not.
    pub sessions: Option<SessionLimits>,
    /// Origins that may frame the chat.
    pub frame_ancestors: Vec<String>,
    /// Sample sign-ins; loopback only.
    pub demo: Option<DemoConfig>,
    /// Cookies only over TLS.
    pub secure_cookies: bool,
    /// Webhook receivers of the configuration file; more are in the store.
    pub endpoints: Vec<Endpoint>,
    /// Address of the console, for links in webhooks.
    pub console_url: String,
    /// Keys of the OpenAI-compatible endpoint; it is off without one.
    pub site_keys: SiteKeys,
    /// The order feed over HTTP.
    pub feed: FeedSettings,
    /// Folder of the journal of cases; better on another disk than the store.
    pub journal: Option<PathBuf>,
    /// Messages of a day.
    pub limits: DayLimits,
}

/// Sample sign-ins.
#[derive(Clone, Debug)]
pub struct DemoConfig {
    /// The people.
    pub people: Vec<DemoPerson>,
    /// Signs their tokens.
    pub key: Key,
}

/// One sample person.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// Name shown, also the path of the sign-in.
    pub name: String,
    /// Patient.id.
    pub patient: String,
    /// Level of the token.
    pub level: Level,
    /// The helper's Patient.id, when somebody else signs in for them.
    pub caregiver: Option<String>,
    /// What there is to see.
    pub note: String,
}

/// Why the application did not do it. `http::error` maps these; none holds a customer's words.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Unknown, or somebody else's: the same answer.
    #[error("there is no such conversation or ticket")]
    NotFound,
    /// The text is no message.
    #[error("{0}")]
    Text(#[from] TextError),
    /// Too much at once.
    #[error("too many messages are being answered; try again in a moment")]
    Overloaded,
    /// Somebody was faster, or the id was used for something else.
    #[error("{what}")]
    Conflict {
        /// What to do.
        what: String,
    },
    /// Not with this role.
    #[error("{what}")]
    Forbidden {
        /// Why.
        what: String,
    },
    /// A field is wrong.
    #[error("{what}")]
    Invalid {
        /// Which and how.
        what: String,
    },
    /// The store.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// The spill file.
    #[error("the spill file failed: {0}")]
    Spill(#[from] SpillError),
    /// The journal of cases.
    #[error(
        "cannot use the journal of cases in {path}: {source}; let the server's user write the folder `data.journal`"
    )]
    Journal {
        /// Its folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The search index.
    #[error("the index failed: {0}")]
    Index(#[from] IndexError),
    /// Search does not follow the store.
    #[error("search does not know the latest records: {0}")]
    Search(#[from] FollowError),
    /// A password.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A limit of the day is reached.
    #[error("too many messages today")]
    Spent,
    /// The conversation has ended.
    #[error("this conversation has ended; start a new one")]
    Ended,
}

/// The application.
pub struct App {
    /// Installation.
    pub config: Config,
    engine: RwLock<Arc<Engine>>,
    refused: Mutex<Option<Refused>>,
    store: Store,
    clock: Arc<dyn Clock>,
    permits: Semaphore,
    spill: Spill,
    /// Cases once more, on another disk; none where no folder is configured.
    journal: Option<Arc<Journal>>,
    presence: Presence,
    bell: Sender<u64>,
    lanes: Lanes,
    doors: Doors,
    following: Following,
    ended: Ended,
}

impl App {
    /// Joins the parts; finishes what a crash interrupted.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn start(
        config: Config,
        engine: Engine,
        clock: Arc<dyn Clock>,
        spill: &Path,
    ) -> Result<Arc<Self>, AppError> {
        let journal =
            config.journal.as_deref().map(|dir| Journal::open(dir, clock.now()).map_err(|source| (dir, source)));
        let journal =
            journal.transpose().map_err(|(dir, source)| AppError::Journal { path: dir.to_owned(), source })?;
        let journal = journal.map(Arc::new);
        let app = Self {
            following: Following::default(),
            ended: Ended::read(engine.store(), clock.now()).await?,
            config,
            store: engine.store().clone(),
            engine: RwLock::new(Arc::new(engine)),
            refused: Mutex::new(None),
            clock,
            permits: Semaphore::new(PERMITS),
            spill: Spill::open(spill)?,
            journal,
            presence: Presence::default(),
            bell: Sender::new(0),
            lanes: Lanes::default(),
            doors: Doors::new()?,
        };
        app.store.set_release(&json!(app.engine().stamp())).await?;
        app.recover().await?;
        Ok(Arc::new(app))
    }
    /// The clock for all that a turn reasons about.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
    /// Ready to answer: the store can be read.
    ///
    /// # Errors
    /// What is not ready.
    pub async fn ready(&self) -> Result<(), String> {
        self.store().ready().await.map_err(|e| e.to_string())
    }

    /// Staff who looked at the queue within a minute, and what waits for them.
    async fn load(&self, now: Timestamp) -> Result<Load, AppError> {
        let there = self.presence.at_work(now).iter().map(|c| c.role).collect();
        Ok(Load { there, waiting: self.store().waiting().await? })
    }

    /// Lets somebody of the staff do what their role may; who tries more than that is recorded.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; when the store fails.
    pub async fn allow(&self, staff: &Pharmacist, right: Right) -> Result<(), AppError> {
        if staff.role().may(right) {
            return Ok(());
        }
        let record = json!({"act": "denied", "right": right, "staff": staff.id(), "role": staff.role().code()});
        self.store().append_audit(self.clock().now(), None, &record).await?;
        let what = format!("as {} you may not {}", staff.role().code(), right.told());
        Err(AppError::Forbidden { what })
    }

    /// Hears that something changed at the desks; the value only counts.
    #[must_use]
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.bell.subscribe()
    }
    /// Tells the desks to look.
    fn ring(&self) {
        self.bell.send_modify(|n| *n += 1);
    }

    /// Digests of policy and model, the published texts, and the release with its signers: what was in force when something was said of
    /// a turn.
    fn digests(&self) -> String {
        let engine = self.engine();
        let texts = engine.version().map(|v| format!(":{v}")).unwrap_or_default();
        format!("{}:{}{texts}:{}", engine.policy.digest, engine.model_digest(), engine.stamp())
    }

    /// The guard policy in force.
    fn policy(&self) -> Arc<GuardPolicy> {
        Arc::clone(&self.engine().policy)
    }
}

fn fresh_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
