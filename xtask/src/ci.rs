//! `cargo xtask ci`: everything CI runs after the tests.
//!
//! Every step runs even if an earlier one failed, so that one run tells all
//! there is to mend.

use crate::program::run_cargo;
use crate::{arrows, cases, docs, sizes, tree};
use anyhow::{Result, bail};
use std::time::Instant;

type Step = (&'static str, fn() -> Result<()>);

const STEPS: &[Step] = &[
    ("formatting", format),
    ("arrows", arrows::run),
    ("sizes", sizes::run),
    ("licences and sources of dependencies", deny),
    ("clippy", clippy),
    ("documents", || docs::run(docs::Mode::Check)),
    ("golden cases", || cases::run(cases::Mode::Compare, &[])),
    ("fuzz targets, replayed", fuzz),
    ("benchmarks build", bench),
];

/// Runs every step.
pub(crate) fn run() -> Result<()> {
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        println!("== {name}");
        let start = Instant::now();
        let result = step();
        let seconds = start.elapsed().as_secs();
        match result {
            Ok(()) => println!("== {name}: ok in {seconds} s\n"),
            Err(error) => {
                println!("== {name}: FAILED in {seconds} s: {error:#}\n");
                failed.push(*name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("{} of {} steps: {}", failed.len(), STEPS.len(), failed.join("; "));
    }
    println!("all {} steps passed", STEPS.len());
    Ok(())
}

fn format() -> Result<()> {
    run_cargo(&["fmt", "--all", "--check"], &[])
}

fn clippy() -> Result<()> {
    let arguments =
        ["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    run_cargo(&arguments, &[])
}

/// The advisory database is left out: it is fetched from a host CI may not reach.
fn deny() -> Result<()> {
    run_cargo(&["deny", "--all-features", "check", "licenses", "bans", "sources"], &[])
}

fn fuzz() -> Result<()> {
    shared_build(&["test", "--quiet", "--locked", "--manifest-path", "fuzz/Cargo.toml"])
}

fn bench() -> Result<()> {
    shared_build(&["check", "--quiet", "--locked", "--manifest-path", "bench/Cargo.toml"])
}

/// Runs cargo on a workspace of its own lockfile with the main build folder, which saves
/// compiling equal dependencies twice.
fn shared_build(arguments: &[&str]) -> Result<()> {
    let folder = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| tree::root().join("target"), |folder| tree::root().join(folder));
    run_cargo(arguments, &[("CARGO_TARGET_DIR", &folder.to_string_lossy())])
}
