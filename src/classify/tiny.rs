//! A tiny random model for tests: real tokenizer rules, two layers, a vocabulary of a few words.

use super::heads::shapes;
use super::{Model, Tensors};
use crate::domain::embedding::DIM;
use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;

const WORDS: [&str; 14] =
    ["where", "is", "my", "order", "help", "chest", "pain", "now", "please", "the", "donde", "esta", ".", "?"];

/// `config.json` of the tiny model.
pub const CONFIG: &str = r#"{"hidden_size":384,"num_hidden_layers":2,"num_attention_heads":12,
    "layer_norm_eps":1e-12,"max_position_embeddings":160,"intermediate_size":64}"#;

/// `tokenizer.json` of the tiny model.
pub fn tokenizer() -> String {
    let mut vocab: BTreeMap<String, u32> =
        [("[PAD]", 0), ("[UNK]", 100), ("[CLS]", 101), ("[SEP]", 102)].map(|(w, i)| (w.to_owned(), i)).into();
    vocab.extend(WORDS.iter().zip(1u32..).map(|(w, i)| ((*w).to_owned(), i)));
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab},
    })
    .to_string()
}

/// Of a normal distribution (Box and Muller 1958).
fn normal(rng: &mut StdRng) -> f32 {
    let (a, b): (f32, f32) = (1.0 - rng.random::<f32>(), rng.random());
    (-2.0 * a.ln()).sqrt() * (std::f32::consts::TAU * b).cos()
}

/// Random weights of the tiny model, the same at every call.
pub fn tensors() -> Tensors {
    let mut out = Tensors::new();
    let mut rng = StdRng::seed_from_u64(11);
    let mut random = |name: &str, shape: &[usize], spread: f32| {
        let numbers = (0..shape.iter().product()).map(|_| spread * normal(&mut rng)).collect();
        out.insert(name.to_owned(), Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap());
    };
    random("embeddings.word_embeddings.weight", &[103, DIM], 0.5);
    random("embeddings.position_embeddings.weight", &[160, DIM], 0.1);
    random("embeddings.token_type_embeddings.weight", &[2, DIM], 0.1);
    random("embeddings.LayerNorm.weight", &[DIM], 1.0);
    random("embeddings.LayerNorm.bias", &[DIM], 0.1);
    let mut linears: Vec<(String, usize, usize)> = shapes(DIM).map(|(n, o, i)| (n.to_owned(), o, i)).into();
    for layer in 0..2 {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        let square = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"];
        linears.extend(square.map(|part| (name(part), DIM, DIM)));
        linears.extend([(name("intermediate.dense"), 64, DIM), (name("output.dense"), DIM, 64)]);
        for norm in ["attention.output.LayerNorm", "output.LayerNorm"] {
            random(&format!("{}.weight", name(norm)), &[DIM], 1.0);
            random(&format!("{}.bias", name(norm)), &[DIM], 0.1);
        }
    }
    for (name, rows, columns) in linears {
        random(&format!("{name}.weight"), &[rows, columns], 0.05);
        random(&format!("{name}.bias"), &[rows], 0.05);
    }
    out
}

/// The tiny model, uncalibrated.
pub fn model() -> Model {
    Model::assemble(CONFIG.as_bytes(), tokenizer().as_bytes(), &tensors()).unwrap()
}
