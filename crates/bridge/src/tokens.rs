//! Which token of one chain stands for which of another.
//!
//! A mapping is somebody's table, read from the data, never inferred from
//! names or amounts: an asset that is in no table is unresolved.

use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::{Amount, Asset, Chain};

/// A token of a chain, ordered by its key.
type Place = (Chain, Vec<u8>);

/// What a table says of two tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mapping {
    /// They stand for each other.
    Same,
    /// There is a table for the two chains, and it does not say so.
    Other,
    /// No table says anything of the two chains.
    Unresolved,
}

/// Pairs of tokens, read in both directions, with decimals where known.
#[derive(Clone, Debug, Default)]
pub struct TokenMap {
    pairs: BTreeMap<(Place, Chain), BTreeMap<Vec<u8>, Asset>>,
    routes: BTreeSet<(Chain, Chain)>,
    decimals: BTreeMap<Place, u8>,
}

fn place(chain: &Chain, asset: Asset) -> Place {
    (chain.clone(), asset.to_key().to_vec())
}

impl TokenMap {
    /// Says that two tokens stand for each other.
    pub fn add(&mut self, one: (&Chain, Asset), other: (&Chain, Asset)) {
        for ((chain, asset), (far, counterpart)) in [(one, other), (other, one)] {
            let known = self.pairs.entry((place(chain, asset), far.clone())).or_default();
            known.insert(counterpart.to_key().to_vec(), counterpart);
            self.routes.insert((chain.clone(), far.clone()));
        }
    }

    /// Says how many decimals a token has.
    pub fn set_decimals(&mut self, chain: &Chain, asset: Asset, decimals: u8) {
        self.decimals.insert(place(chain, asset), decimals);
    }

    /// Adds all that another table says.
    pub fn extend(&mut self, other: Self) {
        for (place, known) in other.pairs {
            self.pairs.entry(place).or_default().extend(known);
        }
        self.routes.extend(other.routes);
        self.decimals.extend(other.decimals);
    }

    /// Number of tokens that have a counterpart.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether no pair is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// What the table says of two tokens.
    #[must_use]
    pub fn compare(&self, one: (&Chain, Asset), other: (&Chain, Asset)) -> Mapping {
        let known = self.pairs.get(&(place(one.0, one.1), other.0.clone()));
        match known {
            Some(known) if known.contains_key(other.1.to_key().as_slice()) => Mapping::Same,
            _ if self.routes.contains(&(one.0.clone(), other.0.clone())) => Mapping::Other,
            _ => Mapping::Unresolved,
        }
    }

    /// What stands for a token on another chain, in the order of keys.
    #[must_use]
    pub fn counterparts(&self, chain: &Chain, asset: Asset, far: &Chain) -> Vec<Asset> {
        let known = self.pairs.get(&(place(chain, asset), far.clone()));
        known.into_iter().flat_map(BTreeMap::values).copied().collect()
    }

    /// `amount` of the first token in units of the second; `None` where
    /// digits would be lost or do not fit. Tokens of unknown decimals are
    /// taken to count alike.
    #[must_use]
    pub fn rescale(
        &self,
        amount: Amount,
        from: (&Chain, Asset),
        to: (&Chain, Asset),
    ) -> Option<Amount> {
        let decimals = |(chain, asset)| self.decimals.get(&place(chain, asset)).copied();
        let (Some(from), Some(to)) = (decimals(from), decimals(to)) else { return Some(amount) };
        let power = |digits: u8| 10_u128.checked_pow(u32::from(digits)).map(Amount::from_u128);
        match to.checked_sub(from) {
            Some(0) => Some(amount),
            Some(more) => amount.multiply_divide(power(more)?, Amount::from_u64(1)).ok(),
            None => amount.multiply_divide(Amount::from_u64(1), power(from - to)?).ok(),
        }
    }
}
