//! `evals pages`: is the page that answers a question found among the product's own, in either language, and does anything count as found
//! where no page answers? The threshold of relevance is bounded by conformal risk control (Angelopoulos et al., arXiv 2208.02814).

use crate::args::Common;
use crate::bound::share;
use crate::chat::scenario::{KNOWN, Scenario};
use crate::failure::Failure;
use crate::lines::{self, Line};
use crate::report::Report;
use crate::retrieval::Voice;
use crate::retrieval::measures::{Qrels, Ranking, lead, score};
use crate::setup;
use apothecary::domain::lang::Lang;
use apothecary::domain::session::Session;
use apothecary::domain::text::UserText;
use apothecary::engine::Engine;
use apothecary::guard::input::Standing;
use apothecary::guard::rules::case::NOW;
use apothecary::retrieval::{Hit, PolicyQuery};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// `evals pages`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A question is the last message of a scenario; the pages that answer it are the `cites` expected of that turn.\n\n\
    Example:\n  evals pages --cases evals/datasets/topics.jsonl --nothing evals/datasets/nothing.jsonl"
)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Questions in the format of `evals chat`, with lang; repeatable
    #[arg(long = "cases", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Messages that no page answers: id, lang, text; repeatable
    #[arg(long, value_name = "FILE")]
    nothing: Vec<PathBuf>,
    /// The share of those for which a page may count as found; repeatable
    #[arg(long = "alpha", value_name = "SHARE", default_values_t = [0.1, 0.2, 0.3], value_parser = share)]
    alphas: Vec<f64>,
}

/// A message that no page answers.
#[derive(Clone, Debug, Deserialize)]
struct Unanswerable {
    id: String,
    lang: String,
    text: String,
}

/// A question with the pages that answer it, and what was found.
struct Asked {
    id: String,
    lang: Lang,
    pages: Vec<String>,
    hits: Vec<Hit>,
}

impl Asked {
    /// Pages in the order of their best section.
    fn ranked(&self, voice: Voice) -> Vec<(String, f32)> {
        let value = |h: &Hit| match voice {
            Voice::Both => h.relevance,
            Voice::Words => h.bm25,
            Voice::Meaning => h.cosine.unwrap_or(0.0),
        };
        let mut all: Vec<(String, f32)> = self.hits.iter().map(|h| (h.passage.page().to_string(), value(h))).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut seen = HashSet::new();
        all.retain(|(page, _)| seen.insert(page.clone()));
        all
    }
    fn prediction(&self) -> Value {
        let pages: Vec<String> = self.ranked(Voice::Both).into_iter().take(5).map(|(page, _)| page).collect();
        json!({"id": self.id, "relevance": lines::rounded(self.relevance()), "pages": pages})
    }
    fn relevance(&self) -> f32 {
        self.hits.first().map_or(0.0, |h| h.relevance)
    }
    fn right_first(&self) -> bool {
        self.hits.first().is_some_and(|h| self.pages.iter().any(|p| p == h.passage.page().as_str()))
    }
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: &Args) -> Result<(), Failure> {
    let scenarios: Vec<Line<Scenario>> = lines::read(&args.files, &KNOWN)?;
    let nothing: Vec<Line<Unanswerable>> = lines::read(&args.nothing, &[])?;
    let (engine, _folder) = setup::bare(&args.common).await?;
    let mut report = Report::new("pages", setup::provenance(&args.common, &engine)?);
    let bar = setup::bar(scenarios.len() + nothing.len(), "questions");
    let seeker = Seeker { engine: &engine, common: &args.common, today: today()? };
    let mut asked = Vec::new();
    for line in &scenarios {
        let start = Instant::now();
        asked.extend(seeker.question(line).await?);
        report.took(args.common.micros(start));
        bar.inc(1);
    }
    let mut unanswerable = Vec::new();
    for Line { value, .. } in &nothing {
        let lang = language(Some(&value.lang));
        let hits = seeker.hits(&value.text, lang).await?;
        unanswerable.push(Asked { id: value.id.clone(), lang, pages: Vec::new(), hits });
        bar.inc(1);
    }
    bar.finish_and_clear();
    report.count("questions", asked.len());
    report.count("messages that no page answers", unanswerable.len());
    found(&mut report, &asked);
    let threshold = engine.policy.guards.relevance.value();
    enough(&mut report, &asked, &unanswerable, threshold);
    for alpha in args.alphas.iter().filter(|_| !unanswerable.is_empty()) {
        bounded(&mut report, &asked, &unanswerable, *alpha);
    }
    let predictions: Vec<Value> = asked.iter().chain(&unanswerable).map(Asked::prediction).collect();
    lines::write(args.common.predictions.as_deref(), &predictions)?;
    let files: Vec<PathBuf> = args.files.iter().chain(&args.nothing).cloned().collect();
    report.finish(&args.common, &files)
}

fn language(of: Option<&str>) -> Lang {
    if of == Some("es") { Lang::Es } else { Lang::En }
}

fn today() -> Result<Date, Failure> {
    let now: Timestamp = NOW.parse().map_err(Failure::internal)?;
    Ok(now.to_zoned(TimeZone::UTC).date())
}

/// Asks the product's index as the turn does.
struct Seeker<'a> {
    engine: &'a Engine,
    common: &'a Common,
    today: Date,
}

impl Seeker<'_> {
    /// None without a page that answers.
    async fn question(&self, line: &Line<Scenario>) -> Result<Option<Asked>, Failure> {
        let Some(turn) = line.value.turns.last() else { return Ok(None) };
        let pages = turn.expect.as_ref().map(|e| e.cites().to_vec()).unwrap_or_default();
        if pages.is_empty() {
            return Ok(None);
        }
        let lang = language(line.extra.get("lang").and_then(|l| l.as_str()));
        let hits = self.hits(&turn.user, lang).await?;
        Ok(Some(Asked { id: line.value.id.clone(), lang, pages, hits }))
    }

    /// Every section that is told to somebody unknown, best first.
    async fn hits(&self, text: &str, lang: Lang) -> Result<Vec<Hit>, Failure> {
        let message = UserText::parse(text).map_err(Failure::internal)?;
        let verdict = self.engine.input.judge(&message, &Session::default(), Standing::default()).await;
        let prior = self.engine.gatherer.prior(&verdict.map_err(Failure::internal)?);
        let deadline = Duration::from_millis(self.common.deadline_ms);
        let embedded = self.engine.classifier().infer(vec![text.to_owned()], deadline).await;
        let embedded = embedded.map_err(Failure::internal)?.into_iter().next().map(|i| i.embedding);
        let query = PolicyQuery {
            text,
            embedding: embedded.as_ref(),
            lang,
            region: None,
            payer: None,
            today: self.today,
            prior: &prior,
        };
        self.engine.gatherer.policies.search(&query, usize::MAX).map_err(Failure::internal)
    }
}

/// How well the page of a question is ranked, by each voice, in each language.
fn found(report: &mut Report, asked: &[Asked]) {
    let qrels: Qrels =
        asked.iter().map(|a| (a.id.clone(), a.pages.iter().map(|p| (p.clone(), 1.0)).collect())).collect();
    let ranking = |voice: Voice, of: &dyn Fn(&Asked) -> bool| -> Ranking {
        asked.iter().filter(|a| of(a)).map(|a| (a.id.clone(), a.ranked(voice))).collect()
    };
    let own = ranking(Voice::Both, &|_| true);
    for voice in [Voice::Both, Voice::Words, Voice::Meaning] {
        let all = ranking(voice, &|_| true);
        score(report, voice.name(), &all, &qrels);
        if voice != Voice::Both {
            lead(report, &format!("ahead of {}", voice.name()), &own, &all, &qrels);
        }
    }
    for lang in [Lang::En, Lang::Es] {
        score(report, &format!("language {lang}"), &ranking(Voice::Both, &|a| a.lang == lang), &qrels);
    }
}

/// What the threshold in force lets through.
fn enough(report: &mut Report, asked: &[Asked], nothing: &[Asked], threshold: f32) {
    let enough = |a: &Asked| a.relevance() >= threshold;
    let case = |a: &Asked, hit: bool| (a.id.clone(), hit);
    report.counted("all", "the right page is first", asked.iter().map(|a| case(a, a.right_first())));
    let told = asked.iter().map(|a| case(a, a.right_first() && enough(a)));
    report.counted("all", "the right page is first and counts as found", told);
    let wrong = asked.iter().map(|a| case(a, !a.right_first() && enough(a)));
    report.counted("all", "another page is first and counts as found", wrong);
    report.counted("no page answers", "nothing counts as found", nothing.iter().map(|a| case(a, !enough(a))));
}

/// The threshold that keeps a promise, and what it costs.
fn bounded(report: &mut Report, asked: &[Asked], nothing: &[Asked], alpha: f64) {
    let Some(threshold) = lowest(nothing.iter().map(Asked::relevance).collect(), alpha) else {
        return report.remark(format!("{} messages are too few to promise {alpha}", nothing.len()));
    };
    let slice = format!("at most {alpha} found by mistake");
    report.number(&slice, "threshold", Some(f64::from(threshold)), nothing.len());
    let told = asked.iter().map(|a| (a.id.clone(), a.right_first() && a.relevance() >= threshold));
    report.counted(&slice, "the right page is first and counts as found", told);
}

/// The lowest threshold (to three digits) whose expected share of further such messages at or above it is at most `alpha`:
/// (at or above + 1)/(messages + 1) ≤ alpha. None with too few of them.
fn lowest(mut scores: Vec<f32>, alpha: f64) -> Option<f32> {
    scores.sort_by(|a, b| b.total_cmp(a));
    let allowed = (alpha * (scores.len() + 1) as f64 + 1e-9).floor() as usize;
    // One above the highest that may not pass.
    let first = allowed.checked_sub(1)?;
    Some(scores.get(first).map_or(0.0, |s| (s * 1000.0).floor() / 1000.0 + 0.001))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_lets_pass_what_was_promised_and_no_more() {
        let scores: Vec<f32> = (0..99).map(|n| n as f32 / 100.0).collect();
        let at = lowest(scores.clone(), 0.1).unwrap();
        let above = scores.iter().filter(|s| **s >= at).count();
        assert_eq!((above + 1, scores.len() + 1), (10, 100));
        assert_eq!(lowest(scores[..8].to_vec(), 0.1), None, "nine lines at least");
    }
}
