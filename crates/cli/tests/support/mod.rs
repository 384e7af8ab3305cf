//! Running the binary and reading what it wrote.
#![allow(unreachable_pub)] // shared by test files, each its own crate
#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used)] // a panic in a test is its report

pub mod crossing;
pub mod graphsense;
pub mod lists;
pub mod service;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// The repository root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Data that are not shipped; tests check more where they are present.
pub fn shared() -> Option<PathBuf> {
    let folder = root().join("../shared/data");
    folder.is_dir().then_some(folder)
}

/// One run.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder of its own, with the program in it.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        let output: Output = assert_cmd::Command::cargo_bin("tracehound")
            .unwrap()
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TRACEHOUND_HOME", self.path("home"))
            .env("COLUMNS", "100")
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Traces a case of the repository into `out`; panics with the messages if it fails.
    pub fn trace(&self, case: &str, more: &[&str]) -> Traced {
        let folder = root().join("cases").join(case);
        self.trace_folder(&folder, more)
    }

    pub fn trace_folder(&self, folder: &Path, more: &[&str]) -> Traced {
        let out = self.path(&format!("out-{}", folder.file_name().unwrap().to_str().unwrap()));
        let mut arguments = vec!["trace", folder.to_str().unwrap(), "--out", out.to_str().unwrap()];
        arguments.extend(more);
        let run = self.run(&arguments);
        assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
        Traced { run, out }
    }
}

/// A finished trace.
pub struct Traced {
    pub run: Run,
    pub out: PathBuf,
}

impl Traced {
    /// The report as JSON.
    pub fn report(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.out.join("report.json")).unwrap()).unwrap()
    }

    /// Rows of a CSV table under their column names.
    pub fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.out.join(name)).unwrap();
        reader.deserialize().map(|row| row.unwrap()).collect()
    }

    /// Rows of one policy.
    pub fn of(&self, name: &str, policy: &str) -> Vec<BTreeMap<String, String>> {
        self.table(name).into_iter().filter(|row| row["policy"] == policy).collect()
    }
}

/// Decimal text as hundredths, for dollars.
pub fn cents(text: &str) -> u128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<2}").parse().unwrap()
}

/// Addresses of a list file, lower case.
pub fn addresses(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.trim().to_lowercase()).filter(|line| !line.is_empty()).collect()
}
