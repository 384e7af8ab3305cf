//! What the rules look at.

use super::{CoinJoinKind, CoinJoinVerdict};
use hashbrown::HashMap;
use std::collections::BTreeSet;
use tracehound_model::address::AddressKind;
use tracehound_model::{Address, Height, Rule};

/// One input or output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MixCoin {
    /// Satoshi, if known.
    pub value: Option<u64>,
    /// Whose, if known; an output that carries data has none.
    pub address: Option<Address>,
}

/// A transaction as the rules see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MixTransaction {
    /// Height of its block.
    pub height: Height,
    /// Its inputs, in order.
    pub inputs: Vec<MixCoin>,
    /// Its outputs that pay somebody, in order.
    pub outputs: Vec<MixCoin>,
    /// Bytes after `OP_RETURN` of each output that carries data.
    pub data: Vec<usize>,
}

/// The value that most outputs have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Repeated {
    pub(super) value: u64,
    pub(super) count: usize,
}

impl MixTransaction {
    /// Values of the outputs.
    pub(super) fn output_values(&self) -> impl Iterator<Item = u64> + '_ {
        self.outputs.iter().filter_map(|output| output.value)
    }

    /// The most common output value; of equally common ones the largest.
    pub(super) fn repeated(&self) -> Option<Repeated> {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        self.output_values().for_each(|value| *counts.entry(value).or_default() += 1);
        let most = counts.into_iter().max_by_key(|(value, count)| (*count, *value));
        most.map(|(value, count)| Repeated { value, count })
    }

    /// How many different values outputs have.
    pub(super) fn distinct_values(&self) -> usize {
        self.output_values().collect::<BTreeSet<_>>().len()
    }

    /// Different known input addresses, each unknown one taken for another.
    pub(super) fn distinct_payers(&self) -> usize {
        let known: BTreeSet<Address> = self.inputs.iter().filter_map(|i| i.address).collect();
        known.len() + self.inputs.iter().filter(|input| input.address.is_none()).count()
    }

    /// Whether all outputs pay different addresses.
    pub(super) fn outputs_differ(&self) -> bool {
        let known: BTreeSet<Address> = self.outputs.iter().filter_map(|o| o.address).collect();
        known.len() == self.outputs.len()
    }

    /// Whether every known script of the inputs is one of these kinds.
    pub(super) fn inputs_are(&self, kinds: &[AddressKind]) -> bool {
        are(&self.inputs, kinds)
    }

    /// Whether every script of the outputs is one of these kinds.
    pub(super) fn outputs_are(&self, kinds: &[AddressKind]) -> bool {
        are(&self.outputs, kinds)
    }

    /// A verdict of a rule over this transaction.
    pub(super) fn verdict(
        &self,
        kind: CoinJoinKind,
        rule: Rule,
        repeated: Repeated,
    ) -> CoinJoinVerdict {
        let known = |input: &&MixCoin| input.value.is_none() || input.address.is_none();
        // Counts within a transaction fit 32 bits.
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        CoinJoinVerdict {
            kind,
            rule,
            denomination: repeated.value,
            equal_outputs: small(repeated.count),
            unknown_inputs: small(self.inputs.iter().filter(known).count()),
        }
    }
}

fn are(coins: &[MixCoin], kinds: &[AddressKind]) -> bool {
    coins.iter().filter_map(|coin| coin.address).all(|address| kinds.contains(&address.kind()))
}

/// Whether known values never fall (or, `falling`, never rise).
pub(super) fn in_order(coins: &[MixCoin], falling: bool) -> bool {
    let values: Vec<u64> = coins.iter().filter_map(|coin| coin.value).collect();
    values.windows(2).all(|pair| if falling { pair[0] >= pair[1] } else { pair[0] <= pair[1] })
}
