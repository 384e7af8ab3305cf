//! The engine against the naive model, and what must hold for every policy.
#![allow(clippy::cast_possible_truncation)] // worlds are a few dozen entries
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::memory::MemoryLedger;
use support::naive;
use support::world::{self, world};
use tracehound_analysis::trace::{
    Entry, PolicyTrace, SeedWhat, Stops, TraceOutcome, TraceRequest, trace_ledger,
};
use tracehound_model::{Amount, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

fn run(ledger: &MemoryLedger, request: &TraceRequest) -> TraceOutcome {
    trace_ledger(ledger, request, None).unwrap()
}

fn of(outcome: &TraceOutcome, policy: Policy) -> &PolicyTrace {
    outcome.policies.iter().find(|trace| trace.policy == policy).unwrap()
}

/// Tainted amount per row.
fn amounts(trace: &PolicyTrace) -> BTreeMap<RowId, Amount> {
    trace.transfers.iter().map(|t| (t.row, t.tainted)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_global_rejects: 8 * cases(), ..ProptestConfig::default() })]

    /// Transfer by transfer and booking by booking, for every policy, stop and direction.
    #[test]
    fn engine_equals_naive_model((ledger, request) in world()) {
        let outcome = run(&ledger, &request);
        for trace in &outcome.policies {
            let naive = naive::trace(&ledger, &request, trace.policy);
            let ours: Vec<naive::NaiveTransfer> = trace.transfers.iter().map(|t| naive::NaiveTransfer {
                row: t.row.0,
                tainted: t.tainted.to_u64().unwrap(),
                seeded: t.seeded.to_u64().unwrap(),
                unexplained: t.unexplained.to_u64().unwrap(),
                by_seed: t.by_seed.iter().map(|(s, a)| (s.0, a.to_u64().unwrap())).collect(),
            }).collect();
            prop_assert_eq!(&ours, &naive.transfers, "{} {:?}", trace.policy, request.direction);
            let ours: BTreeMap<_, u64> = trace.bookings.iter()
                .map(|b| ((b.address, b.asset, b.rest), b.amount.to_u64().unwrap())).collect();
            let theirs: BTreeMap<_, u64> = naive.bookings.iter()
                .map(|(key, by_seed)| (*key, by_seed.values().sum())).collect();
            prop_assert_eq!(ours, theirs, "{}", trace.policy);
        }
    }

    /// What goes in is what is booked, per seed and asset; taint never exceeds
    /// the transfer; no policy reaches what poison does not.
    #[test]
    fn conservation_and_support((ledger, request) in world()) {
        let outcome = run(&ledger, &request);
        let reach: BTreeSet<RowId> =
            of(&outcome, Policy::Poison).transfers.iter().map(|t| t.row).collect();
        for trace in outcome.policies.iter().filter(|t| t.policy.conserves()) {
            prop_assert!(trace.closes(), "{}: {:?}", trace.policy, trace.closings);
            for transfer in &trace.transfers {
                let value = ledger.entries[transfer.row.0 as usize].amount;
                prop_assert!(transfer.tainted <= value && !transfer.tainted.is_zero());
                let parts = Amount::sum(transfer.by_seed.iter().map(|(_, a)| *a)).unwrap();
                prop_assert_eq!(parts, transfer.tainted);
                prop_assert!(reach.contains(&transfer.row), "{}", trace.policy);
            }
            let in_order = trace.transfers.windows(2).all(|pair| match request.direction {
                Direction::Forward => pair[0].row < pair[1].row,
                Direction::Backward => pair[0].row > pair[1].row,
            });
            prop_assert!(in_order);
        }
    }

    /// The claim that libr leaves is what clean-first leaves.
    #[test]
    fn libr_moves_what_clean_first_moves((ledger, mut request) in world()) {
        // Hops are kept per lot by one and per seed by the other, so that limit may cut apart.
        request.stops.max_hops = None;
        let outcome = run(&ledger, &request);
        let (libr, clean) = (of(&outcome, Policy::Libr), of(&outcome, Policy::CleanFirst));
        prop_assert_eq!(amounts(libr), amounts(clean));
    }

    /// Transfers between strangers change nothing, and neither do names.
    #[test]
    fn strangers_and_names_change_nothing(
        (ledger, request) in world(),
        noise in prop::collection::vec((any::<prop::sample::Index>(), world::entry()), 0..12),
        shift in 1..world::ADDRESSES,
    ) {
        let plain = run(&ledger, &request);
        // Renamed: every address moved round the circle.
        let rename = |a: AddressId| AddressId((a.0 + shift) % world::ADDRESSES);
        let renamed = MemoryLedger {
            entries: ledger.entries.iter().map(|e| Entry {
                debtor: rename(e.debtor), creditor: rename(e.creditor), ..*e
            }).collect(),
            ..ledger.clone()
        };
        let outcome = run(&renamed, &renamed_request(&request, &rename));
        for (a, b) in plain.policies.iter().zip(&outcome.policies) {
            prop_assert_eq!(amounts(a), amounts(b));
        }
        // Noise among other addresses, appended in between; rows shift, amounts must not.
        let mut marked: Vec<(Entry, Option<u64>)> =
            ledger.entries.iter().zip(0..).map(|(e, row)| (*e, Some(row))).collect();
        for (place, stranger) in noise {
            let far = |a: AddressId| AddressId(a.0 + 100);
            let stranger = Entry { debtor: far(stranger.debtor), creditor: far(stranger.creditor), ..stranger };
            marked.insert(place.index(marked.len() + 1), (stranger, None));
        }
        let place_of: BTreeMap<u64, u64> = marked.iter().zip(0..)
            .filter_map(|((_, old), new)| old.map(|old| (old, new))).collect();
        let moved = |row: RowId| RowId(place_of.get(&row.0).copied().unwrap_or(marked.len() as u64));
        // A stranger's entry joins the transaction before it, so the others stay together.
        let mut transaction = 0;
        let transactions = marked.iter().map(|(_, old)| {
            transaction = old.map_or(transaction, |row| ledger.transactions[row as usize]);
            transaction
        }).collect();
        let entries = marked.iter().map(|(e, _)| *e).collect();
        let noisy = MemoryLedger { entries, transactions, ..ledger.clone() };
        let outcome = run(&noisy, &moved_request(&request, &moved, marked.len() as u64));
        for (a, b) in plain.policies.iter().zip(&outcome.policies) {
            let expected: BTreeMap<RowId, Amount> =
                amounts(a).into_iter().map(|(row, amount)| (moved(row), amount)).collect();
            prop_assert_eq!(expected, amounts(b));
        }
    }

    /// Fifo pairs what came in with what went out, so it reads the same from
    /// both ends: what of s reached t is what of t came from s.
    #[test]
    fn fifo_is_reversible(entries in prop::collection::vec(world::entry(), 4..40),
                          s in any::<prop::sample::Index>(), t in any::<prop::sample::Index>()) {
        let entries = funded(entries);
        let (s, t) = (s.index(entries.len()) as u64, t.index(entries.len()) as u64);
        prop_assume!(s < t);
        let amount = |direction: Direction, from: u64, to: u64| {
            let ledger = MemoryLedger::new(entries.clone(), direction);
            let seeds = vec![SeedWhat::Rows(vec![RowId(from)])];
            let mut request = world::request(&entries, direction, seeds, Stops::default());
            // Money that was there before the first transfer, so that nothing is unexplained.
            request.opening = opening();
            let outcome = run(&ledger, &request);
            amounts(of(&outcome, Policy::Fifo)).get(&RowId(to)).copied().unwrap_or_default()
        };
        prop_assert_eq!(amount(Direction::Forward, s, t), amount(Direction::Backward, t, s));
    }

    /// Two thefts traced together are two thefts traced apart, added up; and a
    /// transfer split in two carries what it carried whole.
    #[test]
    fn fifo_is_additive_and_ignores_splits(
        entries in prop::collection::vec(world::entry(), 6..40),
        split in any::<prop::sample::Index>(),
    ) {
        // Each seed leaves an address of its own that never receives anything.
        let mut entries = entries;
        for (place, entry) in entries.iter_mut().take(2).enumerate() {
            entry.debtor = AddressId(50 + place as u32);
            entry.asset = AssetId(0);
            entry.amount = Amount::from_u64(12);
        }
        let fifo = |entries: &[Entry], seeds: &[u64]| {
            let ledger = MemoryLedger::new(entries.to_vec(), Direction::Forward);
            let seeds = seeds.iter().map(|row| SeedWhat::Rows(vec![RowId(*row)])).collect();
            let request = world::request(entries, Direction::Forward, seeds, Stops::default());
            amounts(of(&run(&ledger, &request), Policy::Fifo))
        };
        let mut apart = fifo(&entries, &[0]);
        for (row, amount) in fifo(&entries, &[1]) {
            let sum = apart.entry(row).or_default();
            *sum = sum.add(amount).unwrap();
        }
        let together = fifo(&entries, &[0, 1]);
        prop_assert_eq!(&together, &apart);

        let place = 2 + split.index(entries.len() - 2);
        let whole = entries[place];
        let half = Amount::from_u64(whole.amount.to_u64().unwrap() / 2);
        let mut split_entries = entries.clone();
        split_entries[place].amount = half;
        split_entries.insert(place + 1, Entry { amount: whole.amount.subtract(half).unwrap(), ..whole });
        // A transfer to oneself is a loop: its halves pass one after the other.
        prop_assume!(whole.debtor != whole.creditor);
        let mut joined: BTreeMap<RowId, Amount> = BTreeMap::new();
        for (row, amount) in fifo(&split_entries, &[0, 1]) {
            let old = if row.0 > place as u64 { RowId(row.0 - 1) } else { row };
            let sum = joined.entry(old).or_default();
            *sum = sum.add(amount).unwrap();
        }
        prop_assert_eq!(joined, together);
    }
}

fn renamed_request(
    request: &TraceRequest,
    rename: &dyn Fn(AddressId) -> AddressId,
) -> TraceRequest {
    let mut renamed = request.clone();
    for seed in &mut renamed.seeds {
        if let SeedWhat::Outflow { address, .. } = &mut seed.what {
            *address = rename(*address);
        }
    }
    renamed.stops.services = request.stops.services.iter().map(|(a, c)| (rename(*a), *c)).collect();
    renamed.opening = request.opening.iter().map(|((a, s), b)| ((rename(*a), *s), *b)).collect();
    renamed
}

fn moved_request(request: &TraceRequest, moved: &dyn Fn(RowId) -> RowId, end: u64) -> TraceRequest {
    let mut shifted = request.clone();
    for seed in &mut shifted.seeds {
        match &mut seed.what {
            SeedWhat::Outflow { start, .. } => *start = moved(*start),
            SeedWhat::Rows(rows) => rows.iter_mut().for_each(|row| *row = moved(*row)),
            SeedWhat::Parts(parts) => parts.iter_mut().for_each(|part| part.0 = moved(part.0)),
        }
    }
    shifted.stops.deposits = request.stops.deposits.iter().map(|row| moved(*row)).collect();
    shifted.stops.age = request.stops.age.map(moved);
    shifted.end = RowId(end);
    shifted
}

/// Opening balances that no world of these sizes can exhaust.
fn opening() -> hashbrown::HashMap<(AddressId, AssetId), Amount> {
    let keys = (0..world::ADDRESSES)
        .flat_map(|a| [(AddressId(a), AssetId(0)), (AddressId(a), AssetId(1))]);
    keys.map(|key| (key, Amount::from_u64(30))).collect()
}

/// The world without the debits that its balances do not cover.
fn funded(entries: Vec<Entry>) -> Vec<Entry> {
    let mut balances: BTreeMap<(AddressId, AssetId), u64> =
        opening().into_iter().map(|(key, amount)| (key, amount.to_u64().unwrap())).collect();
    let mut kept = Vec::new();
    for entry in entries {
        let amount = entry.amount.to_u64().unwrap();
        let payer = balances.entry((entry.debtor, entry.asset)).or_default();
        if amount == 0 || *payer < amount || entry.debtor == entry.creditor {
            // Kept as a transfer of nothing, so that indices stay meaningful.
            kept.push(Entry { amount: Amount::ZERO, ..entry });
            continue;
        }
        *payer -= amount;
        *balances.entry((entry.creditor, entry.asset)).or_default() += amount;
        kept.push(entry);
    }
    kept
}

/// Worlds per property; `PROPTEST_CASES` raises it for a longer search.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600)
}
