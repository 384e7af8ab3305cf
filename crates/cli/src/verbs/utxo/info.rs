//! `tracehound store info` of a store of blocks.

use crate::verbs::store_info::bytes;
use crate::{Finish, output};
use serde::Serialize;
use std::collections::BTreeMap;
use tracehound_model::{Chain, Height, Timestamp};
use tracehound_store::utxo::{OutputLedger, UtxoSnapshot, UtxoStore};

#[derive(Serialize)]
struct Info {
    folder: String,
    chain: Chain,
    blocks: u64,
    transactions: u32,
    inputs: u64,
    outputs: u64,
    addresses: u32,
    /// Inputs whose output lies before or beside the data.
    unresolved_inputs: u64,
    first_block: Option<Height>,
    last_block: Option<(Height, String, Timestamp)>,
    segments: usize,
    bytes_on_disk: u64,
    /// Bytes of each part of the files.
    parts: BTreeMap<&'static str, u64>,
    content_digest: Option<String>,
}

/// Describes the store.
pub(crate) fn run(
    store: &UtxoStore,
    snapshot: &UtxoSnapshot,
    digest: bool,
    json: bool,
) -> anyhow::Result<Finish> {
    let tip = snapshot.tip()?;
    // Blocks follow each other without a hole.
    let first = tip.as_ref().map(|tip| Height(tip.height.0 + 1 - snapshot.block_count()));
    let info = Info {
        folder: store.folder().display().to_string(),
        chain: store.chain().clone(),
        blocks: snapshot.block_count(),
        transactions: snapshot.transaction_count(),
        inputs: snapshot.input_count(),
        outputs: snapshot.output_count(),
        addresses: snapshot.address_count(),
        unresolved_inputs: snapshot.unresolved_inputs(),
        first_block: first,
        last_block: tip.map(|tip| (tip.height, tip.hash.to_string(), tip.timestamp)),
        segments: snapshot.segment_count(),
        bytes_on_disk: bytes(store.folder())?,
        parts: snapshot.parts().into_iter().collect(),
        content_digest: if digest { Some(snapshot.digest()?) } else { None },
    };
    if json {
        output::json(&info)?;
    } else {
        print(&info);
    }
    Ok(Finish::Done)
}

fn print(info: &Info) {
    println!("{} ({})", info.folder, info.chain);
    println!("{} transactions in {} blocks", info.transactions, info.blocks);
    println!("{} inputs, {} outputs, {} addresses", info.inputs, info.outputs, info.addresses);
    if info.unresolved_inputs > 0 {
        println!("{} inputs spend outputs that are not in these data", info.unresolved_inputs);
    }
    if let (Some(first), Some((last, hash, time))) = (info.first_block, &info.last_block) {
        println!("blocks {first} to {last}, {time}");
        println!("last block {hash}");
    }
    println!("{} bytes on disk in {} segments", info.bytes_on_disk, info.segments);
    for (part, bytes) in &info.parts {
        println!("  {bytes:>15} {part}");
    }
    if let Some(digest) = &info.content_digest {
        println!("content {digest}");
    }
}
