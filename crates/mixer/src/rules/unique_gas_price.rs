//! `unique-gas-price/1`: one deposit and one withdrawal of a pool share a gas
//! price that nobody else there paid. After Béres et al. 2021 and Tutela's
//! second heuristic. Holds where people set prices by hand: before EIP-1559,
//! and for withdrawals that no relayer sent.

use super::{Link, RuleAnswer, RuleInput};
use crate::{EventId, Withdrawal};
use std::collections::BTreeMap;
use tracehound_model::{Amount, TransactionHash};

#[derive(Default)]
struct AtPrice {
    deposits: Vec<(TransactionHash, EventId)>,
    withdrawals: Vec<(TransactionHash, EventId)>,
}

pub(super) fn run(input: RuleInput<'_>) -> RuleAnswer {
    let RuleInput { events, side, parameters } = input;
    let priced = side
        .transactions
        .as_ref()
        .filter(|table| table.values().any(|transaction| transaction.gas_price.is_some()));
    let Some(transactions) = priced else {
        return RuleAnswer::NotApplicable("needs gas prices: give --transactions with gas_price");
    };
    let price = |hash: &TransactionHash| transactions.get(hash).and_then(|facts| facts.gas_price);
    let mut by: BTreeMap<(usize, Amount), AtPrice> = BTreeMap::new();
    for (id, deposit) in events.deposits() {
        if deposit.height < parameters.gas_price_until
            && let Some(price) = price(&deposit.transaction)
        {
            by.entry((id.pool, price)).or_default().deposits.push((deposit.transaction, id));
        }
    }
    for (id, withdrawal) in events.withdrawals() {
        if withdrawal.height < parameters.gas_price_until
            && !is_relayed(input, withdrawal)
            && let Some(price) = price(&withdrawal.transaction)
        {
            let at = by.entry((id.pool, price)).or_default();
            at.withdrawals.push((withdrawal.transaction, id));
        }
    }
    let mut links = Vec::new();
    for ((_, price), at) in by {
        let ([(_, deposit)], [(_, withdrawal)]) = (&at.deposits[..], &at.withdrawals[..]) else {
            continue;
        };
        if events.is_eligible(*deposit, *withdrawal) {
            let evidence = format!("the only two of the pool at {price} wei per gas");
            links.push(Link { deposit: *deposit, withdrawal: *withdrawal, score: 1.0, evidence });
        }
    }
    RuleAnswer::Links(links)
}

/// A relayer is paid a fee; the table may also say so, or that the sender is the receiver.
fn is_relayed(input: RuleInput<'_>, withdrawal: &Withdrawal) -> bool {
    let facts = input.side.transactions.as_ref().and_then(|t| t.get(&withdrawal.transaction));
    facts.and_then(|facts| facts.is_relayed).unwrap_or(!withdrawal.fee.is_zero())
}
