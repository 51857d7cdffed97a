//! What the store knows of the record that a line is about, in one read: the record, its versions, whether it is in doubt, and whether it
//! holds something refrigerated.

use super::About;
use crate::domain::facts::Record;
use crate::domain::feed::Step;
use crate::store::columns::json_opt;
use crate::store::records::row_of;
use crate::store::{StoreError, Write};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// Everything that one line is judged by.
pub struct Seen {
    pub record: Record,
    pub confirmed_at: Timestamp,
    /// In the order of their versions.
    pub steps: Vec<Step>,
    /// The version that left it in doubt.
    pub doubted: Option<i64>,
    /// It is a parcel with something refrigerated in it.
    pub cold: bool,
}

#[allow(clippy::large_enum_variant, reason = "one value a line of the feed")]
pub enum Found {
    None,
    One(Seen),
    Many,
}

/// A parcel is as cold as what it says to hold, or else as what its order holds.
const SEEN: &str = "SELECT r.*, \
    (SELECT json_group_array(json(s.body) ORDER BY s.version) FROM feed_steps s WHERE s.kind = r.kind AND s.id = r.id) AS steps, \
    (SELECT d.version FROM feed_doubts d WHERE d.kind = r.kind AND d.id = r.id) AS doubted, \
    r.kind = 'shipment' AND EXISTS (SELECT 1 FROM records p WHERE p.kind = 'prescription' \
        AND json_extract(p.body, '$.medication.cold') AND p.id IN (SELECT value FROM json_each( \
            COALESCE(NULLIF(json_extract(r.body, '$.details.items'), '[]'), \
                (SELECT json_extract(o.body, '$.items') FROM records o WHERE o.kind = 'order' AND o.id = r.link), '[]')))) AS cold \
    FROM records r WHERE ";

/// Parcels are found by their order, what an event names by id or number.
pub async fn look(tx: &mut Write, about: &About) -> Result<Found, StoreError> {
    // Two searches by index instead of one `OR`, for which the planner would walk the whole kind.
    let named = |kind: &str| {
        let number = "COALESCE(json_extract(body, '$.number'), json_extract(body, '$.tracking'))";
        let of = format!("SELECT id FROM records WHERE kind = {kind} AND");
        format!("{of} id = ?2 UNION {of} {number} = ?2")
    };
    let (of, kind, id) = match about {
        About::Id(kind, id) => ("r.kind = ?1 AND r.id = ?2".to_owned(), *kind, id),
        About::Named(kind, id) => (format!("r.kind = ?1 AND r.id IN ({})", named("?1")), *kind, id),
        About::ParcelOf(order) => {
            (format!("r.kind = ?1 AND r.link IN ({}) LIMIT 2", named("'order'")), "shipment", order)
        }
    };
    let rows = sqlx::query(AssertSqlSafe(format!("{SEEN}{of}"))).bind(kind).bind(id).fetch_all(&mut **tx).await?;
    match rows.as_slice() {
        [] => Ok(Found::None),
        [row] => seen(row).map(Found::One),
        _ => Ok(Found::Many),
    }
}

fn seen(row: &SqliteRow) -> Result<Seen, StoreError> {
    let told = row_of(row)?;
    let steps = json_opt(row, "steps")?.unwrap_or_default();
    let (doubted, cold) = (row.try_get("doubted")?, row.try_get::<i64, _>("cold")? > 0);
    Ok(Seen { record: told.value, confirmed_at: told.confirmed_at, steps, doubted, cold })
}

/// Of these ids of events those that were taken up, with the digests of their lines.
pub async fn digests(tx: &mut Write, ids: &[&str]) -> Result<HashMap<String, String>, StoreError> {
    let sql = "SELECT id, digest FROM feed_events WHERE id IN (SELECT value FROM json_each(?))";
    let rows = sqlx::query(sql).bind(crate::store::columns::to_json(&ids)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("digest")?))).collect()
}
