//! Generated chains written as a node writes them, read back.

use super::support::{MemorySink, read_all};
use std::path::Path;
use tracehound_ingest::blocks::{BlockFiles, BlockIngestOptions, BlockSource, ingest_blocks};
use tracehound_model::{Chain, Height, UtxoBlock};
use tracehound_testkit::utxo::{
    BlockFileOptions, BlockFileTotals, UtxoChain, UtxoChainConfig, write_block_files,
};

fn chain(transactions: u64) -> UtxoChain {
    UtxoChain::new(UtxoChainConfig::new(7, transactions))
}

fn regtest() -> Chain {
    "bitcoin-regtest".parse().unwrap()
}

fn write(folder: &Path, transactions: u64, options: &BlockFileOptions) -> BlockFileTotals {
    write_block_files(folder, chain(transactions), options, |_| ()).unwrap()
}

/// A block with one writing of what has several.
fn comparable(mut block: UtxoBlock, chain: &Chain) -> UtxoBlock {
    for output in &mut block.outputs {
        output.address = output.address.map(|address| address.on(chain));
        if output.payload.is_empty() {
            output.payload = 0..0;
        }
    }
    block
}

#[test]
fn what_a_node_wrote_in_any_order_is_read_in_the_chain_s() {
    let expected: Vec<UtxoBlock> =
        chain(3_000).map(|generated| comparable(generated.block, &regtest())).collect();
    let cases = [
        BlockFileOptions::default(),
        BlockFileOptions { key: Some([1, 2, 3, 4, 5, 6, 7, 8]), ..BlockFileOptions::default() },
        BlockFileOptions {
            key: Some([0xa5; 8]),
            window: 8,
            stale_every: Some(3),
            file_bytes: 200_000,
            ..BlockFileOptions::default()
        },
    ];
    for options in cases {
        let folder = tempfile::tempdir().unwrap();
        let totals = write(folder.path(), 3_000, &options);
        let mut source = BlockFiles::open(&[folder.path().to_owned()], None, None).unwrap();
        assert_eq!(source.chain(), &regtest(), "told by the frames");
        let left = source.left_out();
        let blocks = read_all(&mut source).unwrap();
        let blocks: Vec<_> = blocks.into_iter().map(|b| comparable(b, &regtest())).collect();
        assert_eq!(blocks.len(), expected.len());
        for (read, made) in blocks.iter().zip(&expected) {
            assert_eq!(read, made, "{options:?}");
        }
        assert_eq!(u64::try_from(left.len()).unwrap(), totals.stale);
        assert!(left.iter().all(|left| !left.broken && left.reason.contains("most work")));
    }
}

#[test]
fn a_run_goes_on_where_the_last_one_stopped_at_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 2_000, &BlockFileOptions::default());
    let open = || BlockFiles::open(&[folder.path().to_owned()], None, None).unwrap();
    let all = read_all(&mut open()).unwrap();
    let mut sink = MemorySink::new(&regtest());
    let options = BlockIngestOptions { checkpoint: 500, ..Default::default() };
    ingest_blocks(&mut open(), &mut sink, &options).unwrap();
    assert!(sink.published == all);
    // What a crash between two checkpoints leaves is a beginning of the chain.
    sink.blocks.truncate(all.len() / 2);
    let rest = ingest_blocks(&mut open(), &mut sink, &options).unwrap();
    assert_eq!(rest.blocks, u64::try_from(all.len() - all.len() / 2).unwrap());
    assert!(sink.published == all);
}

#[test]
fn a_store_on_another_branch_comes_back_to_the_best() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 2_000, &BlockFileOptions::default());
    let open = || BlockFiles::open(&[folder.path().to_owned()], None, None).unwrap();
    let all = read_all(&mut open()).unwrap();
    let mut sink = MemorySink::new(&regtest());
    let fork = all.len() / 3;
    sink.blocks = all.clone();
    for block in &mut sink.blocks[fork..] {
        block.hash.0[0] ^= 1;
    }
    let summary = ingest_blocks(&mut open(), &mut sink, &BlockIngestOptions::default()).unwrap();
    assert_eq!(summary.dropped_above, Some(all[fork - 1].height));
    assert!(sink.published == all);
    // A chain that shares nothing is refused, and nothing is lost.
    for block in &mut sink.blocks {
        block.hash.0[0] ^= 1;
    }
    let error = ingest_blocks(&mut open(), &mut sink, &BlockIngestOptions::default()).unwrap_err();
    assert!(error.to_string().contains("another store"), "{error}");
    assert_eq!(sink.blocks.len(), all.len());
}

#[test]
fn a_later_part_of_a_chain_is_told_its_height() {
    let folder = tempfile::tempdir().unwrap();
    let options = BlockFileOptions { file_bytes: 100_000, ..BlockFileOptions::default() };
    let totals = write(folder.path(), 2_000, &options);
    assert!(totals.files > 2);
    let last = folder.path().join(format!("blk{:05}.dat", totals.files - 1));
    let whole = BlockFiles::open(&[folder.path().to_owned()], None, None).unwrap();
    let part = BlockFiles::open(&[last], None, Some(Height(1_000)));
    let mut part = part.unwrap();
    let blocks = read_all(&mut part).unwrap();
    assert!(!blocks.is_empty() && blocks.len() < whole.block_count());
    let stated = blocks[0].height;
    assert!(stated == Height(1_000) || stated.0 < u64::try_from(whole.block_count()).unwrap());
}
