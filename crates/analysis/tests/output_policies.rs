//! The trace over outputs against the naive model, and what must hold for
//! every policy.
#![allow(clippy::cast_possible_truncation)] // worlds are a few dozen transactions
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod output_support;

use output_support::naive::{NaiveBooking, NaiveFlow, NaiveTrace};
use output_support::world::{self, Asked, POLICIES, Trouble};
use output_support::{naive, naive_backward};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_analysis::output_trace::{
    Arrival, OutputTrace, OutputTraceOutcome, trace_outputs, trace_outputs_in_one_pass,
};
use tracehound_analysis::trace::SeedId;
use tracehound_model::{Direction, Policy};
use tracehound_store::utxo::{MemoryLedger, OutputId, OutputLedger, TransactionId};

fn run(ledger: &MemoryLedger, asked: &Asked) -> OutputTraceOutcome {
    let coinjoin =
        |view: &tracehound_store::utxo::TransactionView<'_>| Ok(asked.coinjoins.contains(&view.id));
    trace_outputs(ledger, &asked.request(&coinjoin), None).unwrap()
}

fn run_in_one_pass(ledger: &MemoryLedger, asked: &Asked) -> OutputTraceOutcome {
    let coinjoin =
        |view: &tracehound_store::utxo::TransactionView<'_>| Ok(asked.coinjoins.contains(&view.id));
    trace_outputs_in_one_pass(ledger, &asked.request(&coinjoin), None).unwrap()
}

fn of(outcome: &OutputTraceOutcome, policy: Policy) -> &OutputTrace {
    outcome.policies.iter().find(|trace| trace.policy == policy).unwrap()
}

/// The engine's trace in the model's form, sorted.
fn plain(trace: &OutputTrace) -> NaiveTrace {
    let by_theft =
        |list: &[(SeedId, u64)]| list.iter().map(|(seed, amount)| (seed.0, *amount)).collect();
    let flow = |flow: &tracehound_analysis::output_trace::Flow| NaiveFlow {
        transaction: flow.transaction,
        arrival: flow.arrival,
        value: flow.value,
        tainted: flow.tainted,
        seeded: flow.seeded,
        hops: flow.hops,
        by_theft: by_theft(&flow.by_seed),
    };
    let booking = |booking: &tracehound_analysis::output_trace::OutputBooking| NaiveBooking {
        holder: booking.holder,
        rest: booking.rest,
        output: booking.output,
        amount: booking.amount,
        by_theft: by_theft(&booking.by_seed),
        brought: trace.flows.get(booking.flow).map(|flow| (flow.transaction, flow.arrival)),
    };
    sorted(NaiveTrace {
        flows: trace.flows.iter().map(flow).collect(),
        bookings: trace.bookings.iter().map(booking).collect(),
        stolen: trace.stolen.clone(),
        collided: trace.collided.clone(),
    })
}

fn sorted(mut trace: NaiveTrace) -> NaiveTrace {
    trace.flows.sort();
    trace.bookings.sort();
    trace
}

/// Tainted satoshis of each output that money came to.
fn amounts(trace: &OutputTrace) -> BTreeMap<(TransactionId, Arrival), u64> {
    trace.flows.iter().map(|flow| ((flow.transaction, flow.arrival), flow.tainted)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_global_rejects: 8 * cases(), ..ProptestConfig::default() })]

    /// Flow by flow and booking by booking, for every policy, stop and direction.
    #[test]
    fn engine_equals_naive_model((blocks, asked) in world::world(any::<bool>())) {
        let ledger = world::ledger(&blocks, asked.sorted);
        for trace in &run(&ledger, &asked).policies {
            let expected = match asked.direction {
                Direction::Forward => naive::trace(&ledger, &asked, trace.policy),
                Direction::Backward => naive_backward::trace(&ledger, &asked, trace.policy),
            };
            prop_assert_eq!(plain(trace), sorted(expected), "{} {:?}", trace.policy, asked.direction);
        }
    }

    /// Both drivers give the same answer, to the order of its lines.
    #[test]
    fn one_pass_equals_from_spender_to_spender((blocks, asked) in world::world(Just(false))) {
        let ledger = world::ledger(&blocks, asked.sorted);
        prop_assert_eq!(run(&ledger, &asked), run_in_one_pass(&ledger, &asked));
    }

    /// What is stolen is what rests, for each theft; taint never exceeds the
    /// value; no policy reaches what poison does not.
    #[test]
    fn conservation_and_support((blocks, mut asked) in world::world(any::<bool>())) {
        // A limit on amounts or hops may cut the wider reach before the narrower one.
        asked.dust = 0;
        asked.stops.max_hops = None;
        let ledger = world::ledger(&blocks, asked.sorted);
        let outcome = run(&ledger, &asked);
        let reach = amounts(of(&outcome, Policy::Poison));
        for trace in outcome.policies.iter().filter(|trace| trace.policy.conserves()) {
            prop_assert!(trace.closes(), "{} {:?} {:?}", trace.policy, trace.stolen, trace.rests());
            let entered: u64 = trace.flows.iter().map(|flow| flow.seeded).sum();
            prop_assert_eq!(entered, trace.stolen.iter().sum::<u64>());
            for flow in &trace.flows {
                prop_assert!(flow.tainted <= flow.value && flow.tainted > 0);
                prop_assert_eq!(flow.by_seed.iter().map(|(_, a)| a).sum::<u64>(), flow.tainted);
                if asked.direction == Direction::Backward && flow.seeded > 0 {
                    // What poison has reached already does not enter anew.
                    continue;
                }
                let most = reach.get(&(flow.transaction, flow.arrival));
                prop_assert!(most.is_some_and(|most| *most >= flow.tainted), "{}", trace.policy);
            }
        }
    }

    /// The trace as of a block is the trace over the chain up to that block.
    #[test]
    fn as_of_is_a_prefix_of_the_chain((blocks, mut asked) in world::world(any::<bool>()), cut in any::<Index>()) {
        // The hub limit counts the store, not the chain up to then.
        asked.stops.hub_degree = 0;
        let shorter = &blocks[..1 + cut.index(blocks.len())];
        let prefix = world::ledger(shorter, asked.sorted);
        asked.end = TransactionId(prefix.transaction_count());
        prop_assert_eq!(run(&world::ledger(&blocks, asked.sorted), &asked), run(&prefix, &asked));
    }

    /// The order in which thefts are listed changes nothing but who comes
    /// first where two claim the same satoshis, and the last satoshi of a
    /// rounded share.
    #[test]
    fn order_of_thefts_does_not_matter((blocks, mut asked) in world::world(any::<bool>())) {
        let ledger = world::ledger(&blocks, asked.sorted);
        let forth = run(&ledger, &asked);
        let last = asked.thefts.len() as u32 - 1;
        asked.thefts.reverse();
        let back = run(&ledger, &asked);
        for (forth, back) in forth.policies.iter().zip(&back.policies) {
            if forth.policy == Policy::Haircut || asked.through == Some(Policy::Haircut) {
                let claimed = |trace: &OutputTrace| -> u64 {
                    trace.stolen.iter().chain(&trace.collided).sum()
                };
                prop_assert_eq!(claimed(forth), claimed(back));
                continue;
            }
            prop_assert_eq!(amounts(forth), amounts(back), "{}", forth.policy);
            if forth.collided.iter().all(|collided| *collided == 0) {
                let renamed = |list: &[(SeedId, u64)]| -> BTreeSet<(u32, u64)> {
                    list.iter().map(|(seed, amount)| (last - seed.0, *amount)).collect()
                };
                let same = |list: &[(SeedId, u64)]| -> BTreeSet<(u32, u64)> {
                    list.iter().map(|(seed, amount)| (seed.0, *amount)).collect()
                };
                for (a, b) in forth.flows.iter().zip(&back.flows) {
                    prop_assert_eq!(same(&a.by_seed), renamed(&b.by_seed), "{}", forth.policy);
                }
            }
        }
    }

    /// Fifo and lifo pair each satoshi that goes in with one that comes out,
    /// so they read the same from both ends: what of s reached t is what of t
    /// came from s. (Fees aside: backward, a coinbase is an end.)
    #[test]
    fn fifo_and_lifo_are_reversible(blocks in world::blocks(Trouble { fees: false, outside: false, sorted: false }), s in any::<Index>(), t in any::<Index>()) {
        let ledger = world::ledger(&blocks, false);
        let outputs = world::all_outputs(&ledger);
        let (s, t) = (*s.get(&outputs), *t.get(&outputs));
        prop_assume!(s.transaction < t.transaction);
        let forth = run(&ledger, &Asked::plain(&ledger, vec![vec![(s, None)]]));
        let back = Asked { direction: Direction::Backward, ..Asked::plain(&ledger, vec![vec![(t, None)]]) };
        let back = run(&ledger, &back);
        for policy in [Policy::Fifo, Policy::Lifo] {
            let reached = amounts(of(&forth, policy));
            let reached = reached.get(&(t.transaction, Arrival::Output(t.index))).copied();
            let Some(spender) = ledger.spender(s).unwrap() else { continue };
            let view = ledger.transaction(spender).unwrap();
            let place = view.inputs.iter().position(|input| input.spends() == Some(s)).unwrap();
            let came = amounts(of(&back, policy));
            let came = came.get(&(spender, Arrival::Input(place as u32))).copied();
            prop_assert_eq!(reached, came, "{}", policy);
        }
    }

    /// Under fifo and lifo two thefts traced together are two thefts traced
    /// apart, as long as neither touches what the other took.
    #[test]
    fn fifo_and_lifo_are_additive((blocks, mut asked) in world::world(Just(false))) {
        // These limits look at the sum of both.
        asked.dust = 0;
        asked.stops = Default::default();
        asked.through = Some(Policy::Fifo);
        asked.thefts.truncate(2);
        prop_assume!(asked.thefts.len() == 2);
        let ledger = world::ledger(&blocks, asked.sorted);
        let together = run(&ledger, &asked);
        let apart: Vec<OutputTraceOutcome> = asked.thefts.iter()
            .map(|theft| run(&ledger, &Asked { thefts: vec![theft.clone()], ..asked.clone() }))
            .collect();
        for policy in [Policy::Fifo, Policy::Lifo] {
            let trace = of(&together, policy);
            prop_assume!(trace.collided == [0, 0]);
            let mut sums = BTreeMap::new();
            for flow in apart.iter().flat_map(|outcome| &of(outcome, policy).flows) {
                *sums.entry((flow.transaction, flow.arrival)).or_insert(0) += flow.tainted;
            }
            prop_assert_eq!(amounts(trace), sums, "{}", policy);
        }
    }

    /// One theft under haircut: each output of the transaction that spends
    /// it is within one satoshi of the exact fraction.
    #[test]
    fn haircut_is_within_a_satoshi_of_the_fraction(blocks in world::blocks(Trouble { fees: true, outside: false, sorted: false }), s in any::<Index>()) {
        let ledger = world::ledger(&blocks, false);
        let outputs = world::all_outputs(&ledger);
        let s: OutputId = *s.get(&outputs);
        let Some(spender) = ledger.spender(s).unwrap() else { return Ok(()) };
        let outcome = run(&ledger, &Asked::plain(&ledger, vec![vec![(s, None)]]));
        let amounts = amounts(of(&outcome, Policy::Haircut));
        let view = ledger.transaction(spender).unwrap();
        let whole: u64 = view.inputs.iter().map(|input| input.value().unwrap().0).sum();
        let stolen = ledger.transaction(s.transaction).unwrap().outputs[s.index as usize].value().0;
        for (place, output) in (0..).zip(view.outputs) {
            let value = output.value().0;
            let given = amounts.get(&(spender, Arrival::Output(place))).copied().unwrap_or(0);
            // |given - stolen * value / whole| < 1
            prop_assert!((given * whole).abs_diff(stolen * value) < whole.max(1));
        }
    }
}

#[test]
fn policies_that_conserve_nothing_or_need_accounts_are_refused() {
    let ledger = world::ledger(&[], false);
    let mut asked = Asked::plain(&ledger, Vec::new());
    asked.through = Some(Policy::Poison);
    let request = asked.request(&|_| Ok(false));
    let refused = trace_outputs(&ledger, &request, None).unwrap_err();
    assert!(refused.to_string().contains("through CoinJoins by the policy poison"), "{refused}");
    asked.through = Some(Policy::Libr);
    let request = asked.request(&|_| Ok(false));
    let refused = trace_outputs_in_one_pass(&ledger, &request, None).unwrap_err();
    assert!(refused.to_string().contains("libr is defined on account chains only"), "{refused}");
}

/// The worlds are worth testing on: every policy moves, stops and collides in some.
#[test]
fn worlds_hold_what_they_are_for() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..400 {
        let (blocks, asked) = world::world(any::<bool>()).new_tree(&mut runner).unwrap().current();
        let ledger = world::ledger(&blocks, asked.sorted);
        for trace in &run(&ledger, &asked).policies {
            let mut see = |what: &str| seen.insert((trace.policy, what.to_owned()));
            trace.bookings.iter().for_each(|booking| {
                see(&format!("{:?}", booking.rest));
            });
            let from_coinbase = |id| ledger.transaction(id).unwrap().fields.coinbase;
            for flow in &trace.flows {
                if flow.seeded == 0 && from_coinbase(flow.transaction) {
                    see("fee in a coinbase");
                }
                let view = ledger.transaction(flow.transaction).unwrap();
                let mut spent = view.inputs.iter().filter_map(|input| input.spends());
                if spent.any(|output| output.transaction > view.id) {
                    see("listed before what it spends");
                }
                if flow.by_seed.len() > 1 {
                    see("two thefts in one place");
                }
            }
            if trace.collided.iter().any(|collided| *collided > 0) {
                see("collision");
            }
        }
    }
    for policy in POLICIES {
        let wanted = [
            "Held",
            "Burnt",
            "Service(Exchange)",
            "Cut(Hub)",
            "Cut(Dust)",
            "Cut(Hops)",
            "Cut(Age)",
            "Cut(CoinJoin)",
            "Cut(Coinbase)",
            "Cut(Outside)",
            "Cut(UnknownInput)",
            "fee in a coinbase",
            "two thefts in one place",
            "collision",
            "listed before what it spends",
        ];
        for what in wanted {
            let never = policy == Policy::Poison
                && (what == "two thefts in one place" || what == "Cut(Dust)");
            assert!(never || seen.contains(&(policy, what.to_owned())), "{policy}: no {what}");
        }
    }
}

/// Worlds per property; `PROPTEST_CASES` raises it for a longer search.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600)
}
