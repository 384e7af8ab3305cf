//! Real exports of ethereum-etl where they are at hand, their shapes otherwise.

use crate::IngestError;
use crate::normalise::testing::{Seen, account, read, read_text, session, shared, tx};
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Asset, Timestamp, TransferKind};

const FOLDER: &str = "conformance/ethereum-etl";

fn conformance(paths: &[&str]) -> Option<Result<Seen, IngestError>> {
    let files: Vec<Vec<u8>> =
        paths.iter().map(|p| shared(&format!("{FOLDER}/{p}"))).collect::<Option<_>>()?;
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    Some(read(&files, &mut session()))
}

fn counts(seen: &Seen) -> (usize, u64, usize) {
    (seen.transfers.len(), seen.skipped.values().sum(), seen.broken.len())
}

#[test]
fn golden_transactions() {
    for (file, expected) in
        [("blocks_with_transactions", (4, 0, 0)), ("block_with_logs", (2, 2, 0))]
    {
        let path = format!("test_export_blocks_job/{file}/expected_transactions.csv");
        let Some(seen) = conformance(&[&path]) else { return };
        let seen = seen.unwrap();
        assert_eq!(counts(&seen), expected, "{file}: {:?}", seen.broken);
    }
    let empty = "test_export_blocks_job/block_without_transactions/expected_transactions.csv";
    let error = conformance(&[empty]).unwrap().unwrap_err().to_string();
    assert!(error.contains("the file is empty"), "{error}");
}

#[test]
fn golden_transactions_first_row() {
    let path = "test_export_blocks_job/blocks_with_transactions/expected_transactions.csv";
    let Some(seen) = conformance(&[path]) else { return };
    let first = seen.unwrap().transfers[0];
    assert_eq!(first.height.0, 47218);
    assert_eq!(first.timestamp, Timestamp(1_438_936_285));
    assert_eq!((first.position, first.ordinal), (Some(0), Some(0)));
    assert_eq!(first.amount.to_decimal(18), "110");
    assert_eq!(first.kind, TransferKind::Native);
}

#[test]
fn golden_token_transfers_take_time_and_place_from_the_run() {
    let tokens =
        "test_export_token_transfers_job/block_with_transfers/expected_token_transfers.csv";
    let blocks = "test_export_blocks_job/block_with_logs/expected_blocks.csv";
    let transactions = "test_export_blocks_job/block_with_logs/expected_transactions.csv";
    let Some(alone) = conformance(&[tokens]) else { return };
    let message = alone.unwrap_err().to_string();
    assert!(
        message.contains("ethereum-etl token_transfers files give no time; add the blocks file")
    );
    let dated = conformance(&[blocks, tokens]).unwrap().unwrap();
    assert_eq!(counts(&dated), (2, 0, 0));
    assert_eq!(dated.transfers[0].timestamp, Timestamp(1_446_561_880));
    assert_eq!(dated.transfers[0].position, None);
    assert_eq!(dated.transfers[1].ordinal, Some(TOKEN_ORDINAL_BASE + 1));
    let placed = conformance(&[transactions, tokens]).unwrap().unwrap();
    let places: Vec<_> = placed.transfers.iter().map(|t| t.position).collect();
    assert_eq!(places, [Some(0), Some(1)]);
}

#[test]
fn golden_logs_are_the_token_transfers_they_are() {
    let tokens =
        "test_export_token_transfers_job/block_with_transfers/expected_token_transfers.csv";
    let transactions = "test_export_blocks_job/block_with_logs/expected_transactions.csv";
    let logs = "test_export_receipts_job/receipts_with_logs/expected_logs.csv";
    let Some(listed) = conformance(&[transactions, tokens]) else { return };
    let read = conformance(&[transactions, logs]).unwrap().unwrap();
    assert_eq!(read.transfers, listed.unwrap().transfers);
    assert!(read.broken.is_empty());
}

#[test]
fn golden_traces() {
    for (file, block, transfers, skipped) in [
        ("block_with_suicide", 1_011_973, 1, &[("block reward", 1), ("no value moved", 1)][..]),
        (
            "block_with_create",
            1_000_690,
            1,
            &[("block reward", 1), ("zero-value contract creation", 1)],
        ),
        ("block_with_error", 1_000_895, 1, &[("block reward", 1), ("reverted call", 1)]),
        ("block_with_subtraces", 1_000_000, 2, &[("block reward", 1), ("callcode", 1)]),
    ] {
        let path = format!("{FOLDER}/test_export_traces_job/{file}/expected_traces.csv");
        let Some(traces) = shared(&path) else { return };
        let blocks = format!("number,hash,miner,timestamp\n{block},0x,0x,1455404053\n");
        let seen = read(&[blocks.as_bytes(), &traces], &mut session()).unwrap();
        assert_eq!(seen.transfers.len(), transfers, "{file}");
        assert_eq!(seen.skipped.into_iter().collect::<Vec<_>>(), skipped, "{file}");
        assert_eq!(seen.broken, [], "{file}");
    }
}

fn transactions(rows: &str) -> String {
    format!(
        "hash,nonce,block_number,transaction_index,from_address,to_address,value,block_timestamp,receipt_status\n{rows}"
    )
}

#[test]
fn failed_transactions_and_creations() {
    let (a, b) = (account(1), account(2));
    let rows = [
        format!("{},0,7,0,{a},{b},5,1438936285,1", tx(1)),
        format!("{},1,7,1,{a},{b},5,1438936285,0", tx(2)),
        format!("{},2,7,2,{a},,0,1438936285,1", tx(3)),
        format!("{},3,7,3,{a},,9,1438936285,1", tx(4)),
        format!("{},4,7,4,{a},{b},0,1438936285,", tx(5)),
    ];
    let seen = read_text(&transactions(&rows.join("\n")));
    assert_eq!(seen.transfers.len(), 2);
    assert!(!seen.transfers[1].to.is_zero());
    let skipped: Vec<_> = seen.skipped.into_iter().collect();
    assert_eq!(
        skipped,
        [("failed transaction", 1), ("no value moved", 1), ("zero-value contract creation", 1)]
    );
    assert_eq!(seen.notes, Vec::<String>::new());
}

#[test]
fn receipts_tell_failures_places_and_created_contracts() {
    let (a, made) = (account(1), account(9));
    let receipts = format!(
        "transaction_hash,transaction_index,cumulative_gas_used,contract_address,status\n{},0,1,,0\n{},1,1,{made},1\n",
        tx(1),
        tx(2)
    );
    let rows = format!(
        "hash,block_number,transaction_index,from_address,to_address,value,block_timestamp\n{0},7,0,{a},{a},5,1438936285\n{1},7,1,{a},,5,1438936285\n",
        tx(1),
        tx(2)
    );
    let with = read(&[receipts.as_bytes(), rows.as_bytes()], &mut session()).unwrap();
    assert_eq!(with.transfers.len(), 1);
    assert_eq!(with.transfers[0].to.to_lower_hex(), made);
    assert!(with.notes.is_empty());
    let without = read_text(&rows);
    assert!(without.notes[0].contains("nothing says which transactions failed"));
    assert_eq!(without.broken.len(), 1, "{:?}", without.broken);
}

#[test]
fn traces_number_calls_that_took_effect() {
    let (a, b) = (account(1), account(2));
    let line = |address: &str, call: &str, status: u8, value: u8| {
        format!("7,{},3,{a},{b},{value},call,{call},\"{address}\",,{status},1438936285\n", tx(1))
    };
    let table = format!(
        "block_number,transaction_hash,transaction_index,from_address,to_address,value,trace_type,call_type,trace_address,error,status,block_timestamp\n{}{}{}{}{}",
        line("", "call", 1, 9),
        line("0", "delegatecall", 1, 9),
        line("0,0", "call", 1, 4),
        line("1", "call", 0, 3),
        line("2", "call", 1, 2),
    );
    let seen = read_text(&table);
    let ordinals: Vec<_> = seen.transfers.iter().map(|t| (t.ordinal, t.kind)).collect();
    assert_eq!(
        ordinals,
        [
            (Some(0), TransferKind::Native),
            (Some(3), TransferKind::Internal),
            (Some(4), TransferKind::Internal)
        ]
    );
    let skipped: Vec<_> = seen.skipped.into_iter().collect();
    assert_eq!(skipped, [("delegate call", 1), ("reverted call", 1)]);
}

#[test]
fn token_files_give_decimals() {
    let token = account(7);
    let tokens =
        format!("address,symbol,name,decimals,total_supply,block_number\n{token},X,X,6,1,\n");
    let plain = format!(
        "tx_hash,block,timestamp,from,to,contract,amount\n{},7,1438936285,{},{},{token},1.5\n",
        tx(1),
        account(1),
        account(2)
    );
    let seen = read(&[tokens.as_bytes(), plain.as_bytes()], &mut session()).unwrap();
    assert_eq!(seen.transfers[0].amount.to_u64(), Some(1_500_000));
    assert_eq!(seen.transfers[0].asset, Asset::Token(token.parse().unwrap()));
}
