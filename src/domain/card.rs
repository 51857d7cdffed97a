//! What stands in a block beside its words: an order or a price at a glance, the passage behind a source, what can be done right here.
//! Plain values: that they may be shown is proven by `guard::output::Released` alone.

use serde::{Deserialize, Serialize};

/// Where a step lies from where the order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Behind it.
    Done,
    /// The order stands here.
    Current,
    /// Still to come.
    Ahead,
}

/// One step of an order's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// In the reader's language.
    pub name: String,
    /// Behind, here, or still to come.
    pub place: Place,
}

/// How an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The state in few words.
    pub standing: String,
    /// A plain word for a state off the way, such as `On hold`.
    pub mark: Option<String>,
    /// The steps in order; empty for an order that has ended otherwise, such as a cancelled one.
    pub steps: Vec<Step>,
}

/// What an order holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    /// How many, `2 items`.
    pub words: String,
    /// The names that vetting left; shown after a tap.
    pub names: Vec<String>,
    /// How many are not named, `1 more`; absent where none or all are.
    pub more: Option<String>,
    /// The question for the names, where they may be asked for.
    pub ask: Option<Act>,
}

/// What an amount is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// From the plan, for this claim.
    Exact,
    /// A range that may change.
    Estimate,
    /// Without insurance.
    Cash,
}

/// A record at a glance; title, rows and the record's source id stand in the block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Card {
    /// An order.
    Order {
        /// How it stands.
        way: Way,
        /// What it holds.
        items: Items,
        /// "As of …", as the answer tells it.
        as_of: String,
    },
    /// A price: the first row is the amount that leads.
    Price {
        /// What the leading amount is worth.
        worth: Worth,
        /// The same in a few words.
        standing: String,
        /// "As of …", as the answer tells it.
        as_of: String,
    },
}

/// What a button under an answer does. It claims nothing: a question is said by the customer, a person is asked for by them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Says something in the customer's place.
    Ask {
        /// What the button reads.
        label: String,
        /// What is said.
        say: String,
    },
    /// Asks for a person.
    Person {
        /// What the button reads.
        label: String,
    },
}

/// Where a cited passage is read: `GET /api/v1/passages/{page}/{version}/{language}/{section}/{digest}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassageRef {
    /// The page's id.
    pub page: String,
    /// Its version, as cited.
    pub version: u32,
    /// Its language.
    pub language: String,
    /// Position of the section, from 0.
    pub section: usize,
    /// Digest of what it says: a variant for another state, or a later wording, is not what was cited.
    #[serde(default)]
    pub digest: String,
    /// The page's title.
    pub title: String,
    /// Its first day in force, in words.
    pub effective: String,
}
