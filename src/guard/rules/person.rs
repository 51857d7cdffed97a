//! Stub.
use super::Finding;
use super::scene::Scene;
/// Stub.
pub fn others(_: &Scene<'_>) -> Vec<Finding> { Vec::new() }
/// Stub.
pub fn level(_: &Scene<'_>) -> Vec<Finding> { Vec::new() }
