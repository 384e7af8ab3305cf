//! Taint through exchanges inside one transaction, against a naive model.
#![allow(clippy::cast_possible_truncation)] // worlds are a few dozen entries
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use proptest::prelude::*;
use std::collections::BTreeMap;
use support::memory::MemoryLedger;
use support::world;
use tracehound_analysis::net_effect::{MarketReason, Markets, NetEffect};
use tracehound_analysis::trace::{
    Entry, PolicyTrace, Rest, SeedWhat, Stops, TraceRequest, trace_ledger,
};
use tracehound_model::{Amount, Direction, Policy};
use tracehound_store::{AddressId, AssetId, RowId};

type Held = BTreeMap<(u32, u32), u64>;

/// Addresses 0 and 1 are markets by tag; the assets 0, 1 and 2 are followed.
fn markets() -> Markets {
    let named = [(AddressId(0), MarketReason::Tag), (AddressId(1), MarketReason::Tag)];
    Markets { named: named.into_iter().collect(), ..Markets::default() }
}

fn entry((debtor, creditor, asset, amount): (u32, u32, u32, u64)) -> Entry {
    Entry {
        debtor: AddressId(debtor),
        creditor: AddressId(creditor),
        asset: AssetId(asset),
        amount: Amount::from_u64(amount),
    }
}

fn request(ledger: &MemoryLedger, seed: u64) -> TraceRequest {
    let seeds = vec![SeedWhat::Rows(vec![RowId(seed)])];
    let request = world::request(&ledger.entries, Direction::Forward, seeds, Stops::default());
    let followed = (0..3).map(AssetId).collect();
    // Enough of everything, so that no debit is unexplained.
    let keys = (0..7).flat_map(|address| (0..3).map(move |asset| (address, asset)));
    let opening = keys.map(|(a, x)| ((AddressId(a), AssetId(x)), Amount::from_u64(1000))).collect();
    TraceRequest { markets: Some(markets()), followed, opening, ..request }
}

fn traced(ledger: &MemoryLedger, request: &TraceRequest, policy: Policy) -> PolicyTrace {
    let request = TraceRequest { policies: vec![policy], ..request.clone() };
    trace_ledger(ledger, &request, None).unwrap().policies.remove(0)
}

fn held(trace: &PolicyTrace) -> Held {
    let held = trace.bookings.iter().filter(|b| b.rest == Rest::Held);
    held.map(|b| ((b.address.0, b.asset.0), b.amount.to_u64().unwrap())).collect()
}

prop_compose! {
    /// Transactions of up to five transfers among seven addresses and three assets.
    fn world()(
        transactions in prop::collection::vec(
            prop::collection::vec((0_u32..7, 0_u32..7, 0_u32..3, 1_u64..30), 1..6), 1..14),
        seed in any::<prop::sample::Index>(),
    ) -> (MemoryLedger, u64) {
        let mut ledger = MemoryLedger::new(Vec::new(), Direction::Forward);
        for (number, rows) in (0..).zip(transactions) {
            ledger.transactions.extend(rows.iter().map(|_| number));
            ledger.entries.extend(rows.into_iter().filter(|r| r.0 != r.1 || r.3 > 20).map(entry));
            ledger.transactions.truncate(ledger.entries.len());
        }
        if ledger.entries.is_empty() {
            ledger = MemoryLedger::new(vec![entry((2, 3, 0, 5))], Direction::Forward);
        }
        let seed = seed.index(ledger.entries.len()) as u64;
        (ledger, seed)
    }
}

/// Dirty-first with plain numbers: every address known from the start, whole
/// transactions at once where markets take part.
#[derive(Default)]
struct Naive {
    tainted: Held,
    converted: BTreeMap<u32, u64>,
    received: BTreeMap<u32, u64>,
    cut: u64,
}

impl Naive {
    fn run(ledger: &MemoryLedger, request: &TraceRequest, seed: u64) -> Self {
        let mut naive = Self::default();
        let mut start = 0;
        while start < ledger.entries.len() {
            let number = ledger.transactions[start];
            let end =
                start + ledger.transactions[start..].iter().take_while(|t| **t == number).count();
            naive.transaction(
                &ledger.entries[start..end],
                request,
                (seed as usize).checked_sub(start),
            );
            start = end;
        }
        naive
    }

    fn transaction(&mut self, entries: &[Entry], request: &TraceRequest, seed: Option<usize>) {
        let seeded = seed.filter(|seed| *seed < entries.len());
        let markets = request.markets.as_ref().unwrap();
        let dirty = |address: AddressId, asset: AssetId| {
            self.tainted.get(&(address.0, asset.0)).is_some_and(|t| *t > 0)
        };
        let involved = entries.iter().any(|e| dirty(e.debtor, e.asset) && !e.amount.is_zero());
        let effect = NetEffect::of(entries, &request.followed, markets, &mut |address| {
            let own = entries.iter().any(|e| dirty(address, e.asset));
            Ok(markets.named.get(&address).copied().filter(|_| !own))
        });
        match effect.unwrap().filter(|_| seeded.is_none() && involved) {
            Some(effect) => self.exchange(entries, &effect),
            None => entries.iter().enumerate().for_each(|(place, entry)| {
                self.row(*entry, seeded == Some(place));
            }),
        }
    }

    fn row(&mut self, entry: Entry, seeded: bool) {
        let amount = entry.amount.to_u64().unwrap();
        let tainted = self.draw(entry.debtor, entry.asset, amount);
        let tainted = if seeded { amount } else { tainted };
        *self.tainted.entry((entry.creditor.0, entry.asset.0)).or_default() += tainted;
    }

    fn draw(&mut self, address: AddressId, asset: AssetId, amount: u64) -> u64 {
        let held = self.tainted.entry((address.0, asset.0)).or_default();
        let drawn = amount.min(*held);
        *held -= drawn;
        drawn
    }

    fn exchange(&mut self, entries: &[Entry], effect: &NetEffect) {
        let (mut given, mut got) = (Vec::new(), Vec::new());
        let mut arrivals = Vec::new();
        for asset in &effect.assets {
            let id = asset.asset;
            // Unit by unit: true is tainted.
            let mut payers: Vec<(AddressId, Vec<bool>)> = Vec::new();
            for payer in &asset.payers {
                let amount = payer.amount.to_u64().unwrap();
                let drawn = self.draw(payer.address, id, amount);
                payers.push((payer.address, (0..amount).rev().map(|u| u < drawn).collect()));
            }
            let mut wanted: Vec<(AddressId, u64, u64)> =
                asset.gainers.iter().map(|g| (g.address, g.amount.to_u64().unwrap(), 0)).collect();
            for direct in [true, false] {
                for (payer, units) in &mut payers {
                    for (gainer, missing, tainted) in &mut wanted {
                        let paid = entries
                            .iter()
                            .any(|e| (e.debtor, e.creditor, e.asset) == (*payer, *gainer, id));
                        while (paid || !direct) && *missing > 0 {
                            // Dirty units leave first, from the end of the list.
                            let Some(unit) = units.pop() else { break };
                            *missing -= 1;
                            *tainted += u64::from(unit);
                        }
                    }
                }
            }
            for (gainer, missing, tainted) in wanted {
                arrivals.push((gainer, id, tainted));
                if missing > 0 {
                    got.push((gainer, id, missing));
                }
            }
            for (payer, units) in payers.into_iter().filter(|(_, units)| !units.is_empty()) {
                let tainted = units.iter().filter(|unit| **unit).count() as u64;
                given.push((payer, id, units.len() as u64, tainted));
            }
        }
        let tainted: u64 = given.iter().map(|g| g.3).sum();
        let single = given.iter().all(|g| g.1 == given[0].1);
        let whole = given.iter().all(|g| g.2 == g.3);
        if tainted > 0 && got.is_empty() {
            for (_, id, _, tainted) in given {
                arrivals.push((effect.keeper(id).unwrap(), id, tainted));
            }
        } else if tainted > 0 && (single || whole) {
            let all: u64 = given.iter().map(|g| g.2).sum();
            for (_, id, _, tainted) in &given {
                *self.converted.entry(id.0).or_default() += tainted;
            }
            for (address, id, amount) in got {
                // Dirty stretches of each payer, in the order given, scaled to the unit below.
                let (mut until, mut carried) = (0, 0);
                for (_, _, units, tainted) in &given {
                    let edge = |at: u64| amount * at / all;
                    carried += edge(until + tainted) - edge(until);
                    until += units;
                }
                let carried = if whole { amount } else { carried };
                *self.received.entry(id.0).or_default() += carried;
                arrivals.push((address, id, carried));
            }
        } else {
            self.cut += tainted;
        }
        for (address, id, tainted) in arrivals {
            *self.tainted.entry((address.0, id.0)).or_default() += tainted;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_global_rejects: 20_000, ..ProptestConfig::with_cases(2000) })]

    /// Where everything is in the end, and how much was converted, for dirty-first.
    #[test]
    fn engine_equals_naive_model((ledger, seed) in world()) {
        let request = request(&ledger, seed);
        let trace = traced(&ledger, &request, Policy::DirtyFirst);
        let naive = Naive::run(&ledger, &request, seed);
        let theirs: Held = naive.tainted.into_iter().filter(|(_, t)| *t > 0).collect();
        prop_assert_eq!(held(&trace), theirs);
        let mut received = BTreeMap::new();
        for closing in trace.closings.iter().filter(|c| !c.received.is_zero()) {
            received.insert(closing.asset.0, closing.received.to_u64().unwrap());
        }
        let theirs: BTreeMap<_, _> = naive.received.into_iter().filter(|(_, t)| *t > 0).collect();
        prop_assert_eq!(received, theirs);
        let converted = trace.bookings.iter().filter(|b| b.rest == Rest::Converted);
        let ours: u64 = converted.map(|b| b.amount.to_u64().unwrap()).sum();
        prop_assert_eq!(ours, naive.converted.values().sum::<u64>());
    }

    /// Every policy closes in every asset; no transfer shows more taint than
    /// value; none is listed twice; poison reaches whatever another reaches.
    #[test]
    fn conservation_across_conversions((ledger, seed) in world()) {
        let request = request(&ledger, seed);
        let poison = traced(&ledger, &request, Policy::Poison);
        let reach: std::collections::BTreeSet<RowId> = poison.transfers.iter().map(|t| t.row).collect();
        for policy in Policy::ON_ACCOUNTS.into_iter().filter(|p| p.conserves()) {
            let trace = traced(&ledger, &request, policy);
            prop_assert!(trace.closes(), "{policy}: {:?}", trace.closings);
            prop_assert!(trace.transfers.windows(2).all(|pair| pair[0].row < pair[1].row));
            for transfer in &trace.transfers {
                prop_assert!(transfer.tainted <= ledger.entries[transfer.row.0 as usize].amount);
                prop_assert!(reach.contains(&transfer.row), "{policy} {:?}", transfer.row);
            }
            for conversion in &trace.conversions {
                for side in conversion.gave.iter().chain(&conversion.got) {
                    prop_assert!(side.tainted <= side.amount);
                }
            }
        }
    }

    /// The same where a bridge paid the money out: the first units of a
    /// transfer came over, and markets may take part in that transaction.
    #[test]
    fn what_came_over_is_conserved_beside_markets((ledger, seed) in world(), share in 1_u64..30) {
        let value = ledger.entries[seed as usize].amount.to_u64().unwrap();
        let part = Amount::from_u64(share.min(value));
        let what = SeedWhat::Parts(vec![(RowId(seed), part)]);
        let mut request = request(&ledger, seed);
        request.seeds[0].what = what;
        for policy in Policy::ON_ACCOUNTS.into_iter().filter(|p| p.conserves()) {
            let trace = traced(&ledger, &request, policy);
            prop_assert!(trace.closes(), "{policy}: {:?}", trace.closings);
            let stolen = Amount::sum(trace.closings.iter().map(|c| c.stolen)).unwrap();
            prop_assert_eq!(stolen, part, "{}", policy);
        }
    }

    /// A to B and back to A in one transaction changes nothing (but for
    /// poison's reach, which nets nothing out).
    #[test]
    fn a_round_trip_changes_nothing(
        (ledger, seed) in world(), user in 2_u32..7, amount in 1_u64..40, at in any::<prop::sample::Index>(),
    ) {
        let request = request(&ledger, seed);
        let mut longer = ledger.clone();
        let number = ledger.transactions[at.index(ledger.entries.len())];
        let place = ledger.transactions.partition_point(|t| *t <= number);
        // Markets must hold no taint, or they are no markets.
        let before = traced(&ledger, &request, Policy::Poison);
        prop_assume!(before.bookings.iter().all(|b| b.address.0 > 1));
        prop_assume!(before.transfers.iter().all(|t| {
            let entry = ledger.entries[t.row.0 as usize];
            entry.debtor.0 > 1 && entry.creditor.0 > 1
        }));
        let trip = [(user, 0, 0, amount), (0, user, 1, 7), (user, 1, 1, 7), (1, user, 0, amount)];
        longer.transactions.iter_mut().skip(place).for_each(|t| *t += 1);
        longer.entries.splice(place..place, trip.map(entry));
        longer.transactions.splice(place..place, [number + 1; 4]);
        let moved = if (seed as usize) < place { seed } else { seed + 4 };
        for policy in Policy::ON_ACCOUNTS.into_iter().filter(|p| p.conserves()) {
            let longer_request = self::request(&longer, moved);
            let (one, other) = (traced(&ledger, &request, policy), traced(&longer, &longer_request, policy));
            prop_assert_eq!(held(&one), held(&other), "{}", policy);
        }
    }
}
