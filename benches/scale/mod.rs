//! What `retrieval` measures: records in `orders`, pages in `pages`, and how it is told in `machine`.

pub mod machine;
pub mod orders;
pub mod pages;

/// People, orders and passages of a whole measurement.
pub const PEOPLE: u32 = 250_000;
pub const ORDERS: u32 = 1_000_000;
pub const PASSAGES: usize = 100_000;

pub type Done = Result<(), Box<dyn std::error::Error>>;

pub fn part(of: f64, scale: f64) -> u32 {
    (of * scale).round().max(1.0) as u32
}
