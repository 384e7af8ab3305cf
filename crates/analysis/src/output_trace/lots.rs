//! Satoshis of an output by whose loss they are, and how a transaction deals
//! them out under each policy.

use crate::trace::SeedId;
use tracehound_model::Policy;

/// Some satoshis, all of one theft or of none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lot {
    /// Whose loss; `None` for money of no theft traced.
    pub seed: Option<SeedId>,
    /// How many.
    pub amount: u64,
}

/// An output's satoshis in their order; under policies without an order, by
/// theft. They add up to the output's value, except under poison, where each
/// theft has all of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lots(Vec<Lot>);

impl Lots {
    /// Money of no theft.
    #[must_use]
    pub fn clean(amount: u64) -> Self {
        let mut lots = Self::default();
        lots.push(None, amount);
        lots
    }

    /// Adds satoshis at the end.
    pub fn push(&mut self, seed: Option<SeedId>, amount: u64) {
        match self.0.last_mut() {
            _ if amount == 0 => {}
            Some(last) if last.seed == seed => last.amount += amount,
            _ => self.0.push(Lot { seed, amount }),
        }
    }

    /// The lots in their order.
    #[must_use]
    pub fn lots(&self) -> &[Lot] {
        &self.0
    }

    /// Satoshis of any theft. Under poison: the most that any theft claims.
    #[must_use]
    pub fn tainted(&self, policy: Policy) -> u64 {
        let tainted = self.0.iter().filter(|lot| lot.seed.is_some()).map(|lot| lot.amount);
        if policy == Policy::Poison { tainted.max().unwrap_or(0) } else { tainted.sum() }
    }

    /// Satoshis of each theft, ascending by theft.
    #[must_use]
    pub fn by_seed(&self) -> Vec<(SeedId, u64)> {
        let mut sums: Vec<(SeedId, u64)> = Vec::new();
        let mut tainted: Vec<(SeedId, u64)> =
            self.0.iter().filter_map(|lot| Some((lot.seed?, lot.amount))).collect();
        tainted.sort_by_key(|(seed, _)| *seed);
        for (seed, amount) in tainted {
            match sums.last_mut().filter(|(last, _)| *last == seed) {
                Some((_, sum)) => *sum += amount,
                None => sums.push((seed, amount)),
            }
        }
        sums
    }

    /// Marks the clean ones among the first `most` satoshis as a theft's: of
    /// two thefts the earlier keeps what it has (under poison both have all of
    /// it). Says how many were marked and how many were a theft's already.
    pub fn mark(&mut self, seed: SeedId, most: u64, policy: Policy) -> (u64, u64) {
        if policy == Policy::Poison {
            let whole = self.0.iter().map(|lot| lot.amount).max().unwrap_or(0);
            let most = most.min(whole);
            if most == 0 || self.0.iter().any(|lot| lot.seed == Some(seed)) {
                return (0, most);
            }
            self.0.retain(|lot| lot.seed.is_some());
            self.0.push(Lot { seed: Some(seed), amount: whole });
            self.0.sort_by_key(|lot| lot.seed);
            return (most, 0);
        }
        let (mut left, mut marked, mut collided) = (most, 0, 0);
        let mut lots = Self::default();
        for lot in std::mem::take(&mut self.0) {
            let reached = lot.amount.min(left);
            left -= reached;
            match lot.seed {
                None => {
                    lots.push(Some(seed), reached);
                    lots.push(None, lot.amount - reached);
                    marked += reached;
                }
                Some(earlier) => {
                    lots.push(Some(earlier), lot.amount);
                    collided += reached;
                }
            }
        }
        *self = if policy == Policy::Haircut { lots.unordered() } else { lots };
        (marked, collided)
    }

    /// One lot a theft, ascending, the clean money last.
    fn unordered(&self) -> Self {
        let mut lots = Self::default();
        self.by_seed().into_iter().for_each(|(seed, amount)| lots.push(Some(seed), amount));
        let clean = self.0.iter().filter(|lot| lot.seed.is_none()).map(|lot| lot.amount).sum();
        lots.push(None, clean);
        lots
    }
}

/// Deals the lots of `inputs` out to `outputs`, the last of which is the fee.
/// Both add up to the same. Definitions: `docs/methods/output-taint.md`.
#[must_use]
pub fn deal(policy: Policy, inputs: &[Lots], outputs: &[u64]) -> Vec<Lots> {
    let all = inputs.iter().flat_map(|lots| lots.0.iter().copied());
    let is_tainted = |lot: &Lot| lot.seed.is_some();
    match policy {
        Policy::Poison => poison(inputs, outputs),
        Policy::Haircut => haircut(inputs, outputs),
        Policy::Lifo => {
            let mut all: Vec<Lot> = all.collect();
            all.reverse();
            in_order(&all, outputs, &(0..outputs.len()).collect::<Vec<_>>())
        }
        Policy::CleanFirst => {
            let (tainted, clean): (Vec<Lot>, Vec<Lot>) = all.partition(is_tainted);
            in_order(&[clean, tainted].concat(), outputs, &in_place(outputs))
        }
        Policy::DirtyFirst | Policy::Tiho | Policy::Tilo => {
            let (tainted, clean): (Vec<Lot>, Vec<Lot>) = all.partition(is_tainted);
            let mut places = in_place(outputs);
            let fee = places.pop();
            match policy {
                Policy::Tiho => places.sort_by_key(|place| std::cmp::Reverse(outputs[*place])),
                Policy::Tilo => places.sort_by_key(|place| outputs[*place]),
                _ => {}
            }
            places.extend(fee);
            in_order(&[tainted, clean].concat(), outputs, &places)
        }
        _ => in_order(&all.collect::<Vec<_>>(), outputs, &in_place(outputs)),
    }
}

fn in_place(outputs: &[u64]) -> Vec<usize> {
    (0..outputs.len()).collect()
}

/// Fills outputs one after another in the order of `places`.
fn in_order(all: &[Lot], outputs: &[u64], places: &[usize]) -> Vec<Lots> {
    let mut dealt = vec![Lots::default(); outputs.len()];
    let mut rest = all.iter().copied();
    let mut at = rest.next();
    for place in places {
        let mut open = outputs[*place];
        while let Some(lot) = at.filter(|_| open > 0) {
            let taken = lot.amount.min(open);
            dealt[*place].push(lot.seed, taken);
            open -= taken;
            at = match lot.amount - taken {
                0 => rest.next(),
                amount => Some(Lot { amount, ..lot }),
            };
        }
    }
    dealt
}

/// Every output has every theft of any input, whole.
fn poison(inputs: &[Lots], outputs: &[u64]) -> Vec<Lots> {
    let mut seeds: Vec<SeedId> = inputs
        .iter()
        .flat_map(|lots| lots.0.iter().filter(|lot| lot.amount > 0).filter_map(|lot| lot.seed))
        .collect();
    seeds.sort_unstable();
    seeds.dedup();
    let lots_of = |value: &u64| match seeds.as_slice() {
        [] => Lots::clean(*value),
        seeds if *value > 0 => {
            Lots(seeds.iter().map(|seed| Lot { seed: Some(*seed), amount: *value }).collect())
        }
        _ => Lots::default(),
    };
    outputs.iter().map(lots_of).collect()
}

/// Pro rata without a fraction lost: each theft in turn, ascending, is cut
/// up at the rounded-down cumulative shares of what room is left.
fn haircut(inputs: &[Lots], outputs: &[u64]) -> Vec<Lots> {
    let mut all = Lots::default();
    inputs.iter().flat_map(|lots| lots.0.iter()).for_each(|lot| all.0.push(*lot));
    let mut room: Vec<u64> = outputs.to_vec();
    let mut dealt = vec![Lots::default(); outputs.len()];
    for (seed, amount) in all.by_seed() {
        let whole: u128 = room.iter().map(|room| u128::from(*room)).sum();
        let (mut sum, mut given) = (0_u128, 0_u64);
        for (place, room) in room.iter_mut().enumerate() {
            sum += u128::from(*room);
            // A share of `amount` fits what `amount` fits; a room of nothing gets nothing.
            let until = (u128::from(amount) * sum).checked_div(whole).unwrap_or(0);
            let until = u64::try_from(until).unwrap_or(u64::MAX);
            let share = until - given;
            given = until;
            *room -= share;
            dealt[place].push(Some(seed), share);
        }
    }
    dealt.iter_mut().zip(room).for_each(|(lots, room)| lots.push(None, room));
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<SeedId> = Some(SeedId(0));
    const B: Option<SeedId> = Some(SeedId(1));

    fn lots(list: &[(Option<SeedId>, u64)]) -> Lots {
        let mut lots = Lots::default();
        list.iter().for_each(|(seed, amount)| lots.push(*seed, *amount));
        lots
    }

    /// Three stolen of A, seven fresh, two of B; outputs of 4, 6 and 1, fee 1.
    fn dealt(policy: Policy) -> Vec<Lots> {
        deal(policy, &[lots(&[(A, 3)]), lots(&[(None, 7)]), lots(&[(B, 2)])], &[4, 6, 1, 1])
    }

    #[test]
    fn each_policy_deals_as_defined() {
        let of = |list: [&[(Option<SeedId>, u64)]; 4]| list.map(lots).to_vec();
        let fifo = of([&[(A, 3), (None, 1)], &[(None, 6)], &[(B, 1)], &[(B, 1)]]);
        assert_eq!(dealt(Policy::Fifo), fifo);
        let lifo = of([&[(B, 2), (None, 2)], &[(None, 5), (A, 1)], &[(A, 1)], &[(A, 1)]]);
        assert_eq!(dealt(Policy::Lifo), lifo);
        let dirty = of([&[(A, 3), (B, 1)], &[(B, 1), (None, 5)], &[(None, 1)], &[(None, 1)]]);
        assert_eq!(dealt(Policy::DirtyFirst), dirty);
        let clean = of([&[(None, 4)], &[(None, 3), (A, 3)], &[(B, 1)], &[(B, 1)]]);
        assert_eq!(dealt(Policy::CleanFirst), clean);
        let highest = of([&[(None, 4)], &[(A, 3), (B, 2), (None, 1)], &[(None, 1)], &[(None, 1)]]);
        assert_eq!(dealt(Policy::Tiho), highest);
        let lowest = of([&[(A, 2), (B, 2)], &[(None, 6)], &[(A, 1)], &[(None, 1)]]);
        assert_eq!(dealt(Policy::Tilo), lowest);
        let haircut =
            of([&[(A, 1), (None, 3)], &[(A, 1), (B, 1), (None, 4)], &[(B, 1)], &[(A, 1)]]);
        // A: floors of 3*4/12, 3*10/12, 3*11/12, 3; then B on the room left: 3, 5, 1, 0 of 9.
        assert_eq!(dealt(Policy::Haircut), haircut);
    }

    #[test]
    fn poison_reaches_every_output_for_every_theft() {
        for (lots, value) in dealt(Policy::Poison).iter().zip([4, 6, 1, 1]) {
            assert_eq!(lots.by_seed(), [(SeedId(0), value), (SeedId(1), value)]);
            assert_eq!(lots.tainted(Policy::Poison), value);
        }
    }

    #[test]
    fn of_two_thefts_the_earlier_keeps_what_it_has() {
        let mut both = lots(&[(None, 2), (A, 3), (None, 5)]);
        assert_eq!(both.mark(SeedId(1), 7, Policy::Fifo), (4, 3));
        assert_eq!(both, lots(&[(B, 2), (A, 3), (B, 2), (None, 3)]));
        assert_eq!(both.by_seed(), [(SeedId(0), 3), (SeedId(1), 4)]);
    }
}
