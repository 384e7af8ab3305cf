//! Vocabulary of Tracehound: chains, addresses, assets, amounts, chain order,
//! transfers, cases, tags, policies, evidence and findings.
//!
//! Pure values: no I/O, no clock, no threads. Money is an integer
//! ([`Amount`]) with checked arithmetic; time is UTC seconds ([`Timestamp`]);
//! order is the chain's ([`Height`], then position in block, then ordinal in
//! transaction), never a timestamp alone.

pub mod address;
pub mod amount;
pub mod asset;
pub mod case;
pub mod chain;
pub mod finding;
pub mod genuine;
pub mod hash;
pub mod order;
pub mod party;
pub mod policy;
pub mod price;
pub mod service;
pub mod tag;
pub mod time;
pub mod transfer;
pub mod utxo;

pub use address::{Address, AddressError};
pub use amount::{Amount, AmountError};
pub use asset::{Asset, AssetError};
pub use case::{Case, CaseError};
pub use chain::{Chain, ChainError};
pub use finding::{Evidence, Finding, Rule};
pub use hash::{HashError, TransactionHash};
pub use order::Height;
pub use party::{NameStrength, PartialDate, Party, PartyKind, PartyName};
pub use policy::{Direction, Policy};
pub use price::{Cents, DailyPrices, Price, PriceError};
pub use tag::{Category, Confidence, Tag};
pub use time::{TimeError, Timestamp};
pub use transfer::{Transfer, TransferKind};
pub use utxo::{
    BlockHash, Satoshi, StatedOutput, UtxoBlock, UtxoInput, UtxoOutput, UtxoTransaction,
};
