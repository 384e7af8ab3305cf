//! Opening a store, and all transfers of one address since a time.

use crate::{Options, percentile, rate};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;
use tracehound_model::Address;
use tracehound_store::{AddressId, RowId, RowList, Snapshot, Store};
use tracehound_testkit::random::Random;

/// Opens a run makes.
const OPENS: usize = 200;
/// Addresses fetched.
const FETCHES: u64 = 100_000;

pub fn open(options: &Options) -> Result<Value> {
    let mut nanoseconds = Vec::new();
    for _ in 0..OPENS {
        let started = Instant::now();
        let snapshot = Store::open(&options.store())?.snapshot()?;
        black_box(snapshot.row_count());
        nanoseconds.push(started.elapsed().as_nanos() as u64);
    }
    let first = nanoseconds[0];
    nanoseconds.sort_unstable();
    Ok(json!({
        "first_milliseconds": rate(first as f64, 1e6),
        "p50_milliseconds": rate(percentile(&nanoseconds, 500) as f64, 1e6),
        "p99_milliseconds": rate(percentile(&nanoseconds, 990) as f64, 1e6),
    }))
}

/// Times of the parts of one fetch, in nanoseconds.
#[derive(Default)]
struct Times {
    find: Vec<u64>,
    whole: Vec<u64>,
    rows: u64,
}

pub fn fetch(options: &Options) -> Result<Value> {
    let snapshot = Store::open(&options.store())?.snapshot()?;
    let since = RowId(snapshot.row_count() / 2);
    let mut random = Random::new(2);
    let addresses: Vec<Address> = (0..FETCHES)
        .map(|_| AddressId(random.below(u64::from(snapshot.address_count())) as u32))
        .map(|id| snapshot.address(id))
        .collect::<Result<_, _>>()?;
    let mut result = json!({ "addresses": FETCHES, "since": "the middle of the chain" });
    // The first round touches pages for the first time and verifies their checksums.
    for round in ["first_touch", "warm"] {
        let mut times = Times::default();
        for address in &addresses {
            one(&snapshot, address, since, &mut times)?;
        }
        times.find.sort_unstable();
        times.whole.sort_unstable();
        result[round] = json!({
            "find_p50_nanoseconds": percentile(&times.find, 500),
            "find_p99_nanoseconds": percentile(&times.find, 990),
            "with_rows_p50_nanoseconds": percentile(&times.whole, 500),
            "with_rows_p99_nanoseconds": percentile(&times.whole, 990),
            "rows_an_address": rate(times.rows as f64, FETCHES as f64),
        });
    }
    Ok(result)
}

/// From the 20 bytes of an address to its row numbers since `since` in both
/// directions (find), then to the rows themselves.
fn one(snapshot: &Snapshot, address: &Address, since: RowId, times: &mut Times) -> Result<()> {
    let started = Instant::now();
    let id = snapshot.address_id(address)?.context("every address drawn is in the store")?;
    let (outgoing, incoming) = (snapshot.outgoing(id)?, snapshot.incoming(id)?);
    let places = [outgoing.first_at_or_after(since), incoming.first_at_or_after(since)];
    times.find.push(started.elapsed().as_nanos() as u64);
    times.rows += read(snapshot, &outgoing, places[0])? + read(snapshot, &incoming, places[1])?;
    times.whole.push(started.elapsed().as_nanos() as u64);
    Ok(())
}

fn read(snapshot: &Snapshot, list: &RowList<'_>, from: usize) -> Result<u64> {
    let mut rows = 0;
    for index in from..list.len() {
        let row = list.get(index).context("an index below the length")?;
        black_box(snapshot.row(row)?);
        rows += 1;
    }
    Ok(rows)
}
