//! `tracehound ingest`: transfers, or blocks, into a store.

use super::trace::ingest_options;
use crate::arguments::{Common, Ingest};
use crate::{Finish, output, place};
use tracehound_ingest::{FileSummary, IngestSummary, ingest};
use tracehound_model::Chain;
use tracehound_store::Store;

pub(crate) fn run(common: &Common, arguments: &Ingest) -> anyhow::Result<Finish> {
    if let Some(source) = super::utxo::ingest::source(arguments)? {
        return super::utxo::ingest::run(common, arguments, source);
    }
    let chain = arguments.store.chain.clone().unwrap_or_else(Chain::ethereum);
    let mut folder = place::folder_of(common, &arguments.store, &chain)?;
    if chain.is_utxo() && arguments.store.store.is_none() {
        // The chain's own folder is for its blocks.
        folder.set_file_name(format!("{}-transfers", tracehound_screen::Home::folder_name(&chain)));
    }
    let store = Store::open_or_create(&folder, &chain)?;
    let quarantine = folder.join("quarantine");
    let mut options = ingest_options(common, &arguments.limits, Some(quarantine));
    let times = arguments.time.iter();
    options.stated_times =
        times.flat_map(|time| arguments.files.iter().map(|file| (file.clone(), *time))).collect();
    let summary = ingest(&store, &arguments.files, &options)?;
    if common.json {
        output::json(&summary)?;
    } else {
        print(&summary, &folder.display().to_string());
    }
    let broken = summary.files.iter().any(|file| file.broken > 0);
    Ok(if broken || summary.publish.conflicts > 0 { Finish::Adverse } else { Finish::Done })
}

fn print(summary: &IngestSummary, folder: &str) {
    for file in &summary.files {
        print_file(file);
    }
    let publish = &summary.publish;
    println!(
        "{} transfers added, {} already there; {} holds {} transfers",
        publish.added, publish.duplicates, folder, publish.rows
    );
    if publish.conflicts > 0 {
        println!(
            "{} transfers contradict what the store holds under the same identity; the first was kept",
            publish.conflicts
        );
    }
}

fn print_file(file: &FileSummary) {
    println!(
        "{}: {} rows, {} transfers ({})",
        file.file.display(),
        file.rows,
        file.transfers,
        file.format
    );
    for (reason, count) in &file.skipped {
        println!("  {count} moved nothing: {reason}");
    }
    for note in &file.notes {
        println!("  note: {note}");
    }
    if file.broken > 0 {
        println!("  {} rows are broken and were set aside:", file.broken);
        for row in &file.first_broken {
            println!("    row {}: {}", row.row, row.reason);
        }
        if let Some(path) = &file.quarantine_file {
            println!("  all of them: {}", path.display());
        }
    }
}
