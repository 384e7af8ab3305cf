//! Whether a transaction can be any of what the rules look for, by counts and
//! values alone: spares nearly all transactions the reading of their
//! addresses. It may say yes too often, never no too often; a property test
//! beside the rules holds it to that.

use super::wasabi;
use tracehound_store::utxo::TransactionView;

/// Fewest inputs and outputs of a mix: two people, two payments and a change.
/// Every rule for mixing asks for them.
pub(super) const LEAST_INPUTS: usize = 2;
pub(super) const LEAST_OUTPUTS: usize = 3;

/// Outputs whose values fit on the stack.
const FEW: usize = 64;

/// What a look at counts and values leaves possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Possible {
    /// No rule for mixing transactions knows it.
    Nothing,
    /// Only the rule that knows Wasabi 1 by its coordinator's address, in the
    /// blocks of that rule.
    Coordinated,
    /// Any rule.
    Anything,
}

/// Whether a rule for mixing transactions can know it.
pub(super) fn mixes(view: &TransactionView<'_>) -> Possible {
    let (inputs, outputs) = (view.inputs.len(), view.outputs.len());
    if view.fields.coinbase || inputs < LEAST_INPUTS || outputs < LEAST_OUTPUTS {
        return Possible::Nothing;
    }
    if inputs >= wasabi::INPUTS_LATER {
        return Possible::Anything;
    }
    let mut few = [0; FEW];
    let mut many = Vec::new();
    let values = match few.get_mut(..outputs) {
        Some(values) => values,
        None => {
            many.resize(outputs, 0);
            &mut many
        }
    };
    // An output that pays nobody is no payment, whatever its value.
    let mut paid = 0;
    for output in view.outputs.iter().filter(|output| output.address().is_some()) {
        values[paid] = output.value().0;
        paid += 1;
    }
    let most = most_common(&mut values[..paid]);
    if paid < LEAST_OUTPUTS || most < 2 {
        return Possible::Nothing;
    }
    // JoinMarket and the generic shape repeat one value in half of the
    // payments at least, for as many payers; Whirlpool in all of them, Wasabi 1
    // in ten or more, for as many inputs.
    let whole = most == paid || most >= wasabi::EQUAL_OUTPUTS;
    let any = most <= inputs && (whole || most * 2 >= paid && most <= payers(view));
    match (any, most > wasabi::COORDINATED_MORE_THAN) {
        (true, _) => Possible::Anything,
        (false, true) => Possible::Coordinated,
        (false, false) => Possible::Nothing,
    }
}

/// Whether it can be a preparation for Whirlpool, which carries data.
pub(super) fn prepares(view: &TransactionView<'_>) -> bool {
    !view.fields.coinbase && view.outputs.iter().any(|output| output.address().is_none())
}

/// Different addresses among few inputs, each unknown one taken for another.
fn payers(view: &TransactionView<'_>) -> usize {
    let is_new = |place: usize| {
        let address = view.inputs[place].address();
        address.is_none() || view.inputs[..place].iter().all(|other| other.address() != address)
    };
    (0..view.inputs.len()).filter(|place| is_new(*place)).count()
}

/// How often the most common value stands there.
fn most_common(values: &mut [u64]) -> usize {
    values.sort_unstable();
    let (mut most, mut run) = (usize::from(!values.is_empty()), 1);
    for pair in values.windows(2) {
        run = if pair[0] == pair[1] { run + 1 } else { 1 };
        most = most.max(run);
    }
    most
}
