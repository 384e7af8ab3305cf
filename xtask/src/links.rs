//! Links between the repository's Markdown pages.
//!
//! A relative link must name a file that exists, and its anchor a heading of
//! that file. Links to the web are not followed: a check must not depend on
//! other people's servers.

use crate::tree;
use anyhow::Result;
use std::path::{Component, Path, PathBuf};

/// Every dead link, with page and line.
pub(crate) fn problems() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for page in tree::files(".", &[".md"])? {
        let text = tree::read(&page)?;
        for link in links(&text) {
            if let Some(reason) = dead(&page, &link.target) {
                problems.push(format!("{page}, line {}: {} {reason}", link.line, link.target));
            }
        }
    }
    Ok(problems)
}

struct Link {
    line: usize,
    target: String,
}

/// Targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (line, prose) in prose(text) {
        for (at, _) in prose.match_indices("](") {
            let rest = &prose[at + 2..];
            if let Some(end) = rest.find(')') {
                found.push(Link { line, target: rest[..end].to_owned() });
            }
        }
    }
    found
}

/// Numbered lines outside fenced code, with inline code removed.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let outside = line.split('`').step_by(2).collect::<Vec<_>>().join("");
            lines.push((index + 1, outside));
        }
    }
    lines
}

/// Why the link leads nowhere.
fn dead(page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() { PathBuf::from(page) } else { resolve(page, path)? };
    let absolute = tree::root().join(&file);
    if !absolute.exists() {
        return Some("leads to no file".to_owned());
    }
    if anchor.is_empty() || file.extension().is_none_or(|ending| ending != "md") {
        return None;
    }
    let text = std::fs::read_to_string(absolute).unwrap_or_default();
    (!anchors(&text).iter().any(|known| known == anchor))
        .then(|| format!("names no heading of {}", file.display()))
}

/// `path` seen from the folder of `page`.
fn resolve(page: &str, path: &str) -> Option<PathBuf> {
    let mut resolved = Path::new(page).parent()?.to_path_buf();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => resolved.push(name),
            _ => {}
        }
    }
    Some(resolved)
}

/// Anchors of a page's headings, formed as code hosts form them.
fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with('#') {
            found.push(anchor(line.trim_start_matches('#').trim()));
        }
    }
    found
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_prose_only() {
        let text = "[a](x.md) and [b](y.md#z)\n```\n[c](no.md)\n```\n`[d](no.md)` [e](w.md)\n";
        let found: Vec<(usize, String)> =
            links(text).into_iter().map(|link| (link.line, link.target)).collect();
        let expected = [(1, "x.md"), (1, "y.md#z"), (5, "w.md")];
        assert_eq!(found, expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn dead_files_and_headings_are_told_from_live_ones() {
        assert_eq!(dead("xtask/README.md", "../Cargo.toml"), None);
        assert_eq!(dead("README.md", "https://example.org/nothing"), None);
        assert!(dead("README.md", "no-such-file.md").is_some());
        assert_eq!(dead("README.md", "cases/lifi/ORIGIN.md#known-defects"), None);
        assert!(dead("README.md", "cases/lifi/ORIGIN.md#no-such-heading").is_some());
    }

    #[test]
    fn anchors_are_formed_as_code_hosts_form_them() {
        assert_eq!(anchor("Columns of transfers.csv"), "columns-of-transferscsv");
        assert_eq!(anchor("What it is *not*"), "what-it-is-not");
    }
}
