//! `cargo xtask sizes`: files stay small enough to read in one sitting.
//!
//! Over 800 lines a file is refused; over 400 it is named, so that the next
//! change can split it. Length of functions is clippy's business.

use crate::tree;
use anyhow::{Result, bail};

const REFUSED_ABOVE: usize = 800;
const NAMED_ABOVE: usize = 400;

/// Counts the lines of every source file.
pub(crate) fn run() -> Result<()> {
    let mut refused = Vec::new();
    let paths = tree::files(".", &[".rs", ".js", ".css"])?;
    for path in &paths {
        let lines = tree::read(path)?.lines().count();
        if lines > REFUSED_ABOVE {
            refused.push(format!("{path} has {lines} lines"));
        } else if lines > NAMED_ABOVE {
            println!("note: {path} has {lines} lines; over {NAMED_ABOVE} is long");
        }
    }
    if !refused.is_empty() {
        bail!(
            "files over {REFUSED_ABOVE} lines; split each by what it holds:\n  {}",
            refused.join("\n  ")
        );
    }
    println!("sizes: {} files, none over {REFUSED_ABOVE} lines", paths.len());
    Ok(())
}
