//! The numbers that a source (a page, a record, a question) holds, by kind.

use super::lex::{self, Kind, Token};
use std::collections::HashSet;

/// Numbers by kind.
#[derive(Default, Clone, Debug)]
pub struct Bag {
    /// Month and day, with the year where the source has one.
    pub dates: HashSet<(Option<i16>, i8, i8)>,
    /// Clock times.
    pub times: HashSet<(i8, i8)>,
    /// Amounts in cents.
    pub money: HashSet<i64>,
    /// Percentages in thousandths.
    pub percents: HashSet<i64>,
    /// Links, e-mails, phones, codes, strengths as written (folded).
    pub names: HashSet<String>,
    /// Numbers in thousandths with a known unit.
    pub counts: HashSet<(i64, &'static str)>,
    /// All plain numbers in thousandths, whatever the unit.
    pub any: HashSet<i64>,
    /// Weekdays that are named.
    pub weekdays: HashSet<i8>,
}

impl Bag {
    /// The numbers of a text.
    pub fn of(text: &str) -> Bag {
        let mut bag = Bag::default();
        bag.read(text);
        bag
    }

    /// Adds the numbers of a text.
    pub fn read(&mut self, text: &str) {
        for token in lex::tokens(text) {
            self.add(&token);
        }
        for word in super::text::words(text) {
            if word.len() > 4 {
                self.weekdays.extend(super::units::weekday(&word));
            }
        }
    }

    fn add(&mut self, token: &Token) {
        match &token.kind {
            Kind::Url(s) | Kind::Mail(s) | Kind::Code(s) | Kind::Phone(s) | Kind::Strength(s) => {
                self.names.insert(s.clone());
            }
            Kind::Date { year, month, day, .. } => {
                self.dates.insert((*year, *month, *day));
            }
            Kind::Time { hour, minute, .. } => {
                self.times.insert((*hour, *minute));
            }
            Kind::Money(cents) => {
                self.money.insert(*cents);
            }
            Kind::Percent(v) => {
                self.percents.insert(*v);
                self.any.insert(*v);
            }
            Kind::Count { value, unit, .. } => {
                self.any.insert(*value);
                if let Some(unit) = unit {
                    self.counts.insert((*value, unit));
                }
            }
        }
    }

    /// Adds all of another bag.
    pub fn join(&mut self, other: &Bag) {
        self.dates.extend(&other.dates);
        self.times.extend(&other.times);
        self.money.extend(&other.money);
        self.percents.extend(&other.percents);
        self.names.extend(other.names.iter().cloned());
        self.counts.extend(&other.counts);
        self.any.extend(&other.any);
        self.weekdays.extend(&other.weekdays);
    }

    /// Whether a date stands here; a missing year on either side fits any year.
    pub fn has_date(&self, year: Option<i16>, month: i8, day: i8) -> bool {
        match year {
            Some(_) => self.dates.contains(&(year, month, day)) || self.dates.contains(&(None, month, day)),
            None => self.dates.iter().any(|d| d.1 == month && d.2 == day),
        }
    }
}
