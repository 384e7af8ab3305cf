//! cryo's shapes: Parquet with raw bytes, CSV with hexadecimal text.

use crate::normalise::testing::{account, parquet, read, read_text, session, tx};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, FixedSizeBinaryArray, Float64Array, StringArray,
    UInt32Array,
};
use std::sync::Arc;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Asset, Timestamp, TransferKind};

fn bytes(values: &[Option<&[u8]>]) -> ArrayRef {
    Arc::new(BinaryArray::from_opt_vec(values.to_vec()))
}

fn numbers(values: &[u32]) -> ArrayRef {
    Arc::new(UInt32Array::from(values.to_vec()))
}

fn wei(value: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[31] = value;
    bytes
}

#[test]
fn transactions_in_parquet() {
    let (one, two, three) = ([1; 32], [2; 32], [3; 32]);
    let (a, b) = ([1; 20], [2; 20]);
    let table = parquet(vec![
        ("block_number", numbers(&[7, 7, 7])),
        ("transaction_index", numbers(&[0, 1, 2])),
        ("transaction_hash", bytes(&[Some(&one), Some(&two), Some(&three)])),
        ("nonce", numbers(&[0, 1, 2])),
        ("from_address", bytes(&[Some(&a), Some(&a), Some(&a)])),
        ("to_address", bytes(&[Some(&b), Some(&b), None])),
        ("value_binary", bytes(&[Some(&wei(9)), Some(&wei(9)), Some(&wei(0))])),
        ("value_f64", Arc::new(Float64Array::from(vec![9.0, 9.0, 0.0]))),
        ("success", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("timestamp", numbers(&[1_438_936_285; 3])),
    ]);
    let seen = read(&[&table], &mut session()).unwrap();
    assert_eq!(seen.broken, []);
    assert_eq!(seen.transfers.len(), 1);
    assert_eq!(seen.transfers[0].amount.to_u64(), Some(9));
    assert_eq!(seen.transfers[0].timestamp, Timestamp(1_438_936_285));
    let skipped: Vec<_> = seen.skipped.into_iter().collect();
    assert_eq!(skipped, [("failed transaction", 1), ("zero-value contract creation", 1)]);
}

#[test]
fn a_value_in_floating_point_alone_is_refused() {
    let table = parquet(vec![
        ("block_number", numbers(&[7])),
        ("transaction_index", numbers(&[0])),
        ("transaction_hash", bytes(&[Some(&[1; 32])])),
        ("nonce", numbers(&[0])),
        ("from_address", bytes(&[Some(&[1; 20])])),
        ("to_address", bytes(&[Some(&[2; 20])])),
        ("value", Arc::new(Float64Array::from(vec![9.0]))),
        ("timestamp", numbers(&[1_438_936_285])),
    ]);
    let error = read(&[&table], &mut session()).unwrap_err().to_string();
    assert!(error.contains("column \"value\" has type Float64, but exact digits"), "{error}");
}

#[test]
fn erc20_transfers_take_times_from_a_blocks_file() {
    let blocks = parquet(vec![
        ("block_number", numbers(&[7])),
        ("block_hash", bytes(&[Some(&[9; 32])])),
        ("author", bytes(&[Some(&[9; 20])])),
        ("timestamp", numbers(&[1_438_936_285])),
    ]);
    let hashes = FixedSizeBinaryArray::try_from_iter([[1_u8; 32]].into_iter()).unwrap();
    let table = parquet(vec![
        ("block_number", numbers(&[7])),
        ("transaction_index", numbers(&[4])),
        ("log_index", numbers(&[11])),
        ("transaction_hash", Arc::new(hashes)),
        ("erc20", bytes(&[Some(&[5; 20])])),
        ("from_address", bytes(&[Some(&[1; 20])])),
        ("to_address", bytes(&[Some(&[2; 20])])),
        (
            "value_string",
            Arc::new(StringArray::from(vec!["340282366920938463463374607431768211456"])),
        ),
    ]);
    let seen = read(&[&blocks, &table], &mut session()).unwrap();
    let transfer = seen.transfers[0];
    assert_eq!(transfer.timestamp, Timestamp(1_438_936_285));
    assert_eq!((transfer.position, transfer.ordinal), (Some(4), Some(TOKEN_ORDINAL_BASE + 11)));
    assert!(matches!(transfer.asset, Asset::Token(_)));
    assert_eq!(transfer.amount.to_string(), "340282366920938463463374607431768211456");
    let alone = read(&[&table], &mut session()).unwrap_err().to_string();
    assert!(alone.contains("cryo erc20_transfers files give no time"), "{alone}");
}

#[test]
fn native_transfers_begin_with_the_transactions_own_value() {
    let (a, b) = (account(1), account(2));
    let table = format!(
        "block_number,transaction_index,transfer_index,transaction_hash,from_address,to_address,value_string,timestamp\n\
         7,0,0,{0},{a},{b},9,1438936285\n7,0,1,{0},{b},{a},4,1438936285\n7,1,2,{1},{a},{b},0,1438936285\n\
         7,1,3,{1},{b},{a},3,1438936285\n7,,4,,{a},{b},5,1438936285\n",
        tx(1),
        tx(2)
    );
    let seen = read_text(&table);
    let ordinals: Vec<_> = seen.transfers.iter().map(|t| (t.ordinal, t.kind)).collect();
    assert_eq!(
        ordinals,
        [
            (Some(0), TransferKind::Native),
            (Some(2), TransferKind::Internal),
            (Some(2), TransferKind::Internal)
        ]
    );
    let skipped: Vec<_> = seen.skipped.into_iter().collect();
    assert_eq!(skipped, [("block reward", 1), ("no value moved", 1)]);
    assert!(seen.notes[0].contains("delegate calls"));
}

#[test]
fn traces_in_csv() {
    let (a, b) = (account(1), account(2));
    let header = "action_from,action_to,action_value,action_call_type,action_type,result_address,trace_address,transaction_position,transaction_hash,block_number,error,timestamp";
    let table = format!(
        "{header}\n{a},{b},9,call,call,,,0,{0},7,,1438936285\n{a},{b},9,delegate_call,call,,0,0,{0},7,,1438936285\n\
         {b},,4,,create,{a},0_0,0,{0},7,,1438936285\n{b},{a},4,,suicide,,1,0,{0},7,,1438936285\n{a},,5,,reward,,,,,7,,1438936285\n",
        tx(1)
    );
    let seen = read_text(&table);
    assert_eq!(seen.broken, []);
    let ordinals: Vec<_> = seen.transfers.iter().map(|t| t.ordinal).collect();
    assert_eq!(ordinals, [Some(0), Some(3), Some(4)]);
    assert_eq!(seen.transfers[1].to.to_lower_hex(), a);
    let skipped: Vec<_> = seen.skipped.into_iter().collect();
    assert_eq!(skipped, [("block reward", 1), ("delegate call", 1)]);
}
