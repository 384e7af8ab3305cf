//! Etherscan exports in each spelling.

use crate::normalise::testing::{account, read_text, tx};
use tracehound_model::{Timestamp, TransferKind};

fn quoted(fields: &[&str]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| format!("\"{field}\"")).collect();
    fields.join(",") + "\n"
}

#[test]
fn transactions_old_and_new() {
    let (a, b, made) = (account(1), account(2), account(3));
    for hash in ["Txhash", "Transaction Hash"] {
        let header = [
            hash,
            "Blockno",
            "UnixTimestamp",
            "DateTime (UTC)",
            "From",
            "To",
            "ContractAddress",
            "Value_IN(ETH)",
            "Value_OUT(ETH)",
            "CurrentValue @ $3000/Eth",
            "TxnFee(ETH)",
            "TxnFee(USD)",
            "Historical $Price/Eth",
            "Status",
            "ErrCode",
            "Method",
        ];
        let row = |byte, to: &str, made: &str, value: [&str; 2], status: [&str; 2]| {
            let hash = tx(byte);
            quoted(&[
                &hash,
                "19000000",
                "1705173443",
                "2024-01-13 19:17:23",
                &a,
                to,
                made,
                value[0],
                value[1],
                "0",
                "0.01",
                "30",
                "2500.1",
                status[0],
                status[1],
                "Transfer",
            ])
        };
        let table = quoted(&header)
            + &row(1, &b, "", ["0", "1,234.5"], ["", ""])
            + &row(2, &b, "", ["0.000000000000000001", "0"], ["", ""])
            + &row(3, &b, "", ["0", "1"], ["Error(0)", "execution reverted"])
            + &row(4, "", &made, ["0", "2"], ["", ""])
            + &row(5, &b, "", ["0", "0"], ["", ""])
            + &row(6, &b, "", ["0", "1.0000000000000000001"], ["", ""]);
        let seen = read_text(&table);
        let amounts: Vec<_> = seen.transfers.iter().map(|t| t.amount.to_decimal(18)).collect();
        assert_eq!(amounts, ["1234.5", "0.000000000000000001", "2"]);
        assert_eq!(seen.transfers[0].timestamp, Timestamp(1_705_173_443));
        assert_eq!(seen.transfers[0].ordinal, Some(0));
        assert_eq!(seen.transfers[2].to.to_lower_hex(), made);
        let skipped: Vec<_> = seen.skipped.into_iter().collect();
        assert_eq!(skipped, [("failed transaction", 1), ("no value moved", 1)]);
        assert_eq!(seen.broken.len(), 1);
        assert!(seen.broken[0].1.contains("finer than the asset's 18 decimals"));
    }
}

#[test]
fn transactions_with_units_and_name_tags() {
    let (a, b) = (account(1), account(2));
    let header = [
        "Transaction Hash",
        "Status",
        "Method",
        "Blockno",
        "DateTime (UTC)",
        "From",
        "From_Nametag",
        "To",
        "To_Nametag",
        "Amount",
        "Value (USD)",
        "Txn Fee",
    ];
    let row = |byte, status: &str, amount: &str| {
        let hash = tx(byte);
        quoted(&[
            &hash,
            status,
            "Transfer",
            "19000000",
            "2024-01-13 19:17:23",
            &a,
            "",
            &b,
            "Binance 14",
            amount,
            "$1.00",
            "0.001",
        ])
    };
    let table = quoted(&header)
        + &row(1, "Success", "0.456 ETH")
        + &row(2, "Success", "21 wei")
        + &row(3, "Fail", "1 ETH")
        + &row(4, "Success", "5 USDT");
    let seen = read_text(&table);
    let amounts: Vec<_> = seen.transfers.iter().map(|t| t.amount.to_decimal(18)).collect();
    assert_eq!(amounts, ["0.456", "0.000000000000000021"]);
    assert_eq!(seen.labels.len(), 1);
    assert!(seen.labels[0].ends_with("Binance 14"));
    assert_eq!(seen.broken, [(4, "amount: \"USDT\" is not the chain's coin, ETH".to_owned())]);
}

#[test]
fn internal_transactions() {
    let (a, b) = (account(1), account(2));
    let header = [
        "Transaction Hash",
        "Blockno",
        "UnixTimestamp",
        "DateTime (UTC)",
        "ParentTxFrom",
        "ParentTxTo",
        "ParentTxETH_Value",
        "From",
        "TxTo",
        "ContractAddress",
        "Value_IN(ETH)",
        "Value_OUT(ETH)",
        "CurrentValue",
        "Historical $Price/Eth",
        "Status",
        "ErrCode",
        "Type",
    ];
    let row = |byte, status: &str| {
        let hash = tx(byte);
        quoted(&[
            &hash,
            "19000000",
            "1705173443",
            "2024-01-13 19:17:23",
            &b,
            &b,
            "0",
            &a,
            &b,
            "",
            "0.25",
            "0",
            "",
            "",
            status,
            "",
            "call",
        ])
    };
    let seen = read_text(&(quoted(&header) + &row(1, "0") + &row(2, "1")));
    assert_eq!(seen.transfers.len(), 1);
    let transfer = seen.transfers[0];
    assert_eq!((transfer.kind, transfer.ordinal), (TransferKind::Internal, None));
    assert_eq!(transfer.amount.to_decimal(18), "0.25");
    assert_eq!(seen.skipped.into_iter().collect::<Vec<_>>(), [("reverted call", 1)]);
}

#[test]
fn erc20_transfers() {
    let (a, b) = (account(1), account(2));
    let usdt = "0xdac17f958d2ee523a2206206994597c13d831ec7";
    let header = [
        "Transaction Hash",
        "Blockno",
        "UnixTimestamp",
        "DateTime (UTC)",
        "From",
        "To",
        "TokenValue",
        "USDValueDayOfTx",
        "ContractAddress",
        "TokenName",
        "TokenSymbol",
    ];
    let row = |contract: &str, value: &str, symbol: &str| {
        let hash = tx(1);
        quoted(&[
            &hash,
            "19000000",
            "1705173443",
            "2024-01-13 19:17:23",
            &a,
            &b,
            value,
            "$1",
            contract,
            "x",
            symbol,
        ])
    };
    let other = account(8);
    let seen = read_text(
        &(quoted(&header)
            + &row(usdt, "1,000.5", "USDT")
            + &row(&other, "1", "FAKE")
            + &row(usdt, "0.0000001", "USDT")),
    );
    assert_eq!(seen.transfers[0].amount.to_u64(), Some(1_000_500_000));
    assert_eq!(seen.transfers[1].amount.to_decimal(18), "1");
    assert_eq!(seen.broken.len(), 1);
    assert!(seen.broken[0].1.contains("finer than the asset's 6 decimals"));
    assert!(seen.notes[0].contains("decimals of 1 token contracts are not known, 18 assumed"));
    let symbols: Vec<_> = seen.descriptions.iter().filter_map(|d| d.symbol.clone()).collect();
    assert_eq!(symbols, ["FAKE", "USDT"]);
}
