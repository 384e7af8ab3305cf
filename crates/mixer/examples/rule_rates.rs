//! How often each rule is right on generated traffic, whose owners are known:
//! a link is right if one person made both payments. Prints the table that
//! `docs/methods/mixers.md` records.
//!
//! ```sh
//! cargo run -p tracehound-mixer --example rule_rates -- 20
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a program for developers

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::HashMap;
use support::{events, full_side};
use tracehound_mixer::{RULES, RuleAnswer, RuleInput, RuleParameters, Share};
use tracehound_testkit::mixer::{Behaviour, TrafficOptions, traffic};

fn main() {
    let seeds: u64 = std::env::args().nth(1).map_or(20, |text| text.parse().unwrap());
    let mut counts = vec![(0, 0); RULES.len()];
    let mut withdrawals = 0;
    for seed in 10_000..10_000 + seeds {
        let options = TrafficOptions {
            seed,
            background: 20_000,
            planted: 0,
            behaviour: Behaviour::Absent,
            is_split: false,
        };
        let traffic = traffic(&options);
        let side = full_side(&traffic);
        let mut events = events(&traffic);
        side.name_depositors(&mut events);
        let all = traffic.deposits.iter().chain(&traffic.withdrawals);
        let owner: HashMap<_, _> = all.map(|paid| (paid.transaction, paid.owner)).collect();
        withdrawals += traffic.withdrawals.len();
        let parameters = RuleParameters::default();
        let input = RuleInput { events: &events, side: &side, parameters: &parameters };
        for (rule, count) in RULES.iter().zip(&mut counts) {
            let RuleAnswer::Links(links) = rule.run(input) else { continue };
            for link in links {
                let paid_in = owner[&events.deposit(link.deposit).transaction];
                let paid_out = owner[&events.withdrawal(link.withdrawal).transaction];
                count.0 += usize::from(paid_in == paid_out);
                count.1 += 1;
            }
        }
    }
    println!("{seeds} seeds, {withdrawals} withdrawals in all");
    println!("| rule | links | precision | 95 % | recall | 95 % |");
    println!("|---|---|---|---|---|---|");
    for (rule, (right, links)) in RULES.iter().zip(counts) {
        let (precision, recall) = (Share::new(right, links), Share::new(right, withdrawals));
        println!(
            "| `{}` | {links} | {:.3} | {:.3} to {:.3} | {:.3} | {:.3} to {:.3} |",
            rule.rule.name,
            precision.value(),
            precision.low,
            precision.high,
            recall.value(),
            recall.low,
            recall.high
        );
    }
}
