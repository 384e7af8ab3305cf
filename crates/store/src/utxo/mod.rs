//! Chains that keep their state as unspent outputs.
//!
//! Transactions, outputs and inputs lie in chain order; each input names the
//! output it spends, each output the transaction that spends it, and each
//! address its outputs and spends. What an analysis reads is the trait
//! [`OutputLedger`]; a chain in memory ([`MemoryLedger`]) is the plain model
//! of it, a store on disk ([`UtxoStore`]) the same at any size.
//! `docs/format-utxo.md` draws every byte of the files.

mod appear;
mod check;
mod check_segment;
mod digest;
mod flush;
mod growing;
mod hash_map;
mod index;
mod ledger;
mod manifest;
mod memory;
mod options;
mod reader;
mod record;
mod resolve;
mod segment;
mod snapshot;
mod store;
mod tables;
mod validate;
mod writer;

pub use ledger::{BlockPlace, OutputLedger, TransactionView};
pub use memory::MemoryLedger;
pub use options::UtxoOptions;
pub use record::{InputRecord, OutputId, OutputRecord, TransactionFields, TransactionId};
pub use snapshot::UtxoSnapshot;
pub use store::UtxoStore;
pub use writer::UtxoWriter;
