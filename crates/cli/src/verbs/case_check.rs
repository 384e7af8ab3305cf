//! `tracehound case check`: does a case file hold together with the files it names?

use super::case_files::CaseFiles;
use super::utxo;
use crate::arguments::{CaseCheck, Common};
use crate::{Finish, output};
use anyhow::Context;
use tracehound_bridge::read::read as read_events;

pub(crate) fn run(common: &Common, arguments: &CaseCheck) -> anyhow::Result<Finish> {
    let files = CaseFiles::read(&arguments.case)?;
    let mut formats = Vec::new();
    let mut paths = files.transfer_files();
    let mut blocks = Vec::new();
    for other in &files.case.chains {
        let own = files.on(files.case.on_chain(other), false)?;
        match utxo::ingest::files(&own.transfer_files(), Some(&other.chain), None)? {
            Some(_) => blocks.extend(own.transfer_files()),
            None => paths.extend(own.transfer_files()),
        }
    }
    let events: Vec<_> =
        files.case.events.iter().map(|data| files.folder.join(&data.file)).collect();
    let events = if events.is_empty() { 0 } else { read_events(&events)?.events.len() };
    for path in paths {
        let (format, compression) = tracehound_ingest::detect(&path)
            .with_context(|| format!("the case names {}", path.display()))?;
        formats.push(serde_json::json!({
            "file": path,
            "format": format.to_string(),
            "compression": compression.to_string(),
        }));
    }
    formats.extend(
        blocks
            .into_iter()
            .map(|file| serde_json::json!({ "file": file, "format": "blocks", "compression": "" })),
    );
    let seeds: usize = files.lists.seed_addresses.iter().map(Vec::len).sum();
    if common.json {
        output::json(&serde_json::json!({
            "name": files.case.name,
            "chain": files.case.chain,
            "transfers": formats,
            "seed_entries": files.case.seeds.len(),
            "seed_addresses_from_files": seeds,
            "terminals": files.terminals.len(),
            "tags": files.tags.len(),
            "chains": files.case.chains.iter().map(|chain| &chain.chain).collect::<Vec<_>>(),
            "bridge_events": events,
        }))?;
    } else {
        println!("{}: {}", files.case.name, files.case.title);
        for entry in &formats {
            println!(
                "transfers {} ({})",
                entry["file"].as_str().unwrap_or_default(),
                entry["format"].as_str().unwrap_or_default()
            );
        }
        println!(
            "{} seed entries, {seeds} seed addresses from files, {} terminals, {} tags",
            files.case.seeds.len(),
            files.terminals.len(),
            files.tags.len()
        );
        for other in &files.case.chains {
            println!("goes on to {}", other.chain.short_name());
        }
        if events > 0 {
            println!("{events} bridge events");
        }
        println!(
            "the case is sound; trace it with `tracehound trace {}`",
            arguments.case.display()
        );
    }
    Ok(Finish::Done)
}
