//! What a subcommand reported, as metrics with an id, and what a row of a suite says about one: met, not met, or undecided.

use super::file::Row;
use crate::failure::Failure;
use crate::stats::Rate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Slices whose figures are times: a run without timing has none.
const TIMES: [&str; 2] = ["latency/", "until "];

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// `slice/measure`.
    pub id: String,
    /// A share for a rate.
    pub value: f64,
    /// Events, when it is a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hits: Option<usize>,
    /// Of how many; 0 for a count.
    pub n: usize,
    /// Lower end of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// What the evidence says of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval is on the right side.
    Met,
    /// The limit lies inside the interval.
    Undecided,
    /// The whole interval is on the wrong side.
    NotMet,
    /// There is no such figure.
    NotMeasured,
}

impl Metric {
    /// All figures of a subcommand's report file.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn all(report: &Value) -> Result<Vec<Self>, Failure> {
        let failed = report["failed"].as_array().map_or(0, Vec::len);
        let counts = report["counts"].as_object().into_iter().flatten();
        let counts = counts.filter_map(|(what, n)| Some((what.clone(), n.as_u64()?)));
        let exact = |(what, n): (String, u64)| Self {
            id: format!("count/{what}"),
            value: n as f64,
            hits: None,
            n: 0,
            low: None,
            high: None,
        };
        let counts = counts.chain([("not as expected".to_owned(), failed as u64)]).map(exact);
        let found = report["results"].as_array().ok_or_else(|| Failure::internal("a report without results"))?;
        Ok(found.iter().filter_map(Self::of).chain(counts).collect())
    }

    fn of(line: &Value) -> Option<Self> {
        let size = |key: &str| line[key].as_u64().and_then(|n| usize::try_from(n).ok());
        Some(Self {
            id: format!("{}/{}", line["slice"].as_str()?, line["measure"].as_str()?),
            value: line["rate"].as_f64().or_else(|| line["value"].as_f64())?,
            hits: size("hits"),
            n: size("n")?,
            low: line["low"].as_f64(),
            high: line["high"].as_f64(),
        })
    }

    /// Before the last stroke.
    pub fn slice(&self) -> &str {
        self.id.rsplit_once('/').map_or("", |(slice, _)| slice)
    }
    /// Behind it.
    pub fn measure(&self) -> &str {
        self.id.rsplit_once('/').map_or(self.id.as_str(), |(_, measure)| measure)
    }
    /// True for times, which are a machine's own.
    pub fn is_time(&self) -> bool {
        is_time(&self.id)
    }
    /// As a rate, when it is one.
    pub fn rate(&self) -> Option<Rate> {
        Some(Rate { hits: self.hits?, n: self.n })
    }
    /// `93.1 %`, `17`, `0.9873`.
    pub fn shown(&self) -> String {
        match self.rate() {
            Some(rate) => rate.shown(),
            None if self.n == 0 => format!("{:.0}", self.value),
            None => number(self.value),
        }
    }
    /// `90.2 to 95.3`, or the bound when there was no event; empty without an interval.
    pub fn interval_shown(&self) -> String {
        match (self.rate(), self.low, self.high) {
            (Some(rate), ..) => rate.interval_shown(),
            (None, Some(low), Some(high)) => format!("{} to {}", number(low), number(high)),
            _ => String::new(),
        }
    }
    /// `n = 300`; empty for a count.
    pub fn n_shown(&self) -> String {
        if self.n == 0 { String::new() } else { self.n.to_string() }
    }
}

fn is_time(id: &str) -> bool {
    TIMES.iter().any(|t| id.starts_with(t))
}

fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

impl Row {
    /// What the evidence says; a figure without an interval is judged by itself.
    pub fn judge(&self, metric: Option<&Metric>) -> Verdict {
        let Some(metric) = metric else { return Verdict::NotMeasured };
        if self.none {
            return if metric.value == 0.0 { Verdict::Met } else { Verdict::NotMet };
        }
        let (low, high) = (metric.low.unwrap_or(metric.value), metric.high.unwrap_or(metric.value));
        let (right, wrong) = match (self.floor, self.ceiling) {
            (Some(floor), _) => (low >= floor, high < floor),
            (None, Some(ceiling)) => (high <= ceiling, low > ceiling),
            (None, None) => (true, false),
        };
        match (right, wrong) {
            (true, _) => Verdict::Met,
            (_, true) => Verdict::NotMet,
            _ => Verdict::Undecided,
        }
    }
    /// True when a verdict stops a release. A figure that is missing does too, but a time in a run without timing.
    pub fn fails(&self, verdict: Verdict, timed: bool) -> bool {
        match verdict {
            Verdict::Met => false,
            Verdict::NotMet => true,
            Verdict::Undecided => self.shown,
            Verdict::NotMeasured => timed || !is_time(&self.metric),
        }
    }
    /// `at least 97 %`, in the measure's own unit.
    pub fn limit_shown(&self, metric: Option<&Metric>) -> String {
        let share = metric.is_none_or(|m| m.hits.is_some());
        let unit =
            |limit: f64| if share { format!("{} %", crate::stats::round(limit * 100.0)) } else { limit.to_string() };
        match (self.none, self.floor, self.ceiling) {
            (true, ..) => "none".into(),
            (_, Some(floor), _) => format!("at least {}", unit(floor)),
            (_, _, Some(ceiling)) => format!("at most {}", unit(ceiling)),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(limit: &str) -> Row {
        toml::from_str(&format!("says = 's'\nmetric = 'a/b'\n{limit}")).unwrap()
    }

    fn rate(hits: usize, n: usize) -> Metric {
        let (low, high) = Rate { hits, n }.interval().unwrap();
        let value = Rate { hits, n }.share().unwrap();
        Metric { id: "a/b".into(), value, hits: Some(hits), n, low: Some(low), high: Some(high) }
    }

    #[test]
    fn the_whole_interval_decides_not_the_point() {
        let floor = row("floor = 0.9");
        assert_eq!(floor.judge(Some(&rate(98, 100))), Verdict::Met);
        // 88 of 100 is below, but 0.9 is within 80.2 to 93.0.
        assert_eq!(floor.judge(Some(&rate(88, 100))), Verdict::Undecided);
        assert_eq!(floor.judge(Some(&rate(80, 100))), Verdict::NotMet);
        let ceiling = row("ceiling = 0.05");
        assert_eq!(ceiling.judge(Some(&rate(0, 100))), Verdict::Met);
        assert_eq!(ceiling.judge(Some(&rate(3, 100))), Verdict::Undecided);
        assert_eq!(ceiling.judge(Some(&rate(15, 100))), Verdict::NotMet);
        assert_eq!(row("none = true").judge(Some(&rate(1, 9_000))), Verdict::NotMet);
        assert_eq!(floor.judge(None), Verdict::NotMeasured);
    }

    #[test]
    fn only_what_must_be_shown_fails_when_undecided() {
        let (plain, shown) = (row("floor = 0.9"), row("floor = 0.9\nshown = true"));
        assert!(!plain.fails(Verdict::Undecided, true) && shown.fails(Verdict::Undecided, true));
        assert!(plain.fails(Verdict::NotMet, true) && plain.fails(Verdict::NotMeasured, false));
        let time = Row { metric: "latency/median ms".into(), ..row("ceiling = 9.0") };
        assert!(time.fails(Verdict::NotMeasured, true) && !time.fails(Verdict::NotMeasured, false));
    }

    #[test]
    fn a_report_becomes_metrics_with_its_counts() {
        let report = serde_json::json!({"counts": {"cases": 4}, "failed": [{"id": "x", "what": "y"}], "results": [
            {"slice": "R1", "measure": "recall", "hits": 3, "n": 4, "rate": 0.75, "low": 0.3, "high": 0.95},
            {"slice": "latency", "measure": "median ms", "value": 12.5, "n": 4, "low": null, "high": null}]});
        let all = Metric::all(&report).unwrap();
        let ids: Vec<&str> = all.iter().map(|m| m.id.as_str()).collect();
        assert_eq!(ids, ["R1/recall", "latency/median ms", "count/cases", "count/not as expected"]);
        assert_eq!((all[0].shown().as_str(), all[1].shown().as_str(), all[3].value), ("75.0 %", "12.5", 1.0));
        assert!(Metric::all(&serde_json::json!({})).is_err());
    }
}
