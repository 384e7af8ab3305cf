//! What probably lies behind CoinJoins, apart from what is certain.
//!
//! A tainted coin of a CoinJoin comes out as one of its equal outputs, each as
//! likely as the other as far as the chain shows. So each of n equal outputs
//! is given the n-th part of what went into the mix: of each tainted input at
//! most the repeated value, since what is above comes back as change that
//! nothing ties to its owner. These expected amounts are followed by haircut,
//! under which parts of a coin have no place in it, as a run of its own with
//! its own closing. Nothing of it is added to what is certain.

use crate::AnalysisError;
use crate::output_trace::{
    Arrival, OutputSeed, OutputTrace, OutputTraceRequest, index, trace_outputs,
};
use crate::trace::{Cut, Rest};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use tracehound_model::Policy;
use tracehound_store::StoreError;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId};

/// The repeated value of a CoinJoin and how many outputs have it.
pub type EqualOutputs<'a> = &'a dyn Fn(TransactionId) -> Result<Option<(u64, u32)>, StoreError>;

/// A CoinJoin that taint went into.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mix {
    /// The transaction.
    pub transaction: TransactionId,
    /// The repeated value, satoshi.
    pub denomination: u64,
    /// The anonymity set: how many outputs have that value. A tainted coin is
    /// in each of them with a probability of one in so many.
    pub equal_outputs: u32,
    /// Taint that went in, satoshi.
    pub tainted: u64,
    /// Tainted inputs.
    pub inputs: u32,
    /// Expected taint of each equal output, satoshi, rounded down.
    pub expected: u64,
    /// Taint that is not placed: above the repeated value, or lost to rounding.
    pub unplaced: u64,
}

/// What is probable behind the CoinJoins that one policy's trace ended in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProbableLeg {
    /// The policy whose certain part ended there.
    pub from_policy: Policy,
    /// The CoinJoins, in chain order.
    pub mixes: Vec<Mix>,
    /// The run, by haircut; a seed is a CoinJoin.
    pub trace: OutputTrace,
    /// Its seeds.
    pub seeds: Vec<OutputSeed>,
}

impl ProbableLeg {
    /// Expected satoshi at rest by state, all CoinJoins together.
    #[must_use]
    pub fn rests(&self) -> BTreeMap<Rest, u64> {
        let mut rests = BTreeMap::new();
        for ((_, rest), amount) in self.trace.rests() {
            *rests.entry(rest).or_insert(0) += amount;
        }
        rests
    }

    /// Whether what is expected is what rests, mix by mix, and with what is
    /// not placed makes up what went in. Outputs that two mixes claim, which
    /// cannot be, would not close.
    #[must_use]
    pub fn closes(&self) -> bool {
        let placed = self.mixes.iter().zip(&self.trace.stolen).all(|(mix, stolen)| {
            mix.expected.saturating_mul(u64::from(mix.equal_outputs)) == *stolen
                && stolen.checked_add(mix.unplaced) == Some(mix.tainted)
        });
        placed && self.trace.closes()
    }
}

/// Follows what a trace left in CoinJoins; `None` if it left nothing there.
///
/// # Errors
/// If the chain cannot be read; `stop` ends it with nothing returned.
pub fn probable_leg(
    ledger: &dyn OutputLedger,
    request: &OutputTraceRequest<'_>,
    trace: &OutputTrace,
    equal: EqualOutputs<'_>,
    stop: Option<&AtomicBool>,
) -> Result<Option<ProbableLeg>, AnalysisError> {
    let mut inputs: BTreeMap<TransactionId, Vec<(u64, u64)>> = BTreeMap::new();
    let mixed = trace.bookings.iter().filter(|booking| booking.rest == Rest::Cut(Cut::CoinJoin));
    for flow in mixed.filter_map(|booking| trace.flows.get(booking.flow)) {
        if matches!(flow.arrival, Arrival::Mixed(_)) {
            inputs.entry(flow.transaction).or_default().push((flow.value, flow.tainted));
        }
    }
    let (mut mixes, mut seeds) = (Vec::new(), Vec::new());
    for (transaction, inputs) in inputs {
        let Some((denomination, count)) = equal(transaction)?.filter(|(_, count)| *count > 0)
        else {
            continue;
        };
        let mix = mix(transaction, (denomination, count), &inputs);
        seeds.push(seed(ledger, &mix)?);
        mixes.push(mix);
    }
    if mixes.is_empty() {
        return Ok(None);
    }
    let mut request = request.clone();
    request.policies = vec![Policy::Haircut];
    request.seeds.clone_from(&seeds);
    let mut outcome = trace_outputs(ledger, &request, stop)?;
    let Some(run) = outcome.policies.pop() else { return Ok(None) };
    Ok(Some(ProbableLeg { from_policy: trace.policy, mixes, trace: run, seeds }))
}

/// What each equal output may expect of tainted inputs, given as value and taint.
fn mix(
    transaction: TransactionId,
    (denomination, count): (u64, u32),
    inputs: &[(u64, u64)],
) -> Mix {
    let tainted: u64 = inputs.iter().map(|(_, tainted)| tainted).sum();
    let entering: u64 = inputs.iter().map(|(_, tainted)| (*tainted).min(denomination)).sum();
    let most = denomination.saturating_mul(u64::from(count));
    let expected = entering.min(most) / u64::from(count);
    Mix {
        transaction,
        denomination,
        equal_outputs: count,
        tainted,
        inputs: u32::try_from(inputs.len()).unwrap_or(u32::MAX),
        expected,
        unplaced: tainted - expected * u64::from(count),
    }
}

fn seed(ledger: &dyn OutputLedger, mix: &Mix) -> Result<OutputSeed, AnalysisError> {
    let view = ledger.transaction(mix.transaction)?;
    let hash = ledger.hash(mix.transaction)?;
    let equal = (0..).zip(view.outputs).filter(|(_, output)| output.value().0 == mix.denomination);
    let outputs = equal
        .filter(|_| mix.expected > 0)
        .map(|(index, _)| (OutputId { transaction: mix.transaction, index }, Some(mix.expected)))
        .take(index(mix.equal_outputs));
    Ok(OutputSeed {
        victim: "probably".to_owned(),
        description: format!("CoinJoin {}", ledger.chain().transaction_text(&hash)),
        outputs: outputs.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_equal_output_expects_its_part_and_the_rest_is_said() {
        let mixed = mix(TransactionId(7), (100, 5), &[(250, 250), (100, 63)]);
        // 100 of the first and 63 of the second go into five outputs.
        assert_eq!((mixed.expected, mixed.tainted, mixed.unplaced), (32, 313, 153));
    }

    #[test]
    fn no_output_expects_more_than_it_holds() {
        let mixed = mix(TransactionId(7), (100, 2), &[(100, 100), (100, 100), (100, 100)]);
        assert_eq!((mixed.expected, mixed.unplaced), (100, 100));
    }
}
