//! Between Rust values and columns: times, words and JSON. No SQL.

use super::StoreError;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// Milliseconds since 1970 UTC; finer parts are cut.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A version as a column holds it.
pub(super) fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// A column of milliseconds.
pub(super) fn time(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(row.try_get(column)?).map_err(|_| damaged(column))
}

/// A nullable column of milliseconds.
pub(super) fn time_opt(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = row.try_get(column)?;
    at.map(|ms| Timestamp::from_millisecond(ms).map_err(|_| damaged(column))).transpose()
}

/// A column of JSON.
pub(super) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|_| damaged(column))
}

/// A nullable column of JSON.
pub(super) fn json_opt<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|t| serde_json::from_str(&t).map_err(|_| damaged(column))).transpose()
}

/// A value as JSON text; what the store keeps always has text form.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| damaged("json"))
}

/// The word of a unit variant or of a value that serialises as one string.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        _ => Err(damaged("word")),
    }
}

/// A column that holds a word.
pub(super) fn from_word<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    serde_json::from_value(Value::String(text)).map_err(|_| damaged(column))
}

/// A nullable column that holds a word.
pub(super) fn from_word_opt<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|t| serde_json::from_value(Value::String(t)).map_err(|_| damaged(column))).transpose()
}

pub(super) fn damaged(column: &str) -> StoreError {
    StoreError::Damaged(column.to_owned())
}
