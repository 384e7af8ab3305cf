//! `tracehound ingest` of blocks: files or a node into a store.

use crate::arguments::{BlockSourceArguments, Common, Ingest};
use crate::progress::blocks_bar;
use crate::{Finish, interrupt, output, place};
use anyhow::Context;
use std::path::PathBuf;
use tracehound_ingest::blocks::{
    BlockFiles, BlockIngestOptions, BlockIngestSummary, BlockSource, NodeAuth, NodeOptions,
    NodeSource, detect_block_source, ingest_blocks, is_block_file, open_json_blocks,
};
use tracehound_model::{Chain, Height};
use tracehound_store::utxo::{UtxoOptions, UtxoStore};

/// Where the password of a node's RPC is read from, so that it stands in no history.
const PASSWORD: &str = "TRACEHOUND_NODE_PASSWORD";

/// The source of blocks that the arguments name; `None` if the files hold transfers.
pub(crate) fn source(arguments: &Ingest) -> anyhow::Result<Option<Box<dyn BlockSource>>> {
    let blocks = &arguments.blocks;
    if let Some(url) = &blocks.node {
        let chain = arguments.store.chain.clone().unwrap_or_else(Chain::bitcoin);
        return Ok(Some(Box::new(NodeSource::connect(node(url, blocks, chain)?)?)));
    }
    files(&arguments.files, arguments.store.chain.as_ref(), blocks.first_height)
}

/// The source of blocks in files; `None` if they hold transfers.
pub(crate) fn files(
    files: &[PathBuf],
    chain: Option<&Chain>,
    first_height: Option<Height>,
) -> anyhow::Result<Option<Box<dyn BlockSource>>> {
    if chain.is_some_and(|chain| !chain.is_utxo()) {
        return Ok(None);
    }
    let Some(first) = files.first() else { return Ok(None) };
    if !first.exists() {
        // Whoever reads transfers says so with the file's name.
        return Ok(None);
    }
    if is_block_file(first, chain)? {
        return Ok(Some(Box::new(BlockFiles::open(files, chain, first_height)?)));
    }
    if detect_block_source(first).is_some() {
        let bitcoin = Chain::bitcoin();
        return Ok(Some(Box::new(open_json_blocks(files, chain.unwrap_or(&bitcoin))?)));
    }
    Ok(None)
}

fn node(url: &str, blocks: &BlockSourceArguments, chain: Chain) -> anyhow::Result<NodeOptions> {
    let auth = if blocks.rest {
        NodeAuth::Rest
    } else if let Some(user) = &blocks.user {
        let password = std::env::var(PASSWORD)
            .with_context(|| format!("set {PASSWORD} to the password of \"{user}\""))?;
        NodeAuth::Password { user: user.clone(), password }
    } else {
        let cookie = blocks.cookie.clone().or_else(|| usual_cookie(&chain));
        NodeAuth::Cookie(cookie.context("give the node's cookie file with --cookie")?)
    };
    Ok(NodeOptions {
        from: blocks.from,
        to: blocks.until,
        confirmations: blocks.confirmations,
        ..NodeOptions::new(url, auth, chain)
    })
}

/// Where Bitcoin Core writes its cookie, by chain.
fn usual_cookie(chain: &Chain) -> Option<PathBuf> {
    let folder = dirs::home_dir()?.join(".bitcoin");
    let below = match chain.short_name() {
        "bitcoin" => folder,
        "bitcoin-testnet3" => folder.join("testnet3"),
        "bitcoin-testnet4" => folder.join("testnet4"),
        "bitcoin-signet" => folder.join("signet"),
        "bitcoin-regtest" => folder.join("regtest"),
        _ => return None,
    };
    Some(below.join(".cookie"))
}

/// Reads the source into the store that the arguments name.
pub(crate) fn run(
    common: &Common,
    arguments: &Ingest,
    mut source: Box<dyn BlockSource>,
) -> anyhow::Result<Finish> {
    let chain = source.chain().clone();
    let folder = place::folder_of(common, &arguments.store, &chain)?;
    let store = UtxoStore::open_or_create(&folder, &chain)?;
    let quarantine = folder.with_extension("left-out.csv");
    let memory = usize::try_from(arguments.limits.memory).unwrap_or(usize::MAX);
    let summary = fill(common, &store, source.as_mut(), memory, |options| BlockIngestOptions {
        until: arguments.blocks.until,
        quarantine: Some(quarantine),
        ..options
    })?;
    if common.json {
        output::json(&summary)?;
    } else {
        print(&summary, &folder.display().to_string());
    }
    Ok(if summary.broken > 0 { Finish::Adverse } else { Finish::Done })
}

/// Reads a source into a store with this program's progress and interrupt.
pub(crate) fn fill(
    common: &Common,
    store: &UtxoStore,
    source: &mut dyn BlockSource,
    memory: usize,
    with: impl FnOnce(BlockIngestOptions) -> BlockIngestOptions,
) -> anyhow::Result<BlockIngestSummary> {
    let stop = Some(interrupt::flag());
    let mut writer =
        store.writer(UtxoOptions { memory, stop: stop.clone(), ..UtxoOptions::default() })?;
    let options = with(BlockIngestOptions {
        stop,
        on_progress: blocks_bar(common),
        ..BlockIngestOptions::default()
    });
    Ok(ingest_blocks(source, &mut writer, &options)?)
}

fn print(summary: &BlockIngestSummary, folder: &str) {
    if let Some(height) = summary.dropped_above {
        println!("blocks above {height} were no longer on the best chain and were dropped first");
    }
    match summary.range {
        Some((first, last)) => println!(
            "{} blocks added ({first} to {last}): {} transactions, {} inputs, {} outputs; in {folder}",
            summary.blocks, summary.transactions, summary.inputs, summary.outputs
        ),
        None => println!("nothing new for {folder}"),
    }
    for note in &summary.notes {
        println!("note: {note}");
    }
    if summary.broken + summary.stale > 0 {
        println!("left out: {} broken, {} off the best chain", summary.broken, summary.stale);
        for line in &summary.left_out {
            println!("  {line}");
        }
        if let Some(path) = &summary.quarantine_file {
            println!("  all of them: {}", path.display());
        }
    }
}
