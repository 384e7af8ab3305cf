//! `tracehound store info`.

use crate::arguments::{Common, StoreInfo};
use crate::place::{self, Opened};
use crate::{Finish, output};
use serde::Serialize;
use std::path::Path;
use tracehound_model::{Chain, Height, Timestamp};

#[derive(Serialize)]
struct Info {
    folder: String,
    chain: Chain,
    transfers: u64,
    transactions: u64,
    addresses: u32,
    assets: u32,
    first_block: Option<(Height, Timestamp)>,
    last_block: Option<(Height, Timestamp)>,
    blocks: u64,
    blocks_ordered_by_funding: u64,
    bytes_on_disk: u64,
    content_digest: Option<String>,
}

pub(crate) fn run(common: &Common, arguments: &StoreInfo) -> anyhow::Result<Finish> {
    let (store, snapshot) = match place::open(common, &arguments.store, None)? {
        Opened::Transfers(store, snapshot) => (store, snapshot),
        Opened::Outputs(store, snapshot) => {
            return super::utxo::info::run(&store, &snapshot, arguments.digest, common.json);
        }
    };
    let (blocks_ordered_by_funding, blocks) = snapshot.blocks_ordered_by_funding()?;
    let info = Info {
        folder: store.folder().display().to_string(),
        chain: snapshot.chain().clone(),
        transfers: snapshot.row_count(),
        transactions: snapshot.transaction_count(),
        addresses: snapshot.address_count(),
        assets: snapshot.asset_count(),
        first_block: snapshot.start(),
        last_block: snapshot.tip(),
        blocks,
        blocks_ordered_by_funding,
        bytes_on_disk: bytes(store.folder())?,
        content_digest: if arguments.digest { Some(snapshot.content_digest()?) } else { None },
    };
    if common.json {
        output::json(&info)?;
    } else {
        print(&info);
    }
    Ok(Finish::Done)
}

/// Size of everything below a folder.
pub(super) fn bytes(folder: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() { bytes(&entry.path())? } else { metadata.len() };
    }
    Ok(sum)
}

fn print(info: &Info) {
    println!("{} ({})", info.folder, info.chain);
    println!("{} transfers in {} transactions", info.transfers, info.transactions);
    println!("{} addresses, {} assets", info.addresses, info.assets);
    for (name, block) in [("first", info.first_block), ("last", info.last_block)] {
        if let Some((height, time)) = block {
            println!("{name} block {height}, {time}");
        }
    }
    if info.blocks_ordered_by_funding > 0 {
        println!(
            "{} of {} blocks ordered by funding: their source gives no position",
            info.blocks_ordered_by_funding, info.blocks
        );
    }
    println!("{} bytes on disk", info.bytes_on_disk);
    if let Some(digest) = &info.content_digest {
        println!("content {digest}");
    }
}
