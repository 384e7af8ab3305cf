//! THORChain on chains of unspent outputs: the memo stands in an output of data.
//!
//! Source: THORChain's developer documentation, "Sending transactions", UTXO
//! chains: the first output pays the vault (in) or the receiver (out), and the
//! memo follows `OP_RETURN`. Anybody can write such a memo, as anybody can
//! write a log: that the first output pays, or is paid by, a vault is not known.

use super::key::{Reading, answered, asks};
use crate::event::{Bridge, BridgeEvent, Side};
use crate::memo::Memo;
use tracehound_model::{Address, Amount, Asset, Chain, Timestamp, TransactionHash};

/// A transaction with a memo.
#[derive(Clone, Debug)]
pub struct MemoTransaction<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// Its hash.
    pub transaction: TransactionHash,
    /// The bytes after `OP_RETURN` and its push.
    pub memo: &'a [u8],
    /// What the first output pays, in base units.
    pub paid: Amount,
    /// Whom it pays.
    pub payee: Option<Address>,
    /// Time of the block, UTC.
    pub time: Timestamp,
    /// Height of the block.
    pub block: u64,
}

/// The event that a memo claims; `None` if the bytes are no memo of THORChain,
/// or one of its own business.
#[must_use]
pub fn decode_memo(given: &MemoTransaction<'_>) -> Option<BridgeEvent> {
    let text = std::str::from_utf8(given.memo).ok()?;
    let memo = text.parse::<Memo>().ok()?;
    let side = if memo.answers().is_some() { Side::Destination } else { Side::Source };
    let mut event = BridgeEvent::bare(Bridge::new("thorchain"), side, given.chain.clone());
    event.transaction = Some(given.transaction);
    event.token = Some(Asset::Native);
    event.amount = Some(given.paid);
    event.time = Some(given.time);
    event.block = Some(given.block);
    let reading = match side {
        Side::Source => asks(&given.transaction, Some(text), &mut event),
        Side::Destination => {
            event.receiver = given.payee;
            answered(Some(text), &mut event).ok()?
        }
    };
    match reading {
        Reading::Key(key) => {
            event.key = key;
            Some(event)
        }
        Reading::NoCrossing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(memo: &str) -> Option<BridgeEvent> {
        decode_memo(&MemoTransaction {
            chain: &Chain::bitcoin(),
            transaction: TransactionHash([7; 32]),
            memo: memo.as_bytes(),
            paid: Amount::from_u64(5),
            payee: Some(Address::evm([1; 20])),
            time: Timestamp(1),
            block: 2,
        })
    }

    #[test]
    fn an_outbound_answers_the_transaction_that_it_names() {
        let hash = "AB".repeat(32);
        let event = read(&format!("OUT:{hash}")).unwrap();
        assert_eq!(event.side, Side::Destination);
        assert_eq!(event.key.unwrap(), format!("0x{}", hash.to_lowercase()));
        assert!(read(&format!("REFUND:{hash}")).unwrap().refund);
    }

    #[test]
    fn a_swap_asks_for_what_its_memo_says() {
        let event = read("=:ETH.ETH:0x0101010101010101010101010101010101010101").unwrap();
        assert_eq!(event.side, Side::Source);
        assert_eq!(event.other_chain, Some(Chain::ethereum()));
        assert_eq!(event.receiver, Some(Address::evm([1; 20])));
        assert_eq!(event.key.unwrap(), format!("0x{}", "07".repeat(32)));
    }

    #[test]
    fn other_data_are_no_memo() {
        assert!(read("hello").is_none());
        assert!(read("MIGRATE:1234").is_none());
    }
}
