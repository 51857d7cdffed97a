//! `apothecary webhook`: the outbox, listed and replayed.

use super::Failure;
use crate::store::Store;
use crate::store::outbox::OutboxState;
use std::path::PathBuf;

/// Arguments of `webhook`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  apothecary webhook --dir data list --dead\n  apothecary webhook --dir data replay msg_0190…"
)]
pub struct Args {
    /// Data folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    dir: PathBuf,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Show what waits, or what was given up
    List {
        /// Given up instead of waiting
        #[arg(long)]
        dead: bool,
    },
    /// Send one again
    Replay {
        /// The webhook-id
        id: String,
    },
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let store = Store::open(&args.dir.join("apothecary.db")).await?;
    match args.act {
        Act::List { dead } => {
            let state = if dead { OutboxState::Dead } else { OutboxState::Waiting };
            for row in store.list_outbox(state).await? {
                println!(
                    "{}  {}  {}  attempts {}  {}",
                    row.id,
                    row.endpoint,
                    row.event,
                    row.attempts,
                    row.last_error.unwrap_or_default()
                );
            }
        }
        Act::Replay { id } => {
            store.replay(&id, jiff::Timestamp::now()).await?;
            println!("{id} waits for delivery again");
        }
    }
    Ok(())
}
