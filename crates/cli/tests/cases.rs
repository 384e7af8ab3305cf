//! The shipped thefts, traced by the binary.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use std::collections::BTreeSet;
use support::{Desk, Traced, addresses, cents, root};

const CONSERVING: [&str; 6] = ["fifo", "lifo", "haircut", "dirty-first", "clean-first", "libr"];

/// Stolen, as the outflow of the sources that no earlier taint explains.
fn tainted(traced: &Traced, policy: &str) -> u128 {
    traced.of("terminals.csv", policy).iter().map(|row| cents(&row["tainted"])).sum()
}

fn closes_to(traced: &Traced, stolen: u128) {
    for policy in CONSERVING {
        assert_eq!(tainted(traced, policy), stolen, "{policy}");
    }
    assert!(traced.run.stdout.contains("closes"), "{}", traced.run.stdout);
}

/// Published terminals that the trace names, and how many there are.
fn named(traced: &Traced, case: &str) -> (usize, usize) {
    let published: BTreeSet<String> =
        addresses(&root().join("cases").join(case).join("terminals.csv")).into_iter().collect();
    let found: BTreeSet<String> = traced
        .of("terminals.csv", "poison")
        .iter()
        .map(|row| row["address"].to_lowercase())
        .collect();
    (published.intersection(&found).count(), published.len())
}

#[test]
fn atomic_wallet_reaches_what_order_allows_and_closes() {
    let desk = Desk::new();
    let traced = desk.trace("atomic-wallet", &[]);
    assert_eq!(traced.of("transfers.csv", "poison").len(), 1_072);
    assert_eq!(named(&traced, "atomic-wallet"), (101, 101));
    closes_to(&traced, 1_073_704_843);
}

#[test]
fn lifi_and_txphish_are_reached_whole() {
    let desk = Desk::new();
    let lifi = desk.trace("lifi", &[]);
    assert_eq!(lifi.of("transfers.csv", "poison").len(), 135);
    assert_eq!(named(&lifi, "lifi"), (33, 33));
    closes_to(&lifi, 968_553_016);
    let txphish = desk.trace("txphish", &[]);
    assert_eq!(txphish.of("transfers.csv", "poison").len(), 292);
    assert_eq!(named(&txphish, "txphish"), (13, 13));
    closes_to(&txphish, 5_941_034_620);
}

#[test]
fn taint_never_exceeds_the_transfer_that_carries_it() {
    let desk = Desk::new();
    for case in ["atomic-wallet", "lifi", "txphish"] {
        for row in desk.trace(case, &[]).table("transfers.csv") {
            assert!(cents(&row["tainted"]) <= cents(&row["amount"]), "{case}: {row:?}");
        }
    }
}

#[test]
fn bybit_names_the_split_and_follows_no_decoy() {
    let desk = Desk::new();
    let traced = desk.trace("bybit-2025", &[]);
    let report = traced.report();
    let splits: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding.to_string())
        .filter(|text| text.contains("equal-split"))
        .collect();
    assert!(splits.iter().any(|text| text.contains("40 transfers to 40 receivers")), "{splits:?}");
    // The source marks the decoys; the program does not read that column.
    let data = std::fs::read_to_string(root().join("cases/bybit-2025/transfers.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(data.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let genuine: BTreeSet<String> = rows
        .iter()
        .filter(|row| &row[10] == "no" && row[8].parse::<f64>().unwrap() > 0.0)
        .map(|row| row[5].to_lowercase())
        .collect();
    let decoys: BTreeSet<String> =
        rows.iter().map(|row| row[5].to_lowercase()).filter(|to| !genuine.contains(to)).collect();
    assert!(decoys.len() > 50);
    for row in traced.table("transfers.csv") {
        assert!(!decoys.contains(&row["to"].to_lowercase()), "{row:?}");
    }
    for row in traced.table("terminals.csv") {
        assert!(!decoys.contains(&row["address"].to_lowercase()), "{row:?}");
    }
    let text = report["findings"].to_string();
    assert!(text.contains("counterfeit-token") && text.contains("look-alike-address"));
}

#[test]
fn two_runs_write_the_same_bytes() {
    let (first, second) = (Desk::new(), Desk::new());
    let (a, b) = (first.trace("lifi", &[]), second.trace("lifi", &[]));
    for file in ["report.html", "report.json", "transfers.csv", "terminals.csv"] {
        let read = |traced: &Traced| std::fs::read(traced.out.join(file)).unwrap();
        assert_eq!(read(&a), read(&b), "{file}");
    }
    assert_eq!(a.run.stdout, b.run.stdout);
}

#[test]
fn a_backward_trace_closes_too() {
    let desk = Desk::new();
    let case = desk.write(
        "back/case.toml",
        r#"version = 1
name = "back"
title = "Source of funds of one exchange deposit"
chain = "ethereum"
[[transfers]]
file = "transfers.csv"
[[seeds]]
kind = "outflow"
victim = "deposit"
address = "0x0ad0c0b3a3c2a2ccd3ccd3ccd3ccd3ccd3ccd3cc"
"#,
    );
    let source = root().join("cases/atomic-wallet/transfers.csv");
    std::fs::copy(&source, desk.path("back/transfers.csv")).unwrap();
    let mut reader = csv::Reader::from_path(&source).unwrap();
    let deposit = reader
        .records()
        .map(|row| row.unwrap())
        .find(|row| row[6].starts_with("Kraken_Deposit"))
        .map(|row| row[5].to_owned())
        .unwrap();
    let text = std::fs::read_to_string(&case).unwrap();
    std::fs::write(&case, text.replace("0x0ad0c0b3a3c2a2ccd3ccd3ccd3ccd3ccd3ccd3cc", &deposit))
        .unwrap();
    let traced = desk.trace_folder(&desk.path("back"), &["--backward"]);
    let sums: BTreeSet<u128> = CONSERVING.iter().map(|policy| tainted(&traced, policy)).collect();
    assert_eq!(sums.len(), 1, "every policy books the whole deposit");
    assert!(!sums.contains(&0));
}

#[test]
fn a_store_filled_before_gives_the_same_trace() {
    let desk = Desk::new();
    let built = desk.trace("lifi", &[]);
    let transfers = root().join("cases/lifi/transfers.csv");
    let run = desk.run(&["ingest", transfers.to_str().unwrap(), "--store", "filled"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let tables = |traced: &Traced| [traced.table("transfers.csv"), traced.table("terminals.csv")];
    let expected = tables(&built);
    assert_eq!(tables(&desk.trace("lifi", &["--store", "filled"])), expected);
}

#[test]
fn a_case_made_from_files_traces_like_the_shipped_one() {
    let desk = Desk::new();
    let shipped = root().join("cases/txphish");
    let file = |name: &str| shipped.join(name).to_str().unwrap().to_owned();
    let run = desk.run(&[
        "case",
        "new",
        "made",
        "--transfers",
        &file("transfers.csv"),
        "--sources",
        &file("sources.csv"),
        "--terminals",
        &file("terminals.csv"),
        "--out",
        "made",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(desk.run(&["case", "check", "made"]).code, 0);
    let (made, original) = (desk.trace_folder(&desk.path("made"), &[]), desk.trace("txphish", &[]));
    assert_eq!(made.table("terminals.csv"), original.table("terminals.csv"));
    // Again into the same folder: refused, nothing overwritten.
    let again = desk.run(&["case", "new", "made", "--transfers", &file("transfers.csv")]);
    assert_eq!(again.code, 2);
    // Without sources they are guessed, and the case says so.
    let guessed = desk.run(&["case", "new", "guessed", "--transfers", &file("transfers.csv")]);
    assert_eq!(guessed.code, 0, "{}", guessed.stderr);
    let text = std::fs::read_to_string(desk.path("guessed/case.toml")).unwrap();
    assert!(text.contains("pay but never receive"), "{text}");
}

#[test]
fn look_ups_answer_about_addresses_and_transactions() {
    let desk = Desk::new();
    desk.trace("lifi", &[]);
    let store = desk.path("out-lifi/store");
    let store = store.to_str().unwrap();
    let source = &addresses(&root().join("cases/lifi/sources.csv"))[0];
    let shown = desk.run(&["address", source, "--store", store]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(
        shown.stdout.contains("0 transfers in") && shown.stdout.contains("USD"),
        "{}",
        shown.stdout
    );
    let hash = "0xc870a6237488b8335570170af36db965c883c786dbcbe82ec7b2faffdded8a51";
    let tx = desk.run(&["tx", hash, "--store", store, "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&tx.stdout).unwrap();
    assert_eq!(rows[0]["amount"], "335.65");
    assert_eq!(desk.run(&["tx", &hash.replace('c', "d"), "--store", store]).code, 2);
    let dropped = desk.run(&["store", "drop", "--above", "20320000", "--store", store]);
    assert_eq!(dropped.code, 0, "{}", dropped.stderr);
    let export = desk.run(&["store", "export", "--store", store]);
    assert_eq!(export.code, 0);
    let last = export.stdout.lines().last().unwrap();
    assert!(export.stdout.lines().count() > 10 && !last.contains("20437258"), "{last}");
}

#[test]
fn bitfinex_adds_up_to_the_last_satoshi() {
    let desk = Desk::new();
    let traced = desk.trace("bitfinex-2016", &[]);
    assert_eq!(traced.of("transfers.csv", "poison").len(), 2_072);
    let satoshi = |text: &str| -> u128 {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{fraction:0<8}").parse().unwrap()
    };
    for policy in ["fifo", "haircut"] {
        let rows = traced.of("terminals.csv", policy);
        let sum: u128 = rows.iter().map(|row| satoshi(&row["tainted"])).sum();
        // 119,756.62032288 BTC, as published.
        assert_eq!(sum, 11_975_662_032_288, "{policy}");
    }
    assert_eq!(traced.run.code, 0, "{}", traced.run.stdout);
    assert!(traced.run.stdout.contains("119,756.62032288"), "{}", traced.run.stdout);
    let first = &traced.of("transfers.csv", "fifo")[0];
    assert!(first["tx_hash"].len() == 64, "plain digits, as the chain prints them: {first:?}");
}
