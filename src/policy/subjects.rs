//! `subjects.toml`: words that tell what a message is about. Compiled into the binary, since a wrong pattern must stop the build's
//! tests, not a running server.

use regex::RegexSet;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

const SUBJECTS: &str = include_str!("../../guardrails/subjects.toml");
/// The file that is compiled in, by name.
pub const BUILT_IN: [(&str, &str); 1] = [("subjects.toml", SUBJECTS)];

/// Days before today that words stand for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// One day, so many days ago.
    Back {
        /// How many.
        days: u8,
    },
    /// The days of about a week ago.
    LastWeek,
    /// The month before this one.
    LastMonth,
    /// The last such day before today.
    Weekday {
        /// From Monday as 1 to Sunday as 7.
        of: i8,
    },
}

/// Words that pick a record by its day.
#[derive(Debug)]
pub struct Pick {
    /// Any of these.
    pub words: RegexSet,
    /// The day.
    pub day: Day,
}

/// The compiled lists.
#[derive(Debug)]
pub struct Subjects {
    /// One's own matter.
    pub own: RegexSet,
    /// A general question.
    pub general: RegexSet,
    /// A question of how things work.
    pub how: RegexSet,
    /// A status question.
    pub status: RegexSet,
    /// An order or a parcel.
    pub order: RegexSet,
    /// Speaks of a prescription.
    pub prescription: RegexSet,
    /// Pointing back.
    pub back: RegexSet,
    /// The other of two.
    pub other: RegexSet,
    /// Wants a person now.
    pub person: RegexSet,
    /// Is put as a question.
    pub question: RegexSet,
    /// Something was taken or swallowed.
    pub swallowed: RegexSet,
    /// Warm, frozen, melted.
    pub temperature: RegexSet,
    /// Pregnant, nursing or trying to be.
    pub expecting: RegexSet,
    /// Opens like the rest of an earlier message.
    pub goes_on: RegexSet,
    /// Stands for something that was named before.
    pub pronoun: RegexSet,
    /// Words that name no subject.
    pub filler: HashSet<String>,
    /// Words that pick an order by its day.
    pub picks: Vec<Pick>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Raw {
    own: Vec<String>,
    general: Vec<String>,
    how: Vec<String>,
    status: Vec<String>,
    order: Vec<String>,
    prescription: Vec<String>,
    back: Vec<String>,
    other: Vec<String>,
    person: Vec<String>,
    question: Vec<String>,
    swallowed: Vec<String>,
    temperature: Vec<String>,
    expecting: Vec<String>,
    goes_on: Vec<String>,
    pronoun: Vec<String>,
    filler: HashSet<String>,
    picks: Vec<RawPick>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPick {
    words: Vec<String>,
    day: Day,
}

/// The lists; a pattern that does not compile matches nothing, and a test holds that all compile.
pub fn subjects() -> &'static Subjects {
    static LISTS: LazyLock<Subjects> = LazyLock::new(|| {
        let raw: Raw = toml::from_str(SUBJECTS).unwrap_or_default();
        let set = |list: &[String]| RegexSet::new(list).unwrap_or_default();
        Subjects {
            own: set(&raw.own),
            general: set(&raw.general),
            how: set(&raw.how),
            status: set(&raw.status),
            order: set(&raw.order),
            prescription: set(&raw.prescription),
            back: set(&raw.back),
            other: set(&raw.other),
            person: set(&raw.person),
            question: set(&raw.question),
            swallowed: set(&raw.swallowed),
            temperature: set(&raw.temperature),
            expecting: set(&raw.expecting),
            goes_on: set(&raw.goes_on),
            pronoun: set(&raw.pronoun),
            filler: raw.filler,
            picks: raw.picks.iter().map(|p| Pick { words: set(&p.words), day: p.day }).collect(),
        }
    });
    &LISTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_compiles() {
        let s = subjects();
        assert!(
            [
                &s.own,
                &s.general,
                &s.how,
                &s.status,
                &s.order,
                &s.back,
                &s.other,
                &s.person,
                &s.question,
                &s.swallowed,
                &s.temperature,
                &s.expecting,
                &s.goes_on,
                &s.pronoun
            ]
            .iter()
            .all(|set| !set.is_empty())
        );
        assert!(!s.filler.is_empty() && s.picks.len() == 11 && s.picks.iter().all(|p| !p.words.is_empty()));
        assert!(s.own.is_match("where is my order") && s.general.is_match("how long does shipping take"));
        let wants = |t: &str| s.person.is_match(t) || !s.question.is_match(t);
        assert!(wants("can i talk to a person?") && wants("agent") && wants("quiero hablar con alguien"));
        assert!(!wants("what time do your phone folks go home?") && !wants("am i talking to a computer right now?"));
        assert!(s.back.is_match("and the other one?") && s.other.is_match("y el otro?"));
    }
}
