//! `apothecary ask`: one turn of the sample pharmacy, as text or as its whole trace.

use super::{Failure, Folders};
use crate::app::{App, Said, TurnRequest};
use crate::domain::clock::SystemClock;
use crate::domain::ids::{ConversationId, MessageId};
use crate::identity::Visitor;
use serde_json::json;
use std::sync::Arc;

/// Who asks.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  apothecary chat\n  apothecary chat --as P0001")]
pub struct Who {
    #[command(flatten)]
    pub(super) folders: Folders,
    /// A sample person (P0001 to P0016), verified; without it you are anonymous
    #[arg(long = "as", value_name = "PATIENT")]
    pub(super) patient: Option<String>,
    /// The Patient.id of the caregiver who asks for that person
    #[arg(long, value_name = "PATIENT", requires = "patient")]
    pub(super) caregiver: Option<String>,
}

/// Arguments of `ask`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  apothecary ask \"do you ship to alaska\"\n  apothecary ask --as P0001 \"wheres my stuff\" --json"
)]
pub struct Args {
    #[command(flatten)]
    who: Who,
    /// The message
    text: String,
    /// Print the released blocks and the whole trace as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let mut terminal = Terminal::open(&args.who).await?;
    let said = terminal.say(&args.text).await?;
    if args.json {
        let messages: Vec<_> =
            said.messages.iter().map(|m| json!({"origin": m.origin(), "blocks": m.blocks()})).collect();
        println!("{}", serde_json::to_string_pretty(&json!({"messages": messages, "trace": said.trace}))?);
    } else {
        said.messages.iter().for_each(|m| println!("{}", m.text()));
    }
    terminal.close();
    Ok(())
}

/// A conversation of the sample pharmacy in a terminal.
pub(super) struct Terminal {
    app: Arc<App>,
    visitor: Visitor,
    conversation: ConversationId,
    dir: std::path::PathBuf,
}

const KEY: &str = "terminal";

impl Terminal {
    pub(super) async fn open(who: &Who) -> Result<Self, Failure> {
        let dir = std::env::temp_dir().join(format!("apothecary-ask-{}", std::process::id()));
        let app = super::demo::sample(&who.folders, &dir, "http://127.0.0.1", Vec::new(), None, Arc::new(SystemClock))
            .await?;
        let visitor = visitor(&app, who)?;
        let conversation = app.open(&visitor, KEY, "demo", None).await?;
        Ok(Self { app, visitor, conversation, dir })
    }
    pub(super) async fn say(&mut self, text: &str) -> Result<Said, Failure> {
        let request = TurnRequest {
            visitor: self.visitor.clone(),
            key: KEY.into(),
            conversation: self.conversation.clone(),
            message: MessageId(uuid::Uuid::now_v7().to_string()),
            text: text.to_owned(),
            received: self.app.clock().now(),
        };
        Ok(self.app.turn(request, &|_| ()).await?)
    }
    pub(super) fn close(self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Signed and verified as over HTTP: nobody is verified but by a token.
fn visitor(app: &App, who: &Who) -> Result<Visitor, Failure> {
    let Some(patient) = &who.patient else { return Ok(Visitor::Anonymous { region: None, payer: None }) };
    let verifier = &app.config.site_verifier;
    let now = app.clock().now();
    let claims = json!({
        "iss": verifier.issuer, "aud": verifier.audience, "sub": patient, "lvl": "L2",
        "iat": now.as_second(), "exp": now.as_second() + 600, "auth_time": now.as_second(),
        "act": who.caregiver.as_ref().map(|c| json!({"sub": c})),
    });
    let token = app.config.demo.as_ref().and_then(|d| d.key.sign(&claims)).ok_or("no demo key")?;
    Ok(verifier.customer(&token, now)?)
}
