//! The `apothecary` binary.
fn main() {}
