//! Wasabi Wallet, versions 1 and 2.
//!
//! Sources: the block scanner of Dumplings as used by Stockinger et al.
//! (PETS 2026), and Stütz et al. (AFT 2022).

use super::shape::{MixTransaction, in_order};
use super::{CoinJoinKind, CoinJoinVerdict};
use tracehound_model::address::AddressKind;
use tracehound_model::{Height, Rule};

/// Name and version of the rule for Wasabi 1.
pub(super) const WASABI1: Rule = Rule { name: "wasabi1", version: 1 };
/// Name and version of the rule for Wasabi 2.
pub(super) const WASABI2: Rule = Rule { name: "wasabi2", version: 1 };

/// First block in which Wasabi 1 may appear.
const WASABI1_FROM: u64 = 530_500;
/// More equal outputs than this, where the coordinator is known by its address.
pub(super) const COORDINATED_MORE_THAN: usize = 2;
/// From this block on the coordinator's address changes each round.
const WASABI1_NEW_ADDRESSES: u64 = 610_000;
/// The coordinator's fee addresses before that.
const COORDINATORS: [&str; 2] =
    ["bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew", "bc1qa24tsgchvuxsaccp8vrnkfd85hrcpafg20kmjw"];
/// Least equal outputs, and their value with the allowance to both sides.
pub(super) const EQUAL_OUTPUTS: usize = 10;
const BASE: u64 = 10_000_000;
const ALLOWANCE: u64 = 2_000_000;
/// The wallet orders inputs and outputs by value. Unordered transactions with
/// fewer inputs than this are on the authors' list of false positives.
const FEW_INPUTS: usize = 20;

/// First block in which Wasabi 2 may appear.
const WASABI2_FROM: u64 = 741_213;
/// Least inputs while zkSNACKs ran the coordinator, and after it ended
/// (1 June 2024, about this block).
const INPUTS_OF_ZKSNACKS: usize = 50;
const ZKSNACKS_UNTIL: u64 = 846_000;
pub(super) const INPUTS_LATER: usize = 15;
/// Share of outputs of a standard value, as a fraction.
const STANDARD_SHARE: (usize, usize) = (8, 10);
/// Range of the standard values in satoshi: 5,000 to 1,343.75 BTC.
const STANDARD_RANGE: std::ops::RangeInclusive<u64> = 5_000..=134_375_000_000;

/// Wasabi 1.
pub(super) fn wasabi1(transaction: &MixTransaction) -> Option<CoinJoinVerdict> {
    let repeated = transaction.repeated()?;
    let height = transaction.height.0;
    let fits = if height < WASABI1_FROM {
        false
    } else if is_coordinated(transaction.height) {
        repeated.count > COORDINATED_MORE_THAN && pays_coordinator(transaction)
    } else {
        repeated.count >= EQUAL_OUTPUTS
            && repeated.value.abs_diff(BASE) <= ALLOWANCE
            && transaction.inputs.len() >= repeated.count
            && transaction.distinct_values() >= 2
            && transaction.inputs_are(&[AddressKind::WitnessKeyHash])
            && transaction.outputs_are(&[AddressKind::WitnessKeyHash])
            && !unordered_and_small(transaction)
    };
    fits.then(|| transaction.verdict(CoinJoinKind::Wasabi1, WASABI1, repeated))
}

/// Whether Wasabi 1 is known by its coordinator's address in this block.
pub(super) fn is_coordinated(height: Height) -> bool {
    (WASABI1_FROM..WASABI1_NEW_ADDRESSES).contains(&height.0)
}

fn pays_coordinator(transaction: &MixTransaction) -> bool {
    let pays = |text: &str| {
        text.parse()
            .is_ok_and(|address| transaction.outputs.iter().any(|o| o.address == Some(address)))
    };
    COORDINATORS.into_iter().any(pays)
}

fn unordered_and_small(transaction: &MixTransaction) -> bool {
    transaction.inputs.len() < FEW_INPUTS
        && transaction.inputs.iter().all(|input| input.value.is_some())
        && !in_order(&transaction.inputs, false)
        && !in_order(&transaction.outputs, false)
}

/// Wasabi 2 and other coordinators of the `WabiSabi` protocol.
pub(super) fn wasabi2(transaction: &MixTransaction) -> Option<CoinJoinVerdict> {
    let height = transaction.height.0;
    let least = if height < ZKSNACKS_UNTIL { INPUTS_OF_ZKSNACKS } else { INPUTS_LATER };
    let standard = transaction.output_values().filter(|value| is_standard(*value)).count();
    let kinds = [AddressKind::WitnessKeyHash, AddressKind::Taproot];
    let fits = height >= WASABI2_FROM
        && transaction.inputs.len() >= least
        && transaction.inputs_are(&kinds)
        && in_order(&transaction.inputs, true)
        && in_order(&transaction.outputs, true)
        && standard * STANDARD_SHARE.1 > transaction.outputs.len() * STANDARD_SHARE.0;
    let repeated = transaction.repeated()?;
    fits.then(|| transaction.verdict(CoinJoinKind::Wasabi2, WASABI2, repeated))
}

/// Whether a value is a power of two or three, twice a power of three, or a
/// power of ten once, twice or five times.
fn is_standard(value: u64) -> bool {
    let power = |base: u64, times: u64| {
        value.is_multiple_of(times) && {
            let mut rest = value / times;
            while rest > 1 && rest.is_multiple_of(base) {
                rest /= base;
            }
            rest == 1
        }
    };
    STANDARD_RANGE.contains(&value)
        && (power(2, 1)
            || power(3, 1)
            || power(3, 2)
            || power(10, 1)
            || power(10, 2)
            || power(10, 5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::Address;

    #[test]
    fn standard_values_are_those_of_the_protocol() {
        for value in [6_561, 8_192, 10_000, 13_122, 20_000, 50_000, 134_217_728, 10_000_000_000] {
            assert!(is_standard(value), "{value}");
        }
        for value in [0, 1, 4_096, 5_000 - 1, 30_000, 7_000, 12_345, 1 << 40] {
            assert!(!is_standard(value), "{value}");
        }
        // 5,000 itself is five times a thousand.
        assert!(is_standard(5_000));
    }

    #[test]
    fn coordinators_are_addresses() {
        for text in COORDINATORS {
            assert!(text.parse::<Address>().is_ok(), "{text}");
        }
    }
}
