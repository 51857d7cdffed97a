//! What a live feed tells, line by line, in one transaction a batch: the record as it may be told, the mark of a record in doubt with its
//! ticket and audit row, and the ids that count once. Which steps are allowed and how a ticket looks is told by the caller.
//! What a line is judged by is read in `look`, what it writes is put off in `pending`; the versions of one record are in `steps`, what is
//! known of the feed as a whole in `pulse`.

mod look;
mod pending;

pub(super) use pending::Pending;

use super::audit;
use super::columns::{ms, number};
use super::records::{PutKind, put};
use super::steps::{self, Known};
use super::tickets::{NewTicket, opened, save as save_ticket, unresolved};
use super::{Store, StoreError, Write, conclude};
use crate::domain::facts::{Record, Stamp};
use crate::domain::feed::{Doubt, Move, Outcome, Step};
use crate::domain::ids::{ConversationId, MessageId, PatientId, TicketId};
use crate::domain::states::StateCode;
use crate::failpoint::Point;
use jiff::{SignedDuration, Timestamp};
use look::{Found, Seen, look};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::collections::HashMap;

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
        let ids: Vec<&str> = batch.iter().filter_map(Told::mark).map(|mark| mark.id.as_str()).collect();
        let digests = look::digests(&mut tx, &ids).await?;
        let mut taking = Taking { digests, pending: Pending::default(), now, judge };
        for told in batch {
            outcomes.push(taking.line(&mut tx, told).await?);
        }
        taking.pending.write(&mut tx).await?;
        super::pulse::count(&mut tx, &outcomes, now).await?;
        let old = now.checked_sub(REMEMBERED).unwrap_or(now);
        sqlx::query("DELETE FROM feed_events WHERE at < ?").bind(ms(old)).execute(&mut *tx).await?;
        conclude(tx, Point::FeedBatch).await?;
        Ok(outcomes)
    }
}

impl Told {
    fn mark(&self) -> Option<&Mark> {
        if let Told::Step(mark, ..) = self { mark.as_ref() } else { None }
    }
}

/// A batch while it is taken up.
struct Taking<'j> {
    /// Of the events that were taken up, in this batch or before.
    digests: HashMap<String, String>,
    pending: Pending,
    now: Timestamp,
    judge: &'j dyn Judge,
}

impl Taking<'_> {
    async fn line(&mut self, tx: &mut Write, told: &Told) -> Result<Outcome, StoreError> {
        match told {
            Told::Alive(kinds) => {
                for kind in *kinds {
                    super::pulse::heard(tx, kind, self.now).await?;
                }
                Ok(Outcome::Confirmed)
            }
            Told::Record(record) if is_ahead(record.key().3.version, self.now) => Ok(ahead()),
            Told::Record(record) => Ok(match put(tx, record, ms(self.now)).await? {
                PutKind::Changed => Outcome::Applied,
                PutKind::Repeated => Outcome::Repeated,
                PutKind::Late => Outcome::Late,
            }),
            Told::Step(_, _, step) if is_ahead(step.version, self.now) => Ok(ahead()),
            Told::Step(mark, about, step) => {
                if let Some(digest) = mark.as_ref().and_then(|m| self.digests.get(&m.id)) {
                    let same = mark.as_ref().is_some_and(|m| m.digest == *digest);
                    return Ok(if same { Outcome::Repeated } else { other() });
                }
                let outcome = self.step(tx, about, step).await?;
                if let (Some(mark), false) = (mark, matches!(outcome, Outcome::Refused(..))) {
                    self.digests.insert(mark.id.clone(), mark.digest.clone());
                    self.pending.event(mark, self.now);
                }
                Ok(outcome)
            }
        }
    }

    async fn step(&mut self, tx: &mut Write, about: &About, step: &Step) -> Result<Outcome, StoreError> {
        let now = self.now;
        let Seen { record: before, confirmed_at, steps, doubted, cold } = match self.found(tx, about).await? {
            Found::One(seen) => seen,
            Found::None => return steps::first(tx, step, now).await,
            Found::Many => {
                return Ok(Outcome::Refused(
                    "more than one record answers to this name".into(),
                    "name it by its id; of an order with several parcels name the parcel as \"shipment\"",
                ));
            }
        };
        let judge = self.judge;
        let going = |from, to| judge.going(from, to, cold);
        let judged = match steps::add(tx, &mut self.pending, (&before, steps), step, &going).await? {
            Known::Late => return Ok(Outcome::Late),
            Known::Repeated { latest, doubt } => {
                if latest && !doubt {
                    self.pending.save(&before, now.max(confirmed_at))?;
                }
                return Ok(Outcome::Repeated);
            }
            Known::New(judged) => *judged,
        };
        let latest = judged.latest && judged.settled.doubt.is_none();
        self.pending.save(&judged.settled.record, if latest { now.max(confirmed_at) } else { confirmed_at })?;
        let doubt = judged.settled.doubt.as_ref();
        mark(tx, &judged.settled.record, (doubt, doubted), now, judge).await?;
        Ok(match doubt {
            _ if !judged.latest => Outcome::Late,
            Some(doubt) => Outcome::Person(doubt.why.to_string()),
            None if judged.settled.skipped => Outcome::Skipped,
            None => Outcome::Applied,
        })
    }

    /// What the store knows, with all that earlier lines of the batch have told of it.
    async fn found(&mut self, tx: &mut Write, about: &About) -> Result<Found, StoreError> {
        match look(tx, about).await? {
            Found::One(seen) if self.pending.touches(&seen.record) => {
                self.pending.write(tx).await?;
                look(tx, about).await
            }
            found => Ok(found),
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

/// Marks a record in doubt, or takes the mark away; the ticket is opened once for as long as somebody has not ended it.
async fn mark(
    tx: &mut Write,
    record: &Record,
    (doubt, marked): (Option<&Doubt>, Option<i64>),
    now: Timestamp,
    judge: &dyn Judge,
) -> Result<(), StoreError> {
    let (kind, id, owner, _) = record.key();
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
        (Some(doubt), Some(version)) if version == number(doubt.version) => Ok(()),
        (Some(doubt), _) => {
            let ticket = open(tx, (kind, &id, owner), judge.ticket(record, doubt, now), now).await?;
            put_mark(tx, (kind, &id), doubt, &ticket, now).await
        }
    }
}

/// A later snapshot has the last word: what the feed left in doubt before it is settled.
pub(super) async fn overtaken(tx: &mut Write, records: &[Record], now: Timestamp) -> Result<(), StoreError> {
    let row = |record: &Record| {
        let (kind, id, _, stamp) = record.key();
        json!([kind, id, number(stamp.version)])
    };
    let rows: Vec<Value> = records.iter().map(row).collect();
    let sql = "DELETE FROM feed_doubts WHERE rowid IN (SELECT d.rowid FROM feed_doubts d JOIN json_each(?) j \
               ON d.kind = j.value ->> 0 AND d.id = j.value ->> 1 AND d.version < j.value ->> 2) RETURNING kind, id";
    let over = sqlx::query(sql).bind(Value::Array(rows).to_string()).fetch_all(&mut **tx).await?;
    for row in over {
        settled(tx, (row.try_get("kind")?, row.try_get("id")?), now).await?;
    }
    Ok(())
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
        .bind(number(doubt.version))
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
