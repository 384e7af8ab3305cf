//! The files of packs.

use super::{PackManifest, PackName, Withdrawn};
use crate::read::kept_name;
use crate::{Contents, Header, Pack, TagError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use tracehound_lists::files::publish;
use tracehound_model::Timestamp;
use tracehound_model::hash::to_hex;

/// Version of the format.
pub(super) const VERSION: u32 = 1;
const ENDING: &str = ".jsonl.zst";
const WITHDRAWN: &str = "withdrawn";
const SETS: &str = "sets";
/// Hexadecimal digits of the digest in a withdrawn pack's name.
const NAME_DIGITS: usize = 16;
/// Zstandard's level: packs are read far more often than written.
const LEVEL: i32 = 9;
/// Formats by their names, so that a kept pack has the reader's own.
const FORMATS: [&str; 5] = ["tagpack", "actorpack", "etherscan-labels", "eth-labels", "table"];

fn io(file: &Path) -> impl Fn(std::io::Error) -> TagError + '_ {
    move |source| TagError::Io { file: file.to_owned(), source }
}

fn damaged(path: &Path, reason: impl ToString) -> TagError {
    TagError::Damaged { file: path.to_owned(), reason: reason.to_string() }
}

pub(super) fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{ENDING}"))
}

/// Whether a text can be the name of a pack, and of nothing outside the folder.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && kept_name(name) == name
}

/// The second line: the header, and what an ActorPack states for all its actors.
#[derive(Serialize, Deserialize)]
struct Head {
    header: Header,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    actors_share: Map<String, Value>,
}

/// Writes a pack whole or not at all.
pub(super) fn write(path: &Path, manifest: &PackManifest, pack: &Pack) -> Result<(), TagError> {
    let actors_share = match &pack.contents {
        Contents::Actors(_, shared) => shared.clone(),
        Contents::Tags(_) => Map::new(),
    };
    let head = Head { header: pack.header.clone(), actors_share };
    let published = publish(path, |out| {
        let mut packed = zstd::Encoder::new(out, LEVEL)?;
        packed.include_checksum(true)?;
        serde_json::to_writer(&mut packed, manifest)?;
        packed.write_all(b"\n")?;
        serde_json::to_writer(&mut packed, &head)?;
        match &pack.contents {
            Contents::Tags(tags) => rows(&mut packed, tags)?,
            Contents::Actors(actors, _) => rows(&mut packed, actors)?,
        }
        packed.finish()?.flush()
    });
    published.map_err(io(path))
}

fn rows(out: &mut impl Write, rows: &[impl Serialize]) -> std::io::Result<()> {
    for row in rows {
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut *out, row)?;
    }
    Ok(())
}

/// Names of the packs in force.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, TagError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(io(folder))?.file_name().to_string_lossy().into_owned();
        // What a killed import left begins with a point and is no pack.
        if let (Some(stem), false) = (name.strip_suffix(ENDING), name.starts_with('.')) {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

type Unpacked = BufReader<zstd::Decoder<'static, BufReader<File>>>;

fn open(path: &Path) -> Result<Unpacked, TagError> {
    let file = File::open(path).map_err(io(path))?;
    Ok(BufReader::new(zstd::Decoder::new(file).map_err(io(path))?))
}

fn line<'b, T: Deserialize<'b>>(
    path: &Path,
    lines: &mut Unpacked,
    buffer: &'b mut String,
) -> Result<T, TagError> {
    buffer.clear();
    lines.read_line(buffer).map_err(|error| damaged(path, error))?;
    serde_json::from_str(buffer).map_err(|error| damaged(path, error))
}

fn first(path: &Path, lines: &mut Unpacked) -> Result<PackManifest, TagError> {
    let manifest: PackManifest = line(path, lines, &mut String::new())?;
    if manifest.version != VERSION {
        let reason =
            format!("its format is version {}, this program reads {VERSION}", manifest.version);
        return Err(damaged(path, reason));
    }
    Ok(manifest)
}

/// What a pack says it is.
pub(super) fn manifest(path: &Path) -> Result<PackManifest, TagError> {
    first(path, &mut open(path)?)
}

/// What is known of a pack that cannot be read.
pub(super) fn lost(name: &str) -> PackManifest {
    PackManifest {
        version: VERSION,
        name: name.to_owned(),
        format: String::new(),
        title: "damaged".to_owned(),
        creator: String::new(),
        digest: "damaged".to_owned(),
        source: String::new(),
        imported_at: Timestamp(0),
        tags: 0,
        actors: 0,
    }
}

/// A pack with what it holds.
pub(super) fn read(path: &Path) -> Result<(PackManifest, Pack), TagError> {
    let mut lines = open(path)?;
    let manifest = first(path, &mut lines)?;
    let Head { header, actors_share } = line(path, &mut lines, &mut String::new())?;
    let format = FORMATS.into_iter().find(|format| *format == manifest.format);
    let format = format.ok_or_else(|| damaged(path, "its format is not known"))?;
    let contents = if format == "actorpack" {
        Contents::Actors(rest(path, &mut lines, manifest.actors)?, actors_share)
    } else {
        Contents::Tags(rest(path, &mut lines, manifest.tags)?)
    };
    let pack = Pack { header, contents, format, warnings: Vec::new() };
    Ok((manifest, pack))
}

fn rest<T: serde::de::DeserializeOwned>(
    path: &Path,
    lines: &mut Unpacked,
    stated: usize,
) -> Result<Vec<T>, TagError> {
    let mut rows = Vec::with_capacity(stated);
    let mut buffer = String::new();
    loop {
        buffer.clear();
        if lines.read_line(&mut buffer).map_err(|error| damaged(path, error))? == 0 {
            break;
        }
        rows.push(serde_json::from_str(&buffer).map_err(|error| damaged(path, error))?);
    }
    if rows.len() != stated {
        return Err(damaged(path, format!("it says {stated} rows and holds {}", rows.len())));
    }
    Ok(rows)
}

/// Moves a pack to where no answer looks (or copies it there, where another
/// takes its place at once), after noting why.
pub(super) fn put_aside(
    folder: &Path,
    withdrawn: &Withdrawn,
    remove: bool,
) -> Result<(), TagError> {
    let aside = folder.join(WITHDRAWN);
    let digits = withdrawn.digest.get(..NAME_DIGITS).unwrap_or(&withdrawn.digest);
    let stem = format!("{}-{digits}", withdrawn.name);
    let (from, to) = (path_of(folder, &withdrawn.name), path_of(&aside, &stem));
    let record = aside.join(format!("{stem}.json"));
    let note = |out: &mut std::io::BufWriter<&File>| Ok(serde_json::to_writer(out, withdrawn)?);
    publish(&record, note).map_err(io(&record))?;
    if remove {
        return fs::rename(&from, &to).map_err(io(&from));
    }
    publish(&to, |out| std::io::copy(&mut File::open(&from)?, out).map(drop)).map_err(io(&to))
}

/// Records of what was taken out.
pub(super) fn withdrawn(folder: &Path) -> Result<Vec<Withdrawn>, TagError> {
    let aside = folder.join(WITHDRAWN);
    let mut found = Vec::new();
    for stem in names(&aside)? {
        let record = aside.join(format!("{stem}.json"));
        let text = fs::read_to_string(&record).map_err(io(&record))?;
        found.push(serde_json::from_str(&text).map_err(|error| damaged(&record, error))?);
    }
    found.sort_by(|a: &Withdrawn, b| (&a.name, a.at).cmp(&(&b.name, b.at)));
    Ok(found)
}

fn set_path(folder: &Path, digest: &str) -> PathBuf {
    folder.join(SETS).join(format!("{digest}.json"))
}

/// Notes which packs an answer rests on, once.
pub(super) fn keep_set(folder: &Path, packs: &[PackName]) -> Result<String, TagError> {
    // Names and digests: writing them to memory cannot fail.
    let text = serde_json::to_vec(packs).unwrap_or_default();
    let digest = to_hex(&Sha256::digest(&text));
    let path = set_path(folder, &digest);
    if !path.exists() {
        publish(&path, |out| out.write_all(&text)).map_err(io(&path))?;
    }
    Ok(digest)
}

/// The packs of a note.
pub(super) fn read_set(folder: &Path, digest: &str) -> Result<Vec<PackName>, TagError> {
    let path = set_path(folder, digest);
    if !is_name(digest) || !path.is_file() {
        return Err(TagError::NoPack { name: format!("set {digest}") });
    }
    let text = fs::read(&path).map_err(io(&path))?;
    if to_hex(&Sha256::digest(&text)) != digest {
        return Err(damaged(&path, "it is not what its name says"));
    }
    serde_json::from_slice(&text).map_err(|error| damaged(&path, error))
}

/// A pack by name and digest, in force or put aside.
pub(super) fn with_digest(
    folder: &Path,
    wanted: &PackName,
) -> Result<(PackManifest, Pack), TagError> {
    let digits = wanted.digest.get(..NAME_DIGITS).unwrap_or(&wanted.digest);
    let aside = path_of(&folder.join(WITHDRAWN), &format!("{}-{digits}", wanted.name));
    for path in [path_of(folder, &wanted.name), aside] {
        if path.is_file() && manifest(&path)?.digest == wanted.digest {
            return read(&path);
        }
    }
    Err(TagError::NoPack { name: format!("{} ({digits})", wanted.name) })
}
