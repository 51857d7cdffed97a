//! What the doctor says of a pharmacy's own words: what is still an example, what nobody has signed, which questions no page answers.
//! That they load and fit together is looked at beside it.

use super::super::init::{EXAMPLE, SAMPLE};
use super::{Finding, Findings, Verdict, wished};
use crate::config::Config;
use crate::domain::labels::Intent;
use crate::domain::lang::Lang;
use crate::domain::modes::{Mode, Scope};
use crate::pharmacy::{Page, Pharmacy};
use crate::policy::GuardPolicy;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Numbers that no company gives out, so that stories may use them: 555-0100 to 555-0199.
const FICTIONAL: &str = "555-01";
/// So many of a list are named, the others are counted.
const NAMED: usize = 5;

/// All of it, on a day.
pub(super) fn look(config: &Config, policy: &GuardPolicy, texts: &Pharmacy, today: Date) -> Findings {
    let mut out = vec![names(config, texts), phones(texts), approval(texts, today)];
    out.extend([translations(texts, config.mark_unreviewed), topics(policy, texts, today)]);
    out.extend([signed(policy), by_itself(policy)]);
    out
}

fn names(config: &Config, texts: &Pharmacy) -> Finding {
    let mut left = Vec::new();
    if [EXAMPLE, SAMPLE].contains(&config.pharmacy.as_str()) {
        left.push(format!("site.pharmacy is “{}”", config.pharmacy));
    }
    let links = texts.constants.links().iter().filter(|l| l.trim_end_matches('/').ends_with(".example"));
    left.extend(links.map(|l| format!("links of constants.toml holds {l}")));
    wished("names", left.is_empty(), "no name is an example", &format!("{}: put your own", left.join("; ")))
}

fn phones(texts: &Pharmacy) -> Finding {
    let fictional = texts.constants.list().iter().filter(|c| c.value.contains(FICTIONAL));
    let named: BTreeSet<String> = fictional.map(|c| format!("{} {}", c.id, c.value)).collect();
    let good = named.is_empty();
    let said = format!(
        "{}: nobody answers there, and fixed texts name it in an emergency; put your own into constants.toml and the pages",
        shortened(named)
    );
    wished("phones", good, "no number is an example", &said)
}

/// Pages for customers that are told to nobody.
fn approval(texts: &Pharmacy, today: Date) -> Finding {
    let ours = || texts.pages.iter().filter(|p| p.meta.audience == "customer");
    let files = |pages: Vec<&Page>| (pages.len(), shortened(pages.iter().map(|p| p.file.clone())));
    let (open, unsigned) = files(ours().filter(|p| p.meta.approved_by.is_empty()).collect());
    let past =
        |p: &&Page| p.meta.next_review.parse::<Date>().is_ok_and(|d| d < today) && p.meta.effective_to.is_empty();
    let (late, overdue) = files(ours().filter(past).collect());
    let mut said = Vec::new();
    if open > 0 {
        said.push(format!("{open} pages that nobody has approved are told to nobody: {unsigned}; write approved_by and approved_on once they are read"));
    }
    if late > 0 {
        said.push(format!(
            "{late} pages are past their review and told to nobody: {overdue}; read them and write another next_review"
        ));
    }
    wished("approval", said.is_empty(), "every page is approved", &said.join("\n"))
}

fn translations(texts: &Pharmacy, marked: bool) -> Finding {
    let open = |p: &&Page| p.meta.language == Lang::Es && p.meta.translation_reviewed_by.is_empty();
    let n = texts.pages.iter().filter(open).count();
    let what = if marked { "are told with a mark" } else { "are not told: those customers get a person" };
    wished("translations", n == 0, "all reviewed", &format!("{n} Spanish pages that no translator has reviewed {what}"))
}

/// Kinds of questions that a page answers, when there is one.
fn topics(policy: &GuardPolicy, texts: &Pharmacy, today: Date) -> Finding {
    let told = |p: &Page| p.meta.window().is_some_and(|w| w.holds(today));
    let there: BTreeSet<&str> = texts.pages.iter().filter(|p| told(p)).map(|p| p.meta.id.as_str()).collect();
    let rules = || Intent::all().filter_map(|i| policy.guards.intent(i)).filter(|rule| !rule.pages.is_empty());
    let bare = rules().filter(|rule| !rule.pages.iter().any(|id| there.contains(id.as_str())));
    let bare: Vec<String> = bare.map(|rule| format!("{} ({})", rule.name, rule.pages.join(", "))).collect();
    let said = format!(
        "{} of {} kinds of questions have no page that may be told, so that a person answers them: {}; see `pages` in guards.toml",
        bare.len(),
        rules().count(),
        shortened(bare.iter().cloned())
    );
    wished("topics", bare.is_empty(), "every kind of question has a page", &said)
}

fn signed(policy: &GuardPolicy) -> Finding {
    let none = "nobody has signed off texts.toml, which speaks in emergencies: once your pharmacist-in-charge has read it, begin it with\n\
                [approval], by = \"NAME\" and on = \"2026-10-01\", a line each";
    match policy.texts.approval() {
        Some(a) => Finding("fixed texts", Verdict::Good, format!("signed off by {} on {}", a.by, a.on)),
        None => Finding("fixed texts", Verdict::Look, none.into()),
    }
}

/// What goes out without a person; a remark, since either is meant.
fn by_itself(policy: &GuardPolicy) -> Finding {
    let live = policy.modes.written().into_iter().filter(|(_, mode)| *mode == Mode::Live);
    let live = live.map(
        |(scope, _)| if scope == Scope::All { "all that has no rule of its own".into() } else { scope.to_string() },
    );
    let said = match shortened(live) {
        none if none.is_empty() => "nothing: a pharmacist sends every answer".into(),
        some => format!("answered are {some}"),
    };
    Finding("by itself", Verdict::Good, said)
}

fn shortened(all: impl IntoIterator<Item = String>) -> String {
    let mut all: Vec<String> = all.into_iter().collect();
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join(", ")
}
