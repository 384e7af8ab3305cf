//! Results as the Markdown tables of `docs/benchmarks.md`, so that no figure is typed by hand.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// A line of the table: what it says, where the figure stands, digits after the point.
type Line = (&'static str, &'static str, usize);

const BUILD: &[Line] = &[
    ("build, M rows/s", "/build/million_rows_a_second", 2),
    ("build, M rows per CPU second", "/build/million_rows_a_cpu_second", 2),
    ("build, peak resident MiB", "/build/process/peak_resident_mib", 0),
    ("build, peak own memory MiB", "/build/process/peak_own_memory_mib", 0),
    ("store, bytes a transfer", "/build/bytes_a_transfer", 1),
    ("of which log", "/build/bytes_a_transfer_by_file/log", 1),
    ("of which incoming index", "/build/bytes_a_transfer_by_file/incoming", 1),
    ("of which outgoing index", "/build/bytes_a_transfer_by_file/outgoing", 1),
    ("of which ordinals", "/build/bytes_a_transfer_by_file/ordinals", 1),
    ("of which transactions", "/build/bytes_a_transfer_by_file/transactions", 1),
    ("of which transaction look-up", "/build/bytes_a_transfer_by_file/transaction-index", 1),
    ("of which addresses", "/build/bytes_a_transfer_by_file/addresses", 1),
    ("of which address look-up", "/build/bytes_a_transfer_by_file/address-index", 1),
    ("of which wide amounts", "/build/bytes_a_transfer_by_file/wide", 1),
    ("DuckDB: load, M rows/s", "/duckdb/load/million_rows_a_second", 2),
    ("DuckDB: bytes a transfer, no index", "/duckdb/load/bytes_a_transfer", 1),
];

const READ: &[Line] = &[
    ("open, p50 ms", "/open/p50_milliseconds", 3),
    ("open, p99 ms", "/open/p99_milliseconds", 3),
    ("find an address's rows since T, p50 ns", "/fetch/warm/find_p50_nanoseconds", 0),
    ("find an address's rows since T, p99 ns", "/fetch/warm/find_p99_nanoseconds", 0),
    ("and read them, p50 ns", "/fetch/warm/with_rows_p50_nanoseconds", 0),
    ("and read them, p99 ns", "/fetch/warm/with_rows_p99_nanoseconds", 0),
    ("the same at first touch, p50 ns", "/fetch/first_touch/with_rows_p50_nanoseconds", 0),
    ("DuckDB: the same, p50 ms", "/duckdb/fetch/p50_milliseconds", 1),
    ("DuckDB: the same with indexes, p50 ms", "/duckdb/fetch_indexed/p50_milliseconds", 1),
    ("scan the log, M rows per CPU second", "/pass/scan/million_rows_a_cpu_second", 0),
    ("scan at first touch (checksums)", "/pass/scan_first_touch/million_rows_a_cpu_second", 0),
    ("reach of eight thefts", "/pass/reach_of_eight_few/million_rows_a_cpu_second", 0),
    ("pro rata of eight thefts", "/pass/haircut_of_eight_few/million_rows_a_cpu_second", 0),
    ("reach of eight hubs", "/pass/reach_of_eight_hubs/million_rows_a_cpu_second", 0),
    ("pro rata of eight hubs", "/pass/haircut_of_eight_hubs/million_rows_a_cpu_second", 0),
    ("limit: sequential read, GB per CPU second", "/limits/sequential_gb_a_cpu_second", 1),
    ("limit: independent random read, ns", "/limits/independent_read_nanoseconds", 1),
    ("limit: dependent random read, ns", "/limits/dependent_read_nanoseconds", 1),
];

/// Prints the tables of one or more files of results, a column each.
pub fn print(files: &[impl AsRef<Path>]) -> Result<()> {
    let results = files.iter().map(|file| read(file.as_ref())).collect::<Result<Vec<_>>>()?;
    for lines in [BUILD, READ] {
        let sizes =
            results.iter().map(|r| format!(" {} M |", number(&r["transfers"]) as u64 / 1_000_000));
        println!("| |{}", sizes.collect::<String>());
        println!("|---|{}", "---:|".repeat(results.len()));
        for (name, pointer, digits) in lines {
            let cells = results.iter().map(|result| cell(result.pointer(pointer), *digits));
            println!("| {name} |{}", cells.collect::<String>());
        }
        println!();
    }
    results.iter().try_for_each(traces)
}

fn read(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

fn cell(value: Option<&Value>, digits: usize) -> String {
    match value.and_then(Value::as_f64) {
        Some(figure) => format!(" {figure:.digits$} |"),
        None => " |".to_owned(),
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// One line a window: CPU seconds of each way, the peer's, and what the policies touch.
fn traces(result: &Value) -> Result<()> {
    println!("{} M transfers:\n", number(&result["transfers"]) as u64 / 1_000_000);
    println!(
        "| tainted | by index s | by pass s | DuckDB s | ratio | poison s | haircut s | fifo s | dirty-first s | haircut, hubs stop s | haircut touched M/s | fifo touched M/s |"
    );
    println!("|{}", "---:|".repeat(12));
    // Short times are rounded to milliseconds in the results; rates are not.
    let taken = |of: &Value, trace: &Value| {
        number(&trace["tainted_transfers"]) / 1e6 / number(&of["million_tainted_a_cpu_second"])
    };
    let peer = |tainted: &Value| {
        let expansions = result["duckdb"]["expansions"].as_array();
        expansions.and_then(|all| all.iter().find(|e| e["tainted_transfers"] == *tainted))
    };
    for trace in result["trace"]["traces"].as_array().context("no traces")? {
        let theirs = peer(&trace["tainted_transfers"]).map(|of| taken(of, trace));
        let seconds = |way: &str| taken(&trace[way], trace);
        let best = seconds("expand_by_index").min(seconds("expand_by_pass"));
        let ratio = theirs.map(|theirs| theirs / best);
        let mut line = format!("| {} ", trace["tainted_transfers"]);
        for figure in [Some(seconds("expand_by_index")), Some(seconds("expand_by_pass")), theirs] {
            line += &format!("| {} ", figure.map_or_else(String::new, |f| format!("{f:.4}")));
        }
        line += &format!("| {} ", ratio.map_or_else(String::new, |ratio| format!("{ratio:.0}")));
        for way in ["poison", "haircut", "fifo", "dirty-first", "haircut_without_hubs"] {
            line += &format!("|{}", cell(trace[way].get("cpu_seconds"), 3).trim_end_matches('|'));
        }
        for way in ["haircut", "fifo"] {
            let rate = trace[way].get("million_touched_a_cpu_second");
            line += &format!("|{}", cell(rate, 1).trim_end_matches('|'));
        }
        println!("{line}|");
    }
    println!();
    Ok(())
}
