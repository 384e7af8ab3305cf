//! Whirlpool: Samourai's and, since 2025, Ashigaru's.
//!
//! Sources: the scanner of Dumplings as used by Stockinger et al. (PETS
//! 2026), and Stütz et al. (AFT 2022). Lineage to the first mix of a pool is
//! not followed, so an imitation of the shape is taken for the real thing.

use super::shape::{MixTransaction, Repeated};
use super::{CoinJoinKind, CoinJoinVerdict};
use tracehound_model::Rule;
use tracehound_model::address::AddressKind;

/// Name and version of the rule for mixes.
pub(super) const MIX: Rule = Rule { name: "whirlpool", version: 1 };
/// Name and version of the rule for preparations.
pub(super) const TX0: Rule = Rule { name: "whirlpool-tx0", version: 1 };
/// Name and version of the rule for payments of mixed coins.
pub(super) const POST_MIX: Rule = Rule { name: "whirlpool-post-mix", version: 1 };

/// Pools by denomination, with the fee that entering costs (satoshi):
/// Samourai's four, then Ashigaru's two, whose fee is taken as a twentieth.
const POOLS: [(u64, u64); 6] = [
    (100_000, 5_000),
    (1_000_000, 50_000),
    (5_000_000, 175_000),
    (50_000_000, 1_750_000),
    (2_500_000, 125_000),
    (25_000_000, 1_250_000),
];
/// Participants of a mix.
const PARTICIPANTS: std::ops::RangeInclusive<usize> = 5..=10;
/// What a coin that enters may bring beyond the denomination, for the miner.
const MOST_BEYOND: u64 = 110_000;
/// A coin that was prepared brings at least this much more.
const LEAST_BEYOND: u64 = 100;
/// Coins that enter a mix for the first time; the others were mixed before.
const ENTRANTS: std::ops::RangeInclusive<usize> = 1..=4;
/// Bytes of a preparation's data with the opcodes that push them: 64, or 80 since 2021.
const DATA_BYTES: [usize; 2] = [1 + 64, 2 + 80];
/// Kinds of scripts that the wallets pay.
const WITNESS: [AddressKind; 3] =
    [AddressKind::WitnessKeyHash, AddressKind::WitnessScriptHash, AddressKind::Taproot];
/// Most coins that one preparation makes.
const MOST_PREPARED: usize = 70;

/// A mix: as many inputs as outputs, all outputs the pool's denomination.
pub(super) fn mix(transaction: &MixTransaction) -> Option<CoinJoinVerdict> {
    let repeated = transaction.repeated()?;
    let denomination = repeated.value;
    let fits = POOLS.iter().any(|(pool, _)| *pool == denomination)
        && transaction.data.is_empty()
        && repeated.count == transaction.outputs.len()
        && repeated.count == transaction.inputs.len()
        && PARTICIPANTS.contains(&repeated.count)
        && inputs_fit(transaction, denomination);
    fits.then(|| transaction.verdict(CoinJoinKind::Whirlpool, MIX, repeated))
}

/// Whether known inputs bring the denomination and little more, and neither
/// all nor none enter for the first time.
fn inputs_fit(transaction: &MixTransaction, denomination: u64) -> bool {
    let known: Vec<u64> = transaction.inputs.iter().filter_map(|input| input.value).collect();
    let unknown = transaction.inputs.len() - known.len();
    let fit = known
        .iter()
        .all(|value| value.checked_sub(denomination).is_some_and(|beyond| beyond <= MOST_BEYOND));
    let mixed_before = known.iter().filter(|value| **value == denomination).count();
    let entering = known.len() - mixed_before;
    fit && mixed_before + unknown >= 1
        && entering <= *ENTRANTS.end()
        && entering + unknown >= *ENTRANTS.start()
}

/// A preparation: one output of data, equal coins a little above the
/// denomination, and a fee.
pub(super) fn tx0(transaction: &MixTransaction) -> Option<CoinJoinVerdict> {
    let [bytes] = transaction.data.as_slice() else { return None };
    if !DATA_BYTES.contains(bytes) || !transaction.outputs_are(&WITNESS) {
        return None;
    }
    for (pool, fee) in POOLS {
        let prepared: Vec<u64> = transaction
            .output_values()
            .filter(|value| {
                let beyond = value.checked_sub(pool);
                beyond.is_some_and(|b| (LEAST_BEYOND..=MOST_BEYOND).contains(&b))
            })
            .collect();
        let Some(first) = prepared.first().copied() else { continue };
        let equal = prepared.iter().filter(|value| **value == first).count();
        let fees = fee / 2..=fee * 3;
        let pays_fee = transaction.output_values().any(|value| fees.contains(&value));
        if equal == prepared.len() && equal <= MOST_PREPARED && pays_fee {
            let repeated = Repeated { value: first, count: equal };
            return Some(transaction.verdict(CoinJoinKind::WhirlpoolTx0, TX0, repeated));
        }
    }
    None
}

/// The verdict on a payment of coins that are known to come out of a mix.
pub(super) fn post_mix(transaction: &MixTransaction) -> CoinJoinVerdict {
    let nothing = Repeated { value: 0, count: 0 };
    transaction.verdict(CoinJoinKind::WhirlpoolPostMix, POST_MIX, nothing)
}
