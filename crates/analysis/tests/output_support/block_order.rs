//! The order in which a block's transactions spend from each other.

use tracehound_store::utxo::{MemoryLedger, OutputLedger, TransactionId};

/// Transactions of a block so that none comes before what it spends from.
pub fn order_of_spending(ledger: &MemoryLedger, start: u32, end: u32) -> Vec<u32> {
    let mut order = Vec::new();
    let mut open: Vec<u32> = (start..end).collect();
    while !open.is_empty() {
        let ready = |id: &u32| {
            let view = ledger.transaction(TransactionId(*id)).unwrap();
            let mut spent = view.inputs.iter().filter_map(|input| input.spends());
            !spent.any(|output| open.contains(&output.transaction.0))
        };
        let place = open.iter().position(ready).unwrap();
        order.push(open.remove(place));
    }
    order
}
