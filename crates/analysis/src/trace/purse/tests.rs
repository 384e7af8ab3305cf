use super::*;
use proptest::prelude::*;

fn portion(seed: u32, amount: u64) -> Portion {
    Portion { seed: Some(SeedId(seed)), amount: Amount::from_u64(amount), hops: 1 }
}

fn clean(amount: u64) -> Portion {
    Portion::clean(Amount::from_u64(amount))
}

/// A purse that received 30 clean, 50 stolen, 20 clean.
fn purse(policy: Policy) -> Purse {
    let mut purse = Purse::new(policy);
    for each in [clean(30), portion(0, 50), clean(20)] {
        purse.put(each).unwrap();
    }
    purse
}

fn tainted_part(policy: Policy, amount: u64) -> u64 {
    let drawn = purse(policy).draw(Amount::from_u64(amount)).unwrap();
    drawn.tainted().unwrap().to_u64().unwrap()
}

#[test]
fn each_policy_takes_what_its_definition_says() {
    // Of a debit of 40 from 30 clean, 50 stolen, 20 clean:
    assert_eq!(tainted_part(Policy::Fifo, 40), 10);
    assert_eq!(tainted_part(Policy::Lifo, 40), 20);
    assert_eq!(tainted_part(Policy::Haircut, 40), 20);
    assert_eq!(tainted_part(Policy::DirtyFirst, 40), 40);
    assert_eq!(tainted_part(Policy::CleanFirst, 40), 0);
    assert_eq!(tainted_part(Policy::Libr, 40), 0);
    assert_eq!(tainted_part(Policy::Poison, 40), 40);
}

#[test]
fn a_debit_beyond_the_balance_is_unexplained_not_invented() {
    for policy in Policy::ON_ACCOUNTS {
        let drawn = purse(policy).draw(Amount::from_u64(130)).unwrap();
        assert_eq!(drawn.unexplained, Amount::from_u64(30), "{policy}");
        if policy.conserves() {
            assert_eq!(drawn.tainted().unwrap(), Amount::from_u64(50), "{policy}");
        }
    }
}

#[test]
fn fifo_hands_on_the_order_of_its_lots() {
    let drawn = purse(Policy::Fifo).draw(Amount::from_u64(90)).unwrap();
    assert_eq!(drawn.portions, vec![clean(30), portion(0, 50), clean(10)]);
}

proptest! {
    /// Nothing is lost or made by any sequence of puts and draws, and the
    /// haircut of one draw is within one unit a label of the exact share.
    #[test]
    fn purses_conserve(
        puts in prop::collection::vec((0_u32..4, 1_u64..1000), 1..12),
        draws in prop::collection::vec(1_u64..2000, 1..12),
        policy in prop::sample::select(Policy::ON_ACCOUNTS.to_vec()),
    ) {
        let mut purse = Purse::new(policy);
        let (mut stolen, mut total) = (0_u64, 0_u64);
        for (seed, amount) in puts {
            total += amount;
            let put = if seed == 3 { clean(amount) } else { portion(seed, amount) };
            stolen += if seed == 3 { 0 } else { amount };
            purse.put(put).unwrap();
        }
        for wanted in draws {
            let held = Amount::sum(purse.tainted().iter().map(|p| p.amount)).unwrap();
            let drawn = purse.draw(Amount::from_u64(wanted)).unwrap();
            let taken = drawn.tainted().unwrap().to_u64().unwrap();
            if !policy.conserves() {
                continue;
            }
            let known = wanted.min(total);
            prop_assert_eq!(drawn.unexplained.to_u64().unwrap(), wanted - known);
            let parts = Amount::sum(drawn.portions.iter().map(|p| p.amount)).unwrap();
            prop_assert_eq!(parts.to_u64().unwrap(), known);
            if policy == Policy::Haircut && total > 0 {
                let exact = held.to_u64().unwrap() * known / total;
                prop_assert!(taken.abs_diff(exact) <= 4, "{} of {}", taken, exact);
            }
            total -= known;
            stolen -= taken;
            let left = Amount::sum(purse.tainted().iter().map(|p| p.amount)).unwrap();
            prop_assert_eq!(left.to_u64().unwrap(), stolen);
        }
    }

    /// Clean-first keeps the most taint, dirty-first the least; libr keeps
    /// exactly what clean-first keeps.
    #[test]
    fn other_policies_lie_between(
        puts in prop::collection::vec((0_u32..4, 1_u64..1000), 1..12),
        draws in prop::collection::vec(1_u64..500, 1..12),
    ) {
        let left = |policy: Policy| {
            let mut purse = Purse::new(policy);
            for (put, draw) in puts.iter().zip(draws.iter().chain(std::iter::repeat(&0))) {
                let each = if put.0 == 3 { clean(put.1) } else { portion(put.0, put.1) };
                purse.put(each).unwrap();
                purse.draw(Amount::from_u64(*draw)).unwrap();
            }
            Amount::sum(purse.tainted().iter().map(|p| p.amount)).unwrap()
        };
        let (most, least) = (left(Policy::CleanFirst), left(Policy::DirtyFirst));
        prop_assert_eq!(left(Policy::Libr), most);
        for policy in [Policy::Fifo, Policy::Lifo, Policy::Haircut] {
            let kept = left(policy);
            prop_assert!(least <= kept && kept <= most, "{}", policy);
        }
    }
}
