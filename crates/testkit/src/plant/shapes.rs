//! Shapes in which no other money takes part: every policy must agree.

use super::builder::Builder;
use super::{PlantOptions, Planted};
use tracehound_model::Category;

/// The thief divides the loot into `parts` equal transfers, which rest where they arrive.
#[must_use]
pub fn equal_split(options: &PlantOptions, parts: u64) -> Planted {
    let mut theft = Builder::new("equal split", options);
    let thief = theft.steal("victim", parts);
    let mut rests = Vec::new();
    for _ in 0..parts {
        let part = theft.address();
        theft.send(thief, part, 1);
        rests.push((part, 1));
    }
    theft.rests_everywhere(&rests)
}

/// The whole loot moves on `hops` times and rests with the last holder.
#[must_use]
pub fn pass_through(options: &PlantOptions, hops: u64) -> Planted {
    let mut theft = Builder::new("pass-through", options);
    let mut holder = theft.steal("victim", 1);
    for _ in 0..hops {
        let next = theft.address();
        theft.send(holder, next, 1);
        holder = next;
    }
    theft.rests_everywhere(&[(holder, 1)])
}

/// At each of `peels` hops one unit is paid into an exchange and the rest moves on.
#[must_use]
pub fn peel_off(options: &PlantOptions, peels: u64) -> Planted {
    let mut theft = Builder::new("peel-off", options);
    let mut holder = theft.steal("victim", peels + 1);
    let mut rests = Vec::new();
    for peeled in 0..peels {
        let (deposit, next) = (theft.service(Category::Exchange), theft.address());
        theft.send(holder, deposit, 1);
        theft.send(holder, next, peels - peeled);
        rests.push((deposit, 1));
        holder = next;
    }
    rests.push((holder, 1));
    theft.rests_everywhere(&rests)
}

/// The loot is spread over `branches` in unequal amounts and gathered again.
#[must_use]
pub fn consolidation(options: &PlantOptions, branches: u64) -> Planted {
    let mut theft = Builder::new("consolidation", options);
    let total = (1..=branches).sum();
    let thief = theft.steal("victim", total);
    let collector = theft.address();
    let held: Vec<_> = (1..=branches).map(|units| (theft.address(), units)).collect();
    for &(branch, units) in &held {
        theft.send(thief, branch, units);
    }
    for &(branch, units) in &held {
        theft.send(branch, collector, units);
    }
    theft.rests_everywhere(&[(collector, total)])
}

/// The loot goes round the same three addresses `rounds` times, then to an exchange.
#[must_use]
pub fn returning(options: &PlantOptions, rounds: u64) -> Planted {
    let mut theft = Builder::new("returning", options);
    let thief = theft.steal("victim", 5);
    let (second, third) = (theft.address(), theft.address());
    let exchange = theft.service(Category::Exchange);
    for _ in 0..rounds {
        theft.send(thief, second, 5);
        // One unit stays behind on its way and catches up.
        theft.send(second, third, 4);
        theft.send(third, thief, 4);
        theft.send(second, thief, 1);
    }
    theft.send(thief, exchange, 5);
    theft.rests_everywhere(&[(exchange, 5)])
}

/// Several victims lose unequal amounts to thieves who pool everything at one
/// exchange deposit, so each victim's share there is what they lost.
#[must_use]
pub fn many_victims(options: &PlantOptions, victims: u64) -> Planted {
    let mut theft = Builder::new("many victims", options);
    let collector = theft.address();
    let exchange = theft.service(Category::Exchange);
    for victim in 1..=victims {
        let thief = theft.steal(&format!("victim {victim}"), victim);
        theft.send(thief, collector, victim);
    }
    let total = (1..=victims).sum();
    theft.send(collector, exchange, total);
    theft.rests_everywhere(&[(exchange, total)])
}
