//! What the eight-bit products change against `f32` over the same weights: embeddings, scores, decisions.

use crate::args::Common;
use crate::failure::Failure;
use crate::guards::{self, GuardCase};
use crate::lines::Line;
use crate::report::Report;
use crate::setup;
use crate::stats::Rate;
use apothecary::classify::{Inference, Model, Precision};
use apothecary::domain::score::Score;
use std::path::PathBuf;

/// Scores may differ by so much.
const SCORE: f32 = 0.02;

/// Runs both forms over the texts of the cases.
///
/// # Errors
/// [`Failure`].
pub async fn run(common: &Common, files: &[PathBuf]) -> Result<(), Failure> {
    let cases = guards::read(files, None)?;
    let texts: Vec<&str> = cases.iter().map(|c| c.value.text.as_str()).collect();
    let [int8, fp32] = [Precision::Int8, Precision::Fp32].map(|p| infer(common, p, &texts));
    let (int8, fp32) = (int8?, fp32?);
    let mut report = Report::new("encoder", serde_json::json!({ "guardrails": common.guardrails }));
    scores(&mut report, &int8, &fp32);
    let decided =
        [decisions(common, Precision::Int8, &cases).await?, decisions(common, Precision::Fp32, &cases).await?];
    let [int8, fp32] = &decided;
    for (case, (a, b)) in cases.iter().zip(int8.iter().zip(fp32)).filter(|(_, (a, b))| a != b) {
        report.fail(&case.value.id, format!("int8 {a}, fp32 {b}"));
    }
    report.rate("all", "decisions unchanged", Rate::of(int8.iter().zip(fp32).map(|(a, b)| a == b)));
    report.finish(common, files)
}

fn infer(common: &Common, precision: Precision, texts: &[&str]) -> Result<Vec<Inference>, Failure> {
    let model = Model::load(&common.guardrails.join("model"), precision).map_err(|e| Failure::Input(e.to_string()))?;
    model.infer(texts).map_err(Failure::internal)
}

fn scores(report: &mut Report, int8: &[Inference], fp32: &[Inference]) {
    let n = int8.len();
    let pairs = || int8.iter().zip(fp32);
    let mut cosines: Vec<f32> = pairs().map(|(a, b)| a.embedding.cosine(&b.embedding)).collect();
    cosines.sort_by(f32::total_cmp);
    let at = |i: usize| cosines.get(i).map(|c| f64::from(*c));
    report.number("embedding", "cosine, median", at(n / 2), n);
    report.number("embedding", "cosine, worst", at(0), n);
    let widest =
        |a: &[Score], b: &[Score]| a.iter().zip(b).map(|(a, b)| (a.value() - b.value()).abs()).fold(0f32, f32::max);
    for (name, part) in [("risks", risks as fn(&Inference) -> &[Score]), ("intents", intents)] {
        let mut off: Vec<f32> = pairs().map(|(a, b)| widest(part(a), part(b))).collect();
        off.sort_by(f32::total_cmp);
        let at = |i: usize| off.get(i).map(|c| f64::from(*c));
        report.number(name, "largest difference of a score, median text", at(n / 2), n);
        report.number(name, "largest difference of a score, worst text", at(n.saturating_sub(1)), n);
        report.rate(name, "texts with every score within 0.02", Rate::of(off.iter().map(|d| *d <= SCORE)));
    }
}

fn risks(i: &Inference) -> &[Score] {
    &i.risks
}

fn intents(i: &Inference) -> &[Score] {
    &i.intents
}

/// Route and classes of each case.
async fn decisions(common: &Common, precision: Precision, cases: &[Line<GuardCase>]) -> Result<Vec<String>, Failure> {
    let common = Common { encoder: precision, ..common.clone() };
    let (engine, _folder) = setup::bare(&common).await?;
    let judged = guards::all(&engine, cases, &common, "decisions").await;
    Ok(judged.iter().map(|j| format!("{:?} {:?}", j.route, j.fired)).collect())
}
