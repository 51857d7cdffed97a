//! Tests of the model as a whole, on a tiny random one.

use super::*;

fn close(a: &Inference, b: &Inference) -> bool {
    let near = |a: &[Score], b: &[Score]| a.iter().zip(b).all(|(a, b)| (a.value() - b.value()).abs() < 1e-4);
    near(&a.risks, &b.risks) && near(&a.intents, &b.intents) && a.embedding.cosine(&b.embedding) > 0.9999
}

#[test]
fn a_text_is_judged_alike_alone_and_in_a_batch() {
    let model = tiny::model();
    let texts = ["where is my order", "help", "chest pain now please help the pain is", ""];
    let together = model.infer(&texts).unwrap();
    for (text, expected) in texts.iter().zip(&together) {
        assert!(close(&model.infer(&[text]).unwrap()[0], expected), "{text}");
    }
    assert!(!close(&together[0], &together[2]));
    assert!(model.infer(&[]).unwrap().is_empty());
}

#[test]
fn the_end_of_a_long_text_counts() {
    let model = tiny::model();
    let short = "where is my order please ".repeat(60);
    let long = format!("{short} chest pain help");
    let (a, b) = (&model.raw(&[&short]).unwrap()[0], &model.raw(&[&long]).unwrap()[0]);
    assert_eq!(a.intents.len(), b.intents.len());
    assert_ne!(a.risks, b.risks);
}

#[test]
fn a_nan_is_an_error_and_never_a_score() {
    let mut tensors = tiny::tensors();
    let bias = Tensor::full(f32::NAN, INTENTS, &candle_core::Device::Cpu).unwrap();
    tensors.insert("heads.intent.out.bias".into(), bias);
    let model = Model::assemble(tiny::CONFIG.as_bytes(), tiny::tokenizer().as_bytes(), &tensors).unwrap();
    assert!(matches!(model.infer(&["help"]), Err(ModelError::NotFinite)));
}
