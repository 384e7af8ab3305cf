//! `cargo xtask docs`: what can be generated is generated, what can rot is checked.
//!
//! `docs/cli.md` is the program's own help, command by command, and
//! `docs/openapi.json` its own description of its API, so that they cannot
//! say anything else. `--check` compares instead of writing. Both
//! check the links between pages and build the API documentation with every
//! warning an error.

use crate::links;
use crate::program::{Program, run_cargo};
use crate::tree;
use anyhow::{Context, Result, bail};

/// Whether to write the generated page or to compare it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

const PAGE: &str = "docs/cli.md";
const API: &str = "docs/openapi.json";

const OPENING: &str = "\
# The command line

Generated from the program's own help by `cargo xtask docs`; do not edit.

Exit codes: 0 finished and nothing adverse, 1 finished and something adverse was found (a trace that
does not close, rows that had to be set aside, damage), 2 could not finish. Data goes to standard
output, everything else to standard error.
";

/// Writes or checks the generated page, then checks links and rustdoc.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let program = Program::build()?;
    let mut page = OPENING.to_owned();
    describe(&program, &mut Vec::new(), &mut page)?;
    let api = program.run(&["serve", "--print-openapi"])?;
    if api.code != Some(0) {
        bail!("tracehound serve --print-openapi ended with {:?}: {}", api.code, api.messages);
    }
    for (file, text) in [(PAGE, &page), (API, &api.output)] {
        match mode {
            Mode::Write => std::fs::write(tree::root().join(file), text)
                .with_context(|| format!("cannot write {file}"))?,
            Mode::Check if tree::read(file).unwrap_or_default() == *text => {}
            Mode::Check => {
                bail!("{file} is not what the program says; run `cargo xtask docs`");
            }
        }
    }
    let strict = [("RUSTDOCFLAGS", "-D warnings")];
    run_cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--locked"], &strict)?;
    let dead = links::problems()?;
    if !dead.is_empty() {
        bail!("dead links:\n  {}", dead.join("\n  "));
    }
    println!("docs: {PAGE}, {API}, links and rustdoc are in order");
    Ok(())
}

/// Appends the help of the command `path`, then of its subcommands.
fn describe(program: &Program, path: &mut Vec<String>, page: &mut String) -> Result<()> {
    let command: Vec<&str> = path.iter().map(String::as_str).collect();
    let run = program.help(&command)?;
    if run.code != Some(0) {
        bail!(
            "tracehound {} --help ended with {:?}: {}",
            command.join(" "),
            run.code,
            run.messages
        );
    }
    let title = [&["tracehound".to_owned()], path.as_slice()].concat().join(" ");
    let help: Vec<&str> = run.output.trim_end().lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", help.join("\n")));
    for name in subcommands(&run.output) {
        path.push(name);
        describe(program, path, page)?;
        path.pop();
    }
    Ok(())
}

/// Names in the `Commands:` part of a help text.
fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let listed = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    // Names stand two blanks in; wrapped descriptions stand further in.
    let names =
        listed.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let first = names.filter_map(|line| line.split_whitespace().next());
    first.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subcommands_are_read_from_help() {
        let help = "Traces.\n\nUsage: x <COMMAND>\n\nCommands:\n  trace  Trace\n         a case\n  \
                    store  Look\n  help   Print this\n\nOptions:\n  -h, --help  Print help\n";
        assert_eq!(subcommands(help), ["trace", "store"]);
        assert!(subcommands("Usage: x\n\nOptions:\n  -h  Print help\n").is_empty());
    }
}
