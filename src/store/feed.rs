//! What a live feed tells, line by line, in one transaction a batch: the record as it may be told, the mark of a record in doubt with its
//! ticket and audit row, and the ids that count once. Which steps are allowed and how a ticket looks is told by the caller.
//! The versions of one record are in `steps`, what is read about the feed as a whole in `pulse`.

use super::audit;
use super::columns::{ms, to_json};
use super::records::{PutKind, put, row_of, save};
use super::steps::{self, Known};
use super::tickets::{NewTicket, opened, save as save_ticket, unresolved};
use super::{Store, StoreError, Write, conclude};
use crate::domain::facts::{Record, Stamp};
use crate::domain::feed::{Doubt, Move, Outcome, Step};
use crate::domain::ids::{ConversationId, MessageId, PatientId, RxId, TicketId};
use crate::domain::states::StateCode;
use crate::failpoint::Point;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row};

/// By so much a source's clock may be ahead.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);
/// Ids of events are known for so long; versions keep their order for ever.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Which record a step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// By kind and id.
    Id(&'static str, String),
    /// By kind and id, or by kind and the number that people know.
    Named(&'static str, String),
    /// The only parcel of an order.
    ParcelOf(String),
}

/// What makes an event count once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its id.
    pub id: String,
    /// SHA-256 of its line, hex: one id on two events is an error of the sender.
    pub digest: String,
}

/// One line of a feed.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "short-lived values, a handful a line of the feed")]
pub enum Told {
    /// A version of a record with a state; the mark of the event, if it has one.
    Step(Option<Mark>, About, Step),
    /// A record without a state.
    Record(Record),
    /// Everything that is known of these kinds is the latest.
    Alive(&'static [&'static str]),
}

/// What the caller knows and the store does not.
pub trait Judge: Sync {
    /// How a record may go from one state to the other.
    fn going(&self, from: StateCode, to: StateCode, cold: bool) -> Option<Move>;
    /// The case of a record in doubt.
    fn ticket(&self, record: &Record, doubt: &Doubt, now: Timestamp) -> NewTicket;
}

impl Store {
    /// Takes up a batch of lines in one transaction; one outcome a line.
    ///
    /// # Errors
    /// The store failed; nothing of the batch was written.
    pub async fn take_feed(
        &self,
        batch: &[Told],
        now: Timestamp,
        judge: &dyn Judge,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut tx = self.write().await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for told in batch {
            outcomes.push(line(&mut tx, told, now, judge).await?);
        }
        super::pulse::count(&mut tx, &outcomes, now).await?;
        let old = now.checked_sub(REMEMBERED).unwrap_or(now);
        sqlx::query("DELETE FROM feed_events WHERE at < ?").bind(ms(old)).execute(&mut *tx).await?;
        conclude(tx, Point::FeedBatch).await?;
        Ok(outcomes)
    }
}

async fn line(tx: &mut Write, told: &Told, now: Timestamp, judge: &dyn Judge) -> Result<Outcome, StoreError> {
    match told {
        Told::Alive(kinds) => {
            for kind in *kinds {
                super::pulse::heard(tx, kind, now).await?;
            }
            Ok(Outcome::Confirmed)
        }
        Told::Record(record) if is_ahead(record.key().3.version, now) => Ok(ahead()),
        Told::Record(record) => Ok(match put(tx, record, ms(now)).await? {
            PutKind::Changed => Outcome::Applied,
            PutKind::Repeated => Outcome::Repeated,
            PutKind::Late => Outcome::Late,
        }),
        Told::Step(_, _, step) if is_ahead(step.version, now) => Ok(ahead()),
        Told::Step(mark, about, step) => {
            if let Some(mark) = mark
                && let Some(same) = known(tx, mark).await?
            {
                return Ok(if same { Outcome::Repeated } else { other() });
            }
            let outcome = one_step(tx, about, step, now, judge).await?;
            if let (Some(mark), false) = (mark, matches!(outcome, Outcome::Refused(..))) {
                let sql = "INSERT INTO feed_events (id, digest, at) VALUES (?, ?, ?)";
                sqlx::query(sql).bind(&mark.id).bind(&mark.digest).bind(ms(now)).execute(&mut **tx).await?;
            }
            Ok(outcome)
        }
    }
}

/// A version of the future would make all that follows late.
fn is_ahead(version: u64, now: Timestamp) -> bool {
    now.checked_add(CLOCKS).is_ok_and(|t| version > Stamp::version_at(t))
}

fn ahead() -> Outcome {
    Outcome::Refused("its time lies in the future".into(), "set the clock of the source, then send it again")
}

fn other() -> Outcome {
    Outcome::Refused("this id stood on another event".into(), "send it with an id of its own")
}

/// Whether an event with this id was taken up, and whether it was this one.
async fn known(tx: &mut Write, mark: &Mark) -> Result<Option<bool>, StoreError> {
    let sql = "SELECT digest FROM feed_events WHERE id = ?";
    let found: Option<String> = sqlx::query_scalar(sql).bind(&mark.id).fetch_optional(&mut **tx).await?;
    Ok(found.map(|digest| digest == mark.digest))
}

async fn one_step(
    tx: &mut Write,
    about: &About,
    step: &Step,
    now: Timestamp,
    judge: &dyn Judge,
) -> Result<Outcome, StoreError> {
    let (before, confirmed_at) = match found(tx, about).await? {
        Found::One(record, confirmed_at) => (record, confirmed_at),
        Found::None => return steps::first(tx, step, now).await,
        Found::Many => {
            return Ok(Outcome::Refused(
                "more than one record answers to this name".into(),
                "name it by its id; of an order with several parcels name the parcel as \"shipment\"",
            ));
        }
    };
    let cold = is_cold(tx, &before).await?;
    let going = |from, to| judge.going(from, to, cold);
    let judged = match steps::add(tx, &before, step, &going).await? {
        Known::Late => return Ok(Outcome::Late),
        Known::Repeated { latest, doubt } => {
            if latest && !doubt {
                save(tx, &before, now.max(confirmed_at)).await?;
            }
            return Ok(Outcome::Repeated);
        }
        Known::New(judged) => *judged,
    };
    let latest = judged.latest && judged.settled.doubt.is_none();
    save(tx, &judged.settled.record, if latest { now.max(confirmed_at) } else { confirmed_at }).await?;
    let doubt = judged.settled.doubt.as_ref();
    mark(tx, &judged.settled.record, doubt, now, judge).await?;
    Ok(match doubt {
        _ if !judged.latest => Outcome::Late,
        Some(doubt) => Outcome::Person(doubt.why.to_string()),
        None if judged.settled.skipped => Outcome::Skipped,
        None => Outcome::Applied,
    })
}

#[allow(clippy::large_enum_variant, reason = "one value a line of the feed")]
enum Found {
    None,
    One(Record, Timestamp),
    Many,
}

/// Parcels are found by their order, what an event names by id or number.
async fn found(tx: &mut Write, about: &About) -> Result<Found, StoreError> {
    // Two searches by index instead of one `OR`, for which the planner would walk the whole kind.
    let named = |what: &str, kind: &str| {
        let number = "COALESCE(json_extract(body, '$.number'), json_extract(body, '$.tracking'))";
        let of = format!("SELECT {what} FROM records WHERE kind = {kind} AND");
        format!("{of} id = ?2 UNION {of} {number} = ?2")
    };
    let (sql, kind, id) = match about {
        About::Id(kind, id) => ("SELECT * FROM records WHERE kind = ?1 AND id = ?2".to_owned(), *kind, id),
        About::Named(kind, id) => (named("*", "?1"), *kind, id),
        About::ParcelOf(order) => {
            let orders = named("id", "'order'");
            (format!("SELECT * FROM records WHERE kind = ?1 AND link IN ({orders}) LIMIT 2"), "shipment", order)
        }
    };
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(kind).bind(id).fetch_all(&mut **tx).await?;
    match rows.as_slice() {
        [] => Ok(Found::None),
        [row] => row_of(row).map(|c| Found::One(c.value, c.confirmed_at)),
        _ => Ok(Found::Many),
    }
}

/// Whether a parcel holds something refrigerated: what it says to hold, else what its order does.
async fn is_cold(tx: &mut Write, record: &Record) -> Result<bool, StoreError> {
    let Record::Shipment(parcel) = record else { return Ok(false) };
    let listed: Vec<&str> = parcel.details.items.iter().map(RxId::as_str).collect();
    let sql = "SELECT COUNT(*) AS n FROM records WHERE kind = 'prescription' AND json_extract(body, '$.medication.cold') \
               AND id IN (SELECT value FROM json_each(iif(?1 <> '[]', ?1, COALESCE((SELECT json_extract(body, '$.items') \
               FROM records WHERE kind = 'order' AND id = ?2), '[]'))))";
    let row = sqlx::query(sql).bind(to_json(&listed)?).bind(parcel.order.as_str()).fetch_one(&mut **tx).await?;
    Ok(row.try_get::<i64, _>("n")? > 0)
}

/// Marks a record in doubt, or takes the mark away; the ticket is opened once for as long as somebody has not ended it.
async fn mark(
    tx: &mut Write,
    record: &Record,
    doubt: Option<&Doubt>,
    now: Timestamp,
    judge: &dyn Judge,
) -> Result<(), StoreError> {
    let (kind, id, owner, _) = record.key();
    let sql = "SELECT version FROM feed_doubts WHERE kind = ? AND id = ?";
    let marked: Option<i64> = sqlx::query_scalar(sql).bind(kind).bind(&id).fetch_optional(&mut **tx).await?;
    match (doubt, marked) {
        (None, None) => Ok(()),
        (None, Some(_)) => {
            sqlx::query("DELETE FROM feed_doubts WHERE kind = ? AND id = ?")
                .bind(kind)
                .bind(&id)
                .execute(&mut **tx)
                .await?;
            settled(tx, (kind, &id), now).await
        }
        (Some(doubt), Some(version)) if version == version_of(doubt) => Ok(()),
        (Some(doubt), _) => {
            let ticket = open(tx, (kind, &id, owner), judge.ticket(record, doubt, now), now).await?;
            put_mark(tx, (kind, &id), doubt, &ticket, now).await
        }
    }
}

/// A later snapshot has the last word: what the feed left in doubt before it is settled.
pub(super) async fn overtaken(tx: &mut Write, record: &Record, now: Timestamp) -> Result<(), StoreError> {
    let (kind, id, _, stamp) = record.key();
    let sql = "DELETE FROM feed_doubts WHERE kind = ? AND id = ? AND version < ?";
    let version = i64::try_from(stamp.version).unwrap_or(i64::MAX);
    let done = sqlx::query(sql).bind(kind).bind(&id).bind(version).execute(&mut **tx).await?;
    if done.rows_affected() == 0 { Ok(()) } else { settled(tx, (kind, &id), now).await }
}

async fn settled(tx: &mut Write, (kind, id): (&str, &str), now: Timestamp) -> Result<(), StoreError> {
    let entry = json!({ "act": "feed.settled", "record": format!("{kind}/{id}") });
    audit::append(tx, now, None, &[], &entry).await.map(drop)
}

async fn put_mark(
    tx: &mut Write,
    (kind, id): (&str, &str),
    doubt: &Doubt,
    ticket: &TicketId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO feed_doubts (kind, id, version, since, ticket) VALUES (?, ?, ?, ?, ?) \
               ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, ticket = excluded.ticket";
    sqlx::query(sql)
        .bind(kind)
        .bind(id)
        .bind(version_of(doubt))
        .bind(ms(now))
        .bind(ticket.as_str())
        .execute(&mut **tx)
        .await?;
    let entry = json!({
        "act": "feed.doubt", "record": format!("{kind}/{id}"), "ticket": ticket, "from": doubt.from,
        "version": doubt.version, "why": doubt.why.to_string(),
    });
    audit::append(tx, now, None, &[], &entry).await.map(drop)
}

fn version_of(doubt: &Doubt) -> i64 {
    i64::try_from(doubt.version).unwrap_or(i64::MAX)
}

/// The record's ticket: the one that is open, or a new one in a conversation that is nobody's.
async fn open(
    tx: &mut Write,
    (kind, id, owner): (&str, &str, Option<&PatientId>),
    new: NewTicket,
    now: Timestamp,
) -> Result<TicketId, StoreError> {
    let digest = hex::encode(Sha256::digest(format!("feed {kind} {id}")));
    let conversation = ConversationId(format!("feed-{}", digest.get(..32).unwrap_or_default()));
    if let Some(open) = unresolved(tx, &conversation).await? {
        return Ok(open.id);
    }
    let sql = "INSERT INTO conversations (id, site, visitor, patient, created, last_active, state) \
               VALUES (?1, 'feed', ?1, ?2, ?3, ?3, '{}') ON CONFLICT (id) DO NOTHING";
    sqlx::query(sql)
        .bind(conversation.as_str())
        .bind(owner.map(PatientId::as_str))
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    let message = MessageId(new.id.0.clone());
    let row = opened(new, &conversation, &message, now);
    save_ticket(tx, &row).await?;
    sqlx::query("INSERT INTO feed_untold (ticket) VALUES (?)").bind(row.id.as_str()).execute(&mut **tx).await?;
    Ok(row.id)
}
