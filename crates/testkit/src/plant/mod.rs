//! Planted thefts whose end is known beforehand.
//!
//! Each function makes one shape of laundering and computes by hand, not by
//! tracing, where every policy must find the money. Addresses and transactions are
//! invented from the options' seed and the shape, so that shapes of one seed
//! and backgrounds never share any. Every seed is a whole transaction of a
//! victim; no fees are charged.

mod builder;
mod mixed;
mod shapes;

pub use mixed::{deposits, look_alikes, mixing};
pub use shapes::{consolidation, equal_split, many_victims, pass_through, peel_off, returning};

use crate::schedule::Schedule;
use std::collections::{BTreeMap, BTreeSet};
use tracehound_model::case::Seed;
use tracehound_model::{Address, Amount, AmountError, Asset, Policy, Tag, Transfer};

/// Where and in what a theft is planted.
#[derive(Clone, Debug)]
pub struct PlantOptions {
    /// Names follow from it.
    pub seed: u64,
    /// What is stolen.
    pub asset: Asset,
    /// Base units that amounts are whole multiples of.
    pub unit: u64,
    /// Number of the block of the first transfer.
    pub first_block: u64,
    /// Blocks from one transaction to the next; 0 puts all into one block.
    pub block_gap: u64,
    /// Heights and times; the background's, if there is one.
    pub schedule: Schedule,
}

impl Default for PlantOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            asset: Asset::Native,
            unit: 1_000_000,
            first_block: 0,
            block_gap: 3,
            schedule: Schedule::default(),
        }
    }
}

/// A theft and its answer.
#[derive(Clone, Debug)]
pub struct Planted {
    /// Name of the shape.
    pub name: &'static str,
    /// The transfers, in chain order.
    pub transfers: Vec<Transfer>,
    /// What was stolen, for a case.
    pub seeds: Vec<Seed>,
    /// The services that money reaches.
    pub tags: Vec<Tag>,
    /// What was stolen.
    pub asset: Asset,
    /// How much each victim lost.
    pub stolen: BTreeMap<String, Amount>,
    /// Where the stolen money rests at the end, by policy; an address with a
    /// tag is a service, any other still holds it. Poison has no entry.
    pub rests: BTreeMap<Policy, BTreeMap<Address, Amount>>,
    /// Addresses that poison reaches: credited by a tainted transfer.
    pub reached: BTreeSet<Address>,
    /// How many transfers poison taints, the seeds included.
    pub reached_transfers: usize,
    /// Look-alike addresses that must carry neither taint nor a label.
    pub decoys: BTreeSet<Address>,
    /// Tokens that pass themselves off as another asset: contract, symbol, decimals.
    pub counterfeits: Vec<(Asset, &'static str, u8)>,
}

impl Planted {
    /// All that was stolen.
    ///
    /// # Errors
    /// Past 256 bits, which no 64-bit unit can bring about.
    pub fn total(&self) -> Result<Amount, AmountError> {
        Amount::sum(self.stolen.values().copied())
    }

    /// Whether every policy of this shape gives the same answer.
    #[must_use]
    pub fn is_policy_independent(&self) -> bool {
        let mut answers = self.rests.values();
        let first = answers.next();
        answers.all(|answer| Some(answer) == first)
    }
}

/// Every shape once, of moderate size, under one seed.
#[must_use]
pub fn all(options: &PlantOptions) -> Vec<Planted> {
    vec![
        equal_split(options, 40),
        pass_through(options, 25),
        peel_off(options, 20),
        consolidation(options, 12),
        returning(options, 3),
        many_victims(options, 9),
        mixing(options),
        deposits(options),
        look_alikes(options, 4),
    ]
}

#[cfg(test)]
mod tests;
