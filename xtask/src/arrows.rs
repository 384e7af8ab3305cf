//! `cargo xtask arrows`: crates depend on each other one way only.
//!
//! The table below is the architecture; `ARCHITECTURE.md` explains it. Also
//! held here: unsafe code stays in one file, and nothing below the command
//! line prints. Dependencies outside the workspace are `deny.toml`'s business.

mod graph;
mod text;

use anyhow::{Result, bail};

/// One crate and the workspace crates it may use.
pub(crate) struct Allowed {
    /// The crate.
    pub(crate) name: &'static str,
    /// In the product.
    pub(crate) uses: &'static [&'static str],
    /// In tests only, besides `uses`.
    pub(crate) tests_use: &'static [&'static str],
}

const MODEL: &str = "tracehound-model";
const STORE: &str = "tracehound-store";
const INGEST: &str = "tracehound-ingest";
const ANALYSIS: &str = "tracehound-analysis";
const LISTS: &str = "tracehound-lists";
const TAGS: &str = "tracehound-tags";
const BRIDGE: &str = "tracehound-bridge";
const MIXER: &str = "tracehound-mixer";
const SCREEN: &str = "tracehound-screen";
const REPORT: &str = "tracehound-report";
const SERVER: &str = "tracehound-server";
const CLI: &str = "tracehound-cli";
const TESTKIT: &str = "tracehound-testkit";

/// model <- store <- {ingest, analysis} <- screen <- report <- server <- cli; testkit uses model only.
pub(crate) const ARROWS: &[Allowed] = &[
    Allowed { name: MODEL, uses: &[], tests_use: &[] },
    Allowed { name: STORE, uses: &[MODEL], tests_use: &[TESTKIT] },
    Allowed { name: INGEST, uses: &[MODEL, STORE], tests_use: &[TESTKIT] },
    Allowed { name: ANALYSIS, uses: &[MODEL, STORE], tests_use: &[TESTKIT] },
    Allowed { name: LISTS, uses: &[MODEL], tests_use: &[] },
    Allowed { name: TAGS, uses: &[MODEL, LISTS], tests_use: &[] },
    Allowed { name: BRIDGE, uses: &[MODEL], tests_use: &[] },
    Allowed { name: MIXER, uses: &[MODEL], tests_use: &[TESTKIT] },
    Allowed { name: SCREEN, uses: &[MODEL, STORE, ANALYSIS, LISTS, TAGS], tests_use: &[] },
    Allowed { name: REPORT, uses: &[MODEL, STORE, ANALYSIS, TAGS, SCREEN], tests_use: &[TESTKIT] },
    Allowed {
        name: SERVER,
        uses: &[MODEL, STORE, ANALYSIS, LISTS, TAGS, SCREEN, REPORT],
        tests_use: &[TESTKIT],
    },
    Allowed {
        name: CLI,
        uses: &[MODEL, STORE, INGEST, ANALYSIS, LISTS, TAGS, BRIDGE, MIXER, SCREEN, REPORT, SERVER],
        tests_use: &[TESTKIT],
    },
    Allowed { name: TESTKIT, uses: &[MODEL], tests_use: &[] },
    Allowed { name: "xtask", uses: &[], tests_use: &[MODEL] },
];

/// Checks the workspace as it stands.
pub(crate) fn run() -> Result<()> {
    let metadata = graph::read_metadata()?;
    let mut problems = graph::problems(&metadata, ARROWS);
    for package in &metadata.packages {
        problems.extend(crate::lints::problems(&package.name, &package.manifest()?)?);
    }
    problems.extend(text::problems()?);
    if !problems.is_empty() {
        bail!("the architecture is broken:\n  {}", problems.join("\n  "));
    }
    println!("arrows: {} crates keep to the table", metadata.packages.len());
    Ok(())
}
