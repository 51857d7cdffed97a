//! Training lines: JSON Lines written by hand, one message a line with its labels.

use super::TrainError;
use crate::classify::artefact::FileDigest;
use crate::classify::evaluate::Labels;
use crate::domain::labels::{Intent, RISKS, Risk};
use crate::domain::lang::Lang;
use crate::pharmacy::Question;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// One labelled message.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The message as typed.
    pub text: String,
    /// `en` or `es`.
    pub lang: String,
    /// Its labels.
    pub labels: Labels,
    /// How much it counts in the risk loss; 1 unless the file says otherwise.
    pub weight: f32,
    /// The section of the policy pages that answers it, as `DL1#How long does delivery take?`.
    pub section: Option<String>,
}

#[derive(serde::Deserialize)]
struct Row {
    text: String,
    lang: String,
    risks: Vec<Risk>,
    intent: Option<Intent>,
    weight: Option<f32>,
}

/// Lines with the digests of the files that they came from.
#[derive(Debug, Default)]
pub struct Lines {
    /// All lines, in file order.
    pub lines: Vec<Line>,
    /// One digest a file.
    pub files: Vec<FileDigest>,
}

/// A share of the questions of a pharmacy folder, chosen by a digest of their texts, as lines without a risk.
#[must_use]
pub fn questions(all: &[Question], share: f64) -> Vec<Line> {
    let kept = |q: &&Question| {
        let digest = Sha256::digest(q.text.as_bytes());
        let place = digest.iter().take(4).fold(0u32, |n, byte| n << 8 | u32::from(*byte));
        f64::from(place) < share * f64::from(u32::MAX)
    };
    let line = |q: &Question| Line {
        text: q.text.clone(),
        lang: if q.lang == Lang::Es { "es".into() } else { "en".into() },
        labels: Labels { risks: [false; RISKS], intent: q.intent },
        weight: q.weight,
        section: q.finds.then(|| format!("{}#{}", q.page, q.heading)),
    };
    all.iter().filter(kept).map(line).collect()
}

/// Reads labelled files.
///
/// # Errors
/// [`TrainError::Read`], or [`TrainError::Line`] with file name, line number and reason.
pub fn read(paths: &[PathBuf]) -> Result<Lines, TrainError> {
    let mut all = Lines::default();
    for path in paths {
        let content = read_text(path)?;
        for (number, row) in content.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
            let bad = |reason: String| TrainError::Line { path: path.clone(), line: number + 1, reason };
            let row: Row = serde_json::from_str(row).map_err(|e| bad(e.to_string()))?;
            all.lines.push(line(row).map_err(|e| bad(e.into()))?);
        }
        all.files.push(FileDigest::of(&path.to_string_lossy(), content.as_bytes()));
    }
    Ok(all)
}

fn line(row: Row) -> Result<Line, &'static str> {
    if row.text.trim().is_empty() {
        return Err("the text is blank");
    }
    let weight = row.weight.unwrap_or(1.0);
    if !(0.0..=100.0).contains(&weight) {
        return Err("the weight must lie in 0 to 100");
    }
    let mut risks = [false; RISKS];
    risks.iter_mut().zip(Risk::all()).for_each(|(flag, r)| *flag = row.risks.contains(&r));
    Ok(Line { text: row.text, lang: row.lang, labels: Labels { risks, intent: row.intent }, weight, section: None })
}

/// The `*.jsonl` files of a folder in name order, without those in `except`.
///
/// # Errors
/// [`TrainError::Read`].
pub fn files(dir: &Path, except: &[PathBuf]) -> Result<Vec<PathBuf>, TrainError> {
    let failed = |source| TrainError::Read { path: dir.into(), source };
    let entries = std::fs::read_dir(dir).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let except: Vec<_> = except.iter().filter_map(|p| p.canonicalize().ok()).collect();
    let mut found: Vec<PathBuf> = entries
        .into_iter()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
        .filter(|p| p.canonicalize().is_ok_and(|p| !except.contains(&p)))
        .collect();
    found.sort();
    Ok(found)
}

/// Whether a row of a public set is for measuring alone: a fifth of them, by the digest of its group or, without one, of its id.
#[must_use]
pub fn held_out(group: Option<&str>, id: &str) -> bool {
    Sha256::digest(group.unwrap_or(id)).iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % 5) == 0
}

/// Passages whose embeddings should stay: every line of plain text or Markdown with at least twelve letters.
///
/// # Errors
/// [`TrainError::Read`].
pub fn passages(paths: &[PathBuf]) -> Result<Vec<String>, TrainError> {
    let mut found = Vec::new();
    for path in paths {
        let content = read_text(path)?;
        let useful = |l: &&str| l.chars().filter(|c| c.is_alphabetic()).count() >= 12;
        found.extend(content.lines().map(str::trim).filter(useful).map(str::to_owned));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Lines whose text, letters only and lower case, is in neither `others` nor an earlier line.
#[must_use]
pub fn without_leaks(lines: Vec<Line>, others: &[Line]) -> Vec<Line> {
    let key =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let mut seen: std::collections::HashSet<String> = others.iter().map(|l| key(&l.text)).collect();
    lines.into_iter().filter(|l| seen.insert(key(&l.text))).collect()
}

fn read_text(path: &Path) -> Result<String, TrainError> {
    std::fs::read_to_string(path).map_err(|source| TrainError::Read { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_named_and_copies_of_calibration_lines_go() {
        let dir = std::env::temp_dir().join(format!("apothecary-data-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let good = r#"{"text":"Where is it?","lang":"en","risks":["R1","R14"],"intent":"I14","author":"a"}"#;
        std::fs::write(dir.join("a.jsonl"), format!("{good}\n\n{good}\n")).unwrap();
        std::fs::write(dir.join("b.jsonl"), format!("{good}\n{{\"text\":\"x\",\"lang\":\"en\",\"risks\":[\"R16\"]}}"))
            .unwrap();
        let paths = files(&dir, &[dir.join("b.jsonl")]).unwrap();
        assert_eq!(paths, [dir.join("a.jsonl")]);
        let lines = read(&paths).unwrap().lines;
        assert!(lines[0].labels.has(Risk::EMERGENCY) && !lines[0].labels.has(Risk::SELF_HARM));
        assert_eq!((without_leaks(lines.clone(), &[]).len(), without_leaks(lines.clone(), &lines[..1]).len()), (1, 0));
        let error = read(&[dir.join("b.jsonl")]).err().unwrap().to_string();
        assert!(error.contains("b.jsonl") && error.contains("line 2") && error.contains("R16"), "{error}");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
