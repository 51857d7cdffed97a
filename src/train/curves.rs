//! The history of a run as JSON and as a picture (SVG, drawn by hand: three lines need no plotting library).

use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// One finished epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// 1 for the first.
    pub epoch: usize,
    /// Mean risk loss over its updates, weighted.
    pub risk_loss: f64,
    /// Mean intent loss.
    pub intent_loss: f64,
    /// Mean distillation loss, weighted.
    pub distil_loss: f64,
    /// Mean section loss: cross-entropy over the sections of a language.
    #[serde(default)]
    pub section_loss: f64,
    /// Mean recall at the tolerated false-alarm rates on the calibration lines, 0 to 1.
    pub recall_at_tolerated: f64,
    /// Mean AUROC of the classes on the calibration lines.
    pub auroc: f64,
    /// Accuracy of the intent on the calibration lines.
    pub intent_accuracy: f64,
    /// What epochs are compared by.
    pub quality: f64,
    /// Wall time.
    pub seconds: f64,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
const EDGE: f64 = 40.0;

/// Two panels: losses in training, quality on the calibration lines.
#[must_use]
pub fn svg(history: &[Epoch]) -> String {
    let losses: [(&str, &str, Series); 4] = [
        ("risk loss", "#b5443a", |e| e.risk_loss),
        ("intent loss", "#2f6f9f", |e| e.intent_loss),
        ("distillation", "#6b8e23", |e| e.distil_loss),
        ("section loss", "#8a5a9e", |e| e.section_loss),
    ];
    let quality: [(&str, &str, Series); 3] = [
        ("recall at tolerated false alarms", "#b5443a", |e| e.recall_at_tolerated),
        ("intent accuracy", "#2f6f9f", |e| e.intent_accuracy),
        ("mean AUROC", "#6b8e23", |e| e.auroc),
    ];
    let top =
        history.iter().flat_map(|e| [e.risk_loss, e.intent_loss, e.distil_loss, e.section_loss]).fold(1e-6, f64::max);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" font-family=\"sans-serif\" font-size=\"12\">\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>{}{}</svg>\n",
        2.0 * HEIGHT,
        panel(history, &losses, 0.0, top),
        panel(history, &quality, HEIGHT, 1.0)
    )
}

type Series = fn(&Epoch) -> f64;

fn panel(history: &[Epoch], series: &[(&str, &str, Series)], down: f64, top: f64) -> String {
    let (floor, ceiling) = (down + HEIGHT - EDGE, down + EDGE);
    let x = |n: usize| EDGE + (WIDTH - 2.0 * EDGE) * n as f64 / (history.len().max(2) - 1) as f64;
    let y = |v: f64| floor - (floor - ceiling) * (v / top).clamp(0.0, 1.0);
    let mut out = format!(
        "<path d=\"M{EDGE} {ceiling}V{floor}H{}\" fill=\"none\" stroke=\"#888\"/>\
         <text x=\"4\" y=\"{ceiling}\">{top:.2}</text><text x=\"4\" y=\"{floor}\">0</text>",
        WIDTH - EDGE
    );
    for (n, e) in history.iter().enumerate() {
        let _ = write!(out, "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x(n), floor + 16.0, e.epoch);
    }
    for (row, (name, colour, value)) in series.iter().enumerate() {
        let points: Vec<String> =
            history.iter().enumerate().map(|(n, e)| format!("{:.1},{:.1}", x(n), y(value(e)))).collect();
        let _ = write!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"{colour}\">{name}</text>",
            points.join(" "),
            EDGE + 10.0 + (WIDTH - 2.0 * EDGE) / series.len() as f64 * row as f64,
            down + 24.0
        );
    }
    out
}
