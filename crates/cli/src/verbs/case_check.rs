//! `tracehound case check`: does a case file hold together with the files it names?

use super::case_files::CaseFiles;
use crate::arguments::{CaseCheck, Common};
use crate::{Finish, output};
use anyhow::Context;

pub(crate) fn run(common: &Common, arguments: &CaseCheck) -> anyhow::Result<Finish> {
    let files = CaseFiles::read(&arguments.case)?;
    let mut formats = Vec::new();
    for path in files.transfer_files() {
        let (format, compression) = tracehound_ingest::detect(&path)
            .with_context(|| format!("the case names {}", path.display()))?;
        formats.push(serde_json::json!({
            "file": path,
            "format": format.to_string(),
            "compression": compression.to_string(),
        }));
    }
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
        println!(
            "the case is sound; trace it with `tracehound trace {}`",
            arguments.case.display()
        );
    }
    Ok(Finish::Done)
}
