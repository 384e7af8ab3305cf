//! `tracehound tag export`.

use super::names;
use crate::arguments::{Common, TagExport, TagFormat};
use crate::{Finish, output, place};
use anyhow::{Context, bail, ensure};
use std::io::Write;
use std::path::Path;
use tracehound_tags::{Pack, write_actorpack, write_table, write_tagpack};

/// Writes the packs asked for.
pub(crate) fn run(common: &Common, arguments: &TagExport) -> anyhow::Result<Finish> {
    let store = place::home(common)?.tags();
    let names = names(&store, &arguments.packs)?;
    ensure!(!names.is_empty(), "no pack is kept; import some with `tracehound tag import FILE`");
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    if arguments.format == TagFormat::Table {
        let packs: Result<Vec<Pack>, _> =
            names.iter().map(|name| store.pack(name).map(|(_, pack)| pack)).collect();
        return table(&packs?, arguments.out.as_deref());
    }
    match &arguments.out {
        Some(folder) => {
            for name in &names {
                let (_, pack) = store.pack(name)?;
                let ending = if pack.actors().is_empty() { "yaml" } else { "actorpack.yaml" };
                let stem = name.strip_suffix(".actorpack").unwrap_or(name);
                let file = folder.join(format!("{stem}.{ending}"));
                output::file(&file, |out| yaml(name, &pack, out))?;
            }
            println!("{} packs written to {}", names.len(), folder.display());
        }
        None => match names.as_slice() {
            [name] => yaml(name, &store.pack(name)?.1, std::io::stdout().lock())?,
            _ => bail!("{} packs are {} files: give --out DIR", names.len(), names.len()),
        },
    }
    Ok(Finish::Done)
}

fn yaml(name: &str, pack: &Pack, out: impl Write) -> anyhow::Result<()> {
    if !pack.actors().is_empty() {
        return Ok(write_actorpack(pack, out)?);
    }
    let left_out = write_tagpack(pack, out)?;
    if left_out > 0 {
        eprintln!(
            "warning: {name}: {left_out} tags speak of an entity as such, which a TagPack cannot say; --format table has them"
        );
    }
    Ok(())
}

fn table(packs: &[Pack], folder: Option<&Path>) -> anyhow::Result<Finish> {
    match folder {
        Some(folder) => {
            let file = folder.join("tags.csv");
            output::file(&file, |out| Ok(write_table(packs, out)?))?;
            println!("{}", file.display());
        }
        None => write_table(packs, std::io::stdout().lock())?,
    }
    Ok(Finish::Done)
}
