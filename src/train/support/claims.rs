//! Claims to learn support from: JSON Lines written by hand, each with its context and sentences that it does or does not carry; and the
//! premises that the output guard would choose for them.

use crate::classify::align::Trail;
use crate::classify::artefact::FileDigest;
use crate::classify::support::{SENTENCES, fitting};
use crate::classify::{Model, ModelError, Seen};
use crate::guard::premise::{self, Piece};
use crate::train::TrainError;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;

/// The sentences of a context, as the encoder sees them.
#[derive(Debug)]
pub struct Context {
    pieces: Vec<(String, Seen)>,
}

/// One claim, as the encoder sees it.
#[derive(Debug, Clone)]
pub struct Claim {
    text: String,
    seen: Arc<Seen>,
    /// What it was written for.
    pub context: Arc<Context>,
    /// The context carries it.
    pub ok: bool,
    /// Kind of fault, for reports; empty for a supported one.
    pub why: String,
}

impl Claim {
    /// Its words.
    #[must_use]
    pub fn trail(&self) -> &Trail {
        &self.seen.trail
    }

    /// The premise that the output guard would choose in a context, as the head reads it, and the likeness of its best sentence.
    #[must_use]
    pub fn premise<'c>(&self, context: &'c Context) -> (Vec<&'c Trail>, f32) {
        let views: Vec<Piece<'_>> =
            context.pieces.iter().map(|(text, s)| Piece { text, embedding: &s.embedding }).collect();
        let best = premise::ranked(&self.text, &self.seen.embedding, &views);
        let likeness = best.first().map_or(0.0, |(_, like)| *like);
        let taken = best.into_iter().take(SENTENCES).filter_map(|(at, _)| context.pieces.get(at));
        (fitting(&taken.map(|(_, s)| &s.trail).collect::<Vec<_>>()), likeness)
    }

    /// A claim for tests that have no encoder.
    #[cfg(test)]
    pub fn bare(ok: bool, why: &str) -> Self {
        let mut unit = vec![0.0; crate::domain::embedding::DIM];
        unit[0] = 1.0;
        let embedding = crate::domain::embedding::Embedding::new(unit).unwrap();
        let seen = Arc::new(Seen { trail: Trail { ids: Vec::new(), rows: Vec::new() }, embedding });
        Self { text: String::new(), seen, context: Arc::new(Context { pieces: Vec::new() }), ok, why: why.into() }
    }
}

#[derive(Deserialize)]
struct Row {
    context: Vec<String>,
    claims: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    text: String,
    ok: bool,
    #[serde(default)]
    why: String,
}

/// Reads files of claims and pairs each with its context.
///
/// # Errors
/// [`TrainError::Read`], [`TrainError::Line`] with file, line and reason, [`TrainError::Model`].
pub fn read(paths: &[PathBuf], model: &Model) -> Result<(Vec<Claim>, Vec<FileDigest>), TrainError> {
    let (mut claims, mut files) = (Vec::new(), Vec::new());
    for path in paths {
        let content =
            std::fs::read_to_string(path).map_err(|source| TrainError::Read { path: path.clone(), source })?;
        for (number, row) in content.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
            let bad = |reason: String| TrainError::Line { path: path.clone(), line: number + 1, reason };
            let row: Row = serde_json::from_str(row).map_err(|e| bad(e.to_string()))?;
            if row.context.iter().all(|c| c.trim().is_empty()) || row.claims.iter().any(|c| c.text.trim().is_empty()) {
                return Err(bad("a context and claims with words are wanted".into()));
            }
            claims.extend(paired(row, model)?);
        }
        files.push(FileDigest::of(&path.to_string_lossy(), content.as_bytes()));
    }
    Ok((claims, files))
}

fn paired(row: Row, model: &Model) -> Result<Vec<Claim>, ModelError> {
    let pieces: Vec<&str> = row.context.iter().flat_map(|c| premise::split(c)).collect();
    let seen = pieces.iter().map(|p| (*p).to_owned()).zip(model.see(&pieces)?).collect();
    let context = Arc::new(Context { pieces: seen });
    let said = model.see(&row.claims.iter().map(|c| c.text.as_str()).collect::<Vec<_>>())?;
    let claim = |(said, seen): (Said, Seen)| Claim {
        text: said.text,
        seen: Arc::new(seen),
        context: context.clone(),
        ok: said.ok,
        why: said.why,
    };
    let claims = row.claims.into_iter().zip(said).map(claim);
    Ok(claims.filter(|c| !c.trail().ids.is_empty() && !c.premise(&c.context).0.is_empty()).collect())
}
