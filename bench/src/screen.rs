//! Screening of a table of addresses against a plain hash look-up of the same.
//!
//! A list of 1,000 listed EVM addresses; rows of a CSV of which one in a
//! thousand is listed. The plain look-up splits lines, decodes 40
//! hexadecimal digits and asks a hash set of 20-byte keys: no rules, no
//! checksums, no words.

use crate::{Options, SEED, rate};
use anyhow::{Context, Result};
use hashbrown::HashSet;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use tracehound_lists::{ImportOptions, Lists};
use tracehound_model::Timestamp;
use tracehound_screen::{Policy, Screener};
use tracehound_testkit::random::Random;

const LISTED: u64 = 1_000;
/// One row in so many is listed.
const ONE_IN: u64 = 1_000;

/// The address with a number, in lower case.
fn address(number: u64) -> String {
    let mut random = Random::new(SEED ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut text = String::from("0x");
    for _ in 0..5 {
        let _ = write!(text, "{:08x}", random.bits() & 0xffff_ffff);
    }
    text
}

fn prepare(options: &Options, table: &Path) -> Result<Lists> {
    std::fs::create_dir_all(&options.folder)?;
    let mut list = String::from("<?xml version=\"1.0\"?><sdnList><publshInformation>");
    write!(
        list,
        "<Publish_Date>03/21/2025</Publish_Date><Record_Count>{LISTED}</Record_Count></publshInformation>"
    )?;
    for number in 0..LISTED {
        write!(
            list,
            "<sdnEntry><uid>{number}</uid><lastName>PARTY {number}</lastName><idList><id><idType>Digital Currency \
             Address - ETH</idType><idNumber>{}</idNumber></id></idList></sdnEntry>",
            address(number)
        )?;
    }
    list.push_str("</sdnList>");
    let file = options.folder.join("sdn.xml");
    std::fs::write(&file, list)?;
    let lists = Lists::at(&options.folder.join("lists"));
    let now = Timestamp(1_742_601_600);
    lists.import(&file, &ImportOptions { force: true, now, date: None, only: None })?;
    let mut out = BufWriter::new(std::fs::File::create(table)?);
    for row in 0..options.transfers {
        let number = if row % ONE_IN == 0 { row / ONE_IN % LISTED } else { LISTED + row };
        writeln!(out, "{}", address(number))?;
    }
    out.flush()?;
    Ok(lists)
}

/// Rows a second of both.
pub fn screen(options: &Options) -> Result<Value> {
    let table = options.folder.join("addresses.csv");
    let lists = prepare(options, &table)?;
    let now = Timestamp(1_742_601_600);
    let screener = Screener::open(&lists, Policy::default_policy(), None, now)?;

    let begun = Instant::now();
    let mut hits = 0_u64;
    for line in BufReader::with_capacity(1 << 16, std::fs::File::open(&table)?).lines() {
        hits += u64::from(!screener.reasons(&line?).is_empty());
    }
    let ours = begun.elapsed().as_secs_f64();

    let set: HashSet<[u8; 20]> = (0..LISTED)
        .map(|number| decode(&address(number)).context("an address"))
        .collect::<Result<_>>()?;
    let begun = Instant::now();
    let mut plain_hits = 0_u64;
    for line in BufReader::with_capacity(1 << 16, std::fs::File::open(&table)?).lines() {
        plain_hits += u64::from(decode(&line?).is_some_and(|key| set.contains(&key)));
    }
    let plain = begun.elapsed().as_secs_f64();
    anyhow::ensure!(hits == plain_hits, "{hits} hits and {plain_hits}");
    let rows = options.transfers as f64;
    Ok(json!({
        "rows": options.transfers,
        "listed": LISTED,
        "hits": hits,
        "rows_per_second": (rows / ours).round(),
        "plain_rows_per_second": (rows / plain).round(),
        "share_of_plain": rate(plain, ours),
    }))
}

fn decode(text: &str) -> Option<[u8; 20]> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let mut key = [0; 20];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |letter: u8| (letter as char).to_digit(16);
        *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
    }
    (digits.len() == 40).then_some(key)
}
