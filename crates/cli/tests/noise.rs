//! A theft hidden among unrelated transfers that share its blocks and its
//! exchanges: the trace must not change by anything but taint that mixes.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use support::{Desk, root, shared};

/// Generated transfers; more when the unshipped noise is there too.
const GENERATED: u64 = 30_000;
const GENERATED_WITH_SHARED: u64 = 1_000_000;

/// A small generator of numbers: tests need the same noise every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Block and time of every row of a case, and its published terminals.
fn blocks_of(case: &Path) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_path(case.join("transfers.csv")).unwrap();
    reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[1].to_owned(), row[0].to_owned()))
        .collect()
}

fn add_row(
    out: &mut String,
    place: &(String, String),
    hash: u64,
    from: &str,
    to: &str,
    cents: u64,
) {
    writeln!(
        out,
        "0x{hash:064x},{},{},{from},{to},usd,{}.{:02},native",
        place.0,
        place.1,
        cents / 100,
        cents % 100
    )
    .unwrap();
}

fn noise(case: &Path) -> String {
    let mut out = String::from("tx_hash,block,timestamp,from,to,asset,amount,kind\n");
    let blocks = blocks_of(case);
    let terminals = support::addresses(&case.join("terminals.csv"));
    let mut numbers = Numbers(7);
    let mut hash = 1_u64 << 60;
    if let Some(file) =
        shared().map(|folder| folder.join("noise/xblock-ethereum/transactions.csv.gz"))
    {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap())
            .read_to_string(&mut text)
            .unwrap();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            // Contract creations have no receiver there.
            if fields[3].len() != 42 || fields[4].len() != 42 {
                continue;
            }
            let place = &blocks[usize::try_from(numbers.next(blocks.len() as u64)).unwrap()];
            let cents = numbers.next(100_000_000) + 1;
            hash += 1;
            add_row(&mut out, place, hash, fields[3], fields[4], cents);
        }
    }
    let generated = if shared().is_some() { GENERATED_WITH_SHARED } else { GENERATED };
    for _ in 0..generated {
        let place = &blocks[usize::try_from(numbers.next(blocks.len() as u64)).unwrap()];
        let from = format!("0x{:040x}", (1_u128 << 100) + u128::from(numbers.next(50_000)));
        let to = if numbers.next(5) == 0 {
            terminals[usize::try_from(numbers.next(terminals.len() as u64)).unwrap()].clone()
        } else {
            format!("0x{:040x}", (1_u128 << 100) + u128::from(numbers.next(50_000)))
        };
        let cents = numbers.next(10_000_000) + 1;
        hash += 1;
        add_row(&mut out, place, hash, &from, &to, cents);
    }
    out
}

#[test]
fn noise_changes_nothing_that_does_not_mix() {
    for name in ["atomic-wallet", "lifi", "txphish"] {
        let desk = Desk::new();
        let clean = desk.trace(name, &[]);
        let case = desk.path(&format!("noisy-{name}"));
        std::fs::create_dir_all(&case).unwrap();
        for file in ["case.toml", "transfers.csv", "sources.csv", "terminals.csv"] {
            std::fs::copy(root().join("cases").join(name).join(file), case.join(file)).unwrap();
        }
        desk.write(&format!("noisy-{name}/noise.csv"), noise(&case));
        let toml = std::fs::read_to_string(case.join("case.toml")).unwrap();
        let toml = toml.replacen(
            "[[transfers]]",
            "[[transfers]]\nfile = \"noise.csv\"\n\n[[transfers]]",
            1,
        );
        std::fs::write(case.join("case.toml"), toml).unwrap();
        let noisy = desk.trace_folder(&case, &[]);
        let rows = |traced: &support::Traced, table: &str| -> BTreeSet<String> {
            traced.table(table).into_iter().map(|row| format!("{row:?}")).collect()
        };
        // No stranger pays anybody whom the money passes: so nothing mixes, and nothing may differ.
        for table in ["transfers.csv", "terminals.csv"] {
            let (before, after) = (rows(&clean, table), rows(&noisy, table));
            let lost: Vec<&String> = before.difference(&after).take(5).collect();
            let gained: Vec<&String> = after.difference(&before).take(5).collect();
            assert!(
                lost.is_empty() && gained.is_empty(),
                "{name} {table}: -{lost:#?} +{gained:#?}"
            );
        }
    }
}
