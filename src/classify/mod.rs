//! What a text is: risks, intents, language, personal data. Deterministic detection and the model live here;
//! what follows from a finding is decided in `guard`.

pub mod language;
pub mod normalise;
pub mod phi;
pub mod rules;
