//! Milliseconds of a pass by shape: number of texts, tokens in each, threads.

use crate::args::Common;
use crate::failure::Failure;
use apothecary::classify::artefact::{Artefact, FILES};
use apothecary::classify::encoder::{Batch, Encoder, EncoderConfig, still};
use apothecary::classify::heads::Heads;
use apothecary::classify::int8::{Isa, Network, rate};
use apothecary::classify::quant;
use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::time::Instant;

/// Texts and tokens of the shapes that are reported.
const SHAPES: [(usize, usize); 7] = [(1, 8), (1, 16), (1, 32), (1, 64), (1, 128), (8, 32), (1, 512)];
/// Passes before the first that counts.
const WARM: usize = 20;

/// The committed model, ready to be timed.
struct Bench {
    files: Artefact,
    networks: BTreeMap<usize, Network>,
}

impl Bench {
    fn new(common: &Common) -> Result<Self, Failure> {
        let files =
            Artefact::read(&common.guardrails.join("model"), FILES).map_err(|e| Failure::Input(e.to_string()))?;
        Ok(Self { files, networks: BTreeMap::new() })
    }

    fn config(&self) -> Result<EncoderConfig, Failure> {
        serde_json::from_slice(self.files.content("config.json")).map_err(Failure::internal)
    }

    /// Milliseconds of each round of int8 on so many threads.
    fn int8(&mut self, shape: (usize, usize), threads: usize, rounds: usize) -> Result<Vec<f64>, Failure> {
        if !self.networks.contains_key(&threads) {
            let best = Isa::available().first().copied().unwrap_or(Isa::Portable);
            let weights = self.files.content("model.safetensors");
            let network = Network::with(weights, self.config()?, threads, best).map_err(Failure::internal)?;
            self.networks.insert(threads, network);
        }
        let texts = texts(shape);
        let views: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let network = self.networks.get(&threads);
        timed(rounds, || {
            network.map_or(Ok(0), |n| n.forward(&views).map(|out| out.len())).map(drop).map_err(Failure::internal)
        })
    }

    /// Milliseconds of each round of the `f32` path, on one thread as it is served.
    fn fp32(&self, shapes: &[(usize, usize)], rounds: usize) -> Result<Vec<Vec<f64>>, Failure> {
        let tensors = quant::from_bytes(self.files.content("model.safetensors")).map_err(Failure::internal)?;
        let encoder = Encoder::new(&tensors, &self.config()?).map_err(Failure::internal)?;
        let heads = Heads::new(&tensors).map_err(Failure::internal)?;
        let one = |shape: &(usize, usize)| {
            let texts = texts(*shape);
            let views: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
            timed(rounds, || {
                let batch = Batch::new(&views).map_err(Failure::internal)?;
                let pooled = encoder.forward(&batch, &mut still).map_err(Failure::internal)?;
                heads.forward(&pooled, &mut still).map(drop).map_err(Failure::internal)
            })
        };
        shapes.iter().map(one).collect()
    }
}

fn texts((texts, tokens): (usize, usize)) -> Vec<Vec<u32>> {
    let id = |text: usize, at: usize| 1_000 + ((text * 31 + at * 97) % 20_000) as u32;
    (0..texts).map(|text| (0..tokens).map(|at| id(text, at)).collect()).collect()
}

/// Multiplications and additions of all matrix products of MiniLM-L6 in a pass, those of attention included.
fn operations((texts, tokens): (usize, usize)) -> f64 {
    let (layers, hidden, inner) = (6, 384, 1536);
    let weights = 4 * hidden * hidden + 2 * hidden * inner;
    (2 * texts * tokens * layers * (weights + 2 * hidden * tokens)) as f64
}

fn timed(rounds: usize, mut pass: impl FnMut() -> Result<(), Failure>) -> Result<Vec<f64>, Failure> {
    for _ in 0..WARM {
        pass()?;
    }
    let mut out = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        pass()?;
        out.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(out)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints the medians by shape.
pub fn table(common: &Common, rounds: usize) -> Result<(), Failure> {
    let mut bench = Bench::new(common)?;
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header([
        "texts",
        "tokens",
        "int8, 2 threads, ms",
        "int8, 1 thread, ms",
        "fp32, 1 thread, ms",
        "int8 / fp32",
        "of the peak, 1 thread",
    ]);
    let best = Isa::available().first().copied().unwrap_or(Isa::Portable);
    let peak = rate(best);
    let fp32 = bench.fp32(&SHAPES, rounds.div_ceil(4))?;
    for (shape, fp32) in SHAPES.into_iter().zip(fp32) {
        let [two, one] = [2, 1].map(|threads| bench.int8(shape, threads, rounds).map(median));
        let (two, one, fp32) = (two?, one?, median(fp32));
        let shown = |x: f64| format!("{x:.2}");
        table.add_row([
            shape.0.to_string(),
            shape.1.to_string(),
            shown(two),
            shown(one),
            shown(fp32),
            shown(one / fp32),
            format!("{:.0} %", 100.0 * operations(shape) / (one / 1e3) / peak),
        ]);
    }
    println!(
        "{best:?}: the innermost product alone does {:.0} G operations/s on one thread; the last column is the share of that rate \
         that all matrix products of a pass come to.\nMedians of {rounds} passes (fp32: a quarter of them).\n{table}",
        peak / 1e9
    );
    Ok(())
}

/// Answers each line of standard input with the milliseconds of its rounds.
pub fn pace(common: &Common) -> Result<(), Failure> {
    let mut bench = Bench::new(common)?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(Failure::internal)?;
        let numbers: Vec<usize> = line.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let [texts, tokens, threads, rounds] = numbers[..] else {
            return Err(Failure::Input(format!("`{line}` is not TEXTS TOKENS THREADS ROUNDS")));
        };
        let ms = bench.int8((texts, tokens), threads, rounds)?;
        println!("{}", json!({ "ms": ms }));
    }
    Ok(())
}
