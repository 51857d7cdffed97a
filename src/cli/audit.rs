//! `apothecary audit`: the hash-chained record, shown or verified.

use super::Failure;
use crate::domain::ids::ConversationId;
use std::path::PathBuf;

/// Arguments of `audit`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  apothecary audit --dir data verify\n  apothecary audit --dir data show --conversation 0190…"
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
    /// Print records as JSON lines
    Show {
        /// Of one conversation only
        #[arg(long)]
        conversation: Option<String>,
        /// From this sequence number
        #[arg(long, default_value_t = 1)]
        from: i64,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Recompute every hash of the chain
    Verify,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let store = super::store(&args.dir).await?;
    match args.act {
        Act::Verify => println!("{} records, the chain holds", store.verify_audit().await?),
        Act::Show { conversation, from, limit } => {
            let rows = match conversation {
                Some(id) => store.audit_for(&ConversationId(id)).await?,
                None => store.audit_rows(from, limit).await?,
            };
            for row in rows {
                println!(
                    "{}",
                    serde_json::json!({"seq": row.seq, "at": row.at, "hash": row.hash, "prev": row.prev, "record": row.body})
                );
            }
        }
    }
    Ok(())
}
