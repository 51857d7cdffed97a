//! The `evals` binary.
fn main() {}
