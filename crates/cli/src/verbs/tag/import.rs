//! `tracehound tag import`.

use super::IMPORTED;
use crate::arguments::{Common, TagImport};
use crate::progress::Spinner;
use crate::verbs::screening;
use crate::{Finish, output, place};
use anyhow::{bail, ensure};
use std::path::{Path, PathBuf};
use tracehound_tags::{
    Assumed, ImportedPack, TagError, TagStore, confidence, pack_files, pack_name, read_pack,
};

/// Reads every pack; one that is broken keeps none of the others out.
pub(crate) fn run(common: &Common, arguments: &TagImport) -> anyhow::Result<Finish> {
    let assumed = assumed(arguments)?;
    let files = files(&arguments.paths)?;
    ensure!(
        arguments.name.is_none() || files.len() == 1,
        "--name names one pack, and {} files are given",
        files.len()
    );
    let (store, now) = (place::home(common)?.tags(), screening::now());
    let (mut taken, mut refused) = (Vec::new(), 0);
    for (root, file) in &files {
        let spinner = Spinner::start(common, &format!("reading {}", file.display()));
        let name = arguments.name.clone().unwrap_or_else(|| pack_name(root, file));
        let imported = one(&store, root, file, &name, &assumed, now);
        drop(spinner);
        match imported {
            Ok(imported) => {
                warn(&imported);
                if !common.json {
                    print(&imported);
                }
                taken.push(imported);
            }
            Err(error) => {
                refused += 1;
                eprintln!("error: {error}");
            }
        }
    }
    let news = taken.iter().filter(|pack| !pack.already);
    place::home(common)?.audit_log(screening::now())?.append_all(now, IMPORTED, news)?;
    if common.json {
        output::json(&taken)?;
    } else {
        let tags: usize = taken.iter().map(|pack| pack.manifest.tags).sum();
        let actors: usize = taken.iter().map(|pack| pack.manifest.actors).sum();
        println!("{} packs: {tags} tags, {actors} actors", taken.len());
    }
    if refused > 0 {
        bail!("{refused} of {} packs were not taken", files.len());
    }
    Ok(Finish::Done)
}

fn assumed(arguments: &TagImport) -> anyhow::Result<Assumed> {
    if let Some(text) = &arguments.confidence {
        ensure!(
            confidence::parse(text).is_some(),
            "--confidence {text} is not known; choose from {}, or 0 to 100",
            confidence::names()
        );
    }
    Ok(Assumed {
        creator: arguments.creator.clone(),
        source: arguments.source.clone(),
        network: arguments.network.clone(),
        confidence: arguments.confidence.clone(),
    })
}

/// Every file with the folder its name is told from.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, PathBuf)>> {
    let mut files = Vec::new();
    for path in paths {
        let found = pack_files(path)?;
        if found.is_empty() {
            bail!("{}: no .yaml, .json or .csv file is in this folder", path.display());
        }
        // A single file may include a header from the folder it lies in.
        let root = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        files.extend(found.into_iter().map(|file| (root.to_owned(), file)));
    }
    Ok(files)
}

fn one(
    store: &TagStore,
    root: &Path,
    file: &Path,
    name: &str,
    assumed: &Assumed,
    now: tracehound_model::Timestamp,
) -> Result<ImportedPack, TagError> {
    let pack = read_pack(file, root, assumed)?;
    store.import(file, name, &pack, now)
}

fn warn(imported: &ImportedPack) {
    for warning in &imported.warnings {
        eprintln!("warning: {}: {warning}", imported.manifest.name);
    }
}

fn print(imported: &ImportedPack) {
    let manifest = &imported.manifest;
    let what = match (manifest.tags, manifest.actors) {
        (0, actors) => format!("{actors} actors"),
        (tags, _) => format!("{tags} tags"),
    };
    let news = match (imported.already, &imported.replaces) {
        (true, _) => ": was here already",
        (false, Some(_)) => ": replaces an older version, which is withdrawn",
        (false, None) => "",
    };
    let digest = output::short(&manifest.digest);
    println!("{}: {what}, {} ({digest}){news}", manifest.name, manifest.format);
}
