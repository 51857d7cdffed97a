//! Calls that are promised: windows that can be kept, the customer's own booking, what they are told. Calling is a person's work.

use super::console::acts::{act_error, invalid};
use super::turns::stored;
use super::{App, AppError};
use crate::domain::ids::ConversationId;
use crate::domain::lang::Lang;
use crate::domain::route::Queue;
use crate::guard::output::Released;
use crate::identity::Visitor;
use crate::policy::texts::Promise;
use crate::store::life::Callback;
use crate::store::staff::Trail;
use crate::store::tickets::{TicketRow, TicketState};
use crate::wording::dates;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;

/// So many windows are offered.
const OFFERED: usize = 4;
/// Fewest and most digits of a number that can be called.
const DIGITS: std::ops::RangeInclusive<usize> = 10..=15;

/// A window that the customer may choose.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Window {
    /// Begins.
    pub from: Timestamp,
    /// Ends.
    pub until: Timestamp,
    /// In the customer's words: `Tue 24 Nov, 2:00 pm to 4:00 pm CT`.
    pub words: String,
}

/// What can be booked.
#[derive(Clone, Debug, Serialize)]
pub struct Calls {
    /// Windows, the next one first.
    pub windows: Vec<Window>,
    /// The end of the number on file, such as `0112`; none when there is none and one must be given.
    pub number_ends: Option<String>,
}

/// A call that the customer wishes.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The window begins; one of those offered.
    pub from: Timestamp,
    /// Their number, if not the one on file.
    pub number: Option<String>,
    /// Details may be left on a machine.
    pub leave_message: bool,
}

impl App {
    /// The calls that the customer can book.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a conversation that is not theirs.
    pub async fn calls(&self, visitor: &Visitor, key: &str, id: &ConversationId) -> Result<Calls, AppError> {
        let conversation = self.conversation(key, id).await?;
        let now = self.clock().now();
        let frame = self.frame(visitor, conversation.lang, now).await?;
        let queue = self.store().open_ticket_of(id).await?.map_or(Queue::Service, |t| t.queue);
        let windows = self.policy().staffing.windows(now, queue, &frame.zone, OFFERED);
        let window = |(from, until)| Window { from, until, words: words(from, until, &frame.zone, frame.lang) };
        // A caregiver learns nothing of the number on file, and gives their own.
        let number = match &frame.patient {
            Some(patient) if !frame.caregiver => self.store().patient(patient).await?.and_then(|p| p.phone),
            _ => None,
        };
        Ok(Calls { windows: windows.into_iter().map(window).collect(), number_ends: number.as_deref().map(end) })
    }

    /// Promises the call that the customer chose; who has no open case gets one first.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a window that was not offered or without a number, [`AppError::Conflict`] when somebody is in the chat
    /// already or it is an emergency, [`AppError::NotFound`] as above.
    pub async fn book_call(
        &self,
        visitor: &Visitor,
        key: &str,
        id: &ConversationId,
        wish: &Wish,
        request: &str,
    ) -> Result<Vec<Released>, AppError> {
        let calls = self.calls(visitor, key, id).await?;
        let window = calls.windows.iter().find(|w| w.from == wish.from);
        let window = window.ok_or_else(|| invalid("from: choose one of the offered windows"))?;
        let number = wish.number.as_deref().map(dialled).transpose()?;
        if number.is_none() && calls.number_ends.is_none() {
            return Err(invalid("number: there is none on file, so give the number to call"));
        }
        if self.store().open_ticket_of(id).await?.is_none() {
            self.ask_human(visitor, key, id, request).await?;
        }
        let row = self.store().open_ticket_of(id).await?.ok_or(AppError::NotFound)?;
        let plan = Callback {
            from: window.from,
            until: window.until,
            number,
            leave_message: wish.leave_message,
            attempts: row.callback.clone().map(|c| c.attempts).unwrap_or_default(),
        };
        // A repeat of what is booked already says nothing twice.
        let same = |c: &Callback| (c.from, &c.number, c.leave_message) == (plan.from, &plan.number, plan.leave_message);
        if row.state == TicketState::Callback && row.callback.as_ref().is_some_and(same) {
            return Ok(Vec::new());
        }
        let said = self.call_promised(&row, &plan).await?;
        let audit = json!({ "act": "callback", "ticket": row.id, "by": "customer" });
        let now = self.clock().now();
        let (notes, labels, outbox) = (Vec::new(), Vec::new(), Vec::new());
        let trail = Trail { now, messages: vec![stored(&said)], notes, labels, outbox, audit };
        let acted = self.store().book(&row.id, plan, trail).await.map_err(act_error)?;
        self.ring();
        Ok(acted.messages.iter().filter_map(|row| crate::guard::output::reload(row).ok()).collect())
    }

    /// What the customer reads of a promised call; the window and the number are checked first.
    pub(super) async fn call_promised(&self, row: &TicketRow, plan: &Callback) -> Result<Released, AppError> {
        self.window(plan.from, plan.until)?;
        let person = match &row.patient {
            Some(patient) => self.store().patient(patient).await?,
            None => None,
        };
        if let Some(number) = &plan.number {
            dialled(number)?;
        } else if person.as_ref().and_then(|p| p.phone.as_ref()).is_none() {
            return Err(invalid("number: there is none on file, so give the number to call"));
        }
        let zone = person.and_then(|p| p.zone).and_then(|z| TimeZone::get(&z).ok());
        let zone = zone.unwrap_or_else(|| self.policy().staffing.zone().clone());
        let id = if plan.number.is_some() { "TX-CALLBACK-GIVEN" } else { "TX-CALLBACK" };
        let time = Some(words(plan.from, plan.until, &zone, row.lang));
        Ok(self.engine().output.fixed(&[id], row.lang, false, Some(Promise { time })))
    }

    pub(super) fn window(&self, from: Timestamp, until: Timestamp) -> Result<(), AppError> {
        if from >= until || until <= self.clock().now() {
            return Err(invalid("from, until: choose a window to come that ends after it begins"));
        }
        Ok(())
    }
}

/// `Tue 24 Nov, 2:00 pm to 4:00 pm CT`.
fn words(from: Timestamp, until: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    let day = dates::day(from.to_zoned(zone.clone()).date(), lang);
    let begins = dates::clock(from, zone);
    let begins = begins.rsplit_once(' ').map_or(begins.as_str(), |(time, _)| time).to_owned();
    format!("{day}, {begins} {} {}", lang.pick("to", "a"), dates::clock(until, zone))
}

/// A number with nothing in it but digits, a leading plus and the usual marks.
fn dialled(number: &str) -> Result<String, AppError> {
    let number = number.trim();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let marks =
        number.chars().enumerate().all(|(i, c)| c.is_ascii_digit() || " -().".contains(c) || (c == '+' && i == 0));
    if marks && DIGITS.contains(&digits) {
        Ok(number.to_owned())
    } else {
        Err(invalid("number: expected a phone number"))
    }
}

/// The last four digits.
fn end(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits.iter().skip(digits.len().saturating_sub(4)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_told_with_its_day_and_zone() {
        let zone = TimeZone::get("America/Chicago").unwrap();
        let (from, until) = ("2026-11-24T20:00:00Z".parse().unwrap(), "2026-11-24T22:00:00Z".parse().unwrap());
        assert_eq!(words(from, until, &zone, Lang::En), "Tue 24 Nov, 2:00 pm to 4:00 pm CT");
        assert_eq!(words(from, until, &zone, Lang::Es), "mar 24 nov, 2:00 pm a 4:00 pm CT");
    }

    #[test]
    fn a_number_is_a_number() {
        assert_eq!(dialled(" (512) 555-0112 ").unwrap(), "(512) 555-0112");
        for none in ["", "call me", "555-0112", "+1 512 555 0112; DROP", "5125550112512555011"] {
            assert!(dialled(none).is_err(), "{none}");
        }
        assert_eq!(end("1-512-555-0112"), "0112");
    }
}
