//! `cargo xtask cases`: the golden investigations.
//!
//! Each folder under `cases/` is traced by the built binary and what comes
//! out is compared with `cases/NAME/expected/`: the summary, the two tables,
//! and the digest of the JSON report (its text would be most of the
//! repository). `--update` rewrites the expectation; the change then shows in
//! review as a plain diff of text.

use crate::program::Program;
use crate::tree;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// Whether to compare with the expectation or to rewrite it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Compare,
    Update,
}

/// One file of an expectation: its name and its text.
struct Golden {
    name: &'static str,
    text: String,
}

/// Differing lines shown for one file; the rest is counted.
const SHOWN_LINES: usize = 12;

/// Lines looked ahead, in each text, for the place where they agree again.
const LOOK_AHEAD: usize = 200;

/// Runs the named cases, or all of them.
pub(crate) fn run(mode: Mode, names: &[&str]) -> Result<()> {
    let all = case_names()?;
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|case| case == *name)) {
        bail!("\"{unknown}\" is not a case; there are {}", all.join(", "));
    }
    let program = Program::build()?;
    let mut differences = String::new();
    for case in all.iter().filter(|case| names.is_empty() || names.contains(&case.as_str())) {
        let goldens = trace(&program, case)?;
        match mode {
            Mode::Update => update(case, &goldens)?,
            Mode::Compare => differences.push_str(&compare(case, &goldens)?),
        }
    }
    if !differences.is_empty() {
        bail!(
            "cases differ from what is expected\n{differences}\nIf the new output is right, run \
             `cargo xtask cases --update` and commit the change with its reason."
        );
    }
    Ok(())
}

/// Folders of `cases/` that hold a case file, sorted.
fn case_names() -> Result<Vec<String>> {
    let files = tree::files("cases", &["case.toml"])?;
    let name = |path: &String| path.split('/').nth(1).map(str::to_owned);
    Ok(files.iter().filter_map(name).collect())
}

/// Traces one case and collects what the expectation speaks of.
fn trace(program: &Program, case: &str) -> Result<Vec<Golden>> {
    // The same relative folder on every machine: the report tells how it was made.
    let out = format!("target/xtask/cases/{case}");
    let folder = tree::root().join(&out);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {out}"))?;
    }
    let run = program.run(&["trace", &format!("cases/{case}"), "--out", &out])?;
    // 1 would mean a trace that does not close or rows set aside: not in a golden case.
    if run.code != Some(0) {
        bail!("tracing {case} ended with {:?}:\n{}", run.code, run.messages);
    }
    let written = |name: &str| tree::read(&format!("{out}/{name}"));
    Ok(vec![
        Golden { name: "summary.txt", text: run.output },
        Golden { name: "terminals.csv", text: written("terminals.csv")? },
        Golden { name: "transfers.csv", text: written("transfers.csv")? },
        Golden { name: "report.json.sha256", text: digest(&written("report.json")?) },
    ])
}

fn digest(text: &str) -> String {
    let mut line = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(line, "{byte:02x}");
    }
    line.push('\n');
    line
}

fn expected_folder(case: &str) -> std::path::PathBuf {
    tree::root().join("cases").join(case).join("expected")
}

fn update(case: &str, goldens: &[Golden]) -> Result<()> {
    let folder = expected_folder(case);
    std::fs::create_dir_all(&folder)?;
    for golden in goldens {
        let path = folder.join(golden.name);
        std::fs::write(&path, &golden.text)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("{case}: expectation rewritten");
    Ok(())
}

fn compare(case: &str, goldens: &[Golden]) -> Result<String> {
    let mut differences = String::new();
    for golden in goldens {
        let path = expected_folder(case).join(golden.name);
        let expected = read_expected(&path)?;
        differences.push_str(&difference(
            &format!("cases/{case}/expected/{}", golden.name),
            &expected,
            &golden.text,
        ));
    }
    let verdict = if differences.is_empty() { "as expected" } else { "DIFFERS" };
    println!("{case}: {verdict}");
    Ok(differences)
}

fn read_expected(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| {
        format!("cannot read {}; `cargo xtask cases --update` writes it", path.display())
    })
}

/// The first lines that differ, expected before found; empty if the texts are equal.
fn difference(name: &str, expected: &str, found: &str) -> String {
    if expected == found {
        return String::new();
    }
    let changes = changes(expected, found);
    let mut text = format!("--- {name}\n");
    for change in changes.iter().take(SHOWN_LINES) {
        let _ = writeln!(text, "{change}");
    }
    if changes.is_empty() {
        text.push_str("  (only the line ends or the last newline differ)\n");
    } else if changes.len() > SHOWN_LINES {
        let _ = writeln!(text, "  ... and {} more lines", changes.len() - SHOWN_LINES);
    }
    text
}

/// Lines gone (`-`) and new (`+`) with their numbers. Where the texts part,
/// they are joined again at the nearest equal line, so that an inserted line
/// is one change and not a change of all that follows.
fn changes(expected: &str, found: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let (mut at_old, mut at_new) = (0, 0);
    let mut changes = Vec::new();
    while at_old < old.len() || at_new < new.len() {
        let (gone, come) = apart(&old[at_old..], &new[at_new..]);
        for (index, line) in old.iter().enumerate().skip(at_old).take(gone) {
            changes.push(format!("- {}: {line}", index + 1));
        }
        for (index, line) in new.iter().enumerate().skip(at_new).take(come) {
            changes.push(format!("+ {}: {line}", index + 1));
        }
        // One more on each side: the equal line they were joined at, if any is left.
        at_old = (at_old + gone + 1).min(old.len());
        at_new = (at_new + come + 1).min(new.len());
    }
    changes
}

/// How many lines of each text stand before their nearest equal line.
fn apart(old: &[&str], new: &[&str]) -> (usize, usize) {
    for distance in 0..=2 * LOOK_AHEAD {
        for gone in distance.saturating_sub(LOOK_AHEAD)..=distance.min(LOOK_AHEAD) {
            let come = distance - gone;
            if let (Some(a), Some(b)) = (old.get(gone), new.get(come))
                && a == b
            {
                return (gone, come);
            }
        }
    }
    (old.len(), new.len())
}

#[cfg(test)]
mod tests;
