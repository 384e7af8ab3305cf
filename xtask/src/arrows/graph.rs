//! Edges between workspace crates, as cargo sees them, against the table.

use super::Allowed;
use crate::tree;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::Path;
use std::process::Command;

/// The part of `cargo metadata` that matters here.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    /// Crates of the workspace.
    pub(crate) packages: Vec<Package>,
}

/// A crate.
#[derive(Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or absent.
    kind: Option<String>,
}

impl Package {
    /// Its manifest, relative to the repository root.
    pub(crate) fn manifest(&self) -> Result<String> {
        let path = Path::new(&self.manifest_path);
        let relative = path
            .strip_prefix(tree::root())
            .with_context(|| format!("{} lies outside the repository", self.manifest_path))?;
        Ok(relative.to_string_lossy().into_owned())
    }
}

/// Asks cargo for the workspace's crates.
pub(crate) fn read_metadata() -> Result<Metadata> {
    let output = Command::new(crate::program::cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(tree::root())
        .output()
        .context("cannot run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata printed something unexpected")
}

/// Every edge the table does not allow, with the cure.
pub(crate) fn problems(metadata: &Metadata, arrows: &[Allowed]) -> Vec<String> {
    let mut problems = Vec::new();
    for package in &metadata.packages {
        let Some(allowed) = arrows.iter().find(|allowed| allowed.name == package.name) else {
            problems.push(format!(
                "{} is not in the table: add it to xtask/src/arrows.rs and ARCHITECTURE.md",
                package.name
            ));
            continue;
        };
        let inside = |name: &str| metadata.packages.iter().any(|other| other.name == name);
        for dependency in package.dependencies.iter().filter(|d| inside(&d.name)) {
            problems.extend(forbidden(allowed, dependency));
        }
    }
    problems
}

fn forbidden(allowed: &Allowed, dependency: &Dependency) -> Option<String> {
    let (name, uses) = (allowed.name, dependency.name.as_str());
    let for_tests = dependency.kind.as_deref() == Some("dev");
    if allowed.uses.contains(&uses) || (for_tests && allowed.tests_use.contains(&uses)) {
        return None;
    }
    if allowed.tests_use.contains(&uses) {
        return Some(format!("{name} uses {uses} in the product: move it to [dev-dependencies]"));
    }
    let may = if allowed.uses.is_empty() { "none".to_owned() } else { allowed.uses.join(", ") };
    Some(format!(
        "{name} uses {uses}, against the arrows (it may use: {may}); move the shared part down \
         into a crate both may use, or pass the value in from the caller"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrows::ARROWS;

    /// A workspace of every crate in the table, with one more edge `from -> to`.
    fn with_edge(from: &str, to: &str, kind: Option<&str>) -> Metadata {
        let package = |name: &str| Package {
            name: name.to_owned(),
            manifest_path: format!("/{name}/Cargo.toml"),
            dependencies: vec![Dependency { name: "serde".to_owned(), kind: None }],
        };
        let mut packages: Vec<Package> = ARROWS.iter().map(|a| package(a.name)).collect();
        let dependency = Dependency { name: to.to_owned(), kind: kind.map(str::to_owned) };
        match packages.iter_mut().find(|package| package.name == from) {
            Some(found) => found.dependencies.push(dependency),
            None => packages.push(package(from)),
        }
        Metadata { packages }
    }

    fn told(from: &str, to: &str, kind: Option<&str>) -> Vec<String> {
        problems(&with_edge(from, to, kind), ARROWS)
    }

    #[test]
    fn allowed_edges_pass() {
        assert_eq!(told("tracehound-store", "tracehound-model", None), Vec::<String>::new());
        assert_eq!(
            told("tracehound-store", "tracehound-testkit", Some("dev")),
            Vec::<String>::new()
        );
        assert_eq!(told("tracehound-model", "proptest", Some("dev")), Vec::<String>::new());
    }

    #[test]
    fn an_edge_against_the_arrows_is_named_with_both_ends() {
        for (from, to) in [
            ("tracehound-model", "tracehound-store"),
            ("tracehound-analysis", "tracehound-ingest"),
            ("tracehound-ingest", "tracehound-analysis"),
            ("tracehound-report", "tracehound-ingest"),
            ("tracehound-testkit", "tracehound-store"),
        ] {
            let told = told(from, to, None);
            assert_eq!(told.len(), 1, "{from} -> {to}");
            assert!(told[0].contains(from) && told[0].contains(to), "{told:?}");
        }
    }

    #[test]
    fn test_support_stays_in_tests() {
        let told = told("tracehound-cli", "tracehound-testkit", None);
        assert!(told.len() == 1 && told[0].contains("dev-dependencies"), "{told:?}");
    }

    #[test]
    fn a_crate_missing_from_the_table_is_named() {
        let told = told("tracehound-newcomer", "tracehound-model", None);
        assert!(told.len() == 1 && told[0].contains("tracehound-newcomer"), "{told:?}");
    }

    #[test]
    fn the_table_itself_has_no_cycle() {
        for (place, allowed) in ARROWS.iter().enumerate() {
            let earlier = |name: &&str| ARROWS[..place].iter().any(|before| before.name == *name);
            assert!(allowed.uses.iter().all(earlier), "{}", allowed.name);
        }
    }
}
