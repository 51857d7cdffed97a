//! The encoder and its heads in eight-bit arithmetic, for serving: the same weights as the `f32` path of [`super::encoder`], which
//! stays the reference and the training path. The one place of the product that uses `unsafe`: vector instructions
//! (`micro`) and buffers that several threads fill side by side (`shared`).
//!
//! ```text
//! weights  int8, one scale an output column, packed once at load (`packed`)
//! rows     u8, one scale and one minimum a token, quantised as they are written (`rows`)
//! product  u8 × i8 → i32, exact on every machine; then f32: scale, bias, GELU, residual, layer normalisation
//! ```
//! Texts are laid end to end without padding (`network`); one text is cut over the threads that are free (`team`).

mod attention;
mod layer;
mod micro;
mod network;
mod packed;
mod probe;
mod rows;
mod scratch;
mod shared;
mod team;
mod weights;

pub use micro::Isa;
pub use network::Network;
pub use probe::rate;

#[cfg(test)]
mod tests;
