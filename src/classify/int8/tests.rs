//! The products against plain loops over random shapes, and the whole pass against the `f32` path.

use super::micro::{Isa, Micro, ROWS, Work, tile};
use super::network::Network;
use super::packed::{BLOCKS, LANES, Packed};
use crate::classify::encoder::{Batch, Encoder, still};
use crate::classify::heads::Heads;
use crate::classify::network::Output;
use crate::classify::{quant, tiny};
use proptest::prelude::*;
use std::sync::Mutex;

/// The integer sums of all rows and columns, by the tiles of one kind of processor.
struct Sums<'a> {
    matrix: &'a Packed,
    acts: &'a [u8],
    out: Mutex<Vec<(usize, usize, i32)>>,
}

impl Work for Sums<'_> {
    #[allow(unsafe_code)]
    unsafe fn run<M: Micro>(&self, piece: usize) {
        let panel = &self.matrix.panels()[piece];
        for (group, acts) in self.acts.chunks(ROWS * self.matrix.depth).enumerate() {
            let rows = acts.len() / self.matrix.depth;
            let mut sums = [[[7; LANES]; BLOCKS]; ROWS];
            // SAFETY: the test runs with instructions that the machine has.
            unsafe { tile::<M>(acts, rows, self.matrix.lines(panel), panel.blocks, &mut sums) };
            for (n, sums) in sums.iter().enumerate().take(rows) {
                let columns = sums.as_flattened().iter().enumerate().take(panel.blocks * LANES);
                self.out.lock().unwrap().extend(columns.map(|(c, s)| (group * ROWS + n, panel.column + c, *s)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn every_kind_of_processor_gives_the_plain_sums(
        rows in 1usize..40, columns in 1usize..120, quads in 1usize..50, seed in any::<u64>(), full in 0u8..4,
    ) {
        let depth = quads * 4;
        let mut state = seed | 1;
        let mut next = || { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); (state >> 33) as u32 };
        // Saturating values, zeros and everything between.
        let acts: Vec<u8> = (0..rows * depth).map(|_| match full { 0 => 255, 1 => 0, _ => next() as u8 }).collect();
        let weights: Vec<i8> = (0..columns * depth)
            .map(|_| match full { 0 => 127, 2 => -127, _ => (next() % 255) as i32 as i8 }).collect();
        let matrix = Packed::new(&weights, &vec![1.0; columns], &vec![0.0; columns]).unwrap();
        for isa in Isa::available() {
            let work = Sums { matrix: &matrix, acts: &acts, out: Mutex::default() };
            // SAFETY: the machine has the instructions.
            #[allow(unsafe_code)]
            (0..matrix.panels().len()).for_each(|piece| unsafe { isa.run(&work, piece) });
            let found = work.out.into_inner().unwrap();
            prop_assert!(found.len() >= rows * columns);
            for (row, column, sum) in found {
                let plain = weights.chunks_exact(depth).nth(column).map_or(0, |w| {
                    w.iter().zip(&acts[row * depth..]).map(|(w, a)| i32::from(*w) * i32::from(*a)).sum()
                });
                prop_assert_eq!(sum, plain, "{:?} row {} column {}", isa, row, column);
            }
        }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Texts of the tiny model, of these lengths.
fn texts(lengths: &[usize]) -> Vec<Vec<u32>> {
    let text = |(n, len): (usize, &usize)| (0..*len).map(|i| ((i * 7 + n * 3) % 15) as u32).collect();
    lengths.iter().enumerate().map(text).collect()
}

fn near(a: &Output, b: &Output) {
    assert!(cosine(&a.mean, &b.mean) > 0.995, "{}", cosine(&a.mean, &b.mean));
    let logits = |o: &Output| [o.risks.clone(), o.intents.clone()].concat();
    let spread = logits(a).iter().fold(0f32, |m, x| m.max(x.abs()));
    logits(a).iter().zip(logits(b)).for_each(|(a, b)| assert!((a - b).abs() < 0.06 * spread.max(1.0), "{a} {b}"));
}

#[test]
fn the_pass_agrees_with_the_f32_path_on_every_processor_and_team() {
    let weights = quant::to_int8(&tiny::tensors()).unwrap();
    let tensors = quant::from_bytes(&weights).unwrap();
    let config = || serde_json::from_str(tiny::CONFIG).unwrap();
    let (encoder, heads) = (Encoder::new(&tensors, &config()).unwrap(), Heads::new(&tensors).unwrap());
    let texts = texts(&[1, 2, 9, 15, 16, 17, 33, 64, 65, 128, 160]);
    let views: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    let expected = |text: &[u32]| {
        let pooled = encoder.forward(&Batch::new(&[text]).unwrap(), &mut still).unwrap();
        let (risks, intents) = heads.forward(&pooled, &mut still).unwrap();
        let row = |t: candle_core::Tensor| t.to_vec2::<f32>().unwrap().remove(0);
        Output { risks: row(risks), intents: row(intents), mean: row(pooled)[384..].to_vec() }
    };
    let expected: Vec<Output> = views.iter().map(|text| expected(text)).collect();
    for isa in Isa::available() {
        for threads in [1, 2, 3] {
            let network = Network::with(&weights, config(), threads, isa).unwrap();
            for (text, expected) in views.iter().zip(&expected) {
                near(expected, &network.forward(&[text]).unwrap()[0]);
            }
            network.forward(&views).unwrap().iter().zip(&expected).for_each(|(a, b)| near(b, a));
        }
    }
}

#[test]
fn hidden_states_agree_with_the_f32_path() {
    let weights = quant::to_int8(&tiny::tensors()).unwrap();
    let config = || serde_json::from_str(tiny::CONFIG).unwrap();
    let encoder = Encoder::new(&quant::from_bytes(&weights).unwrap(), &config()).unwrap();
    let network = Network::new(&weights, config()).unwrap();
    let texts = texts(&[3, 9, 70, 33]);
    let views: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    for (text, got) in views.iter().zip(network.trails(&views).unwrap()) {
        let wanted = encoder.trail(text).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(got.len(), text.len() * 3 * 384);
        let off = got.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
        let spread = wanted.iter().fold(0f32, |m, x| m.max(x.abs()));
        assert!(off < 0.1 * spread, "{off} of {spread}");
    }
}

#[test]
fn unknown_tokens_long_and_empty_sequences_are_errors() {
    let weights = quant::to_int8(&tiny::tensors()).unwrap();
    let network = Network::new(&weights, serde_json::from_str(tiny::CONFIG).unwrap()).unwrap();
    for (bad, words) in [(vec![103], "no token 103"), (vec![1; 161], "161 tokens"), (vec![], "0 tokens")] {
        let error = network.forward(&[&[101, 1, 102], &bad]).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(network.forward(&[]).unwrap().is_empty());
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let config = || serde_json::from_str(tiny::CONFIG).unwrap();
    let mut tensors = tiny::tensors();
    tensors.remove("encoder.layer.1.output.dense.bias");
    let error = Network::new(&quant::to_int8(&tensors).unwrap(), config()).err().unwrap().to_string();
    assert!(error.contains("encoder.layer.1.output.dense.bias"), "{error}");
    let plain = Network::new(&quant::to_f32(&tiny::tensors()).unwrap(), config()).err().unwrap().to_string();
    assert!(plain.contains("scale"), "{plain}");
    let mut tensors = tiny::tensors();
    let narrow = tensors["encoder.layer.0.attention.self.key.weight"].narrow(0, 0, 352).unwrap();
    tensors.insert("encoder.layer.0.attention.self.key.weight".into(), narrow);
    let bias = tensors["encoder.layer.0.attention.self.key.bias"].narrow(0, 0, 352).unwrap();
    tensors.insert("encoder.layer.0.attention.self.key.bias".into(), bias);
    let error = Network::new(&quant::to_int8(&tensors).unwrap(), config()).err().unwrap().to_string();
    assert!(error.contains("attention.self.key has another shape"), "{error}");
    let mut tensors = tiny::tensors();
    let short = tensors["heads.risk.inner.bias"].narrow(0, 0, 200).unwrap();
    tensors.insert("heads.risk.inner.bias".into(), short);
    assert!(Network::new(&quant::to_int8(&tensors).unwrap(), config()).is_err());
}
