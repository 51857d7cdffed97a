//! How busy the people are: who is at a desk and what waits for them. From it comes the true wait, so that no text promises a time that
//! the queue cannot keep.

use crate::domain::roles::Role;
use crate::domain::route::{Priority, Queue};
use crate::policy::staffing::Staffing;

/// People and cases right now.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Roles of those who look at their console and may take cases.
    pub there: Vec<Role>,
    /// Cases that nobody has, by queue and priority.
    pub waiting: Vec<(Queue, Priority, u32)>,
}

impl Load {
    /// How many are there who may take such a case.
    #[must_use]
    pub fn able(&self, queue: Queue, priority: Priority) -> usize {
        self.there.iter().filter(|role| role.may_have(queue, priority)).count()
    }

    /// Minutes until somebody is free for a case behind `ahead` others; `None` when nobody who may take it is there, for then only the
    /// clocks of `staffing.toml` say anything.
    #[must_use]
    pub fn minutes(&self, staffing: &Staffing, queue: Queue, priority: Priority, ahead: u32) -> Option<i64> {
        let able = i64::try_from(self.able(queue, priority)).ok().filter(|n| *n > 0)?;
        Some(i64::from(ahead) * staffing.minutes_per_case() / able)
    }

    /// Whether a new case would wait longer than its clock allows.
    #[must_use]
    pub fn breaks(&self, staffing: &Staffing, queue: Queue, priority: Priority) -> bool {
        let before = self.waiting.iter().filter(|(q, p, _)| *q == queue && *p <= priority);
        let ahead = before.map(|(_, _, n)| n).sum();
        self.minutes(staffing, queue, priority, ahead).is_some_and(|m| m > staffing.minutes(priority))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staffing() -> Staffing {
        Staffing::parse(include_str!("../../guardrails/staffing.toml")).unwrap()
    }

    #[test]
    fn the_wait_grows_with_what_is_ahead_and_shrinks_with_who_is_there() {
        let (s, p1) = (staffing(), Priority::P1);
        let load = |there: &[Role], n| Load { there: there.to_vec(), waiting: vec![(Queue::Clinical, p1, n)] };
        let (one, two) = ([Role::Pharmacist], [Role::Pharmacist, Role::Lead]);
        assert_eq!(load(&one, 0).minutes(&s, Queue::Clinical, p1, 4), Some(4 * s.minutes_per_case()));
        assert_eq!(load(&two, 0).minutes(&s, Queue::Clinical, p1, 4), Some(2 * s.minutes_per_case()));
        assert!(!load(&one, 1).breaks(&s, Queue::Clinical, p1) && load(&one, 2).breaks(&s, Queue::Clinical, p1));
        assert!(!load(&two, 2).breaks(&s, Queue::Clinical, p1), "two people keep it");
        assert!(!load(&one, 9).breaks(&s, Queue::Clinical, Priority::P0), "an emergency goes first");
        assert!(!load(&one, 9).breaks(&s, Queue::Service, p1), "another team's cases are not ahead");
    }

    #[test]
    fn who_may_not_take_a_case_shortens_no_wait() {
        let load = Load { there: vec![Role::Technician], waiting: vec![(Queue::Clinical, Priority::P1, 9)] };
        assert_eq!(load.minutes(&staffing(), Queue::Clinical, Priority::P1, 9), None);
    }
}
