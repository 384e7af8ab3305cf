//! What no crate may write down: unsafe code outside its file, printing below the command line.
//!
//! Clippy warns of printing too; this check also sees code that clippy was
//! told to allow.

use crate::{source, tree};
use anyhow::Result;

/// The only file that may hold unsafe code: it maps files into memory.
const UNSAFE_FILE: &str = "crates/store/src/mmap.rs";

/// Macros and functions that reach the terminal.
const PRINTING: [&str; 7] =
    ["println!", "eprintln!", "print!", "eprint!", "dbg!", "stdout()", "stderr()"];

/// Every breach in the source files of the workspace.
pub(crate) fn problems() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut paths = tree::files("crates", &[".rs"])?;
    paths.extend(tree::files("xtask", &[".rs"])?);
    for path in paths {
        problems.extend(breaches(&path, &tree::read(&path)?));
    }
    Ok(problems)
}

fn breaches(path: &str, text: &str) -> Vec<String> {
    let code = source::code_only(text);
    let mut found = Vec::new();
    if path != UNSAFE_FILE {
        for line in source::lines_with_word(&code, "unsafe") {
            found.push(format!(
                "{path}, line {line}: unsafe code belongs in {UNSAFE_FILE} alone; use its safe interface"
            ));
        }
    }
    if is_below_command_line(path) {
        for (index, line) in product_lines(&code) {
            if let Some(printing) = PRINTING.iter().find(|printing| calls(line, printing)) {
                found.push(format!(
                    "{path}, line {index}: {printing} below the command line; return the value or \
                     write to a Write the caller hands in"
                ));
            }
        }
    }
    found
}

/// Library source: under `crates/` except the command line, and not a test, example or benchmark.
fn is_below_command_line(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.next() == Some("crates")
        && parts.next() != Some("cli")
        && parts.next() == Some("src")
        && !path.ends_with("tests.rs")
}

/// Numbered lines before the inline test module, which by habit closes a file.
fn product_lines(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = code.lines().collect();
    let opens_tests =
        |pair: &[&str]| pair[0].starts_with("#[cfg(test)]") && pair[1].starts_with("mod ");
    let end = lines.windows(2).position(opens_tests).unwrap_or(lines.len());
    lines.into_iter().take(end).enumerate().map(|(index, line)| (index + 1, line))
}

fn calls(line: &str, printing: &str) -> bool {
    line.match_indices(printing).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_code_is_found_outside_its_file_only() {
        let text = "// unsafe in words is fine\nfn f() { unsafe { g() } }\n";
        assert_eq!(breaches("crates/model/src/lib.rs", text).len(), 1);
        assert!(breaches("crates/model/src/lib.rs", text)[0].contains("line 2"));
        assert!(breaches(UNSAFE_FILE, text).is_empty());
    }

    #[test]
    fn printing_is_for_the_command_line() {
        let text = "fn f() { println!(\"x\"); }\n#[cfg(test)]\nmod tests { fn g() { dbg!(1); } }\n";
        assert_eq!(breaches("crates/report/src/summary.rs", text).len(), 1);
        assert!(breaches("crates/cli/src/main.rs", text).is_empty());
        assert!(breaches("crates/store/examples/build_speed.rs", text).is_empty());
        assert!(
            breaches("crates/report/src/lib.rs", "fn reprintln() { x.footprint(); }").is_empty()
        );
    }
}
