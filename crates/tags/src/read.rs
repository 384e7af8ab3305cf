//! From what others publish to packs, each told from its content.

mod actorpack;
mod check;
mod labels;
mod slug;
mod table;
mod tagpack;
mod text;

use crate::{Pack, TagError};
use std::path::{Path, PathBuf};

/// What to take for granted where a file does not say it.
#[derive(Clone, Debug, Default)]
pub struct Assumed {
    /// Who made the pack.
    pub creator: Option<String>,
    /// Who says so.
    pub source: Option<String>,
    /// The chain.
    pub network: Option<String>,
    /// How sure they are.
    pub confidence: Option<String>,
}

/// Reads a pack: a TagPack or ActorPack in YAML, etherscan-labels as JSON,
/// eth-labels as CSV, or a table with a header; plain or gzip.
///
/// `root` bounds where `!include` may look: from the file's folder upwards,
/// not beyond it.
///
/// # Errors
/// [`TagError`] naming file, line and cure.
pub fn read_pack(path: &Path, root: &Path, assumed: &Assumed) -> Result<Pack, TagError> {
    let text = text::read(path)?;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() {
        let reason = "the file is empty; download it again".to_owned();
        return Err(TagError::File { file: path.to_owned(), reason });
    }
    if start.starts_with('{') {
        return labels::etherscan(path, start, assumed);
    }
    let header: Vec<String> = header_of(start);
    if labels::is_eth_labels(&header) {
        return labels::eth_labels(path, start, assumed);
    }
    if table::is_table(&header) {
        return table::read(path, start, assumed);
    }
    tagpack::read(path, root, &text)
}

fn header_of(text: &str) -> Vec<String> {
    let line = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|cell| cell.trim().to_ascii_lowercase()).collect()
}

/// Files under a path that can be packs, by name; a file is given back as it is.
///
/// # Errors
/// If a folder cannot be read.
pub fn pack_files(path: &Path) -> Result<Vec<PathBuf>, TagError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let io = |source| TagError::Io { file: path.to_owned(), source };
    for entry in std::fs::read_dir(path).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
        let name = name.unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            found.extend(pack_files(&path)?);
        } else if is_pack_name(&name) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn is_pack_name(name: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let yaml = matches!(ending, "yaml" | "yml");
    matches!(ending, "json" | "csv") || (yaml && !matches!(stem, "header" | "config"))
}

/// The name a pack is kept under: its path below `root` without endings,
/// in small letters, digits, points and hyphens.
#[must_use]
pub fn pack_name(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let name = match below {
        Some(below) => below.to_string_lossy().into_owned(),
        None => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let mut stem = name.as_str();
    for ending in [".gz", ".yaml", ".yml", ".json", ".csv"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
    }
    kept_name(stem)
}

/// A text as the name of a file that is the same on every system.
pub(crate) fn kept_name(text: &str) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | '0'..='9' | '.' | '_' | '-' => letter,
        'A'..='Z' => letter.to_ascii_lowercase(),
        _ => '-',
    };
    let name: String = text.chars().map(letter).collect();
    name.trim_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_paths_below_the_root() {
        let name = |root: &str, file: &str| pack_name(Path::new(root), Path::new(file));
        assert_eq!(name("packs", "packs/defi/Aave V2.yaml"), "defi-aave-v2");
        assert_eq!(name("x/labels.json.gz", "x/labels.json.gz"), "labels");
        assert_eq!(name("packs", "packs/../../etc.yaml"), "etc");
    }

    #[test]
    fn headers_and_other_files_are_no_packs() {
        assert!(is_pack_name("miners.yaml") && is_pack_name("labels.json.gz"));
        assert!(!is_pack_name("header.yaml") && !is_pack_name("readme.md"));
    }
}
