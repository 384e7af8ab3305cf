//! Random worlds: few addresses, many collisions, self transfers, zeros, money from nowhere.

use super::memory::MemoryLedger;
use proptest::prelude::*;
use tracehound_analysis::trace::{Entry, ResolvedSeed, SeedWhat, Stops, TraceRequest};
use tracehound_model::{Amount, Category, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

pub const ADDRESSES: u32 = 7;

pub fn entry() -> impl Strategy<Value = Entry> {
    let address = 0..ADDRESSES;
    (address.clone(), address, 0_u32..2, 0_u64..25).prop_map(|(from, to, asset, amount)| Entry {
        debtor: AddressId(from),
        creditor: AddressId(to),
        asset: AssetId(asset),
        amount: Amount::from_u64(amount),
    })
}

fn seed(rows: u64) -> impl Strategy<Value = SeedWhat> {
    let outflow =
        (0..ADDRESSES, 0..rows, prop::option::of(0_u32..2)).prop_map(|(a, start, asset)| {
            SeedWhat::Outflow {
                address: AddressId(a),
                start: RowId(start),
                assets: asset.map(|asset| vec![AssetId(asset)]),
            }
        });
    let some = prop::collection::vec(0..rows, 1..4)
        .prop_map(|rows| SeedWhat::Rows(rows.into_iter().map(RowId).collect()));
    prop_oneof![outflow, some]
}

/// Two seeds whose money comes over from elsewhere, as first units of transfers.
fn parts(entries: &[Entry], wanted: &[(prop::sample::Index, u64, u64)]) -> Vec<SeedWhat> {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let mut taken = std::collections::BTreeSet::new();
    for (place, a, b) in wanted {
        let row = place.index(entries.len());
        if !taken.insert(row) {
            continue;
        }
        let value = entries[row].amount.to_u64().unwrap();
        let first = value.min(*a);
        one.push((RowId(row as u64), Amount::from_u64(first)));
        other.push((RowId(row as u64), Amount::from_u64((value - first).min(*b))));
    }
    vec![SeedWhat::Parts(one), SeedWhat::Parts(other)]
}

fn stops(rows: u64) -> impl Strategy<Value = Stops> {
    let service =
        (ADDRESSES - 2..ADDRESSES, prop::sample::select(vec![Category::Exchange, Category::Mixer]));
    (
        prop::collection::vec(service, 0..3),
        prop_oneof![Just(0_u64), 8_u64..20],
        prop::option::of(2_u64..5),
        prop::option::of(1_u32..5),
        prop::option::of(0..rows),
    )
        .prop_map(|(services, hub_degree, dust, max_hops, age)| Stops {
            services: services.into_iter().map(|(a, c)| (AddressId(a), c)).collect(),
            hub_degree,
            dust: dust.map(|least| (AssetId(0), Amount::from_u64(least))).into_iter().collect(),
            max_hops,
            age: age.map(RowId),
            ..Stops::default()
        })
}

/// Entries, seeds and stops.
pub fn world() -> impl Strategy<Value = (MemoryLedger, TraceRequest)> {
    let entries = prop::collection::vec(entry(), 4..45);
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    (entries, direction).prop_flat_map(|(entries, direction)| {
        let rows = entries.len() as u64;
        let seeds = prop::collection::vec(seed(rows), 1..4);
        let opening = prop::collection::vec((0..ADDRESSES, 0_u32..2, 0_u64..15), 0..4);
        let breaks = prop::collection::vec(any::<bool>(), entries.len());
        let part = (any::<prop::sample::Index>(), 0_u64..15, 0_u64..15);
        let over = prop::collection::vec(part, 0..4);
        let deposits = prop::collection::vec(0..rows, 0..3);
        let crossed = (over, deposits);
        (Just(entries), Just(direction), seeds, stops(rows), opening, breaks, crossed).prop_map(
            |(entries, direction, mut seeds, stops, opening, breaks, (over, deposits))| {
                seeds.extend(parts(&entries, &over));
                let deposits = deposits.into_iter().map(RowId).collect();
                let stops = Stops { deposits, ..stops };
                let request = request(&entries, direction, seeds, stops);
                let opening = opening
                    .into_iter()
                    .map(|(a, asset, b)| ((AddressId(a), AssetId(asset)), Amount::from_u64(b)))
                    .collect();
                let transactions = breaks
                    .iter()
                    .scan(0, |number, begins| {
                        *number += u32::from(*begins);
                        Some(*number)
                    })
                    .collect();
                let ledger = MemoryLedger { entries, transactions, direction };
                (ledger, TraceRequest { opening, ..request })
            },
        )
    })
}

pub fn request(
    entries: &[Entry],
    direction: Direction,
    seeds: Vec<SeedWhat>,
    stops: Stops,
) -> TraceRequest {
    let seeds = seeds.into_iter().map(|what| ResolvedSeed {
        victim: "victim".to_owned(),
        description: String::new(),
        what,
    });
    TraceRequest {
        seeds: seeds.collect(),
        policies: Policy::ON_ACCOUNTS.to_vec(),
        direction,
        end: RowId(entries.len() as u64),
        stops,
        followed: [AssetId(0), AssetId(1)].into_iter().collect(),
        markets: None,
        opening: hashbrown::HashMap::new(),
    }
}
