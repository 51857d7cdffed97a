//! Numbers, dates, times, amounts, links and ids of a text, as typed items that can be compared across wordings and
//! languages. What a difference means is decided in `numbers`, not here.

mod dates;
mod quantity;
mod tokens;
mod units;
mod words;

use crate::domain::lang::Lang;
use jiff::Timestamp;
use std::ops::Range;

pub use quantity::{Bound, Unit};
pub use tokens::bare_url;

/// Where a source's item comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Its words.
    Text,
    /// The record's change time.
    AsOf,
    /// The page's first day in force.
    Effective,
}

/// A calendar day, the year unknown if not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Year.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
    /// Monday 1 to Sunday 7, if written beside the date.
    pub weekday: Option<i8>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An amount with its unit; a range is two items that share `range`.
    Quantity {
        /// The number (cents for money).
        number: f64,
        /// Its unit.
        unit: Unit,
        /// Both ends, if it is an end of a range.
        range: Option<(f64, f64)>,
        /// "up to", "at least".
        bound: Bound,
    },
    /// A day.
    Date(Day),
    /// A weekday alone.
    Weekday(i8),
    /// A month alone or with a year.
    Month(i8, Option<i16>),
    /// Tomorrow (1) or yesterday (-1).
    Relative(i8),
    /// Minutes after midnight, zone name if written, instant if known.
    Time(i16, Option<&'static str>, Option<Timestamp>),
    /// Around the clock.
    AllHours,
    /// A link, without its scheme and closing punctuation.
    Url(String),
    /// An e-mail address.
    Email(String),
    /// Digits of a telephone number without country code.
    Phone(String),
    /// An id: letters and digits.
    Id(String),
}

/// One value at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Folded byte range.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub role: Role,
}

/// Takes places so that no two readings overlap.
#[derive(Default)]
pub(super) struct Claims {
    taken: Vec<Range<usize>>,
    items: Vec<Item>,
}

impl Claims {
    fn free(&self, span: &Range<usize>) -> bool {
        self.taken.iter().all(|t| t.end <= span.start || span.end <= t.start)
    }
    /// Claims a place without a value.
    fn skip(&mut self, span: Range<usize>) {
        if self.free(&span) {
            self.taken.push(span);
        }
    }
    /// Claims a place for values; does nothing if it is taken.
    fn put(&mut self, span: Range<usize>, values: impl IntoIterator<Item = Value>) {
        if self.free(&span) {
            self.items.extend(values.into_iter().map(|value| Item { span: span.clone(), value, role: Role::Text }));
            self.taken.push(span);
        }
    }
}

/// All items of a folded text, in order.
pub fn scan(folded: &str, lang: Lang) -> Vec<Item> {
    let mut claims = Claims::default();
    tokens::links(folded, &mut claims);
    dates::scan(folded, &mut claims);
    tokens::ids(folded, &mut claims);
    quantity::scan(folded, lang, &mut claims);
    let mut items = claims.items;
    items.sort_by_key(|i| (i.span.start, i.span.end));
    items
}
