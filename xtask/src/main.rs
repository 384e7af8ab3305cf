//! Tasks of the repository: `cargo xtask TASK`.
//!
//! `cargo xtask ci` runs everything CI runs after the tests, so that what
//! passes here passes there. Each task is one file and either succeeds or
//! says what is wrong and how to put it right. The tasks read the working
//! tree and call cargo; only `cases --update` and `docs` write.

#![allow(clippy::print_stdout, reason = "a task talks to the person at the terminal")]

mod arrows;
mod cases;
mod ci;
mod docs;
mod links;
mod lints;
mod program;
mod sizes;
mod source;
mod tree;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask TASK

  arrows             crates depend on each other one way only; unsafe and printing stay in their place
  sizes              no source file over 800 lines
  docs [--check]     write docs/cli.md from the program's help; check it, the links and rustdoc
  cases [--update] [NAME...]
                     run the golden cases and compare with (or rewrite) cases/NAME/expected
  ci                 everything CI runs after the tests
";

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["arrows"] => arrows::run(),
        ["sizes"] => sizes::run(),
        ["docs"] => docs::run(docs::Mode::Write),
        ["docs", "--check"] => docs::run(docs::Mode::Check),
        ["cases", "--update", names @ ..] => cases::run(cases::Mode::Update, names),
        ["cases", names @ ..] if names.iter().all(|name| !name.starts_with('-')) => {
            cases::run(cases::Mode::Compare, names)
        }
        ["ci"] => ci::run(),
        [] | ["help" | "-h" | "--help"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => bail!("\"{}\" is not a task\n\n{USAGE}", other.join(" ")),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nfailed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
