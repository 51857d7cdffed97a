//! Stub.
use super::Finding;
use super::scene::Scene;
use std::ops::Range;
/// Stub.
pub fn check(_: &Scene<'_>) -> Vec<Finding> { Vec::new() }
/// Stub.
pub fn named_with_strength(_: &str) -> Vec<String> { Vec::new() }
/// Stub.
pub fn find_names(_: &str, _: &[String]) -> Vec<(String, Range<usize>)> { Vec::new() }
