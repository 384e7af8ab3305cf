//! Each crate takes the central lints; the store alone relaxes one of them.
//!
//! A crate cannot both inherit `[workspace.lints]` and override an entry, so
//! the store repeats the table. This keeps the copy equal to the original in
//! everything but `unsafe_code`, which it must still deny outside its one file.

use crate::tree;
use anyhow::{Context, Result};

/// The one crate that may hold unsafe code, and may not inherit its ban.
pub(crate) const MAY_RELAX: &str = "tracehound-store";

/// What is wrong with the lints of the manifest of `name`.
pub(crate) fn problems(name: &str, manifest: &str) -> Result<Vec<String>> {
    let central = parse(&tree::read("Cargo.toml")?, "Cargo.toml")?;
    let central = central.get("workspace").and_then(|w| w.get("lints")).cloned();
    let own = parse(&tree::read(manifest)?, manifest)?.get("lints").cloned();
    Ok(compare(name, manifest, central.as_ref(), own.as_ref()))
}

fn parse(text: &str, path: &str) -> Result<toml::Value> {
    toml::from_str(text).with_context(|| format!("{path} is not TOML"))
}

fn compare(
    name: &str,
    manifest: &str,
    central: Option<&toml::Value>,
    own: Option<&toml::Value>,
) -> Vec<String> {
    let inherits =
        own.and_then(|lints| lints.get("workspace")) == Some(&toml::Value::Boolean(true));
    if inherits {
        return Vec::new();
    }
    let copy = own.and_then(toml::Value::as_table).cloned().unwrap_or_default();
    if name != MAY_RELAX || copy.is_empty() {
        return vec![format!("{manifest} lacks the central lints: add [lints] workspace = true")];
    }
    let unsafe_level = copy.get("rust").and_then(|rust| rust.get("unsafe_code"));
    let mut problems = Vec::new();
    if unsafe_level.and_then(toml::Value::as_str) != Some("deny") {
        problems.push(format!("{manifest} must set unsafe_code = \"deny\" under [lints.rust]"));
    }
    let mut expected = central.and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let rust = expected.get_mut("rust").and_then(toml::Value::as_table_mut);
    if let (Some(rust), Some(level)) = (rust, unsafe_level) {
        rust.insert("unsafe_code".to_owned(), level.clone());
    }
    if expected != copy {
        problems.push(format!(
            "{manifest}: its [lints] differ from [workspace.lints] of the root Cargo.toml in more \
             than unsafe_code; copy the change over"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRAL: &str = "rust.unsafe_code = \"forbid\"\nrust.missing_docs = \"warn\"";

    fn problems_of(name: &str, own: &str) -> usize {
        let central = parse(CENTRAL, "central").unwrap();
        let own = parse(own, "own").unwrap();
        compare(name, "Cargo.toml", Some(&central), own.get("lints")).len()
    }

    #[test]
    fn only_the_store_may_relax_and_only_one_lint() {
        let relaxed = "lints.rust.unsafe_code = \"deny\"\nlints.rust.missing_docs = \"warn\"";
        assert_eq!(problems_of("tracehound-report", "lints.workspace = true"), 0);
        assert_eq!(problems_of("tracehound-report", ""), 1);
        assert_eq!(problems_of("tracehound-report", relaxed), 1);
        assert_eq!(problems_of(MAY_RELAX, relaxed), 0);
        assert_eq!(problems_of(MAY_RELAX, &relaxed.replace("\"deny\"", "\"allow\"")), 1);
        assert_eq!(problems_of(MAY_RELAX, "lints.rust.unsafe_code = \"deny\""), 1);
    }
}
