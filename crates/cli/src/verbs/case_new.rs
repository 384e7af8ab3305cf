//! `tracehound case new`: a case.toml for a set of transfer files.

use crate::arguments::{CaseNew, Common};
use crate::{Finish, output};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use tracehound_ingest::{IngestOptions, ingest, read_address_list, read_tags};
use tracehound_model::case::{CASE_VERSION, DataFile, Seed, TraceOptions};
use tracehound_model::{Address, Case, Category};
use tracehound_store::{AddressId, Snapshot, Store};

pub(crate) fn run(common: &Common, arguments: &CaseNew) -> anyhow::Result<Finish> {
    let folder = arguments.out.clone().unwrap_or_else(|| PathBuf::from(&arguments.name));
    let target = folder.join("case.toml");
    if target.exists() {
        bail!("{} exists already; give another --out or remove it", target.display());
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    for file in &arguments.transfers {
        tracehound_ingest::detect(file)?;
    }
    let transfers = data_files(&arguments.transfers, &folder)?;
    let (sources, derived) = match &arguments.sources {
        Some(file) => {
            read_address_list(file)?;
            (beside(file, &folder)?, None)
        }
        None => derive_sources(arguments, &folder)?,
    };
    let terminals: Vec<PathBuf> = arguments.terminals.iter().cloned().collect();
    for file in &terminals {
        read_address_list(file)?;
    }
    let tags: Vec<PathBuf> = arguments.tags.iter().cloned().collect();
    for file in &tags {
        read_tags(file)?;
    }
    let case = Case {
        version: CASE_VERSION,
        name: arguments.name.clone(),
        title: arguments.name.clone(),
        description: derived.unwrap_or_default(),
        chain: arguments.chain.clone(),
        transfers,
        seeds: vec![Seed::Outflow {
            victim: "victim".to_owned(),
            address: None,
            addresses_file: Some(sources),
            from_time: None,
            from_height: None,
            assets: Vec::new(),
        }],
        terminals: data_files(&terminals, &folder)?,
        tags: data_files(&tags, &folder)?,
        opening: Vec::new(),
        chains: Vec::new(),
        events: Vec::new(),
        prices: Vec::new(),
        trace: TraceOptions {
            // Published terminals say where the trail ends; labels on the way do not.
            stop_categories: arguments.terminals.is_some().then(|| vec![Category::CaseTerminal]),
            ..TraceOptions::default()
        },
    };
    let text = case.to_toml()?;
    // What we write must be what we read.
    Case::parse(&text, &target.display().to_string())?;
    output::file(&target, |out| Ok(std::io::Write::write_all(out, text.as_bytes())?))?;
    if common.json {
        output::json(&serde_json::json!({ "case": target }))?;
    } else {
        println!(
            "{} written; trace it with `tracehound trace {}`",
            target.display(),
            folder.display()
        );
    }
    Ok(Finish::Done)
}

fn data_files(files: &[PathBuf], folder: &Path) -> anyhow::Result<Vec<DataFile>> {
    files
        .iter()
        .map(|file| {
            let name = beside(file, folder)?;
            Ok(DataFile {
                file: name,
                origin: String::new(),
                licence: String::new(),
                time: None,
                first_height: None,
            })
        })
        .collect()
}

/// Puts a copy of a file into the case folder, unless it is that file; says its name there.
fn beside(file: &Path, folder: &Path) -> anyhow::Result<String> {
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} has no usable file name", file.display()))?;
    let target = folder.join(name);
    if target.exists() {
        let same = target.canonicalize()? == file.canonicalize()?
            || std::fs::read(&target)? == std::fs::read(file)?;
        if !same {
            bail!("{} exists already with other content; give another --out", target.display());
        }
        return Ok(name.to_owned());
    }
    std::fs::copy(file, &target)
        .with_context(|| format!("cannot copy {} to {}", file.display(), target.display()))?;
    Ok(name.to_owned())
}

/// Writes the addresses that pay but never receive as `sources.csv`: the
/// only ones whose money the data cannot explain.
fn derive_sources(arguments: &CaseNew, folder: &Path) -> anyhow::Result<(String, Option<String>)> {
    let scratch = folder.join(".case-new-store");
    let result = (|| {
        let store = Store::create(&scratch, &arguments.chain)?;
        ingest(&store, &arguments.transfers, &IngestOptions::default())?;
        pay_but_never_receive(&store.snapshot()?)
    })();
    // The scratch store is of no use to anybody, whatever happened.
    let _ = std::fs::remove_dir_all(&scratch);
    let sources = result?;
    if sources.is_empty() {
        bail!("every address that pays also receives; name the sources with --sources FILE");
    }
    let text: String = sources.iter().map(|address| format!("{address}\n")).collect();
    output::file(&folder.join("sources.csv"), |out| {
        Ok(std::io::Write::write_all(out, text.as_bytes())?)
    })?;
    let described = format!(
        "Sources were not given: sources.csv holds the {} addresses that pay but never receive in \
         these data. Review them before relying on the trace.",
        sources.len()
    );
    Ok(("sources.csv".to_owned(), Some(described)))
}

fn pay_but_never_receive(snapshot: &Snapshot) -> anyhow::Result<Vec<Address>> {
    let mut sources = Vec::new();
    for id in (0..snapshot.address_count()).map(AddressId) {
        if !snapshot.outgoing(id)?.is_empty() && snapshot.incoming(id)?.is_empty() {
            sources.push(snapshot.address(id)?);
        }
    }
    Ok(sources)
}
