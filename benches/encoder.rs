//! `cargo bench --bench encoder`: milliseconds of a pass through encoder and heads by shape, eight-bit on one and two
//! threads and `f32`, and of a whole judgement of one message, tokenisation and n-gram companion included.
//! `evals/encoder_vs_onnx.py` sets the same passes beside ONNX Runtime.
#![allow(missing_docs)] // the macros below make functions without

use apothecary::classify::artefact::{Artefact, FILES};
use apothecary::classify::encoder::{Batch, Encoder, EncoderConfig, still};
use apothecary::classify::heads::Heads;
use apothecary::classify::int8::{Isa, Network};
use apothecary::classify::{Model, Precision, quant};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::path::Path;

const SHAPES: [(usize, usize); 7] = [(1, 8), (1, 16), (1, 32), (1, 64), (1, 128), (8, 32), (1, 512)];
const MESSAGE: &str =
    "hi, my insulin was supposed to come tuesday and the tracking hasnt moved since, when will it be here";

fn texts((texts, tokens): (usize, usize)) -> Vec<Vec<u32>> {
    let id = |text: usize, at: usize| 1_000 + ((text * 31 + at * 97) % 20_000) as u32;
    (0..texts).map(|text| (0..tokens).map(|at| id(text, at)).collect()).collect()
}

fn passes(c: &mut Criterion) {
    let files = Artefact::read(Path::new("guardrails/model"), FILES).expect("the committed model");
    let config = || serde_json::from_slice::<EncoderConfig>(files.content("config.json")).expect("its config");
    let weights = files.content("model.safetensors");
    let best = Isa::available().first().copied().unwrap_or(Isa::Portable);
    let mut group = c.benchmark_group("pass");
    for threads in [2, 1] {
        let network = Network::with(weights, config(), threads, best).expect("its weights");
        for shape in SHAPES {
            let texts = texts(shape);
            let views: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
            group.throughput(Throughput::Elements((shape.0 * shape.1) as u64));
            group.bench_function(
                BenchmarkId::new(format!("int8-{threads}"), format!("{}x{}", shape.0, shape.1)),
                |b| {
                    b.iter(|| network.forward(&views));
                },
            );
        }
    }
    let tensors = quant::from_bytes(weights).expect("its weights");
    let (encoder, heads) = (Encoder::new(&tensors, &config()).expect("it"), Heads::new(&tensors).expect("it"));
    group.sample_size(10);
    for shape in SHAPES.into_iter().filter(|shape| shape.1 < 512) {
        let texts = texts(shape);
        let views: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        group.bench_function(BenchmarkId::new("fp32-1", format!("{}x{}", shape.0, shape.1)), |b| {
            b.iter(|| heads.forward(&encoder.forward(&Batch::new(&views)?, &mut still)?, &mut still));
        });
    }
    group.finish();
}

fn judgements(c: &mut Criterion) {
    for precision in [Precision::Int8, Precision::Fp32] {
        let model = Model::load(Path::new("guardrails/model"), precision).expect("the committed model");
        c.bench_function(&format!("message/{precision:?}"), |b| b.iter(|| model.infer(&[MESSAGE])));
    }
}

criterion_group!(benches, passes, judgements);
criterion_main!(benches);
