//! Building and running the product's binary, the same way for every task.
//!
//! It runs in the repository root with a fixed width and a home folder of
//! its own, so that what it prints depends on neither the terminal nor
//! what the person at it has stored before.

use crate::tree;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Columns that help texts and summaries are wrapped to.
const WIDTH: &str = "100";

/// Where runs keep their stores, relative to the root; emptied before each task.
const HOME_VARIABLE: &str = "TRACEHOUND_HOME";
const HOME: &str = "target/xtask/home";

/// The built binary.
pub(crate) struct Program {
    path: PathBuf,
}

/// What a run left behind.
pub(crate) struct Run {
    /// Exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) output: String,
    /// Standard error.
    pub(crate) messages: String,
}

impl Program {
    /// Builds the release binary and finds it.
    pub(crate) fn build() -> Result<Self> {
        run_cargo(&["build", "--release", "--locked", "--package", "tracehound-cli"], &[])?;
        let folder = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| tree::root().join("target"), |folder| tree::root().join(folder));
        let name = format!("tracehound{}", std::env::consts::EXE_SUFFIX);
        let path = folder.join("release").join(name);
        if !path.is_file() {
            bail!("cargo built no {}", path.display());
        }
        let home = tree::root().join(HOME);
        if home.exists() {
            std::fs::remove_dir_all(&home).with_context(|| format!("cannot empty {HOME}"))?;
        }
        Ok(Self { path })
    }

    /// Runs it to the end, its stores kept apart.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Run> {
        self.finish(Command::new(&self.path).args(arguments).env(HOME_VARIABLE, HOME))
    }

    /// Asks for help; without the home folder set, since help shows variables as they are.
    pub(crate) fn help(&self, command: &[&str]) -> Result<Run> {
        let mut asked = Command::new(&self.path);
        self.finish(asked.args(command).arg("--help").env_remove(HOME_VARIABLE))
    }

    fn finish(&self, command: &mut Command) -> Result<Run> {
        let output = command
            .current_dir(tree::root())
            .env("COLUMNS", WIDTH)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot run {}", self.path.display()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        Ok(Run {
            code: output.status.code(),
            output: text(&output.stdout),
            messages: text(&output.stderr),
        })
    }
}

/// The cargo that runs this task, so that its toolchain is used throughout.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}

/// Runs cargo in the repository root with some variables set; its output goes to the terminal.
pub(crate) fn run_cargo(arguments: &[&str], variables: &[(&str, &str)]) -> Result<()> {
    let status = Command::new(cargo())
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(tree::root())
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run cargo {}", arguments.join(" ")))?;
    if !status.success() {
        bail!("cargo {} failed", arguments.join(" "));
    }
    Ok(())
}
