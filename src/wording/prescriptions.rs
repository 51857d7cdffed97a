//! Prescriptions in words.

use super::{FactWords, Line, Telling, Wording, dates};
use crate::domain::facts::Prescription;

impl Wording {
    pub(super) fn prescription(&self, p: &Prescription, t: Telling<'_>) -> FactWords {
        let mut w = FactWords::default();
        let sentence = self.rx_sentence(p, t);
        let rx = self.rx_name(p, t);
        let slots = [("sentence", sentence.as_str()), ("rx", rx.as_str())];
        w.push(Line::State, self.say("rx_is", t.lang, &slots));
        w.push(Line::More, self.say("rx_more", t.lang, &slots));
        self.detail(&mut w, p, t);
        self.contacted(&mut w, p, t);
        self.plan(&mut w, p, t);
        self.refills(&mut w, p, &rx, t);
        if let Some(until) = p.valid_until {
            w.push(
                Line::Valid,
                self.say("valid_until", t.lang, &[("rx", &rx), ("date", &dates::full_day(until, t.lang))]),
            );
        }
        w.next_step = self.rx_next_step(p, t);
        w.source = self.say("source_record", t.lang, &[]);
        w
    }

    /// The state in the words of what is known of it: how far a transfer is, which of expired and used up, who cancelled it; else the
    /// state's own.
    pub(super) fn rx_sentence(&self, p: &Prescription, t: Telling<'_>) -> String {
        let ended = || match (p.valid_until, p.refills_left) {
            _ if !p.state.among(&["P17"]) => None,
            (Some(last), _) if p.has_expired(t.today) => {
                Some(self.say("rx_expired", t.lang, &[("date", &dates::full_day(last, t.lang))]))
            }
            (_, Some(0)) => Some(self.say("rx_used_up", t.lang, &[])),
            _ => None,
        };
        let cancelled = || {
            let who = p.cancelled_by.as_deref().filter(|_| p.state.among(&["P16"]))?;
            let id = match who {
                "customer" => "rx_cancelled_customer",
                "prescriber" => "rx_cancelled_prescriber",
                _ => "rx_cancelled_pharmacy",
            };
            Some(self.say(id, t.lang, &[]))
        };
        self.transfer(p, t).or_else(ended).or_else(cancelled).unwrap_or_else(|| self.sentence(p.state, t))
    }

    /// How far a transfer is, where the feed tells more than that it was asked for.
    fn transfer(&self, p: &Prescription, t: Telling<'_>) -> Option<String> {
        let pharmacy = p.other_pharmacy.as_deref()?;
        let id = match (p.state.to_string().as_str(), p.details.transfer_status.as_deref()?) {
            ("P18", "waiting for the other pharmacy") => "transfer_waiting",
            ("P18", "transferred") => "transfer_done",
            ("P18", FAILED) => "transfer_failed",
            ("P19", "sent") => {
                let day = dates::day(p.details.sent_on?, t.lang);
                return Some(self.say("transfer_sent", t.lang, &[("pharmacy", pharmacy), ("date", &day)]));
            }
            _ => return None,
        };
        Some(self.say(id, t.lang, &[("pharmacy", pharmacy)]))
    }

    /// What the customer can do about a prescription: by its state, by who cancelled it, or about a transfer that failed.
    pub(super) fn rx_next_step(&self, p: &Prescription, t: Telling<'_>) -> Option<String> {
        let failed = p.details.transfer_status.as_deref() == Some(FAILED);
        match (p.state.to_string().as_str(), p.cancelled_by.as_deref()) {
            ("P18", _) if failed => Some(self.say("next_transfer_failed", t.lang, &[])),
            ("P16", Some("customer")) => Some(self.say("next_cancelled_customer", t.lang, &[])),
            ("P16", Some("prescriber")) => Some(self.say("next_cancelled_prescriber", t.lang, &[])),
            ("P16", Some(_)) => Some(self.say("next_cancelled_pharmacy", t.lang, &[])),
            _ => self.next_step(p.state, t),
        }
    }

    /// The number, with the drug's name only where vetting left it.
    pub(super) fn rx_name(&self, p: &Prescription, t: Telling<'_>) -> String {
        if p.medication.name.is_empty() {
            return p.number.clone();
        }
        self.say("rx_named", t.lang, &[("number", &p.number), ("drug", &p.medication.name)])
    }

    fn detail(&self, w: &mut FactWords, p: &Prescription, t: Telling<'_>) {
        let state = p.state.to_string();
        let pairs = [
            ("missing", "missing", t.told(&p.missing, &p.details.missing_es), state == "P04"),
            (
                "other_pharmacy",
                "pharmacy",
                p.other_pharmacy.as_deref(),
                matches!(state.as_str(), "P18" | "P19") && self.transfer(p, t).is_none(),
            ),
        ];
        for (id, slot, value, here) in pairs {
            if let (Some(value), true) = (value, here) {
                w.push(Line::Detail, self.say(id, t.lang, &[(slot, value)]));
            }
        }
        if let (Some(reason), "P18") = (t.told(&p.details.reason, &p.details.reason_es), state.as_str()) {
            w.push(Line::Detail, self.say("reason_ours", t.lang, &[("reason", reason)]));
        }
    }

    /// When the prescriber was asked, and that no answer is recorded since.
    fn contacted(&self, w: &mut FactWords, p: &Prescription, t: Telling<'_>) {
        let Some(at) = p.details.contacted_at.filter(|_| p.state.among(&["P07", "P09"])) else { return };
        let d = &p.details;
        let time = dates::moment(at, t.zone, t.lang);
        let (how, why) = (t.told(&d.contact_method, &d.contact_method_es), t.told(&d.reason, &d.reason_es));
        let text = match (how, why) {
            (Some(how), Some(why)) => self.say("contacted_why", t.lang, &[("time", &time), ("how", how), ("why", why)]),
            _ => self.say("contacted", t.lang, &[("time", &time)]),
        };
        w.push(Line::Contacted, text);
    }

    fn plan(&self, w: &mut FactWords, p: &Prescription, t: Telling<'_>) {
        if let Some(text) = self.approval(p, t) {
            w.push(Line::Plan, text);
        } else if let (Some(code), "P06" | "P07" | "P08") = (p.reject.as_deref(), p.state.to_string().as_str()) {
            w.push(Line::Plan, self.say(reject_phrase(code), t.lang, &[]));
        }
        if let Some(day) = p.pays_again_on {
            w.push(Line::Again, self.say("pays_again", t.lang, &[("date", &dates::day(day, t.lang))]));
        }
    }

    /// Who has the request for prior approval, or how it was decided; until the fill is under way.
    fn approval(&self, p: &Prescription, t: Telling<'_>) -> Option<String> {
        let (status, since) = p.details.approval.as_ref().filter(|_| p.state.among(&BEFORE_FILLING))?;
        let date = dates::day(since.to_zoned(t.zone.clone()).date(), t.lang);
        let id = match status.as_str() {
            "waiting for the prescriber" => "approval_prescriber",
            "waiting for the plan's decision" => "approval_plan",
            "appeal: waiting for the plan's decision" => "approval_appeal",
            "denied" => "approval_denied",
            "approved" => "approval_given",
            _ => return None,
        };
        Some(self.say(id, t.lang, &[("date", &date)]))
    }

    fn refills(&self, w: &mut FactWords, p: &Prescription, rx: &str, t: Telling<'_>) {
        let Some(left) = p.refills_left else { return };
        if left == 0 {
            w.push(Line::Refills, self.say("refills_none", t.lang, &[("rx", rx)]));
            return;
        }
        let n = left.to_string();
        let words = self.say(if left == 1 { "refill_one" } else { "refill_many" }, t.lang, &[("n", &n)]);
        w.push(Line::Refills, self.say("refills", t.lang, &[("rx", rx), ("n", &words)]));
        if matches!(p.state.to_string().as_str(), "P13" | "P14") {
            w.push(Line::RefillHow, self.say("refill_how", t.lang, &[]));
        }
    }
}

/// States in which the plan's answer still decides what happens next.
const BEFORE_FILLING: [&str; 8] = ["P05", "P06", "P07", "P08", "P09", "P10", "P12", "P13"];
/// The feed's word for a transfer that did not work.
const FAILED: &str = "could not be transferred";

/// Plain words of a reject code (DOMAIN.md 3.5); the code itself is never shown.
fn reject_phrase(code: &str) -> &'static str {
    match code {
        "06" | "07" | "08" | "09" => "reject_card",
        "65" | "69" => "reject_inactive",
        "40" => "reject_network",
        "41" => "reject_other_plan",
        "70" | "MR" => "reject_not_covered",
        "75" | "3W" | "3Y" => "reject_pa",
        "76" | "9G" | "7X" => "reject_limit",
        "608" => "reject_step",
        "79" => "reject_soon",
        "88" => "reject_review",
        "78" => "reject_cost",
        "92" | "99" => "reject_down",
        _ => "reject_other",
    }
}
