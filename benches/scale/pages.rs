//! Policy search over as many sections as an insurer's whole handbook.

use super::machine::{Table, memory};
use super::{Done, PASSAGES, part};
use apothecary::domain::embedding::{DIM, Embedding};
use apothecary::domain::lang::Lang;
use apothecary::pharmacy::Pharmacy;
use apothecary::retrieval::{PolicyIndex, PolicyQuery, Prior};
use apothecary::synth::Plan;
use std::path::Path;
use std::time::Instant;

const QUESTIONS: usize = 500;

pub fn measure(scale: f64, table: &mut Table) -> Done {
    let pharmacy = Pharmacy::load(Path::new("index"), None)?;
    let plan = Plan::new(&pharmacy.drugs, 1, 1, 7, "2026-11-20T18:00:00Z".parse()?)?;
    let passages = plan.passages(part(PASSAGES as f64, scale) as usize);
    let embeddings: Vec<Embedding> = (0..passages.len()).filter_map(vector).collect();
    let started = Instant::now();
    let index = PolicyIndex::build(&passages, &embeddings)?;
    let what = format!("index over {} policy sections built", passages.len());
    table.row(&what, format!("{:.1} s", started.elapsed().as_secs_f64()), "");
    drop(embeddings);
    let (prior, today) = (Prior::new(), "2026-11-20".parse()?);
    let mut times = Vec::new();
    for n in 0..QUESTIONS {
        // Words of one section, one of them mistyped: found by words, by slips and by meaning.
        let Some(passage) = passages.get(n * 197 % passages.len()) else { continue };
        let text = passage.heading.replacen("prescription", "perscription", 1).replacen("delivery", "delivry", 1);
        let embedding = vector(n);
        let query = PolicyQuery {
            text: &text,
            embedding: embedding.as_ref(),
            lang: Lang::En,
            region: Some("TX"),
            payer: None,
            today,
            prior: &prior,
        };
        let started = Instant::now();
        let hits = index.search(&query, 8)?;
        times.push(started.elapsed());
        assert!(!hits.is_empty(), "{text}");
    }
    table.times("policy query, scan of all embeddings included", times, "≤ 15 ms at the 99th");
    let (now, most) = memory("self");
    table.row("memory of this process, with records and pages", format!("{now} MB, {most} MB at most"), "≤ 1,500 MB");
    Ok(())
}

/// Of length one, in a direction of its own.
fn vector(n: usize) -> Option<Embedding> {
    let mut state = n as u64 + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    };
    Embedding::new((0..DIM).map(|_| next()).collect())
}
