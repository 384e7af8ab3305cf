//! One pass over the whole log for eight sources at once.
//!
//! Three questions of rising cost: a bare scan; which of eight sources reach
//! each address (a byte an address); how much of each address's coin balance
//! descends from each source, pro rata in floating point, which finds the
//! tainted addresses (booked amounts come from the exact trace). Each once
//! with sources that begin in the middle and reach little, as thefts do, hubs being
//! stops by the default rule, and once with hubs as sources that taint the
//! whole chain from its beginning.

use crate::process::{self, Timing};
use crate::{Options, rate};
use anyhow::Result;
use serde_json::{Value, json};
use std::hint::black_box;
use tracehound_model::Asset;
use tracehound_store::{AddressId, RowId, Snapshot, Store};

/// Sources of one pass: a bit each.
const SOURCES: usize = 8;
/// Payments that a source among the few makes at least.
const OFTEN: usize = 4;
/// The default rule for hubs: addresses with more transfers pass nothing on.
const HUB_DEGREE: usize = 1000;
/// Rows whose holders are fetched together.
const BATCH: usize = 64;

pub fn pass(options: &Options) -> Result<Value> {
    let snapshot = Store::open(&options.store())?.snapshot()?;
    let figures = |time: &Timing| {
        json!({
            "million_rows_a_second": rate(snapshot.row_count() as f64 / 1e6, time.wall),
            "million_rows_a_cpu_second": rate(snapshot.row_count() as f64 / 1e6, time.cpu),
        })
    };
    // The first scan verifies the checksums of the log; the next are the rate of a pass.
    let (_, first) = process::timed_once(|| bare(&snapshot))?;
    let (sum, warm) = process::timed(|| bare(&snapshot))?;
    black_box(sum);
    let mut result = json!({ "scan_first_touch": figures(&first), "scan": figures(&warm) });
    for (name, sources) in [("few", late_sources(&snapshot)?), ("hubs", hub_sources(&snapshot)?)] {
        let (reached, time) = process::timed(|| reach(&snapshot, &sources))?;
        let mut of_name = figures(&time);
        of_name["reached_addresses"] = reached.into();
        result[format!("reach_of_eight_{name}")] = of_name;
        let (tainted, time) = process::timed(|| haircut(&snapshot, &sources))?;
        let mut of_name = figures(&time);
        of_name["tainted_addresses"] = tainted.into();
        result[format!("haircut_of_eight_{name}")] = of_name;
    }
    Ok(result)
}

/// Eight addresses, the row from which on they are sources, and who passes nothing on.
struct Sources {
    addresses: Vec<AddressId>,
    start: RowId,
    stops: Bits,
}

/// A bit for each address: small enough to stay in the caches.
struct Bits(Vec<u64>);

impl Bits {
    fn get(&self, address: AddressId) -> bool {
        self.0[address.0 as usize / 64] >> (address.0 % 64) & 1 == 1
    }
}

/// Hubs, by the default rule; none if `degree` is 0.
fn stops(snapshot: &Snapshot, degree: usize) -> Result<Bits> {
    let mut bits = vec![0_u64; (snapshot.address_count() as usize).div_ceil(64)];
    for id in (0..snapshot.address_count()).take_while(|_| degree > 0) {
        let address = AddressId(id);
        let transfers = snapshot.outgoing(address)?.len() + snapshot.incoming(address)?.len();
        bits[id as usize / 64] |= u64::from(transfers > degree) << (id % 64);
    }
    Ok(Bits(bits))
}

/// The addresses of [`late_sources`].
pub fn late(snapshot: &Snapshot) -> Result<Vec<AddressId>> {
    Ok(late_sources(snapshot)?.addresses)
}

/// The addresses of [`hub_sources`].
pub fn hubs(snapshot: &Snapshot) -> Result<Vec<AddressId>> {
    Ok(hub_sources(snapshot)?.addresses)
}

/// Eight addresses that pay often from the middle on, sources from then on.
fn late_sources(snapshot: &Snapshot) -> Result<Sources> {
    let start = RowId(snapshot.row_count() / 2);
    let stops = stops(snapshot, HUB_DEGREE)?;
    let mut addresses: Vec<AddressId> = Vec::new();
    let mut row = start;
    while addresses.len() < SOURCES && row.0 < snapshot.row_count() {
        let payer = snapshot.row(row)?.from;
        let payments = snapshot.outgoing(payer)?;
        let later = payments.len() - payments.first_at_or_after(start);
        if later >= OFTEN && !stops.get(payer) && !addresses.contains(&payer) {
            addresses.push(payer);
        }
        row.0 += 1;
    }
    Ok(Sources { addresses, start, stops })
}

/// The eight addresses that pay most among the first payers, sources from the beginning.
fn hub_sources(snapshot: &Snapshot) -> Result<Sources> {
    let mut degrees = Vec::new();
    for id in (0..snapshot.address_count().min(10_000)).map(AddressId) {
        degrees.push((std::cmp::Reverse(snapshot.outgoing(id)?.len()), id));
    }
    degrees.sort_unstable();
    let addresses = degrees.into_iter().take(SOURCES).map(|(_, id)| id).collect();
    Ok(Sources { addresses, start: RowId(0), stops: stops(snapshot, 0)? })
}

fn bare(snapshot: &Snapshot) -> Result<u64> {
    let mut sum = 0_u64;
    snapshot.scan_raw(everything(snapshot), |_, row| {
        sum = sum.wrapping_add(u64::from(row.from.0) ^ row.amount.unwrap_or(1));
    })?;
    Ok(sum)
}

fn everything(snapshot: &Snapshot) -> std::ops::Range<RowId> {
    RowId(0)..RowId(snapshot.row_count())
}

fn reach(snapshot: &Snapshot, sources: &Sources) -> Result<usize> {
    Ok(masks(snapshot, sources)?.iter().filter(|mask| **mask != 0).count())
}

/// Which sources reach each address, by any asset.
fn masks(snapshot: &Snapshot, sources: &Sources) -> Result<Vec<u8>> {
    let mut masks = vec![0_u8; snapshot.address_count() as usize];
    let end = RowId(snapshot.row_count());
    for rows in [RowId(0)..sources.start, sources.start..end] {
        if rows.end == end {
            for (bit, source) in sources.addresses.iter().enumerate() {
                masks[source.0 as usize] |= 1 << bit;
            }
        }
        snapshot.scan_raw(rows, |_, row| {
            let mask = masks[row.from.0 as usize];
            if mask != 0 && !sources.stops.get(row.from) {
                masks[row.to.0 as usize] |= mask;
            }
        })?;
    }
    Ok(masks)
}

/// What an address holds of the coin, and how much of it descends from each source.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Holding {
    balance: f32,
    shares: [f32; SOURCES],
    /// Bit of the source it is, plus one.
    source: u32,
}

/// Payments between holdings, applied together so that their cache misses overlap.
struct Payments {
    holdings: Vec<Holding>,
    waiting: Vec<(u32, u32, f32, bool)>,
}

impl Payments {
    fn add(&mut self, from: u32, to: u32, amount: f32, started: bool) {
        self.waiting.push((from, to, amount, started));
        if self.waiting.len() == BATCH {
            self.apply();
        }
    }

    fn apply(&mut self) {
        let seen = self.waiting.iter().fold(0.0, |seen, (from, to, _, _)| {
            seen + self.holdings[*from as usize].balance + self.holdings[*to as usize].balance
        });
        black_box(seen);
        for (from, to, amount, started) in self.waiting.drain(..) {
            let payer = &mut self.holdings[from as usize];
            let part = if payer.balance > amount { amount / payer.balance } else { 1.0 };
            payer.balance = (payer.balance - amount).max(0.0);
            let mut moved = payer.shares.map(|share| share * part);
            for (share, moved) in payer.shares.iter_mut().zip(moved) {
                *share -= moved;
            }
            if started && payer.source > 0 {
                moved[payer.source as usize - 1] = amount;
            }
            let payee = &mut self.holdings[to as usize];
            payee.balance += amount;
            for (share, moved) in payee.shares.iter_mut().zip(moved) {
                *share += moved;
            }
        }
    }
}

/// Pro rata shares of the coin. A first pass finds whom the sources can reach;
/// the second keeps balances for those alone, from the first row on.
fn haircut(snapshot: &Snapshot, sources: &Sources) -> Result<usize> {
    let Some(coin) = snapshot.asset_id(&Asset::Native)? else { return Ok(0) };
    let masks = masks(snapshot, sources)?;
    // Holding 0 stands for everybody else; what they do concerns nobody.
    let (mut slots, mut count) = (vec![0_u32; masks.len()], 1_u32);
    let mut reached = Bits(vec![0; masks.len().div_ceil(64)]);
    for (address, (slot, mask)) in (0..).map(AddressId).zip(slots.iter_mut().zip(&masks)) {
        // What a stop pays on is its own; it needs no balance.
        if *mask != 0 && !sources.stops.get(address) {
            *slot = count;
            count += 1;
            reached.0[address.0 as usize / 64] |= 1 << (address.0 % 64);
        }
    }
    let holdings = vec![Holding::default(); count as usize];
    let mut payments = Payments { holdings, waiting: Vec::with_capacity(BATCH) };
    for (bit, source) in (1..).zip(&sources.addresses) {
        payments.holdings[slots[source.0 as usize] as usize].source = bit;
    }
    snapshot.scan_raw(everything(snapshot), |place, row| {
        let (from, to) = (row.from.0 as usize, row.to.0 as usize);
        // In this order: the first is nearly always so, the second is a coin toss.
        if !(reached.get(row.from) | reached.get(row.to)) || row.asset != coin {
            return;
        }
        let amount = row.amount.unwrap_or(u64::MAX) as f32;
        payments.add(slots[from], slots[to], amount, place >= sources.start);
    })?;
    payments.apply();
    let tainted = payments.holdings[1..].iter().filter(|h| h.shares.iter().any(|s| *s > 0.0));
    Ok(tainted.count())
}
