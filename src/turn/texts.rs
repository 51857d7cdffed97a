//! Fixed texts and phrases as this turn's reader gets them: in their language, with the promise of their case.

use super::Desk;
use crate::domain::blocks::BlockKind;
use crate::domain::labels::Risk;
use crate::escalate::ticket::{Case, promise};
use crate::guard::output::Released;

impl<'a> Desk<'a, '_> {
    pub(super) fn texts(&self, fired: &[Risk]) -> Vec<&'a str> {
        self.engine.texts_of(fired)
    }

    pub(super) fn fixed(&self, ids: &[&str]) -> Released {
        self.engine.output.fixed(ids, self.request.frame.lang, false, None)
    }

    pub(super) fn fixed_with(&self, ids: &[&str], both: bool, case: &Case) -> Released {
        let frame = &self.request.frame;
        let promise = promise(&self.engine.policy, case, frame.now, &frame.zone, frame.lang, &self.request.load);
        self.engine.output.fixed(ids, frame.lang, both, Some(promise))
    }

    pub(super) fn hand_over_line(&self, case: &Case) -> Released {
        let frame = &self.request.frame;
        let promise = promise(&self.engine.policy, case, frame.now, &frame.zone, frame.lang, &self.request.load);
        let care = self.engine.wording.constants(frame.lang).remove("CARE_PHONE").unwrap_or_default();
        match promise.time {
            Some(time) => self.engine.output.phrase("passed_on", BlockKind::Fixed, frame.lang, &[("time", &time)]),
            None => {
                self.engine.output.phrase("passed_on_phone", BlockKind::Fixed, frame.lang, &[("CARE_PHONE", &care)])
            }
        }
    }

    pub(super) fn phrase(&self, id: &str, kind: BlockKind) -> Released {
        self.engine.output.phrase(id, kind, self.request.frame.lang, &[])
    }
}
