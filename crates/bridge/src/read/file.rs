//! Finding files, opening them, and telling what they hold.

use crate::error::BridgeError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Facts of this relation.
    Facts(String),
    /// Connector's decoded events.
    Sample,
    /// Connector's calls of the destination chain.
    Calls,
    /// True pairs.
    Label,
    /// The plain table of events.
    Plain,
    /// The plain table of tokens.
    Tokens,
    /// Logs of EVM chains.
    Logs,
}

/// A file and what it holds.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

/// First two bytes of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const READ_AS: &[&str] = &["facts", "csv", "json"];
/// Length of a hash in text; a call with arguments is longer.
const HASH_LENGTH: usize = 66;
/// Bytes that tell what a file holds.
const TELLING: u64 = 4096;

fn failed(path: &Path) -> impl Fn(std::io::Error) -> BridgeError + '_ {
    |source| BridgeError::Read { path: path.to_owned(), source }
}

/// Every file under the paths that could hold a table, in the order of names.
pub(super) fn walk(paths: &[PathBuf]) -> Result<Vec<PathBuf>, BridgeError> {
    let mut files = Vec::new();
    let mut waiting: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = waiting.pop() {
        let about = std::fs::metadata(&path).map_err(failed(&path))?;
        if !about.is_dir() {
            files.push(path);
            continue;
        }
        let entries = std::fs::read_dir(&path).map_err(failed(&path))?;
        let inside: Result<Vec<_>, _> = entries.map(|entry| entry.map(|e| e.path())).collect();
        let mut inside = inside.map_err(failed(&path))?;
        inside.sort();
        waiting.extend(inside.into_iter().rev());
    }
    files.retain(|path| READ_AS.contains(&bare_extension(path).as_str()));
    files.dedup();
    Ok(files)
}

/// The name without `.gz`.
fn bare(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|end| end == "gz") {
        path.with_extension("")
    } else {
        path.to_owned()
    }
}

fn bare_extension(path: &Path) -> String {
    bare(path).extension().unwrap_or_default().to_string_lossy().into_owned()
}

/// Opens a file, unpacking gzip whatever its name says.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, BridgeError> {
    let mut file = BufReader::new(File::open(path).map_err(failed(path))?);
    let start = file.fill_buf().map_err(failed(path))?;
    Ok(if start.starts_with(&GZIP) {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    })
}

/// All of a file as text.
pub(super) fn text(path: &Path) -> Result<String, BridgeError> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text).map_err(failed(path))?;
    Ok(text)
}

/// Lines of a file, numbered from 1, without empty ones.
pub(super) fn lines(
    path: &Path,
) -> Result<impl Iterator<Item = Result<(u64, String), BridgeError>> + '_, BridgeError> {
    let lines = (1..).zip(open(path)?.lines());
    let lines = lines.map(move |(number, line)| Ok((number, line.map_err(failed(path))?)));
    Ok(lines.filter(|line| !matches!(line, Ok((_, line)) if line.trim().is_empty())))
}

/// What a file holds, by its first bytes; of facts, by the name of the
/// relation, which stands nowhere else.
pub(super) fn recognise(path: &Path) -> Result<Option<Table>, BridgeError> {
    let kind = match bare_extension(path).as_str() {
        "facts" => {
            let stem = bare(path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Some(Kind::Facts(stem))
        }
        "json" | "csv" => {
            let mut start = Vec::new();
            open(path)?.take(TELLING).read_to_end(&mut start).map_err(failed(path))?;
            of_start(&String::from_utf8_lossy(&start))
        }
        _ => None,
    };
    Ok(kind.map(|kind| Table { path: path.to_owned(), kind }))
}

fn of_start(start: &str) -> Option<Kind> {
    let start = start.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('[') {
        let is_sample = start.contains("\"event\"") && start.contains("\"args\"");
        return is_sample.then_some(Kind::Sample);
    }
    let mut lines = start.lines();
    let header = lines.next()?.to_ascii_lowercase();
    let columns: Vec<&str> = header.split(',').map(|name| name.trim().trim_matches('"')).collect();
    let has = |names: &[&str]| names.iter().all(|name| columns.contains(name));
    if has(&["srctxhash", "dsttxhash"]) || has(&["source_transaction", "destination_transaction"]) {
        Some(Kind::Label)
    } else if has(&["bridge", "side", "chain"]) {
        Some(Kind::Plain)
    } else if has(&["source_chain", "source_token", "destination_chain", "destination_token"]) {
        Some(Kind::Tokens)
    } else if has(&["chain", "address", "topics", "data"]) {
        Some(Kind::Logs)
    } else {
        // Calls have no names: a number, perhaps a hash, and the data of the call.
        let fields = lines.next()?.split(',').map(|field| field.trim().trim_matches('"'));
        let data = fields.max_by_key(|field| field.len())?;
        let is_hex = data
            .strip_prefix("0x")
            .is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        (columns.len() <= 4 && is_hex && data.len() > HASH_LENGTH).then_some(Kind::Calls)
    }
}
