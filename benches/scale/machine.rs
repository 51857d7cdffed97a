//! The table, the machine under it, and times in order.

use std::fmt;
use std::time::Duration;

/// Rows of what was measured, with what is wanted.
pub struct Table {
    scale: f64,
    rows: Vec<[String; 3]>,
}

impl Table {
    pub fn new(scale: f64) -> Self {
        Self { scale, rows: Vec::new() }
    }

    /// A row; shown at once, since the whole takes minutes.
    pub fn row(&mut self, what: &str, value: String, wanted: &str) {
        eprintln!("{what}: {value}");
        self.rows.push([what.to_owned(), value, wanted.to_owned()]);
    }

    /// Times as median and 99th percentile.
    pub fn times(&mut self, what: &str, mut times: Vec<Duration>, wanted: &str) {
        times.sort_unstable();
        let at = |share: f64| {
            let n = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
            times.get(n).map_or(0.0, |t| t.as_secs_f64() * 1e3)
        };
        let value = format!("{:.2} / {:.2} ms, n = {}", at(0.5), at(0.99), times.len());
        self.row(what, value, wanted);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale < 1.0 {
            writeln!(f, "At {} of the whole size.\n", self.scale)?;
        }
        writeln!(f, "| what | measured | wanted |\n|---|---|---|")?;
        self.rows.iter().try_for_each(|[what, value, wanted]| writeln!(f, "| {what} | {value} | {wanted} |"))
    }
}

/// Where it was measured.
pub fn head() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpu.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "# Search at the size of a large pharmacy\n\nMade by `cargo bench --bench retrieval`, on {cores} threads of {}. Times are median / 99th percentile.\n",
        name.trim_start_matches([' ', '\t', ':'])
    )
}

/// Of this process, or of another: what lies in memory, and the most that ever did, in MB.
pub fn memory(process: &str) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let of = |field: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(field)).unwrap_or_default();
        line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or_default() / 1024
    };
    (of("VmRSS:"), of("VmHWM:"))
}

/// Bytes of a file, or of all files of a folder, in MB.
pub fn size(path: &std::path::Path) -> u64 {
    let bytes = |p: &std::path::Path| std::fs::metadata(p).map_or(0, |m| m.len());
    let Ok(entries) = std::fs::read_dir(path) else { return bytes(path) / 1_000_000 };
    entries.flatten().map(|e| bytes(&e.path())).sum::<u64>() / 1_000_000
}
