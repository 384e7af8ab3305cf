//! Broken blocks are named by file and byte, and never crash a run.

use super::support::{MemorySink, data, read_all, unpacked};
use proptest::prelude::*;
use std::path::PathBuf;
use tracehound_ingest::blocks::raw::parse_block;
use tracehound_ingest::blocks::{
    BlockError, BlockFiles, BlockIngestOptions, BlockSource, ingest_blocks,
};
use tracehound_model::{Chain, UtxoBlock};

/// The file of the first blocks, changed, in a folder of its own.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blk00000.dat");
    let mut bytes = unpacked(&data("blocks1-256.bz2"));
    change(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Where the frame of the n-th block of the file begins.
fn frame(bytes: &[u8], n: usize) -> usize {
    let mut at = 0;
    for _ in 0..n {
        let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap());
        at += 8 + usize::try_from(length).unwrap();
    }
    at
}

#[test]
fn a_block_cut_off_is_left_out_by_name_and_place() {
    let (_folder, path) = changed(|bytes| bytes.truncate(bytes.len() - 10));
    let mut source = BlockFiles::open(std::slice::from_ref(&path), None, None).unwrap();
    let left = source.left_out();
    assert_eq!(read_all(&mut source).unwrap().len(), 254);
    assert_eq!(left.len(), 1);
    let text = format!("{}: {}", left[0].place, left[0].reason);
    let whole = unpacked(&data("blocks1-256.bz2"));
    let place = frame(&whole, 254);
    assert!(text.contains(&format!("blk00000.dat, byte {place}: ")), "{text}");
    assert!(text.contains("cut off") && left[0].broken, "{text}");
}

#[test]
fn bytes_without_a_frame_are_passed_over_and_named() {
    let (_folder, path) = changed(|bytes| {
        let at = frame(bytes, 150);
        bytes[at] ^= 0xff;
    });
    let mut source = BlockFiles::open(std::slice::from_ref(&path), None, None).unwrap();
    let left = source.left_out();
    let blocks = read_all(&mut source).unwrap();
    // Block 151 is gone, so what stands on it connects to nothing.
    assert_eq!(blocks.len(), 150);
    assert!(left[0].broken && left[0].reason.contains("no block of bitcoin"), "{left:?}");
    let apart = left.iter().filter(|left| left.reason.contains("not in these files")).count();
    assert_eq!(apart + blocks.len(), 254);
}

#[test]
fn a_wrong_merkle_root_ends_the_run_with_what_came_before() {
    let (_folder, path) = changed(|bytes| {
        let at = frame(bytes, 200);
        // Inside the coinbase, where nothing but the merkle root notices.
        bytes[at + 8 + 150] ^= 1;
    });
    let mut source = BlockFiles::open(std::slice::from_ref(&path), None, None).unwrap();
    let mut sink = MemorySink::new(&Chain::bitcoin());
    let options = BlockIngestOptions::default();
    let error = ingest_blocks(&mut source, &mut sink, &options).unwrap_err().to_string();
    assert!(error.contains("blk00000.dat, byte ") && error.contains("merkle root"), "{error}");
    assert_eq!(sink.published.len(), 200);
}

#[test]
fn an_absurd_count_takes_no_memory_and_names_its_byte() {
    let whole = unpacked(&data("277647.dat.bz2"));
    let mut bytes = whole[8..].to_vec();
    // The count of transactions: nine bytes that claim 2^64 - 1 of them.
    bytes.splice(80..83, [0xff; 9]);
    let bitcoin = Chain::bitcoin();
    let mut block = UtxoBlock::default();
    let error = parse_block(&bytes, bitcoin.utxo().unwrap(), &mut block).unwrap_err();
    assert_eq!(error.offset, 89);
    assert!(error.reason.contains("cannot lie in"), "{error}");
}

#[test]
fn other_chains_and_other_files_are_told_apart() {
    let (_folder, path) = changed(|_| ());
    let testnet: Chain = "bitcoin-testnet3".parse().unwrap();
    let error = BlockFiles::open(std::slice::from_ref(&path), Some(&testnet), None).map(|_| ());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("bitcoin, not of bitcoin-testnet3"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "x".repeat(500)).unwrap();
    let error = BlockFiles::open(&[text], None, None).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("notes.txt, byte 0") && error.contains("blk*.dat"), "{error}");
    let error = BlockFiles::open(&[folder.path().to_owned()], None, None).map(|_| ());
    assert!(matches!(error, Err(BlockError::Broken { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to its bytes, a block reads as itself or is refused
    /// at a byte that it has.
    #[test]
    fn damage_is_refused_where_it_lies(
        n in 150_usize..255,
        cut in prop::option::of(any::<prop::sample::Index>()),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..4),
    ) {
        let whole = unpacked(&data("blocks1-256.bz2"));
        let (from, to) = (frame(&whole, n - 1) + 8, frame(&whole, n));
        let mut bytes = whole[from..to].to_vec();
        for (place, bits) in flips {
            let place = place.index(bytes.len());
            bytes[place] ^= bits;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let bitcoin = Chain::bitcoin();
        let (mut block, mut before) = (UtxoBlock::default(), UtxoBlock::default());
        parse_block(&whole[from..to], bitcoin.utxo().unwrap(), &mut before).unwrap();
        match parse_block(&bytes, bitcoin.utxo().unwrap(), &mut block) {
            Ok(_) => prop_assert!(block.transactions == before.transactions),
            Err(error) => prop_assert!(error.offset <= bytes.len()),
        }
    }
}
