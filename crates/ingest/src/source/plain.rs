//! Column names of the plain schema, needed both to recognise and to read it.

type Names = &'static [&'static str];

/// Names of the transaction hash.
pub(crate) const HASH: Names = &["tx_hash", "transaction_hash"];
/// Names of the height.
pub(crate) const BLOCK: Names = &["block", "block_number", "height"];
/// Names of the time.
pub(crate) const TIME: Names = &["timestamp", "timestamp_utc", "block_timestamp"];
/// Names of the debited address.
pub(crate) const FROM: Names = &["from", "from_address"];
/// Names of the credited address.
pub(crate) const TO: Names = &["to", "to_address"];
/// Names of the amount.
pub(crate) const AMOUNT: Names = &["amount", "value", "value_binary", "value_eth"];
/// Name of the transaction hash in files that give neither block nor time.
pub(crate) const UNDATED_HASH: Names = &["txid"];
/// Name of the amount in them: whole coins.
pub(crate) const UNDATED_AMOUNT: Names = &["amount"];
