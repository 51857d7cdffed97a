//! `apothecary webhook`: receivers and the outbox, on the store of a data folder. A running server sees each change with the
//! next event. What the acts mean is in `app::receivers`; what is printed of them in `webhook_table`.

use super::Failure;
use super::webhook_table::{deliveries, receivers};
use crate::app::{AppError, Receiver, Receivers};
use crate::config::Config;
use crate::domain::route::Priority;
use crate::escalate::recipe::Recipes;
use crate::store::Store;
use crate::store::outbox::OutboxState;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `webhook`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  apothecary webhook add pager https://pager.example/hook --form pager --priority P0 --priority P1\n  apothecary webhook add on-call https://pager.example/other --form pager --type escalation.breached:on_call --type escalation.resolved\n  apothecary webhook add backup https://chat.example/hook --form chat --standby\n  apothecary webhook add desk https://desk.example/hook --form helpdesk --secondary backup\n  apothecary webhook list\n  apothecary webhook test pager\n  apothecary webhook rotate pager\n  apothecary webhook deliveries --dead\n  apothecary webhook --dir my-data replay msg_0190…"
)]
pub struct Args {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data", global = true)]
    dir: PathBuf,
    /// Guard policy folder, whose webhooks/ holds the recipes
    #[arg(long, value_name = "DIR", default_value = "guardrails", global = true)]
    guardrails: PathBuf,
    /// The server's configuration file: its folders in place of the two above, and its receivers too
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Show the receivers and how they are doing
    List,
    /// Add a receiver; prints its secret, this once
    #[command(
        after_help = "Example:\n  apothecary webhook add pager https://pager.example/hook --form pager --priority P0 --priority P1"
    )]
    Add(AddArgs),
    /// Make a new secret and print it, this once; the old one signs too for 24 hours
    #[command(after_help = "Example:\n  apothecary webhook rotate pager")]
    Rotate {
        /// The receiver
        name: String,
    },
    /// Send a signed test event, past the receiver's filter
    #[command(after_help = "Example:\n  apothecary webhook test pager && apothecary webhook deliveries")]
    Test {
        /// The receiver
        name: String,
    },
    /// Send again to a receiver that was disabled (it answered 410), first what waits
    #[command(after_help = "Example:\n  apothecary webhook enable pager")]
    Enable {
        /// The receiver
        name: String,
    },
    /// Remove a receiver; what waits for it is given up
    #[command(after_help = "Example:\n  apothecary webhook remove pager")]
    Remove {
        /// The receiver
        name: String,
    },
    /// Show what waits, or what was given up
    #[command(after_help = "Example:\n  apothecary webhook deliveries --dead")]
    Deliveries {
        /// Given up instead of waiting
        #[arg(long)]
        dead: bool,
    },
    /// Send one again, under its id
    #[command(after_help = "Example:\n  apothecary webhook replay msg_0190…")]
    Replay {
        /// The webhook-id
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// Its name: small letters, digits, - and _
    name: String,
    /// Where to post, https
    url: String,
    /// thin, full (adds why and when: health data), or a recipe
    #[arg(long, default_value = "thin")]
    form: String,
    /// Tell it of this priority only (P0 to P4); may be repeated
    #[arg(long = "priority", value_name = "P", value_parser = priority)]
    priorities: Vec<Priority>,
    /// Tell it of this event only, such as escalation.created, or of one step, such as escalation.breached:on_call; may be repeated
    #[arg(long = "type", value_name = "EVENT")]
    types: Vec<String>,
    /// Another receiver, told too when this one was not reached with a P0 or P1 within 60 s
    #[arg(long, value_name = "NAME")]
    secondary: Option<String>,
    /// Tell it only in another's place
    #[arg(long)]
    standby: bool,
    /// Allow http:// and loopback and private addresses
    #[arg(long)]
    allow_internal: bool,
}

fn priority(word: &str) -> Result<Priority, String> {
    serde_json::from_value(json!(word)).map_err(|_| "must be P0, P1, P2, P3 or P4".into())
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let config = args.config.as_deref().map(|file| Config::load(Some(file))).transpose()?;
    let (dir, guardrails) = match &config {
        Some(config) => (config.data.clone(), config.guardrails.clone()),
        None => (args.dir, args.guardrails),
    };
    let path = dir.join("apothecary.db");
    if !path.is_file() {
        return Err(format!("there is no store at {}; pass --dir or --config", path.display()).into());
    }
    let (store, recipes) = (Store::open(&path).await?, Recipes::load(&guardrails.join("webhooks"))?);
    let console = config.as_ref().map(|c| format!("{}/console", c.public_url.trim_end_matches('/')));
    let managed = Receivers {
        store: &store,
        configured: config.as_ref().map_or(&[], |c| &c.endpoints),
        recipes: recipes.into(),
        console: console.as_deref().unwrap_or("/console"),
        now: jiff::Timestamp::now(),
        by: json!({ "staff": null, "role": "operator" }),
    };
    let done = act(&managed, args.act).await;
    done.map_err(|e| match e {
        AppError::NotFound => "there is no such receiver or delivery; see `apothecary webhook list`".into(),
        other => other.into(),
    })
}

async fn act(managed: &Receivers<'_>, act: Act) -> Result<(), AppError> {
    match act {
        Act::List => println!("{}", receivers(&managed.list().await?)),
        Act::Add(new) => {
            let name = new.name.clone();
            let secret = managed.add(new.into()).await?;
            println!("{name} is told from the next event on.");
            once(&secret);
            println!("Try it: apothecary webhook test {name}");
        }
        Act::Rotate { name } => {
            let secret = managed.rotate(&name).await?;
            println!("{name} has a new secret; the old one signs too for 24 hours.");
            once(&secret);
        }
        Act::Test { name } => {
            let id = managed.test(&name).await?;
            println!("{id} waits for {name}; a running server sends it within a second.");
            println!("See what came of it: apothecary webhook list");
        }
        Act::Enable { name } => {
            managed.enable(&name).await?;
            println!("{name} is told again, first what waits.");
        }
        Act::Remove { name } => {
            managed.remove(&name).await?;
            println!("{name} is removed; what waits for it is given up.");
        }
        Act::Deliveries { dead } => {
            let state = if dead { OutboxState::Dead } else { OutboxState::Waiting };
            println!("{}", deliveries(&managed.deliveries(state).await?, dead));
        }
        Act::Replay { id } => {
            managed.replay(&id).await?;
            println!("{id} waits for delivery again");
        }
    }
    Ok(())
}

fn once(secret: &SecretString) {
    println!("Secret, shown this once: {}", secret.expose_secret());
}

impl From<AddArgs> for Receiver {
    fn from(new: AddArgs) -> Self {
        let AddArgs { name, url, form, priorities, types, secondary, standby, allow_internal } = new;
        Receiver { name, url, form, priorities, types, secondary, standby, allow_internal }
    }
}
