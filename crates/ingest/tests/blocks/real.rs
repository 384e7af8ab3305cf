//! Real blocks. That a merkle root is right proves every transaction's name,
//! and the commitment in the coinbase every witness.

use super::spent;
use super::support::{MemorySink, blocks_of, data, shared, unpacked};
use std::collections::BTreeMap;
use tracehound_ingest::blocks::raw::{parse_block, parse_transaction};
use tracehound_ingest::blocks::{BlockFiles, BlockIngestOptions, ingest_blocks};
use tracehound_model::{Chain, Height, Satoshi, UtxoBlock};

#[test]
fn the_first_blocks_read_and_connect() {
    let blocks = blocks_of(&data("blocks1-256.bz2"));
    assert_eq!(blocks.len(), 255);
    // Version 1 states no height, but block 1 stands on the genesis block.
    assert_eq!((blocks[0].height, blocks[254].height), (Height(1), Height(255)));
    assert_eq!(
        blocks[169].transactions[1].hash.to_plain_hex(),
        "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16",
        "the first payment, in block 170"
    );
    let to = blocks[169].outputs[1].address.unwrap().to_string();
    assert_eq!(to, "p2pk:1Q2TWHE3GMdB6BZKafqwxXtWAWgFt5Jvm3");
}

#[test]
fn block_277647_spends_what_lies_beside_it() {
    let block = blocks_of(&data("277647.dat.bz2")).remove(0);
    assert_eq!(block.height, Height(277_647), "as its coinbase says");
    let mut outputs = spent::read(&unpacked(&data("277647.utxostore.bz2")));
    let beside = outputs.len();
    for (place, transaction) in block.transactions.iter().enumerate() {
        let mut paid = Satoshi(0);
        for input in block.inputs_of(place) {
            let key = (input.transaction, input.index);
            let spent = outputs.remove(&key).unwrap_or_else(|| panic!("{key:?} is not there"));
            paid = paid.checked_add(spent.value).unwrap();
        }
        for (index, output) in (0..).zip(block.outputs_of(place)) {
            let stated =
                tracehound_model::StatedOutput { value: output.value, address: output.address };
            outputs.insert((transaction.hash, index), stated);
        }
        let made = Satoshi::sum(block.outputs_of(place).iter().map(|o| o.value)).unwrap();
        assert!(transaction.coinbase || made <= paid, "{:?} makes coins", transaction.hash);
    }
    // What lies beside the block are all outputs, spent or not, of those transactions.
    assert!(block.inputs.len() - in_block(&block) <= beside);
}

/// Inputs that spend outputs of the same block.
fn in_block(block: &UtxoBlock) -> usize {
    let made: BTreeMap<_, _> = block.transactions.iter().map(|t| (t.hash, ())).collect();
    block.inputs.iter().filter(|input| made.contains_key(&input.transaction)).count()
}

#[test]
fn every_real_block_at_hand_is_whole() {
    let Some(folder) = shared("btc/blocks") else { return };
    let bitcoin = Chain::bitcoin();
    let mut with_witness = 0;
    for name in [
        "000000000000000002d249a3.raw",
        "00000000000000001203c1ea.raw",
        "mainnet_block_00000000000000000000c835.raw",
        "block-0000000000000000001602.blk",
        "block-00000000000000000021868c.blk",
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let mut block = UtxoBlock::default();
        let length = parse_block(&bytes, bitcoin.utxo().unwrap(), &mut block).unwrap();
        assert_eq!(length, bytes.len(), "{name}");
        let hash = name.split(['_', '-', '.']).find(|part| part.starts_with("0000")).unwrap();
        let hash = hash.trim_start_matches('0');
        assert!(block.hash.to_string().trim_start_matches('0').starts_with(hash), "{name}");
        // A flipped bit of the last transaction's last input is no longer the block.
        let mut flipped = bytes.clone();
        let last = flipped.len() - 5;
        flipped[last] ^= 1;
        assert!(parse_block(&flipped, bitcoin.utxo().unwrap(), &mut block).is_err(), "{name}");
        with_witness += usize::from(bytes.windows(6).any(|w| w == b"\x6a\x24\xaa\x21\xa9\xed"));
    }
    assert!(with_witness >= 3, "commitments to witnesses are among them");
}

#[test]
fn the_transaction_of_a_megabyte_reads() {
    let Some(file) = shared("btc/blocks/megatx.bin.bz2") else { return };
    let bytes = unpacked(&file);
    let mut block = UtxoBlock::default();
    let length = parse_transaction(&bytes, Chain::bitcoin().utxo().unwrap(), &mut block).unwrap();
    assert_eq!(length, bytes.len());
    assert_eq!(
        block.transactions[0].hash.to_plain_hex(),
        "bb41a757f405890fb0f5856228e23b715702d714d59bf2b1feb70d8b2b4e3e08"
    );
    assert_eq!((block.inputs.len(), block.outputs.len()), (5_569, 1));
}

#[test]
fn a_second_run_adds_nothing_and_a_longer_file_goes_on() {
    let mut sink = MemorySink::new(&Chain::bitcoin());
    let options = BlockIngestOptions { until: Some(Height(100)), ..Default::default() };
    let open = || BlockFiles::open(&[data("blocks1-256.bz2")], None, None).unwrap();
    let first = ingest_blocks(&mut open(), &mut sink, &options).unwrap();
    assert_eq!((first.blocks, first.range), (100, Some((Height(1), Height(100)))));
    let all = BlockIngestOptions::default();
    let rest = ingest_blocks(&mut open(), &mut sink, &all).unwrap();
    assert_eq!((rest.blocks, rest.range), (155, Some((Height(101), Height(255)))));
    let again = ingest_blocks(&mut open(), &mut sink, &all).unwrap();
    assert_eq!((again.blocks, again.range), (0, None));
    assert_eq!(sink.published.len(), 255);
}
