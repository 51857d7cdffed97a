//! `cargo bench --bench retrieval`: how search, store and feed behave at the size of a large pharmacy, as one table. `-- --scale 0.02`
//! measures a fiftieth of it. It writes `benches/RETRIEVAL.md`; the pharmacy is made by `apothecary synth` and removed again.

mod scale;

use scale::machine::{self, Table};
use scale::{orders, pages};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scale = share()?;
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scale");
    let mut table = Table::new(scale);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        orders::measure(&dir, scale, &mut table).await?;
        pages::measure(scale, &mut table)
    })?;
    std::fs::remove_dir_all(&dir)?;
    let whole = format!("{}\n{table}", machine::head());
    println!("{whole}");
    if scale >= 1.0 {
        std::fs::write("benches/RETRIEVAL.md", whole)?;
    }
    Ok(())
}

/// Cargo passes words of its own.
fn share() -> Result<f64, String> {
    let args: Vec<String> = std::env::args().collect();
    let Some(at) = args.iter().position(|a| a == "--scale") else { return Ok(1.0) };
    let given = args.get(at + 1).ok_or("--scale needs a number, such as 0.02")?;
    let scale: f64 = given.parse().map_err(|_| format!("--scale {given}: not a number"))?;
    if scale > 0.0 && scale <= 1.0 { Ok(scale) } else { Err(format!("--scale {given}: choose above 0 and at most 1")) }
}
