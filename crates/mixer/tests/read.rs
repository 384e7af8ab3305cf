//! Reading events and side tables, whole and broken.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use std::path::Path;
use tracehound_mixer::{
    MixerEvents, SideData, read_depositors, read_event_bytes, read_events, read_transactions,
};

const HASH: &str = "0x0246beddfc8841c52dde875d6487c41c7c28b2a6ae566f083203a22a0bd7cd8b";

fn deposit(block: u64, leaf: u64, time: &str) -> String {
    format!(
        r#"{{"leafIndex":{leaf},{time}"commitment":"0x{leaf:064x}","transactionHash":"{HASH}","blockNumber":{block}}}"#
    )
}

fn withdrawal(block: u64, number: u64) -> String {
    format!(
        r#"{{"to":"0x4adF585001CDc2C408Fb14bf38D7Ad730A385F11","fee":"5","blockNumber":"{block}","nullifierHash":"0x{number:x}","transactionHash":"{HASH}","anything":[1]}}"#
    )
}

fn read(name: &str, text: &str) -> Result<tracehound_mixer::ReadEvents, String> {
    read_event_bytes(Path::new(name), text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn keys_in_any_order_times_as_text_number_or_missing() {
    let text = format!(
        "[{},{},{}]",
        deposit(10, 0, r#""timestamp":"1000","#),
        deposit(20, 1, r#""timestamp":1200,"#),
        deposit(15, 2, "")
    );
    let read = read("deposits_eth_1.json", &text).unwrap();
    let times: Vec<_> = read.events.deposits().map(|(_, paid)| paid.time.unwrap()).collect();
    assert_eq!(times.iter().map(|time| time.at.0).collect::<Vec<_>>(), [1000, 1100, 1200]);
    assert_eq!(
        times.iter().map(|time| time.is_estimated).collect::<Vec<_>>(),
        [false, true, false]
    );
    assert_eq!(read.problems.len(), 1, "leaf 2 stands before leaf 1: {:?}", read.problems);
}

#[test]
fn one_object_a_line_is_read_too() {
    let text = format!("{}\n{}\n", deposit(10, 0, ""), deposit(11, 1, ""));
    assert_eq!(read("eth_0.1.jsonl", &text).unwrap().events.deposits().count(), 2);
}

#[test]
fn what_is_given_twice_is_read_once_and_told() {
    let text = format!(
        "[{},{},{},{},{}]",
        deposit(10, 0, ""),
        deposit(10, 0, ""),
        withdrawal(12, 7),
        withdrawal(13, 7),
        withdrawal(14, 8)
    );
    let read = read("events_eth_1.json", &text).unwrap();
    assert_eq!((read.events.deposits().count(), read.events.withdrawals().count()), (1, 2));
    let told: Vec<_> = read.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("twice") && told[1].contains("nullifier"), "{told:?}");
    assert!(told[2].contains("empty pool"), "{told:?}");
}

#[test]
fn what_is_broken_is_named_with_file_line_and_cure() {
    let good = deposit(10, 0, "");
    for (text, line, reason) in [
        (format!("[\n{good},\n{{\"blockNumber\":1}}]"), "line 3", "transactionHash"),
        (format!("[\n{good},\n{}]", good.replace("0x0246", "0x")), "line 3", "64 hexadecimal"),
        (format!("[\n{}]", good.replace("leafIndex", "leaf")), "line 2", "neither or both"),
        ("nothing".to_owned(), "line 1", "JSON array"),
        (format!("[{good}"), "line 1", "EOF"),
    ] {
        let error = read("deposits_eth_1.json", &text).unwrap_err();
        for part in ["deposits_eth_1.json", line, reason] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
    let error = read("deposits.json", &format!("[{good}]")).unwrap_err();
    assert!(error.contains("deposits_eth_0.1.json"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let error = read_events(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no event files"), "{error}");
}

#[test]
fn senders_of_transactions_name_depositors_but_known_ones_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let from = "0x098b716b8aaf21512996dc57eb0615e2383e2f96";
    let text = format!("Transaction Hash,blockNumber,fromAddress,gasPrice\n{HASH},12,{from},7\n");
    let transactions = file("t.csv", &text);
    let mut side = SideData::default();
    read_transactions(&transactions, &mut side).unwrap();
    let events = || read("eth_1.json", &format!("[{}]", deposit(10, 0, ""))).unwrap().events;
    let name = |side: &SideData, mut events: MixerEvents| {
        assert_eq!(side.name_depositors(&mut events), 1);
        events.pools[0].deposits[0].depositor.unwrap().to_lower_hex()
    };
    assert_eq!(name(&side, events()), from);
    let known = format!("transaction,address\n{HASH},0x4adF585001CDc2C408Fb14bf38D7Ad730A385F11\n");
    assert!(!read_depositors(&file("d.csv", &known), &mut side).unwrap());
    assert_eq!(name(&side, events()), "0x4adf585001cdc2c408fb14bf38d7ad730a385f11");
    let broken = file("b.csv", "hash,from\n0x12,0x34\n");
    let error = read_transactions(&broken, &mut side).unwrap_err().to_string();
    assert!(error.contains("b.csv: line 2: column"), "{error}");
    let lacking = file("l.csv", "hash,value\n");
    let error = read_transactions(&lacking, &mut side).unwrap_err().to_string();
    assert!(error.contains("no column \"from\""), "{error}");
}
