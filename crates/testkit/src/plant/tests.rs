//! The hand-written answers against a naive lot queue, written apart from any engine.

use super::*;
use std::collections::HashMap;

/// Lots of one address: (amount in units, stolen or not), oldest first.
type Lots = Vec<(u64, bool)>;

/// Takes `wanted` from `lots` by the policy; what is missing is clean money from before.
fn take(policy: Policy, lots: &mut Lots, wanted: u64) -> Lots {
    match policy {
        Policy::Lifo => lots.reverse(),
        Policy::DirtyFirst => lots.sort_by_key(|(_, dirty)| !dirty),
        Policy::CleanFirst | Policy::Libr => lots.sort_by_key(|(_, dirty)| *dirty),
        _ => {}
    }
    if policy == Policy::Haircut {
        let sum = |wanted: bool| -> u64 {
            lots.iter().filter(|(_, dirty)| *dirty == wanted).map(|(amount, _)| amount).sum()
        };
        let (clean, dirty) = (sum(false), sum(true));
        let taken =
            if clean + dirty == 0 { 0 } else { wanted * dirty / (clean + dirty).max(wanted) };
        *lots = vec![(clean.saturating_sub(wanted - taken), false), (dirty - taken, true)];
        return vec![(wanted - taken, false), (taken, true)];
    }
    let (mut taken, mut left) = (Lots::new(), wanted);
    for lot in lots.iter_mut() {
        let part = lot.0.min(left);
        lot.0 -= part;
        left -= part;
        taken.push((part, lot.1));
    }
    taken.push((left, false));
    lots.retain(|lot| lot.0 > 0);
    if policy == Policy::Lifo {
        lots.reverse();
        taken.reverse();
    }
    taken
}

fn naive_rests(plant: &Planted, policy: Policy, unit: u64) -> BTreeMap<Address, Amount> {
    let mut holders: HashMap<Address, Lots> = HashMap::new();
    let stops: BTreeSet<Address> = plant.tags.iter().map(|tag| tag.address).collect();
    for transfer in plant.transfers.iter().filter(|transfer| transfer.asset == plant.asset) {
        let units = transfer.amount.to_u64().unwrap() / unit;
        let stolen = plant.seeds.iter().any(|seed| match seed {
            Seed::Transaction { hash, .. } => *hash == Some(transfer.transaction),
            _ => false,
        });
        let moved = if stolen {
            vec![(units, true)]
        } else if stops.contains(&transfer.from) {
            vec![(units, false)]
        } else {
            take(policy, holders.entry(transfer.from).or_default(), units)
        };
        holders.entry(transfer.to).or_default().extend(moved.iter().filter(|lot| lot.0 > 0));
    }
    let dirty = |lots: &Lots| lots.iter().filter(|lot| lot.1).map(|lot| lot.0).sum::<u64>();
    let held = holders.iter().map(|(address, lots)| (*address, dirty(lots)));
    held.filter(|(_, units)| *units > 0)
        .map(|(address, units)| (address, Amount::from_u64(units * unit)))
        .collect()
}

#[test]
fn the_answers_are_what_a_naive_lot_queue_finds() {
    for unit in [1, 1_000_000] {
        let options = PlantOptions { unit, ..PlantOptions::default() };
        for plant in all(&options) {
            for (policy, rests) in &plant.rests {
                let naive = naive_rests(&plant, *policy, unit);
                assert_eq!(&naive, rests, "{} under {policy}", plant.name);
            }
            assert_eq!(plant.rests.len(), Policy::ON_ACCOUNTS.len() - 1, "{}", plant.name);
        }
    }
}

#[test]
fn every_answer_adds_up_to_what_was_stolen() {
    for plant in all(&PlantOptions::default()) {
        for (policy, rests) in &plant.rests {
            let sum = Amount::sum(rests.values().copied());
            assert_eq!(sum, plant.total(), "{} under {policy}", plant.name);
        }
        assert_eq!(plant.is_policy_independent(), plant.name != "mixing");
    }
}

#[test]
fn poison_reaches_what_a_naive_walk_reaches() {
    for plant in all(&PlantOptions::default()) {
        let stops: BTreeSet<Address> = plant.tags.iter().map(|tag| tag.address).collect();
        let seeds: BTreeSet<_> = plant
            .seeds
            .iter()
            .map(|seed| match seed {
                Seed::Transaction { hash: Some(hash), .. } => *hash,
                other => panic!("unexpected seed {other:?}"),
            })
            .collect();
        let mut reached = BTreeSet::new();
        let mut count = 0;
        let moving = plant.transfers.iter();
        for transfer in moving.filter(|t| t.asset == plant.asset && !t.amount.is_zero()) {
            let follows = reached.contains(&transfer.from) && !stops.contains(&transfer.from);
            if follows || seeds.contains(&transfer.transaction) {
                reached.insert(transfer.to);
                count += 1;
            }
        }
        assert_eq!((&reached, count), (&plant.reached, plant.reached_transfers), "{}", plant.name);
    }
}

#[test]
fn shapes_and_seeds_share_no_names_and_keep_chain_order() {
    let mut seen = BTreeSet::new();
    for seed in [1, 2] {
        for gap in [0, 5] {
            let options =
                PlantOptions { seed: seed * 10 + gap, block_gap: gap, ..PlantOptions::default() };
            for plant in all(&options) {
                let place = |t: &Transfer| (t.height, t.position);
                assert!(plant.transfers.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])));
                for transfer in &plant.transfers {
                    assert!(seen.insert(transfer.transaction), "{}", plant.name);
                }
            }
        }
    }
}

#[test]
fn decoys_resemble_their_models_and_are_never_reached() {
    let plant = look_alikes(&PlantOptions::default(), 4);
    assert_eq!((plant.decoys.len(), plant.counterfeits.len()), (4, 1));
    for decoy in &plant.decoys {
        let text = decoy.to_lower_hex();
        let models = plant.reached.iter().map(Address::to_lower_hex);
        let resembled = models.filter(|m| m[..8] == text[..8] && m[36..] == text[36..]);
        assert_eq!(resembled.count(), 1);
        assert!(!plant.reached.contains(decoy));
    }
}
