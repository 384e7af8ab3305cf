//! The files of packs.

use super::{PackManifest, PackName, Withdrawn};
use crate::read::kept_name;
use crate::{Contents, Header, Pack, TagError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tracehound_lists::files::publish;
use tracehound_lists::packed::{self, ENDING, Reader};
use tracehound_model::Timestamp;
use tracehound_model::hash::to_hex;

/// Version of the format.
pub(super) const VERSION: u32 = 1;
const WITHDRAWN: &str = "withdrawn";
const SETS: &str = "sets";
/// Hexadecimal digits of the digest in a withdrawn pack's name.
const NAME_DIGITS: usize = 16;
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
    let published = packed::publish(path, manifest, |out| {
        packed::put(out, [&head])?;
        match &pack.contents {
            Contents::Tags(tags) => packed::put(out, tags),
            Contents::Actors(actors, _) => packed::put(out, actors),
        }
    });
    published.map_err(io(path))
}

/// Names of the packs in force.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, TagError> {
    packed::names(folder).map_err(io(folder))
}

fn open(path: &Path) -> Result<Reader, TagError> {
    Reader::open(path).map_err(io(path))
}

/// What a pack says it is.
pub(super) fn manifest(path: &Path) -> Result<PackManifest, TagError> {
    open(path)?.first(VERSION).map_err(|reason| damaged(path, reason))
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
    whole(&mut lines).map_err(|reason| damaged(path, reason))
}

fn whole(lines: &mut Reader) -> Result<(PackManifest, Pack), String> {
    let manifest: PackManifest = lines.first(VERSION)?;
    let head = lines.next()?.ok_or("it ends after its first line")?;
    let Head { header, actors_share } = head;
    let format = FORMATS.into_iter().find(|format| *format == manifest.format);
    let format = format.ok_or("its format is not known")?;
    let contents = match format {
        "actorpack" => Contents::Actors(lines.rest(manifest.actors, "actors")?, actors_share),
        _ => Contents::Tags(lines.rest(manifest.tags, "tags")?),
    };
    Ok((manifest, Pack { header, contents, format, warnings: Vec::new() }))
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
