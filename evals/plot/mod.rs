//! Plots of the report as SVG: small, readable on paper and on a dark screen, with their words as text. Each file draws one kind.

pub mod chart;
pub mod classes;
pub mod confusion;
pub mod coverage;
pub mod latency;
pub mod reliability;
pub mod robustness;
pub mod scored;
#[cfg(test)]
mod tests;
pub mod traffic;
