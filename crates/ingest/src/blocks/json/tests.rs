//! Files as they come, well and ill.

use super::*;
use crate::blocks::{BlockError, BlockSource};
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;
use tracehound_model::{
    BlockHash, Chain, Height, Satoshi, Timestamp, TransactionHash, UtxoBlock, UtxoInput,
};
use tracehound_store::utxo::{MemoryLedger, OutputLedger};

const KEYS: [&str; 2] =
    ["1HaHTfmvoUW6i6nhJf8jJs6tU4cHNmBQHQ", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"];

/// Blocks 50001 and 50002 of Bitcoin, as bitcoin-etl writes them (asm left out).
const BLOCKS: &str = r#"{"type": "block", "hash": "000000001c920d495e1eeef2452b6d1c6c229a919b28196c103ecffebabee141", "size": 647, "number": 50001, "version": 1, "merkle_root": "ee3a2d2b895cafacff526d06a55b55e049cf84a9735e4a63f7fd08f96d0f4649", "timestamp": 1270917100, "nonce": "3616ef3", "bits": "1c2a1115", "coinbase_param": "0415112a1c02cc00", "transaction_count": 3}
{"type": "block", "hash": "000000002066d7f9b134c30b5005b7bf5fbfa52f279883f1fde793dcdc964266", "size": 216, "number": 50002, "version": 1, "merkle_root": "5164dc2785549f9efe14eb1c54522ec1874a02b7eda164fde370c05412f037ad", "timestamp": 1270917181, "nonce": "959c26", "bits": "1c2a1115", "transaction_count": 1}
"#;
const TRANSACTIONS: &str = r#"{"hash": "e1882d41800d96d0fddc196cd8d3f0b45d65b030c652d97eaba79a1174e64d58", "size": 135, "virtual_size": 135, "version": 1, "lock_time": 0, "block_number": 50001, "block_hash": "000000001c920d495e1eeef2452b6d1c6c229a919b28196c103ecffebabee141", "block_timestamp": 1270917100, "is_coinbase": true, "index": 0, "inputs": [], "outputs": [{"index": 0, "script_hex": "4104c1b5671c8975087cc796d6ea73d2407591528b5c669106f9b6ab6ef6e373a57553e14866aaeffc44a9f58e5ee0c7faa7add7474f0a2c55a22cb40b949fdc933cac", "required_signatures": 1, "type": "pubkey", "addresses": ["1PkqKGbNLDdDJGveCcNUMV9CEFH77ADrPQ"], "value": 5000000000}]}
{"hash": "7940cdde4d713e171849efc6bd89939185be270266c94e92369e3877ad89455a", "size": 273, "virtual_size": 273, "version": 1, "lock_time": 0, "block_number": 50001, "block_hash": "000000001c920d495e1eeef2452b6d1c6c229a919b28196c103ecffebabee141", "block_timestamp": 1270917100, "is_coinbase": false, "index": 1, "inputs": [{"index": 0, "spent_transaction_hash": "76a8d70a757be5055f60be076b683897cadaad6b7bdf78c43e39b9d59cb4a6ea", "spent_output_index": 0, "sequence": 4294967295, "type": "pubkey", "addresses": ["1DoQeKfU3dYhN9bxMpFFcVUnufCPDqSPae"], "value": 5000000000}, {"index": 1, "spent_transaction_hash": "0dd0394c6240355f4e4b3c88028f678ed746cebee3b3e8509620733f018914c9", "spent_output_index": 7, "sequence": 4294967295, "type": "pubkey", "addresses": ["1PZMgkF2x161qvfP7dhoWSEEU3SjnQE1m9"], "value": 5000000000}], "outputs": [{"index": 0, "script_hex": "76a914b5cd7aaed869cd5ccb45868e8666e7e934a2373688ac", "type": "pubkeyhash", "addresses": ["1HaHTfmvoUW6i6nhJf8jJs6tU4cHNmBQHQ"], "value": 10000000000}]}
{"hash": "f84761459a00c6df3176ae5d94c99e69f25100d09548e5686bd0c354bb8cc60a", "size": 158, "virtual_size": 158, "version": 1, "lock_time": 0, "block_number": 50001, "block_hash": "000000001c920d495e1eeef2452b6d1c6c229a919b28196c103ecffebabee141", "block_timestamp": 1270917100, "is_coinbase": false, "index": 2, "inputs": [{"index": 0, "spent_transaction_hash": "0d37522b89f991f8433b80f709ad31862a54435cd003f25732fe405e9db93216", "spent_output_index": 0, "sequence": 4294967293, "type": "pubkey", "addresses": ["18dxbN6m8zxieN8F9BchXmhbeXUdFLr8fD"], "value": 5000000000}], "outputs": [{"index": 0, "script_hex": "76a914b5cd7aaed869cd5ccb45868e8666e7e934a2373688ac", "type": "pubkeyhash", "addresses": ["1HaHTfmvoUW6i6nhJf8jJs6tU4cHNmBQHQ"], "value": 5000000000}]}
{"hash": "5164dc2785549f9efe14eb1c54522ec1874a02b7eda164fde370c05412f037ad", "size": 135, "virtual_size": 135, "version": 1, "lock_time": 0, "block_number": 50002, "block_hash": "000000002066d7f9b134c30b5005b7bf5fbfa52f279883f1fde793dcdc964266", "block_timestamp": 1270917181, "is_coinbase": true, "index": 0, "inputs": [], "outputs": [{"index": 0, "script_hex": "4104fdd3d983afa2e62bbcb7310463b10aa03f718136cf1e96e8934c14bd400edde322d98bb80e6b4b19cf981afd5564a5038b984e938c6fc6d4b5f68130d22ee92cac", "type": "pubkey", "addresses": ["1CvMvWyKJvfg6wQSGdHraoJ7NFu8KaTL1u"], "value": 5000000000}]}
"#;

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn open(paths: &[PathBuf]) -> Result<JsonBlocks, BlockError> {
    open_json_blocks(paths, &Chain::bitcoin())
}

/// Everything that a source gives.
fn drain(source: &mut JsonBlocks) -> Result<Vec<UtxoBlock>, BlockError> {
    let mut blocks = Vec::new();
    let mut block = UtxoBlock::default();
    while source.next_block(&mut block)? {
        blocks.push(block.clone());
    }
    Ok(blocks)
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// Both files, with the lines of each in another order.
fn shuffled() -> (String, String) {
    let (blocks, transactions) = (lines(BLOCKS), lines(TRANSACTIONS));
    let text = |lines: &[&str]| lines.join("\n") + "\r\n\n";
    let [a, b, c, d] = transactions[..] else { panic!() };
    (text(&[blocks[1], blocks[0]]), text(&[d, c, a, b]))
}

fn real_blocks() -> Vec<UtxoBlock> {
    let files = Files::new();
    let paths = [files.write("b", BLOCKS), files.write("t", TRANSACTIONS)];
    let mut source = open(&paths).unwrap();
    let blocks = drain(&mut source).unwrap();
    assert_eq!((source.left_out(), source.notes()), (vec![], vec![]));
    assert_eq!(source.progress().done, source.progress().total.unwrap() - BLOCKS.len() as u64);
    blocks
}

#[test]
fn real_blocks_come_whole() {
    let blocks = real_blocks();
    let [first, second] = blocks.as_slice() else { panic!("{blocks:?}") };
    assert_eq!((first.height, second.height), (Height(50_001), Height(50_002)));
    assert_eq!(first.timestamp, Timestamp(1_270_917_100));
    assert!(first.hash.to_string().starts_with("000000001c920d49"));
    assert_eq!((first.transactions.len(), first.inputs.len()), (3, 3));
    assert!(first.transactions[0].coinbase && !first.transactions[1].coinbase);
    let replaceable: Vec<_> = first.transactions.iter().map(|t| t.replaceable).collect();
    assert_eq!(replaceable, [false, false, true]);
    assert_eq!(first.transactions[1].virtual_size, 273);
    assert_eq!((first.inputs_of(1)[1].index, first.outputs_of(1).len()), (7, 1));
    assert_eq!(first.stated[0].value, Satoshi(5_000_000_000));
    let stated = first.stated[0].address.unwrap().to_string();
    assert_eq!(stated, "p2pk:1DoQeKfU3dYhN9bxMpFFcVUnufCPDqSPae");
    let paid = |place: usize| first.outputs[place].address.unwrap().to_string();
    assert_eq!(paid(0), "p2pk:1PkqKGbNLDdDJGveCcNUMV9CEFH77ADrPQ");
    assert_eq!(paid(1), KEYS[0]);
}

#[test]
fn order_packing_and_division_of_the_files_do_not_matter() {
    let expected = real_blocks();
    let files = Files::new();
    let (blocks, transactions) = shuffled();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(transactions.as_bytes()).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(blocks.as_bytes()).unwrap();
    let packed = [
        files.write("t.gz", gzip.finish().unwrap()),
        files.write("b.bz2", bzip2.finish().unwrap()),
    ];
    // One file with everything, as a stream writes it; and one for each line.
    let whole = [files.write("all", format!("\u{feff}{BLOCKS}{TRANSACTIONS}"))];
    let zstd = [files
        .write("zst", zstd::encode_all(format!("{blocks}{transactions}").as_bytes(), 1).unwrap())];
    let each = |(name, line): (usize, &str)| files.write(&name.to_string(), line);
    let apart: Vec<_> = blocks
        .lines()
        .chain(transactions.lines())
        .filter(|l| !l.is_empty())
        .enumerate()
        .map(each)
        .collect();
    // Delivered twice.
    let twice = [files.write("twice", format!("{BLOCKS}{BLOCKS}{TRANSACTIONS}{TRANSACTIONS}"))];
    for paths in [&packed[..], &whole, &zstd, &apart, &twice] {
        assert!(paths.iter().all(|p| detect_block_source(p) == Some(BlockFormat::BitcoinEtl)));
        let mut source = open(paths).unwrap();
        assert_eq!(drain(&mut source).unwrap(), expected, "{paths:?}");
        assert_eq!(source.left_out(), []);
    }
}

#[test]
fn transactions_alone_are_enough_and_numbers_may_be_quoted() {
    let mut expected = real_blocks();
    let files = Files::new();
    let (_, transactions) = shuffled();
    let quoted = transactions
        .replace("1270917100", "\"2010-04-10 16:31:40 UTC\"")
        .replace("\"block_number\": 50001", "\"block_number\": \"50001\"")
        .replace("\"value\": 5000000000", "\"value\": \"5000000000\"");
    for text in [transactions, quoted] {
        let mut source = open(&[files.write("t", text)]).unwrap();
        assert_eq!(drain(&mut source).unwrap(), expected);
    }
    // Without an index the order is a guess, and said to be one.
    let without = TRANSACTIONS.replace("\"index\": 2, \"inputs\"", "\"inputs\"");
    let mut source = open(&[files.write("u", without)]).unwrap();
    assert_eq!(drain(&mut source).unwrap(), expected);
    assert!(source.notes()[0].contains("1 blocks carry no index"));
    // Not enriched: nothing is stated.
    let bare = TRANSACTIONS.replace(
        r#"["18dxbN6m8zxieN8F9BchXmhbeXUdFLr8fD"], "value": 5000000000"#,
        r#"[], "value": null"#,
    );
    let mut source = open(&[files.write("v", bare)]).unwrap();
    expected[0].stated.clear();
    assert_eq!(drain(&mut source).unwrap(), expected);
    assert!(source.notes()[0].contains("2 inputs were not used"));
}

#[test]
fn broken_lines_are_named_and_their_blocks_left_out() {
    let files = Files::new();
    let blocks = files.write("blocks", BLOCKS);
    for (from, to, says) in [
        ("10000000000}", "10000000000.0}", "floating-point"),
        ("10000000000}", "1e10}", "floating-point"),
        ("10000000000}", "-1}", "no amount can be"),
        ("10000000000}", "null}", "\"value\""),
        ("10000000000}]}", "", "EOF"),
        ("\"spent_output_index\": 7", "\"spent_output_index\": 4294967296", "out of range"),
        ("\"76a914b5cd", "\"6a914b5cd", "not hexadecimal"),
        ("7940cdde", "7940cd", "not a transaction hash"),
        ("[{\"index\": 0, \"script_hex\": \"76", "[{\"index\": 1, \"script_hex\": \"76", "0, 1, 2"),
    ] {
        let mut text = lines(TRANSACTIONS);
        let broken = text[1].replace(from, to);
        assert_ne!(broken, text[1], "{from}");
        text[1] = &broken;
        let mut source = open(&[blocks.clone(), files.write("t", text.join("\n"))]).unwrap();
        let heights: Vec<_> = drain(&mut source).unwrap().iter().map(|b| b.height.0).collect();
        assert_eq!(heights, [50_002], "{says}");
        let left_out = source.left_out();
        let [line, block] = left_out.as_slice() else { panic!("{left_out:?}") };
        assert!(line.broken && block.broken);
        assert!(line.place.to_string().ends_with("t, line 2"), "{}", line.place);
        assert!(line.reason.contains(says), "{} for {says}", line.reason);
        assert!(block.place.to_string().ends_with("blocks, line 1"), "{}", block.place);
        assert!(block.reason.contains("t, line 2"), "{}", block.reason);
    }
}

#[test]
fn missing_and_changed_transactions_are_noticed() {
    let files = Files::new();
    let blocks = files.write("blocks", BLOCKS);
    let all = lines(TRANSACTIONS);
    let run = |text: &str| {
        let mut source = open(&[blocks.clone(), files.write("t", text)]).unwrap();
        let heights: Vec<_> = drain(&mut source).unwrap().iter().map(|b| b.height.0).collect();
        (
            heights,
            source
                .left_out()
                .iter()
                .map(|l| format!("{}: {}", l.place, l.reason))
                .collect::<Vec<_>>()
                .join("\n"),
        )
    };
    let (heights, said) = run(&[all[0], all[1], all[3]].join("\n"));
    assert_eq!(heights, [50_002]);
    assert!(said.contains("has 3 transactions, and 2 of them"), "{said}");
    // Another hash, well formed.
    let (heights, said) = run(&TRANSACTIONS.replace("7940cdde", "7940cddf"));
    assert_eq!(heights, [50_002]);
    assert!(said.contains("Merkle root"), "{said}");
    // No transactions of one block; and some of a block that nobody names.
    let (heights, said) = run(&all[..3].join("\n"));
    assert_eq!(heights, [50_001]);
    assert!(said.contains("1 blocks have no transaction"), "{said}");
    let (heights, said) =
        run(&TRANSACTIONS.replace("\"block_number\": 50002", "\"block_number\": 50003"));
    assert_eq!(heights, [50_001]);
    assert!(said.contains("that no file of blocks names"), "{said}");
    // A line of rubbish in a file whose blocks are counted elsewhere, and not.
    let rubbish = format!("{}\n???\n{}\n", all[0], all[1..].join("\n"));
    let (heights, said) = run(&rubbish);
    assert_eq!(heights, [50_001, 50_002]);
    assert!(said.contains("line 2"), "{said}");
    let error = open(&[files.write("t", rubbish)]).map(drop).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("give the file of blocks too"), "{error}");
}

#[test]
fn a_replaced_block_is_off_the_chain() {
    let files = Files::new();
    let other = lines(BLOCKS)[1].replace("000000002066d7f9", "000000002066d7f8");
    let paths = [files.write("b", format!("{other}\n{BLOCKS}")), files.write("t", TRANSACTIONS)];
    let mut source = open(&paths).unwrap();
    assert_eq!(drain(&mut source).unwrap(), real_blocks());
    let left_out = source.left_out();
    assert_eq!((left_out.len(), left_out[0].broken), (1, false));
    // The other way round its transactions are not those of the block that counts.
    let paths = [files.write("b", format!("{BLOCKS}{other}")), files.write("t", TRANSACTIONS)];
    let mut source = open(&paths).unwrap();
    assert_eq!(drain(&mut source).unwrap().len(), 1);
    assert!(source.left_out().iter().any(|l| !l.broken && l.reason.contains("1 transactions")));
}

#[test]
fn what_waits_too_long_is_an_error_or_a_broken_line() {
    let files = Files::new();
    let [a, b, c, d] = lines(TRANSACTIONS)[..] else { panic!() };
    let blocks = files.write("b", BLOCKS);
    let late = files.write("late", [a, b, d, c].join("\n"));
    let error = drain(&mut open(&[blocks.clone(), late]).unwrap().with_limit(1)).unwrap_err();
    assert!(error.to_string().contains("sort the transactions by block_number"), "{error}");
    let rubbish = files.write("rubbish", [a, b, "???", d].join("\n"));
    let mut source = open(&[blocks, rubbish]).unwrap().with_limit(1);
    assert_eq!(drain(&mut source).unwrap().len(), 1);
}

#[test]
fn a_run_goes_on_above_what_is_known() {
    let blocks = real_blocks();
    let files = Files::new();
    let paths = [files.write("b", BLOCKS), files.write("t", TRANSACTIONS)];
    let known = |branch: u8| [(Height(50_001), BlockHash([branch; 32]))];
    let mut source = open(&paths).unwrap();
    assert_eq!(
        source.start_above(&[(Height(50_001), blocks[0].hash)]).unwrap(),
        Some(Height(50_001))
    );
    assert_eq!(drain(&mut source).unwrap(), &blocks[1..]);
    let mut source = open(&paths).unwrap();
    assert_eq!(source.start_above(&known(7)).unwrap(), None);
    assert_eq!(drain(&mut source).unwrap(), blocks);
    let mut source = open(&paths).unwrap();
    let error = source.start_above(&[(Height(7), blocks[0].hash)]).unwrap_err().to_string();
    assert!(error.contains("begin at block 50001 and the store ends at 7"), "{error}");
    // The files end where the store does not: the block before is not named.
    let mut source = open(&paths).unwrap();
    let before = [(Height(50_000), BlockHash([9; 32]))];
    assert_eq!(source.start_above(&before).unwrap(), Some(Height(50_000)));
    assert!(source.notes()[0].contains("block 50000"));
}

#[test]
fn other_files_are_not_taken_for_ours() {
    let files = Files::new();
    for text in [
        "",
        "tx_hash,block\n",
        "[]",
        "{}",
        "null",
        "{\"hash\": \"0x1\", \"number\": 1, \"transactions_root\": \"\", \"timestamp\": 1}",
        "{\"blockId\": 1, \"txs\": []}",
        "{\"hash\": \"ab\"",
    ] {
        let path = files.write("other", text);
        assert_eq!(detect_block_source(&path), None, "{text}");
        assert!(open(&[path]).is_err());
    }
    assert_eq!(detect_block_source(&files.0.path().join("absent")), None);
    let mixed = [
        files.write("b", BLOCKS),
        files.write("g", r#"{"blockId": 1, "blockHash": "00", "timestamp": 1}"#),
    ];
    assert!(open(&mixed).map(drop).unwrap_err().to_string().contains("stores of their own"));
}

fn shared() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"))
        .join("data/conformance/graphsense-spark/utxo");
    folder.exists().then_some(folder)
}

#[test]
fn graphsense_addresses_come_in_its_own_order() {
    let Some(folder) = shared() else { return };
    for name in ["", "cassandra"] {
        let paths = ["test_txs.json", "test_blocks.json"].map(|file| folder.join(name).join(file));
        assert!(paths.iter().all(|p| detect_block_source(p) == Some(BlockFormat::GraphSense)));
        let mut source = open(&paths).unwrap();
        let blocks = drain(&mut source).unwrap();
        assert_eq!((source.left_out(), source.notes()), (vec![], vec![]));
        let ledger = MemoryLedger::of(Chain::bitcoin(), &blocks);
        assert_eq!((blocks.len(), ledger.transaction_count()), (4, 10));
        assert!(blocks.iter().flat_map(|b| &b.inputs).all(|i| *i == UtxoInput::NOT_STATED));
        let address = |id| ledger.address(tracehound_store::AddressId(id)).unwrap().to_string();
        let found: Vec<_> = (0..ledger.address_count())
            .map(address)
            .filter(|a| !a.starts_with("multisig:"))
            .collect();
        let text = std::fs::read_to_string(folder.join("reference/address_ids.json")).unwrap();
        let mut expected: Vec<(u64, String)> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|row| {
                (row["addressId"].as_u64().unwrap(), row["address"].as_str().unwrap().to_owned())
            })
            .filter(|(id, _)| *id != 0)
            .collect();
        expected.sort();
        assert_eq!(found, expected.into_iter().map(|(_, text)| text).collect::<Vec<_>>());
        let stated: u64 = blocks.iter().flat_map(|b| &b.stated).map(|s| s.value.0).sum();
        assert_eq!(stated, 2_500_000 + 3_980_000 + 495_000 + 4_495_000 + 345_000 + 1_425_000);
    }
    let alone = open(&[folder.join("test_txs.json")]).map(drop).unwrap_err().to_string();
    assert!(alone.contains("give the file of blocks too"), "{alone}");
}

#[test]
fn shielded_parts_are_left_out_and_counted() {
    let zcash: Chain = "zcash".parse().unwrap();
    let files = Files::new();
    let text = TRANSACTIONS.lines().last().unwrap().replace(
        "\"inputs\": []",
        "\"inputs\": [{\"spent_transaction_hash\": null, \"spent_output_index\": null, \"type\": \"shielded\", \"addresses\": [], \"value\": 5}]",
    );
    let text = text.replace("\"is_coinbase\": true", "\"is_coinbase\": false");
    let mut source = open_json_blocks(&[files.write("z", text)], &zcash).unwrap();
    let blocks = drain(&mut source).unwrap();
    assert_eq!((blocks[0].inputs.len(), blocks[0].transactions[0].coinbase), (0, false));
    assert_eq!(blocks[0].transactions[0].hash, TransactionHash(blocks[0].transactions[0].hash.0));
    assert!(source.notes()[0].starts_with("1 inputs and outputs"));
}
