//! What must not be read is refused or set aside, with one clear message,
//! and what was stored before stays as it was.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use std::io::Write as _;
use support::{Desk, Run, root};

const HEADER: &str = "tx_hash,block,timestamp,from,to,asset,amount\n";
const A: &str = "0x1111111111111111111111111111111111111111";
const B: &str = "0x2222222222222222222222222222222222222222";

fn row(n: u64, block: u64, from: &str, amount: &str) -> String {
    format!("0x{n:064x},{block},{},{from},{B},usd,{amount}\n", 1_600_000_000 + block)
}

/// A desk whose store holds ten good transfers, with the digest of its content.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    let good: String = (1..=10).map(|n| row(n, n, A, "1.25")).collect();
    desk.write("good.csv", format!("{HEADER}{good}"));
    let run = desk.run(&["ingest", "good.csv", "--store", "store"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let digest = digest(&desk);
    (desk, digest)
}

fn digest(desk: &Desk) -> String {
    let check = desk.run(&["store", "check", "store"]);
    assert_eq!(check.code, 0, "{}{}", check.stdout, check.stderr);
    let info = desk.run(&["store", "info", "--store", "store", "--digest", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info.stdout).unwrap();
    info["content_digest"].as_str().unwrap().to_owned()
}

/// Ingests a bad file: it must be refused with code 2, a message that holds
/// `expected`, and an unharmed store.
fn refused(name: &str, content: &[u8], expected: &[&str]) {
    let (desk, before) = desk();
    desk.write(name, content);
    let run = desk.run(&["ingest", name, "--store", "store"]);
    assert_eq!(run.code, 2, "{name}: {}{}", run.stdout, run.stderr);
    for part in expected.iter().chain(&[name]) {
        assert!(run.stderr.contains(part), "{name}: no \"{part}\" in: {}", run.stderr);
    }
    assert_eq!(digest(&desk), before, "{name}");
}

/// Ingests a file with one broken row among 200: set aside, counted, exit code 1.
fn set_aside(broken: &str, expected: &str) -> Run {
    let (desk, _) = desk();
    let mut text = HEADER.to_owned();
    for n in 1..=200 {
        text.push_str(&row(1000 + n, 100 + n, A, "2.50"));
        if n == 100 {
            text.push_str(broken);
        }
    }
    desk.write("mixed.csv", text);
    let run = desk.run(&["ingest", "mixed.csv", "--store", "store"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("200 transfers added"), "{}", run.stdout);
    assert!(run.stdout.contains("row 101") && run.stdout.contains(expected), "{}", run.stdout);
    let aside =
        std::fs::read_to_string(desk.path("store/quarantine/mixed.csv.broken.csv")).unwrap();
    assert!(aside.contains("101") && aside.contains("mixed.csv"), "{aside}");
    digest(&desk);
    run
}

#[test]
fn one_broken_row_is_set_aside_with_file_row_and_reason() {
    set_aside(&row(9, 200, "0x12", "1"), "is not an address");
    set_aside(&row(9, 200, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "1"), "EIP-55");
    set_aside(&row(9, 200, A, "-1"), "negative");
    set_aside(&row(9, 200, A, "0.001"), "decimals");
    set_aside("0x01,1\n", "");
    // A block whose time lies before that of the block below it.
    let back = format!("0x{:064x},201,1500000000,{A},{B},usd,1\n", 9);
    set_aside(&back, "time");
}

#[test]
fn unusable_files_are_refused_whole() {
    refused("empty.csv", b"", &["empty"]);
    let tabs = format!("{HEADER}{}", row(1, 1, A, "1")).replace(',', "\t");
    refused("tabs.csv", tabs.as_bytes(), &["tab"]);
    let strangers = b"colour,size\nred,3\n";
    refused("strange.csv", strangers, &["colour"]);
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let rows: String = (1..2000).map(|n| row(n, n, A, "1")).collect();
    write!(zip, "{HEADER}{rows}").unwrap();
    let whole = zip.finish().unwrap();
    refused("cut.csv.gz", &whole[..whole.len() / 2], &["cut off"]);
    let broken: String = (1..100).map(|n| row(n, n, "nobody", "1")).collect();
    refused("all-broken.csv", format!("{HEADER}{broken}").as_bytes(), &["99", "row 1"]);
}

#[test]
fn an_endless_line_is_not_read_into_memory() {
    let long = "9".repeat(40 << 20);
    let line = format!("0x{:064x},1,1600000000,{A},{B},usd,{long}\n", 1);
    refused("long.csv", format!("{HEADER}{line}").as_bytes(), &["row 1"]);
}

#[test]
fn the_same_file_twice_adds_nothing() {
    let (desk, before) = desk();
    let again = desk.run(&["ingest", "good.csv", "--store", "store"]);
    assert_eq!(again.code, 0);
    assert!(again.stdout.contains("0 transfers added, 10 already there"), "{}", again.stdout);
    assert_eq!(digest(&desk), before);
}

#[test]
fn a_flipped_byte_is_found_and_never_followed() {
    let (desk, _) = desk();
    let mut files = Vec::new();
    let mut folders = vec![desk.path("store")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
            if entry.path().is_dir() {
                folders.push(entry.path())
            } else {
                files.push(entry.path())
            }
        }
    }
    files.retain(|file| std::fs::metadata(file).unwrap().len() > 0);
    assert!(files.len() > 5);
    let answer = || desk.run(&["address", A, "--store", "store", "--json"]);
    let sound = answer().stdout;
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for place in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[place] ^= 0x10;
            std::fs::write(&file, &flipped).unwrap();
            let check = desk.run(&["store", "check", "store"]);
            assert_ne!(check.code, 0, "{} byte {place}", file.display());
            let damaged = answer();
            let honest = damaged.code == 2 || damaged.stdout == sound;
            assert!(honest, "{} byte {place}: {}", file.display(), damaged.stdout);
        }
        std::fs::write(&file, &bytes).unwrap();
    }
    assert_eq!(answer().stdout, sound);
}

#[test]
fn a_case_with_a_mistake_names_the_line() {
    let desk = Desk::new();
    let text = std::fs::read_to_string(root().join("cases/lifi/case.toml")).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("kind")).unwrap();
    desk.write("bad/case.toml", text.replace("kind = \"outflow\"", "kind = \"outflw\""));
    let run = desk.run(&["trace", "bad"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("case.toml") && run.stderr.contains(&format!("line {line}")),
        "{}",
        run.stderr
    );
    let run = desk.run(&["trace", "nowhere"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("nowhere") && run.stderr.contains("case new"), "{}", run.stderr);
}

#[test]
fn undated_transfers_need_a_time_and_addresses_of_their_chain() {
    let desk = Desk::new();
    let hash = "0c".repeat(32);
    let good = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    let text = format!(
        "txid,from,to,amount\n{hash},{good},{good},0.00000001\n{hash},{good},{A},1\n\
         {hash},{good},1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb,1\n{hash},{good},{good},0.000000001\n"
    );
    desk.write("hops.csv", &text);
    let ingest = ["ingest", "hops.csv", "--chain", "bitcoin", "--store", "s"];
    let run = desk.run(&ingest);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("hops.csv") && run.stderr.contains("--time"), "{}", run.stderr);
    let mut with_time = ingest.to_vec();
    with_time.extend(["--time", "2016-08-02", "--max-broken", "9/10"]);
    let run = desk.run(&with_time);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("3 rows are broken"), "{}", run.stdout);
    for row in ["row 2", "row 3", "row 4"] {
        assert!(run.stdout.contains(row), "{}", run.stdout);
    }
}
