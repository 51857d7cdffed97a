//! Stub.
use super::Finding;
use super::scene::Scene;
/// Stub.
pub fn check(_: &Scene<'_>) -> Vec<Finding> { Vec::new() }
