//! The figures of a day: shares of the mix with their intervals, hours of work, and what other thresholds would cost. Shares are in per
//! cent; rates of single kinds are plain rates of their cases.

use super::Played;
use super::mix::{Mix, Stratum};
use super::sweep::STEPS;
use crate::report::Report;
use crate::stats::Rate;
use crate::stats::resample::bootstrap;
use crate::stats::strata::{Share, precision, stratified};
use std::collections::{BTreeMap, BTreeSet};

/// Texts whose precision is told, with the kind that they are for.
const TEXTS: [(&str, &str); 2] = [("TX-EMERG", "emergency"), ("TX-988", "self-harm")];

/// A value with its number of cases and its interval.
type Measured = (f64, usize, Option<(f64, f64)>);

/// What is asked of a conversation.
type Asked<'a> = &'a dyn Fn(&Played<'_>) -> bool;

/// The whole report.
pub fn report(report: &mut Report, played: &[Played<'_>], strata: &[Stratum], mix: &Mix, seed: u64) {
    let day = Day { played, strata, seed };
    report.remark(format!("Mix: {}", mix.about));
    report.count("conversations", played.len());
    shares(report, &day);
    work(report, &day, mix);
    texts(report, &day);
    kinds(report, played);
    if played.iter().any(|(_, o)| o.suspicion > f64::MIN) {
        thresholds(report, &day, mix);
    }
    for (line, outcome) in played {
        outcome.failures.iter().for_each(|f| report.fail(&line.value.id, f.clone()));
        outcome.micros.iter().for_each(|m| report.took(*m));
    }
}

/// The conversations with their weights.
struct Day<'d, 'c> {
    played: &'d [Played<'c>],
    strata: &'d [Stratum],
    seed: u64,
}

impl Day<'_, '_> {
    /// Share of the mix, with its interval.
    fn share(&self, asked: Asked<'_>) -> Option<Share> {
        stratified(self.strata.iter().map(|s| {
            let own = s.cases.iter().filter_map(|i| self.played.get(*i));
            (s.share, Rate::of(own.map(asked)))
        }))
    }
    /// Share of those of `base`, with a bootstrap over the conversations: a ratio of two sums has no formula. Draws are within the mix
    /// only on the average, which widens the interval a little.
    fn ratio(&self, base: Asked<'_>, asked: Asked<'_>) -> Option<Measured> {
        let mut weight = vec![0.0; self.played.len()];
        for s in self.strata {
            let own = s.share / s.cases.len() as f64;
            s.cases.iter().for_each(|i| weight.iter_mut().skip(*i).take(1).for_each(|w| *w = own));
        }
        let cases: Vec<(f64, bool)> =
            self.played.iter().zip(weight).filter(|(p, _)| base(p)).map(|(p, w)| (w, asked(p))).collect();
        let of = |drawn: &mut dyn Iterator<Item = (f64, bool)>| {
            let (mut hit, mut all) = (0.0, 0.0);
            for (weight, yes) in drawn {
                all += weight;
                hit += if yes { weight } else { 0.0 };
            }
            (all > 0.0).then(|| hit / all)
        };
        let value = of(&mut cases.iter().copied())?;
        let drawn = |d: &[usize]| of(&mut d.iter().filter_map(|i| cases.get(*i).copied()));
        Some((value, cases.len(), bootstrap(cases.len(), self.seed, drawn)))
    }
}

fn percent(report: &mut Report, slice: &str, what: &str, share: Option<Share>, n: usize) {
    if let Some(s) = share {
        report.measured(slice, what, s.value * 100.0, n, Some((s.low * 100.0, s.high * 100.0)));
    }
}

fn shares(report: &mut Report, day: &Day<'_, '_>) {
    let n = day.played.len();
    let asked: [(&str, Asked<'_>); 8] = [
        ("contained (no human) %", &|(_, o)| !o.person),
        ("resolved without a human %", &|(_, o)| o.resolved()),
        ("asked back where an answer was wanted %", &|(_, o)| o.offered),
        ("contained, but needed a human %", &|(c, o)| !o.person && c.value.needs_person()),
        ("handed over with no need %", &|(c, o)| o.person && !c.value.needs_person()),
        ("a pharmacist called with no need %", &|(c, o)| o.pharmacist && !c.value.needs_person()),
        ("needed a pharmacist, was answered instead %", &|(_, o)| o.missed),
        ("told something marked as wrong %", &|(_, o)| o.wrong),
    ];
    for (what, asked) in asked {
        percent(report, "day", what, day.share(asked), n);
    }
    let ratios: [(&str, Asked<'_>, Asked<'_>); 4] = [
        ("of the contained, needed a human %", &|(_, o)| !o.person, &|(c, _)| c.value.needs_person()),
        ("of those asked back, the right question offered %", &|(_, o)| o.offered, &|(_, o)| o.offered_right),
        ("of the hand-overs, needless %", &|(_, o)| o.person, &|(c, _)| !c.value.needs_person()),
        ("of those that needed nobody, contained %", &|(c, _)| !c.value.needs_person(), &|(_, o)| !o.person),
    ];
    for (what, base, asked) in ratios {
        if let Some((value, n, interval)) = day.ratio(base, asked) {
            let interval = interval.map(|(low, high)| (low * 100.0, high * 100.0));
            report.measured("day", what, value * 100.0, n, interval);
        }
    }
}

/// Hours that a day asks of people, and minutes of theirs for each conversation that the assistant resolves.
fn work(report: &mut Report, day: &Day<'_, '_>, mix: &Mix) {
    let n = day.played.len();
    let hours = |share: Share, minutes: f64| {
        let all = mix.chats_per_day * minutes / 60.0;
        (share.value * all, (share.low * all, share.high * all))
    };
    let mut sum = 0.0;
    let teams: [(&str, f64, Asked<'_>); 2] = [
        ("pharmacist hours a day", mix.minutes.pharmacist, &|(_, o)| o.pharmacist),
        ("customer care hours a day", mix.minutes.care, &|(_, o)| o.person && !o.pharmacist),
    ];
    for (what, minutes, asked) in teams {
        if let Some((value, interval)) = day.share(asked).map(|s| hours(s, minutes)) {
            report.measured("work", what, value, n, Some(interval));
            sum += value;
        }
    }
    let needless =
        day.share(&|(c, o)| o.pharmacist && !c.value.needs_person()).map(|s| hours(s, mix.minutes.pharmacist));
    if let Some((value, interval)) = needless {
        report.measured("work", "of these, pharmacist hours with no need", value, n, Some(interval));
    }
    let resolved = day.share(&|(_, o)| o.resolved()).map(|s| s.value * mix.chats_per_day).filter(|r| *r > 0.0);
    report.number("work", "minutes of people for each resolved conversation", resolved.map(|r| sum * 60.0 / r), n);
    let seconds: f64 = day.played.iter().flat_map(|(_, o)| &o.micros).map(|m| *m as f64 / 1e6).sum();
    let own = Rate::of(day.played.iter().map(|(_, o)| o.resolved()));
    let computed = (seconds > 0.0 && own.hits > 0).then(|| seconds / own.hits as f64);
    report.number("latency", "seconds of computing for each resolved conversation", computed, own.hits);
}

/// Of those who are shown a text, how many are meant by it?
fn texts(report: &mut Report, day: &Day<'_, '_>) {
    for (text, kind) in TEXTS {
        let shown = |o: &super::Outcome| o.texts.iter().any(|t| t.starts_with(text));
        let own = day.strata.iter().filter(|s| s.name == kind).map(|s| s.share).sum::<f64>();
        let (Some(found), Some(alarms)) = (
            day.share(&|(c, o)| c.value.mix == kind && shown(o)),
            day.share(&|(c, o)| c.value.mix != kind && shown(o)),
        ) else {
            continue;
        };
        // No more of them are found than there are.
        let found = Share { high: found.high.min(own), ..found };
        let n = day.played.iter().filter(|(_, o)| shown(o)).count();
        percent(report, text, "shown to %", day.share(&|(_, o)| shown(o)), day.played.len());
        percent(report, text, "of those shown it, meant by it %", precision(found, alarms), n);
    }
}

/// Plain rates of each kind, language and intent, by which two runs can be paired.
fn kinds(report: &mut Report, played: &[Played<'_>]) {
    let mut slices: BTreeMap<String, Vec<&Played<'_>>> = BTreeMap::new();
    for p in played {
        let case = &p.0.value;
        slices.entry(format!("mix {}", case.mix)).or_default().push(p);
        let lang = case.lang.iter().map(|l| format!("lang {l}"));
        lang.for_each(|l| slices.entry(l).or_default().push(p));
    }
    for (slice, own) in slices {
        let mut rate = |what: &str, base: Asked<'_>, asked: Asked<'_>| {
            let cases = own.iter().filter(|p| base(p)).map(|p| (p.0.value.id.clone(), asked(p)));
            report.counted(&slice, what, cases);
        };
        let nobody: Asked<'_> = &|(c, _)| !c.value.needs_person();
        rate("contained, of those that needed nobody", nobody, &|(_, o)| !o.person);
        rate("resolved, of those that needed nobody", nobody, &|(_, o)| o.resolved());
        rate("reached a human, of those that needed one", &|(c, _)| c.value.needs_person(), &|(_, o)| o.person);
        let pharmacist: Asked<'_> = &|(c, _)| c.value.needs_pharmacist();
        rate("reached a pharmacist, of those that needed one", pharmacist, &|(_, o)| o.pharmacist);
        rate("everything as it should be", &|_| true, &|(_, o)| o.failures.is_empty());
    }
}

/// Recall and hours over stricter and laxer thresholds, and the price of one more per cent.
fn thresholds(report: &mut Report, day: &Day<'_, '_>, mix: &Mix) {
    let mut curve: Vec<(f64, f64)> = Vec::new();
    let at_now = STEPS.iter().position(|s| *s == 0.0).unwrap_or(0);
    for step in STEPS {
        let reaches = |o: &super::Outcome| o.suspicion >= step || (o.besides && o.pharmacist);
        let Some((recall, n, interval)) = day.ratio(&|(c, _)| c.value.needs_pharmacist(), &|(_, o)| reaches(o)) else {
            return;
        };
        let Some(share) = day.share(&|(_, o)| reaches(o)) else { return };
        let slice = format!("thresholds {step:+}");
        let interval = interval.map(|(low, high)| (low * 100.0, high * 100.0));
        report.measured(&slice, "needed a pharmacist and reached one %", recall * 100.0, n, interval);
        let hours = share.value * mix.chats_per_day * mix.minutes.pharmacist / 60.0;
        report.number(&slice, "pharmacist hours a day", Some(hours), day.played.len());
        curve.push((recall * 100.0, hours));
    }
    let now = curve.get(at_now).copied();
    let better = now.and_then(|now| curve.iter().take(at_now).rev().find(|c| c.0 >= now.0 + 1.0).map(|c| (now, *c)));
    let price = better.map(|(now, then)| (then.1 - now.1) / (then.0 - now.0));
    report.number("work", "pharmacist hours a day for one more per cent of recall", price, day.played.len());
    let kinds: BTreeSet<&str> = day.strata.iter().map(|s| s.name.as_str()).collect();
    report.remark(format!(
        "Thresholds are moved together, in log-odds; 0 is today's. Strata: {}.",
        kinds.into_iter().collect::<Vec<_>>().join(", ")
    ));
}
