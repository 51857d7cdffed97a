//! The report as JSON: rows with verdicts, all figures, digests; rates also with Clopper and Pearson's exact interval.

use super::summary::Counts;
use crate::stats::exact::clopper_pearson;
use crate::stats::round;
use crate::suite::folder::{Part, Run};
use crate::suite::metric::Metric;
use serde_json::{Value, json};

/// The whole record.
pub fn record(run: &Run) -> Value {
    let counts = Counts::of(run);
    let rows = run.rows().map(|(part, row, metric, verdict)| {
        json!({
            "entry": part.entry.name, "says": row.says, "metric": row.metric, "floor": row.floor, "ceiling": row.ceiling,
            "none": row.none, "verdict": row.is_gate().then_some(verdict),
            "fails": row.is_gate() && row.fails(verdict, run.timed), "figure": metric.map(figure),
        })
    });
    json!({
        "summary": counts.sentence(), "met": counts.met, "not_met": counts.not_met, "undecided": counts.undecided,
        "not_measured": counts.not_measured, "rows": rows.collect::<Vec<_>>(), "product": run.product,
        "commit": run.commit, "seed": run.seed, "machine": run.machine,
        "entries": run.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(part: &Part) -> Value {
    json!({
        "name": part.entry.name, "about": part.entry.about, "command": part.entry.command_line().join(" "), "split": part.entry.split,
        "digests": part.digests, "decisions": part.decisions, "seconds": part.seconds,
        "figures": part.metrics.iter().map(figure).collect::<Vec<_>>(), "failed": part.failed,
    })
}

fn figure(metric: &Metric) -> Value {
    let mut out = json!(metric);
    if let Some((low, high)) = metric.rate().and_then(clopper_pearson) {
        out["exact"] = json!([round(low), round(high)]);
    }
    out
}

/// A digest or setting without quotation marks.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
