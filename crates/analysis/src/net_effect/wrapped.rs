//! Movements a wrapped coin's contract makes that no transfer event shows.
//!
//! The contract mints exactly what it is sent of the coin to the sender, and
//! burns exactly what it sends out of the sender's wrapped balance. It says so
//! by `Deposit` and `Withdrawal` events, which lists of token transfers leave
//! out; where the data hold them (read from logs) nothing is implied.
//! Source: the contract at Ethereum address 0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2,
//! whose verified source is public.

use super::Markets;
use crate::trace::Entry;

/// The mints and burns that `entries` imply and do not list.
pub(super) fn implied(entries: &[Entry], markets: &Markets) -> Vec<Entry> {
    let Some(wrapped) = markets.wrapped else { return Vec::new() };
    // A listed mint or burn is the wrapped asset moving from or to the
    // contract or the zero address; each answers for one movement of the coin.
    let outside = |address| address == wrapped.contract || Some(address) == markets.zero;
    let mut listed: Vec<&Entry> = entries
        .iter()
        .filter(|e| e.asset == wrapped.asset && (outside(e.debtor) || outside(e.creditor)))
        .collect();
    let mut implied = Vec::new();
    for entry in entries.iter().filter(|e| e.asset == wrapped.coin && !e.amount.is_zero()) {
        let to_contract = entry.creditor == wrapped.contract;
        if to_contract == (entry.debtor == wrapped.contract) {
            continue;
        }
        let answers = |e: &&Entry| {
            e.amount == entry.amount
                && if to_contract {
                    e.creditor == entry.debtor && outside(e.debtor)
                } else {
                    e.debtor == entry.creditor && outside(e.creditor)
                }
        };
        match listed.iter().position(answers) {
            Some(place) => {
                listed.swap_remove(place);
            }
            None => implied.push(Entry {
                debtor: entry.creditor,
                creditor: entry.debtor,
                asset: wrapped.asset,
                amount: entry.amount,
            }),
        }
    }
    implied
}
