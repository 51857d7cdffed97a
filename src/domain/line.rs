//! What a sentence about a record tells: the vocabulary by which drafters and `guardrails/asks.toml` pick lines.

use serde::Deserialize;

/// What a line tells; drafters pick lines by what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The state, with the record's number.
    State,
    /// The same in the form for a second or third record.
    More,
    /// Whether it can still be changed or cancelled.
    Change,
    /// The carrier's window, or that there is none.
    Window,
    /// Carrier and tracking number.
    Tracking,
    /// The last scan.
    Scan,
    /// When it was delivered.
    Delivered,
    /// Where it waits, or the carrier's reason.
    Where,
    /// The prescription that an order waits on.
    Waiting,
    /// What it holds.
    Items,
    /// What became of a parcel for which another one was sent.
    Replaced,
    /// A refund.
    Refund,
    /// That none is recorded for a cancelled order.
    NoRefund,
    /// Refills left.
    Refills,
    /// How to order a refill.
    RefillHow,
    /// How long it can be filled.
    Valid,
    /// What is missing, who cancelled, which other pharmacy.
    Detail,
    /// When and how the prescriber was asked, and that no answer is recorded.
    Contacted,
    /// The plan's answer in plain words.
    Plan,
    /// From when the plan pays again.
    Again,
    /// A price.
    Price,
    /// The cash price, and that the plan has told none yet.
    CashOnly,
    /// A stock word.
    Stock,
    /// The next step of the state.
    Next,
}
