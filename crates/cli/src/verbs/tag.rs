//! `tracehound tag`: who says what of whom.

mod export;
mod import;
mod kept;
mod list;

pub(crate) use export::run as export;
pub(crate) use import::run as import;
pub(crate) use kept::kept;
pub(crate) use list::run as list;

use super::screening;
use crate::arguments::{Common, TagWithdraw};
use crate::{Finish, output, place};
use std::path::Path;
use tracehound_model::Timestamp;
use tracehound_tags::{Assumed, Pack, PackManifest, TagError, TagStore, Withdrawn, read_pack};

/// What kind of record an import is in the log.
const IMPORTED: &str = "tags-imported";
/// What kind of record a withdrawal is in the log.
const WITHDRAWN: &str = "tags-withdrawn";

/// Takes a pack out.
pub(crate) fn withdraw(common: &Common, arguments: &TagWithdraw) -> anyhow::Result<Finish> {
    let now = screening::now();
    let withdrawn =
        place::home(common)?.tags().withdraw(&arguments.pack, &arguments.reason, now)?;
    place::home(common)?.audit_log(screening::now())?.append(now, WITHDRAWN, &withdrawn)?;
    if common.json {
        output::json(&withdrawn)?;
    } else {
        let Withdrawn { name, title, tags, .. } = &withdrawn;
        println!("{name}: \"{title}\" with {tags} tags is withdrawn; no answer uses it any more");
    }
    Ok(Finish::Done)
}

/// The names of packs asked for, or of all.
fn names(store: &TagStore, asked: &[String]) -> Result<Vec<String>, TagError> {
    if asked.is_empty() {
        return Ok(store.manifests()?.into_iter().map(|manifest| manifest.name).collect());
    }
    for name in asked {
        store.manifest(name)?;
    }
    Ok(asked.to_vec())
}

/// A pack that is not kept.
pub(crate) fn unkept(file: &Path) -> anyhow::Result<(PackManifest, Pack)> {
    let root = file.parent().unwrap_or(Path::new(""));
    let pack = read_pack(file, root, &Assumed::default())?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let manifest = PackManifest::of(file, &name, &pack, Timestamp(0))?;
    Ok((manifest, pack))
}
