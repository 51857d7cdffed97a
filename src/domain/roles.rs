//! Who of the staff may do what: one table, which console, guards, tokens and command line read. How somebody came to a role is `identity`'s.

use super::route::{Priority, Queue};
use serde::{Deserialize, Serialize};

/// What somebody of the staff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Service cases and prepared replies.
    Technician,
    /// Clinical cases, in their own words.
    Pharmacist,
    /// A pharmacist who also sees to the others: overview, receivers, what the assistant may answer by itself.
    Lead,
    /// Reads everything and changes nothing in a case; may stop the assistant.
    Privacy,
    /// Reads everything and changes nothing at all.
    Auditor,
    /// Operates the service: figures, no customer's case, and the stop.
    Engineer,
}

/// What a role may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See the queue, with what is personal masked, and search in the cases that they may read.
    Queue,
    /// Read every case. Without it: those that they have claimed or ended.
    ReadAll,
    /// Take cases, and act in them.
    Work,
    /// Take cases of every team and priority. Without it: service of P2 to P4 (LR-34).
    Clinical,
    /// Reply in words of their own. Without it: by prepared replies.
    OwnWords,
    /// Stop the assistant, whole or in part.
    Stop,
    /// Loosen a stop, and let the assistant answer again.
    Loosen,
    /// See the figures over all cases.
    Overview,
    /// Manage webhook receivers and their deliveries: some are told health data.
    Receivers,
}

/// All roles, in the order of the columns of the table.
pub const ROLES: [Role; 6] =
    [Role::Technician, Role::Pharmacist, Role::Lead, Role::Privacy, Role::Auditor, Role::Engineer];

/// Right by right, whether technician, pharmacist, lead, privacy officer, auditor and engineer have it, and how it is called where it is denied.
const TABLE: [(Right, [u8; 6], &str); 9] = [
    (Right::Queue, [1, 1, 1, 1, 1, 0], "see the queue"),
    (Right::ReadAll, [0, 0, 0, 1, 1, 0], "read a case that is not theirs"),
    (Right::Work, [1, 1, 1, 0, 0, 0], "take a case or act in one"),
    (Right::Clinical, [0, 1, 1, 0, 0, 0], "take a case that is for a pharmacist"),
    (Right::OwnWords, [0, 1, 1, 0, 0, 0], "write a reply in their own words"),
    (Right::Stop, [0, 1, 1, 1, 0, 1], "stop the assistant"),
    (Right::Loosen, [0, 0, 1, 0, 0, 0], "loosen a stop or let the assistant answer again"),
    (Right::Overview, [0, 0, 1, 0, 1, 1], "see the overview"),
    (Right::Receivers, [0, 0, 1, 0, 0, 0], "manage webhook receivers"),
];

impl Right {
    fn row(self) -> Option<&'static (Right, [u8; 6], &'static str)> {
        TABLE.iter().find(|(right, ..)| *right == self)
    }
    /// What it is, behind "may not".
    #[must_use]
    pub fn told(self) -> &'static str {
        self.row().map_or("do that", |(.., told)| told)
    }
}

impl Role {
    /// The table's cell; what stands nowhere is denied.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        let column = ROLES.iter().position(|r| *r == self);
        right.row().zip(column).and_then(|((_, cells, _), at)| cells.get(at)) == Some(&1)
    }
    /// All that it may.
    pub fn rights(self) -> impl Iterator<Item = Right> {
        TABLE.iter().map(|(right, ..)| *right).filter(move |right| self.may(*right))
    }
    /// All that somebody may.
    #[must_use]
    pub fn all_rights() -> Vec<Right> {
        TABLE.iter().map(|(right, ..)| *right).collect()
    }
    /// May have a case of a team and a priority.
    #[must_use]
    pub fn may_have(self, queue: Queue, priority: Priority) -> bool {
        let service = queue == Queue::Service && priority >= Priority::P2;
        self.may(Right::Work) && (service || self.may(Right::Clinical))
    }
    /// The word in tokens and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Role::Technician => "technician",
            Role::Pharmacist => "pharmacist",
            Role::Lead => "lead",
            Role::Privacy => "privacy",
            Role::Auditor => "auditor",
            Role::Engineer => "engineer",
        }
    }
    /// The role of a word in tokens and records.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        ROLES.into_iter().find(|role| role.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_roles_and_nobody_is_left_without_a_stop() {
        assert!(ROLES.iter().all(|r| Role::of(r.code()) == Some(*r)) && Role::of("owner").is_none());
        assert!(ROLES.iter().any(|r| r.may(Right::Stop)) && ROLES.iter().any(|r| r.may(Right::Loosen)));
        // Whoever loosens can stop; whoever takes clinical cases can write in them; nobody works in what they may not see.
        for (one, with) in [
            (Right::Loosen, Right::Stop),
            (Right::Clinical, Right::OwnWords),
            (Right::Clinical, Right::Work),
            (Right::Work, Right::Queue),
            (Right::ReadAll, Right::Queue),
        ] {
            assert!(ROLES.iter().all(|r| !r.may(one) || r.may(with)), "{one:?} without {with:?}");
        }
    }
}
