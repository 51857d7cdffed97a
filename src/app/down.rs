//! What is said when the store cannot keep a turn, or nobody can be given a case: the texts without a promise. The case goes to the
//! spill file, from which `recover` reads it back.

use super::App;
use super::recover::Spilled;
use super::turns::{Said, TurnRequest};
use crate::domain::labels::Risk;
use crate::domain::lang::Lang;
use crate::domain::route::Route;
use crate::domain::text::UserText;
use crate::guard::output::Released;
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// Nobody waits longer for the other disk: the case itself is committed.
const JOURNAL_WITHIN: Duration = Duration::from_millis(500);

impl App {
    /// The store cannot commit: the texts that promise nothing, and the case in the spill file, synced.
    pub(super) fn down(&self, req: &TurnRequest, text: &UserText, why: &str) -> Said {
        tracing::error!(conversation = %req.conversation, "turn not stored: {why}");
        let aid = self.engine().input.first_aid(text);
        if let Err(e) = self.spill.append(&json!(self.spilled(req, text))) {
            tracing::error!(conversation = %req.conversation, "case not spilled either: {e}");
        }
        let route = if aid.contains(&Risk::EMERGENCY) {
            Route::Emergency
        } else if aid.contains(&Risk::SELF_HARM) {
            Route::Crisis
        } else {
            Route::Human
        };
        Said { messages: vec![self.unpromised(&aid)], trace: None, route, ticket: None, texts: self.texts() }
    }

    /// A message as the spill file and the journal keep it.
    pub(super) fn spilled(&self, req: &TurnRequest, text: &UserText) -> Spilled {
        Spilled {
            conversation: req.conversation.clone(),
            message: req.message.clone(),
            key: req.key.clone(),
            site: self.config.site.clone(),
            text: text.as_str().to_owned(),
            received: req.received,
        }
    }

    /// Keeps a case that was committed in the journal, too, before the customer hears of it: should the store be lost, it is not.
    pub(super) async fn journal(&self, case: Option<Spilled>, now: Timestamp) {
        let (Some(journal), Some(case)) = (self.journal.clone(), case) else { return };
        let written = tokio::task::spawn_blocking(move || journal.append(now, &json!(case)));
        let written = tokio::time::timeout(JOURNAL_WITHIN, written).await.map_err(std::io::Error::other);
        let written = written.and_then(|done| done.map_err(std::io::Error::other)?);
        if let Err(e) = written {
            metrics::counter!("apothecary_journal_failures_total").increment(1);
            tracing::error!("a case is in the store, but not in the journal: {e}");
        }
    }

    /// The emergency texts that promise nothing, when the rules find an emergency: for whoever cannot be given a ticket.
    #[must_use]
    pub fn aid(&self, text: &UserText) -> Option<Released> {
        let aid = self.engine().input.first_aid(text);
        (!aid.is_empty()).then(|| self.unpromised(&aid))
    }

    fn unpromised(&self, aid: &[Risk]) -> Released {
        let ids: &[&str] = match (aid.contains(&Risk::EMERGENCY), aid.contains(&Risk::SELF_HARM)) {
            (true, true) => &["TX-EMERG-DOWN", "TX-POISON", "TX-988-DOWN"],
            (true, false) => &["TX-EMERG-DOWN", "TX-POISON"],
            (false, true) => &["TX-988-DOWN"],
            (false, false) => &["TX-DOWN"],
        };
        self.engine().output.fixed(ids, Lang::En, true, None)
    }
}
