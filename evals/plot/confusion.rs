//! Where messages went beside where their labels wanted them: a grid with counts, darker where a label's messages gather.

use maud::{Markup, html};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// From the strictest on.
const ROUTES: [&str; 8] = ["emergency", "crisis", "pharmacist", "human", "privacy", "refuse", "clarify", "answer"];
/// Pixels of a cell, and of the words beside the grid.
const CELL: (f64, f64) = (58.0, 30.0);
const WORDS: (f64, f64) = (96.0, 48.0);

/// The grid; none where no case has a route as its label.
pub fn confusion(cases: &BTreeMap<String, Map<String, Value>>, predictions: &[Map<String, Value>]) -> Option<Markup> {
    let counts = counts(cases, predictions);
    let rows: Vec<(&str, Vec<usize>)> =
        ROUTES.iter().copied().zip(counts).filter(|(_, row)| row.iter().sum::<usize>() > 0).collect();
    let (width, height) = (WORDS.0 + 8.0 * CELL.0 + 4.0, WORDS.1 + rows.len() as f64 * CELL.1 + 4.0);
    let x = |column: usize| WORDS.0 + column as f64 * CELL.0;
    let y = |row: usize| WORDS.1 + row as f64 * CELL.1;
    let about = rows.iter().map(|(want, row)| format!("{want}: {row:?}")).collect::<Vec<_>>().join("; ");
    (!rows.is_empty()).then(|| html! {
        svg class="plot wide" viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(format!("Routes. {about}")) {
            text class="axis" x="0" y="14" { "wanted ↓ · happened →" }
            @for (column, route) in ROUTES.iter().enumerate() {
                text class="tick" text-anchor="middle" x=(x(column) + CELL.0 / 2.0) y=(WORDS.1 - 8.0) { (route) }
            }
            @for (at, (want, row)) in rows.iter().enumerate() {
                text class="tick" text-anchor="end" x=(WORDS.0 - 6.0) y=(y(at) + CELL.1 / 2.0 + 3.0) { (want) }
                @for (column, n) in row.iter().enumerate() {
                    rect class=(if ROUTES.get(column) == Some(want) { "cell right" } else { "cell wrong" })
                        x=(x(column)) y=(y(at)) width=(CELL.0 - 2.0) height=(CELL.1 - 2.0)
                        fill-opacity=(crate::stats::round(*n as f64 / row.iter().sum::<usize>() as f64)) {}
                    @if *n > 0 {
                        text class="count" text-anchor="middle" x=(x(column) + CELL.0 / 2.0 - 1.0) y=(y(at) + CELL.1 / 2.0 + 3.0) { (n) }
                    }
                }
            }
        }
    })
}

/// Counts by wanted and by happened route.
fn counts(cases: &BTreeMap<String, Map<String, Value>>, predictions: &[Map<String, Value>]) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0; ROUTES.len()]; ROUTES.len()];
    let place = |route: &Value| ROUTES.iter().position(|r| Some(*r) == route.as_str());
    for prediction in predictions {
        let case = prediction.get("id").and_then(Value::as_str).and_then(|id| cases.get(id));
        let want = case.and_then(|c| wanted(c, prediction)).and_then(|want| place(&want));
        let got = prediction.get("route").and_then(place);
        if let (Some(want), Some(got)) = (want, got) {
            counts.iter_mut().skip(want).take(1).flat_map(|row| row.iter_mut().skip(got).take(1)).for_each(|n| *n += 1);
        }
    }
    counts
}

/// The label of a case, or of the turn that a prediction is about; none where several routes are right.
fn wanted(case: &Map<String, Value>, prediction: &Map<String, Value>) -> Option<Value> {
    if let Some(route) = case.get("route") {
        return Some(route.clone());
    }
    let turn = usize::try_from(prediction.get("turn")?.as_u64()?).ok()?;
    case.get("turns")?.get(turn)?.pointer("/expect/route").cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn labels_of_messages_and_of_turns_are_counted() {
        let cases = [
            ("a".to_owned(), map(json!({"route": "answer"}))),
            ("b".to_owned(), map(json!({"turns": [{"user": "x"}, {"user": "y", "expect": {"route": "privacy"}}]}))),
        ];
        let predictions = [
            map(json!({"id": "a", "route": "clarify"})),
            map(json!({"id": "b", "turn": 0, "route": "answer"})),
            map(json!({"id": "b", "turn": 1, "route": "privacy"})),
        ];
        let counts = counts(&cases.into_iter().collect(), &predictions);
        assert_eq!((counts[7][6], counts[4][4], counts.iter().flatten().sum::<usize>()), (1, 1, 2));
    }
}
