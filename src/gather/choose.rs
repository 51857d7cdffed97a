//! Which of a person's records a question means: those that it names; else what the conversation points back at; else what the
//! question is about; else the latest.

use super::ask::Ask;
use super::subject;
use crate::store::records::Confirmed;

/// Facts of one kind that an answer holds at most.
pub(super) const MOST: usize = 2;

/// How records of one kind fit a question.
pub(super) struct Choice<'c, T> {
    /// Named by number or by medicine.
    pub(super) named: &'c dyn Fn(&T) -> bool,
    /// In a state that is asked about: of several that are named, these.
    pub(super) asked: &'c dyn Fn(&T) -> bool,
    /// Meant where nothing is named.
    pub(super) fits: &'c dyn Fn(&T) -> bool,
    /// The record's name in the conversation.
    pub(super) source: &'c dyn Fn(&T) -> String,
    /// The words may point back at what was spoken of.
    pub(super) may_point_back: bool,
    /// Where nothing fits, nothing is told.
    pub(super) strict: bool,
}

impl<T> Choice<'_, T> {
    /// At most [`MOST`] of `all`, which stand latest first.
    pub(super) fn of<'a>(&self, all: &'a [Confirmed<T>], ask: &Ask<'_>) -> Vec<&'a Confirmed<T>> {
        let asked = pick(all, &|v| (self.named)(v) && (self.asked)(v));
        let named = if asked.is_empty() { pick(all, self.named) } else { asked };
        if !named.is_empty() {
            return named;
        }
        let back = self.pointed_at(all, ask);
        if !back.is_empty() {
            return back;
        }
        let fitting = pick(all, self.fits);
        if fitting.is_empty() && !self.strict { all.iter().take(1).collect() } else { fitting }
    }

    fn pointed_at<'a>(&self, all: &'a [Confirmed<T>], ask: &Ask<'_>) -> Vec<&'a Confirmed<T>> {
        if !self.may_point_back || !subject::points_back(ask.text) || ask.session.subjects.is_empty() {
            return Vec::new();
        }
        let spoken = |v: &T| ask.session.subjects.contains(&(self.source)(v));
        let other = subject::wants_other(ask.text);
        let mut back = pick(all, &|v| if other { !spoken(v) && (self.fits)(v) } else { spoken(v) });
        back.truncate(1);
        back
    }
}

fn pick<'a, T>(all: &'a [Confirmed<T>], keep: &dyn Fn(&T) -> bool) -> Vec<&'a Confirmed<T>> {
    all.iter().filter(|c| keep(&c.value)).take(MOST).collect()
}
