#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // probabilities

use super::*;
use crate::fixture::{address, one_pool, paid_in, paid_out};
use crate::side::TransferFacts;
use proptest::prelude::*;

fn ids(count: usize) -> Vec<EventId> {
    (0..count).map(|index| EventId { pool: 0, index }).collect()
}

fn ask(events: &MixerEvents, side: &SideData, deposits: &[EventId]) -> GroupAnswer {
    find_groups(events, side, deposits, &GroupParameters::default())
}

#[test]
fn what_the_deposits_cannot_have_paid_is_not_feasible() {
    let deposits = vec![paid_in(1, None), paid_in(2, None), paid_in(50, None), paid_in(60, None)];
    let events = one_pool(
        deposits,
        vec![paid_out(10, 7), paid_out(11, 7), paid_out(12, 7), paid_out(70, 7)],
    );
    let answer = ask(&events, &SideData::default(), &ids(3));
    let blocks: Vec<u64> =
        answer.candidates[0].matched.iter().map(|id| events.withdrawal(*id).height.0).collect();
    assert_eq!(blocks, [10, 11, 70], "the third of block 12 had no note yet");
    assert_eq!(answer.candidates[0].withdrawals.len(), 4);
}

#[test]
fn a_common_next_hop_gathers_fresh_receivers() {
    let deposits = (0..4).map(|block| paid_in(block, None)).collect();
    let events = one_pool(deposits, (10..14).map(|n| paid_out(u64::from(n), n)).collect());
    let transfer = |from| TransferFacts { from: address(from), to: address(99), height: None };
    let side =
        SideData { transfers: Some((10..13).map(transfer).collect()), ..SideData::default() };
    let answer = ask(&events, &side, &ids(3));
    assert_eq!(answer.candidates.len(), 1);
    assert_eq!(answer.candidates[0].hint, Hint::NextHop);
    assert_eq!(answer.candidates[0].matched.len(), 3);
}

#[test]
fn candidates_that_fit_alike_share_the_probability_alike() {
    // Two receivers, each paid twice in the same blocks.
    let deposits = (0..40).map(|block| paid_in(block, None)).collect();
    let withdrawals =
        [(100, 7), (100, 8), (160, 7), (160, 8)].map(|(block, to)| paid_out(block, to)).to_vec();
    let answer = ask(&one_pool(deposits, withdrawals), &SideData::default(), &ids(2));
    assert_eq!(answer.candidates.len(), 2);
    assert_eq!(answer.candidates[0].posterior, answer.candidates[1].posterior);
    assert_ne!(answer.verdict, Verdict::Separable);
}

prop_compose! {
    fn traffic(receivers: u8)(
        paid in prop::collection::vec(0_u64..300, 1..40),
        out in prop::collection::vec((0_u64..400, 1..receivers), 0..40),
        own in prop::collection::vec(any::<bool>(), 40),
    ) -> (MixerEvents, Vec<EventId>) {
        let mut deposits: Vec<_> = paid.iter().map(|height| paid_in(*height, None)).collect();
        for (leaf, deposit) in (0..).zip(&mut deposits) {
            deposit.leaf_index = leaf;
        }
        let withdrawals = out.iter().map(|(height, to)| paid_out(*height, *to)).collect();
        let own = ids(deposits.len()).into_iter().zip(own).filter(|(_, own)| *own);
        (one_pool(deposits, withdrawals), own.map(|(id, _)| id).collect())
    }
}

proptest! {
    /// Every receiver is paid once and nothing else is known: no deposit is likelier than another.
    #[test]
    fn without_side_information_every_eligible_deposit_is_exactly_as_likely(
        paid in prop::collection::vec(0_u64..300, 1..60),
        out in prop::collection::vec(0_u64..400, 0..60),
        own in 1_usize..60,
    ) {
        let deposits: Vec<_> = paid.iter().map(|height| paid_in(*height, None)).collect();
        let count = deposits.len();
        let withdrawals = (1_u8..).zip(&out).map(|(to, height)| paid_out(*height, to)).collect();
        let events = one_pool(deposits, withdrawals);
        let answer = ask(&events, &SideData::default(), &ids(own.min(count)));
        prop_assert_eq!(answer.verdict, Verdict::NothingShared);
        prop_assert_eq!(answer.none, 1.0);
        for (id, _) in events.withdrawals() {
            let shares = answer.shares(&events, id);
            let eligible = events.eligible(id);
            if eligible > 0 {
                let even = 1.0 / eligible as f64;
                prop_assert_eq!(shares.each_other, even);
                prop_assert!(shares.own == 0 || shares.each_own == even);
                prop_assert!((shares.anonymity_set() - eligible as f64).abs() < 1e-6);
            }
        }
    }

    /// Matched one to one, never backward, never more than was paid in; probabilities sum to 1.
    #[test]
    fn candidates_keep_to_what_is_possible((events, own) in traffic(6)) {
        let answer = ask(&events, &SideData::default(), &own);
        let whole: f64 = answer.candidates.iter().map(|group| group.posterior).sum();
        prop_assert!((whole + answer.none - 1.0).abs() < 1e-9);
        for group in &answer.candidates {
            prop_assert!(group.matched.len() <= own.len());
            prop_assert!(group.log_likelihood_ratio.is_finite());
            // At every moment no more was taken out than had been paid in.
            for (taken, id) in (1..).zip(&group.matched) {
                let paid = own.iter().filter(|deposit| events.is_eligible(**deposit, *id)).count();
                prop_assert!(taken <= paid);
            }
        }
        for (id, _) in events.withdrawals() {
            let shares = answer.shares(&events, id);
            let others = shares.eligible - shares.own;
            let whole = shares.own as f64 * shares.each_own + others as f64 * shares.each_other;
            prop_assert!(whole <= 1.0 + 1e-9, "{whole}");
            prop_assert!(shares.eligible == 0 || (whole - 1.0).abs() < 1e-9);
            prop_assert_eq!(shares.eligible, events.eligible(id));
        }
    }

    /// Who else is in the pools changes no matching of a candidate.
    #[test]
    fn moving_everything_in_time_changes_no_matching((events, own) in traffic(6), shift in 1_u64..1000) {
        let mut later = events.clone();
        for pool in &mut later.pools {
            pool.deposits.iter_mut().for_each(|deposit| deposit.height.0 += shift);
            pool.withdrawals.iter_mut().for_each(|withdrawal| withdrawal.height.0 += shift);
        }
        let matched = |answer: GroupAnswer| -> Vec<_> {
            answer.candidates.into_iter().map(|group| (group.key, group.matched)).collect()
        };
        let side = SideData::default();
        prop_assert_eq!(matched(ask(&events, &side, &own)), matched(ask(&later, &side, &own)));
    }
}
