//! Chains that keep their state as unspent outputs.
//!
//! Transactions, outputs and inputs lie in chain order; each input names the
//! output it spends, each output the transaction that spends it, and each
//! address its outputs and spends. What an analysis reads is the trait
//! [`OutputLedger`]; a chain in memory ([`MemoryLedger`]) is the plain model
//! of it.

mod ledger;
mod memory;
mod record;

pub use ledger::{BlockPlace, OutputLedger, TransactionView};
pub use memory::MemoryLedger;
pub use record::{InputRecord, OutputId, OutputRecord, TransactionFields, TransactionId};
