//! Which plots an entry's predictions allow.

use super::cases::Known;
use crate::failure::Failure;
use crate::plot::classes::{self, Budget, ENOUGH};
use crate::plot::scored::Scored;
use crate::plot::{confusion, coverage, latency, reliability, robustness, traffic};
use crate::suite::folder::Part;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Fewer labelled cases make no diagram.
const FEW: usize = 100;

/// The budgets of `targets.toml`, as far as they are drawn.
#[derive(Debug, Default, serde::Deserialize)]
struct Targets {
    #[serde(default)]
    class: BTreeMap<String, Budget>,
}

/// All plots of an entry.
///
/// # Errors
/// A file of budgets that cannot be read.
pub fn of(part: &Part, known: &Known, guardrails: &Path) -> Result<Vec<Markup>, Failure> {
    let scored = Scored::all(&known.cases, &known.predictions);
    let mut out = Vec::new();
    if scored.len() >= FEW {
        let targets = targets(guardrails)?;
        let few = format!(
            "Classes with fewer than {ENOUGH} cases are left out. The point is the product's decision, rules included; its whiskers are 95 % intervals."
        );
        let risky = scored.iter().filter(|s| !s.harmless()).count() as f64 / scored.len() as f64;
        let precision = format!(
            "{:.0} % of these messages carry a risk, far more than in real traffic, so real precision is lower.",
            risky * 100.0
        );
        let kinds = [
            (
                "Missed against false alarms",
                "Each class near the corner that counts: to the left and below is better. The shaded area is what the product's budget allows.",
                classes::misses(&scored, |c| targets.class.get(c).copied()),
            ),
            (
                "Caught against false alarms (ROC)",
                "Over all thresholds; false alarms are counted on every message without the class, other risks included.",
                classes::roc(&scored),
            ),
            ("Precision against recall", precision.as_str(), classes::precision(&scored)),
        ];
        out.extend(kinds.into_iter().map(|(title, about, panels)| group(title, &format!("{about} {few}"), &panels)));
    }
    let singles = [
        (scored.len() >= FEW).then(|| reliability::reliability(&scored)).flatten(),
        (scored.len() >= FEW).then(|| coverage::coverage(&scored)).flatten(),
        traffic::containment(&part.metrics),
        traffic::hours(&part.metrics),
        robustness::robustness(&part.metrics),
        latency::waterfall(&stages(part)),
        latency::distribution(&micros(known)),
    ];
    let singles: Vec<Markup> = singles.into_iter().flatten().collect();
    if !singles.is_empty() {
        out.push(html! { div.figures { @for plot in &singles { figure { (plot) } } } });
    }
    let confusion = confusion::confusion(&known.cases, &known.predictions);
    out.extend(confusion.map(|grid| {
        group("Routes", "Rows: what the label wants. Columns: what happened. On the diagonal is right.", &[grid])
    }));
    Ok(out)
}

fn group(title: &str, about: &str, panels: &[Markup]) -> Markup {
    html! {
        h3 { (title) }
        p.about { (about) }
        div.panels { @for panel in panels { figure { (panel) } } }
    }
}

fn targets(guardrails: &Path) -> Result<Targets, Failure> {
    let file = guardrails.join("targets.toml");
    let text = std::fs::read_to_string(&file).map_err(|e| Failure::file(&file, e))?;
    toml::from_str(&text).map_err(|e| Failure::Input(format!("{}: {e}", file.display())))
}

fn micros(known: &Known) -> Vec<u64> {
    known.predictions.iter().filter_map(|p| p.get("micros").and_then(Value::as_u64)).collect()
}

/// Ends of a turn's stages, where a run took them.
fn stages(part: &Part) -> Vec<(String, f64)> {
    let of = |m: &crate::suite::metric::Metric| Some((m.slice().strip_prefix("until ")?.to_owned(), m.value));
    part.metrics.iter().filter_map(of).collect()
}
