//! The plain schema and the published cases.

use crate::normalise::testing::{Seen, account, parquet, read, read_text, session, shared, tx};
use arrow_array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, StringArray};
use std::sync::Arc;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Amount, Asset, Chain, TransferKind, genuine};

fn table(columns: &str, rows: &[&str]) -> Seen {
    let (a, b) = (account(1), account(2));
    let lines: Vec<String> =
        rows.iter().map(|row| format!("{},7,2024-01-13 19:17:23,{a},{b},{row}\n", tx(1))).collect();
    read_text(&format!("tx_hash,block,timestamp,from,to,{columns}\n{}", lines.concat()))
}

#[test]
fn assets_by_name() {
    let token = account(7);
    let rows = [
        "native,5",
        "usd,5",
        &format!("{token},5"),
        &format!("eip155:1/erc20:{token},5"),
        "eip155:1/slip44:60,5",
        "ETH,5",
        ",5",
        "eip155:56/slip44:9006,5",
    ];
    let seen = table("asset,value", &rows);
    let kinds: Vec<_> = seen.transfers.iter().map(|t| t.kind).collect();
    use TransferKind::{Native, Published, Token};
    assert_eq!(kinds, [Native, Published, Token, Token, Native]);
    let reasons: Vec<&str> = seen.broken.iter().map(|(_, reason)| reason.as_str()).collect();
    assert!(reasons[0].contains("asset: \"ETH\" is not an asset; give \"native\""));
    assert_eq!(reasons[1], "asset is missing");
    assert!(reasons[2].contains("is not on chain eip155:1"));
}

#[test]
fn a_contract_decides_and_the_asset_is_the_symbol_shown() {
    let token = account(7);
    let rows = [
        &format!("ETH,{token},5"),
        &format!("usd,{token},5"),
        "ETH,,5",
        "USDT,,5",
        "native,,5",
        &format!("{},{token},5", account(8)),
    ];
    let seen = table("asset,contract,value", &rows.map(|r| r as &str));
    let assets: Vec<_> = seen.transfers.iter().map(|t| t.asset).collect();
    let token = Asset::Token(token.parse().unwrap());
    assert_eq!(assets, [token, token, Asset::Native, Asset::Native]);
    assert_eq!(seen.descriptions[0].symbol.as_deref(), Some("ETH"));
    let reasons: Vec<&str> = seen.broken.iter().map(|(_, reason)| reason.as_str()).collect();
    assert!(reasons[0].contains("contract: missing for \"USDT\"; a token is its contract"));
    assert!(reasons[1].contains("is another asset than contract"));
}

#[test]
fn places_kinds_labels_and_failures() {
    let seen = table(
        "asset,value,position,ordinal,log_index,kind,from_label,to_label,is_error,colour",
        &[
            "native,5,3,4,,internal,Thief,\"Exchange, hot\",0,red",
            "native,5,3,,9,token,Thief,,false,",
            "native,5,,,,,,,1,",
            "native,5,x,,,,,,0,",
            "native,5,,,,gift,,,0,",
        ],
    );
    assert_eq!((seen.transfers[0].position, seen.transfers[0].ordinal), (Some(3), Some(4)));
    assert_eq!(seen.transfers[0].kind, TransferKind::Internal);
    assert_eq!(seen.transfers[1].ordinal, Some(TOKEN_ORDINAL_BASE + 9));
    assert_eq!(seen.labels.len(), 2);
    assert_eq!(seen.notes, ["columns not used: colour"]);
    assert_eq!(seen.skipped.into_iter().collect::<Vec<_>>(), [("failed transaction", 1)]);
    assert_eq!(seen.broken.len(), 2);
    assert!(seen.broken[1].1.contains("\"gift\" is not native, internal, token or published"));
}

#[test]
fn decimals_come_from_the_column_then_the_list_then_are_assumed() {
    let usdc = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
    let (six, unknown) = (account(6), account(7));
    let rows = [
        format!("{six},1.5,6"),
        format!("{six},1.5,8"),
        format!("{usdc},1.5,"),
        format!("{unknown},1.5,"),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let seen = table("contract,amount,decimals", &rows);
    let amounts: Vec<_> = seen.transfers.iter().map(|t| t.amount.to_string()).collect();
    assert_eq!(amounts, ["1500000", "1500000", "1500000000000000000"]);
    assert!(seen.broken[0].1.contains("8 here, but 6 in an earlier row"));
    assert!(seen.notes[0].contains("18 assumed: 0x0707"));
}

#[test]
fn parquet_of_other_engines() {
    let text = |values: &[&str]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let (hash, a) = (tx(1), account(1));
    let columns = |value: ArrayRef| {
        parquet(vec![
            ("tx_hash", text(&[&hash])),
            ("block", Arc::new(Int64Array::from(vec![7]))),
            ("timestamp", text(&["2024-01-13T19:17:23Z"])),
            ("from", text(&[&a])),
            ("to", text(&[&a])),
            ("asset", text(&["native"])),
            ("value", value),
        ])
    };
    let exact =
        Decimal128Array::from(vec![10_i128.pow(30)]).with_precision_and_scale(38, 0).unwrap();
    let seen = read(&[&columns(Arc::new(exact))], &mut session()).unwrap();
    assert_eq!(seen.transfers[0].amount, Amount::from_u128(10_u128.pow(30)));
    let negative = Decimal128Array::from(vec![-5_i128]).with_precision_and_scale(38, 0).unwrap();
    let seen = read(&[&columns(Arc::new(negative))], &mut session()).unwrap();
    assert!(seen.broken[0].1.contains("\"-5\" is negative"));
    let float = columns(Arc::new(Float64Array::from(vec![1.0])));
    let error = read(&[&float], &mut session()).unwrap_err().to_string();
    assert!(error.contains("column \"value\" has type Float64"), "{error}");
    let wrong = parquet(vec![
        ("tx_hash", Arc::new(Int64Array::from(vec![7])) as ArrayRef),
        ("block", Arc::new(Int64Array::from(vec![7]))),
        ("timestamp", Arc::new(Int64Array::from(vec![7]))),
        ("from", text(&[&a])),
        ("to", text(&[&a])),
        ("value", text(&["1"])),
    ]);
    let error = read(&[&wrong], &mut session()).unwrap_err().to_string();
    assert!(error.contains("\"tx_hash\" has type Int64, but bytes or hexadecimal"), "{error}");
}

#[test]
fn golden_cases() {
    for (case, rows, labels) in
        [("atomic-wallet", 1080, 149), ("lifi", 135, 24), ("txphish", 292, 29)]
    {
        let Some(table) = shared(&format!("cases/{case}/transfers.csv")) else { return };
        let seen = read(&[&table], &mut session()).unwrap();
        assert_eq!((seen.transfers.len(), seen.broken.len()), (rows, 0), "{case}");
        assert_eq!(seen.labels.len(), labels, "{case}");
        assert!(seen.transfers.iter().all(|t| t.asset == Asset::PublishedUsd));
    }
}

#[test]
fn golden_bybit() {
    let Some(table) = shared("cases/bybit-2025/transfers.csv") else { return };
    let seen = read(&[&table], &mut session()).unwrap();
    assert_eq!((seen.transfers.len(), seen.broken.len()), (381, 0), "{:?}", seen.broken);
    let ethereum = Chain::ethereum();
    let is_genuine = |asset: &Asset| match asset {
        Asset::Token(contract) => genuine::find(&ethereum, contract).is_some(),
        _ => false,
    };
    let count = |wanted: &dyn Fn(&Asset) -> bool| {
        seen.transfers.iter().filter(|t| wanted(&t.asset)).count()
    };
    assert_eq!(count(&|a| *a == Asset::Native), 203);
    assert_eq!(count(&is_genuine), 20);
    let ten_thousand = Amount::parse_decimal("10000", 18).unwrap();
    let equal = seen.transfers.iter().filter(|t| {
        t.asset == Asset::Native
            && t.amount == ten_thousand
            && t.from.to_lower_hex() == "0x47666fab8bd0ac7003bce3f5c3585383f09486e2"
    });
    assert_eq!(equal.count(), 40);
    assert_eq!(seen.notes[0], "columns not used: hop, spoofed");
}

#[test]
fn golden_noise() {
    let Some(table) = shared("noise/xblock-ethereum/transactions.csv.gz") else { return };
    let seen = read(&[&table], &mut session()).unwrap();
    let skipped: u64 = seen.skipped.values().sum();
    assert_eq!(seen.broken, []);
    assert_eq!((seen.transfers.len(), skipped), (101_629, 7_675));
}
