//! Shapes in which other people's money takes part.

use super::builder::Builder;
use super::{PlantOptions, Planted};
use tracehound_model::{Category, Policy};

/// At an intermediary 4 stolen units arrive after 5 clean ones and before 3
/// more; 6 of the 12 go to an exchange. The policies answer, of those 6:
/// fifo 1 (5 clean first), lifo 3 (3 clean first), haircut 2 (6 · 4/12),
/// dirty-first 4, clean-first 0 (8 clean suffice), libr as clean-first: the
/// balance never falls below the claim of 4.
#[must_use]
pub fn mixing(options: &PlantOptions) -> Planted {
    let mut theft = Builder::new("mixing", options);
    let (before, after) = (theft.address(), theft.address());
    let intermediary = theft.address();
    let exchange = theft.service(Category::Exchange);
    theft.clean(before, intermediary, 5);
    let thief = theft.steal("victim", 4);
    theft.send(thief, intermediary, 4);
    theft.clean(after, intermediary, 3);
    theft.send(intermediary, exchange, 6);
    for (policy, moved) in [
        (Policy::Fifo, 1),
        (Policy::Lifo, 3),
        (Policy::Haircut, 2),
        (Policy::DirtyFirst, 4),
        (Policy::CleanFirst, 0),
        (Policy::Libr, 0),
    ] {
        theft.rests(policy, &[(exchange, moved), (intermediary, 4 - moved)]);
    }
    theft.finish()
}

/// The loot is paid into one service of each category at which a trace stops.
/// Every service pays out at once more than it received; nothing of that may be followed.
#[must_use]
pub fn deposits(options: &PlantOptions) -> Planted {
    let stops: Vec<Category> =
        Category::ALL.into_iter().filter(|category| category.stops_by_default()).collect();
    let mut theft = Builder::new("deposits", options);
    let total = (1..=stops.len() as u64).sum();
    let thief = theft.steal("victim", total);
    let mut rests = Vec::new();
    for (units, category) in (1..).zip(stops) {
        let (service, customer) = (theft.service(category), theft.address());
        theft.send(thief, service, units);
        theft.clean(service, customer, units + 10);
        rests.push((service, units));
    }
    theft.rests_everywhere(&rests)
}

/// A pass-through chain under address poisoning: before each hop somebody sends
/// nothing, and then a counterfeit of the coin, in the holder's name to a
/// look-alike of the next address, which returns a unit of the counterfeit.
#[must_use]
pub fn look_alikes(options: &PlantOptions, hops: u64) -> Planted {
    let mut theft = Builder::new("look-alikes", options);
    let forged = theft.counterfeit("ETH", 18);
    let mut holder = theft.steal("victim", 1_000);
    for _ in 0..hops {
        let next = theft.address();
        let decoy = theft.look_alike(next);
        theft.clean(holder, decoy, 0);
        theft.forge(holder, decoy, forged, 1_000);
        theft.forge(decoy, holder, forged, 1);
        theft.send(holder, next, 1_000);
        holder = next;
    }
    theft.rests_everywhere(&[(holder, 1_000)])
}
