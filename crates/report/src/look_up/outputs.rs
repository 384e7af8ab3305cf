//! Transactions and outputs, resolved for people and for JSON.

use super::coins;
use crate::ReportError;
use serde::Serialize;
use tracehound_model::hash::to_hex;
use tracehound_model::{Address, Height, Timestamp};
use tracehound_store::utxo::{
    BlockPlace, InputRecord, OutputId, OutputLedger, OutputRecord, TransactionId,
};

/// A block a transaction stands in.
#[derive(Serialize)]
pub struct BlockLine {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: String,
    /// Its time.
    pub timestamp: Timestamp,
}

impl From<&BlockPlace> for BlockLine {
    fn from(place: &BlockPlace) -> Self {
        Self { height: place.height, hash: place.hash.to_string(), timestamp: place.timestamp }
    }
}

/// A transaction.
#[derive(Serialize)]
pub struct TransactionRecord {
    /// Its name.
    pub transaction: String,
    /// Its block.
    pub block: BlockLine,
    /// Place in the block, the coinbase at 0.
    pub position: u32,
    /// Whether it makes new coins.
    pub coinbase: bool,
    /// Whether it signals replacement (BIP 125).
    pub replaceable: bool,
    /// Its version.
    pub version: i32,
    /// Its lock time.
    pub lock_time: u32,
    /// Virtual bytes; absent where the source does not say.
    pub virtual_size: Option<u32>,
    /// In whole coins; absent where an input's value is not known.
    pub fee: Option<String>,
    /// In base units.
    pub fee_satoshi: Option<u64>,
    /// Its inputs.
    pub inputs: Vec<InputLine>,
    /// Its outputs.
    pub outputs: Vec<OutputLine>,
}

/// One input.
#[derive(Serialize)]
pub struct InputLine {
    /// Its place.
    pub index: u32,
    /// The output it spends; absent if that lies outside the data.
    pub spends: Option<String>,
    /// Its address, if known.
    pub address: Option<Address>,
    /// In whole coins, if known.
    pub value: Option<String>,
    /// In base units.
    pub value_satoshi: Option<u64>,
}

/// One output.
#[derive(Serialize)]
pub struct OutputLine {
    /// Its place.
    pub index: u32,
    /// Kind of script: `p2pkh`, …, or `data`.
    pub kind: &'static str,
    /// Its address, if known.
    pub address: Option<Address>,
    /// In whole coins.
    pub value: String,
    /// In base units.
    pub value_satoshi: u64,
    /// The transaction that spends it; absent if it is unspent.
    pub spent_by: Option<String>,
    /// What follows `OP_RETURN`, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

impl TransactionRecord {
    /// Reads one.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn read(ledger: &dyn OutputLedger, id: TransactionId) -> Result<Self, ReportError> {
        let view = ledger.transaction(id)?;
        let block = ledger.block(id)?;
        let fee = view.fee();
        let inputs = (0..).zip(view.inputs).map(|(i, input)| InputLine::read(ledger, i, input));
        let outputs = (0..).zip(view.outputs).map(|(index, output)| {
            OutputLine::read(ledger, OutputId { transaction: id, index }, output)
        });
        Ok(Self {
            transaction: ledger.chain().transaction_text(&ledger.hash(id)?),
            position: id.0 - block.transactions.start.0,
            block: BlockLine::from(&block),
            coinbase: view.fields.coinbase,
            replaceable: view.fields.replaceable,
            version: view.fields.version,
            lock_time: view.fields.lock_time,
            virtual_size: Some(view.fields.virtual_size).filter(|size| *size > 0),
            fee: fee.map(|fee| coins(ledger.chain(), fee)),
            fee_satoshi: fee.map(|fee| fee.0),
            inputs: inputs.collect::<Result<_, ReportError>>()?,
            outputs: outputs.collect::<Result<_, ReportError>>()?,
        })
    }
}

impl InputLine {
    fn read(
        ledger: &dyn OutputLedger,
        index: u32,
        input: &InputRecord,
    ) -> Result<Self, ReportError> {
        Ok(Self {
            index,
            spends: input.spends().map(|output| output_text(ledger, output)).transpose()?,
            address: input.address().map(|id| ledger.address(id)).transpose()?,
            value: input.value().map(|value| coins(ledger.chain(), value)),
            value_satoshi: input.value().map(|value| value.0),
        })
    }
}

impl OutputLine {
    /// Reads one.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn read(
        ledger: &dyn OutputLedger,
        id: OutputId,
        output: &OutputRecord,
    ) -> Result<Self, ReportError> {
        let address = output.address().map(|id| ledger.address(id)).transpose()?;
        let spender = ledger.spender(id)?.map(|spender| ledger.hash(spender)).transpose()?;
        let payload = ledger.payload(id)?;
        Ok(Self {
            index: id.index,
            kind: address.map_or("data", |address| address.kind().name()),
            address,
            value: coins(ledger.chain(), output.value()),
            value_satoshi: output.value().0,
            spent_by: spender.map(|hash| ledger.chain().transaction_text(&hash)),
            payload: (address.is_none()).then(|| to_hex(payload)),
        })
    }
}

/// The record of one output by its number.
///
/// # Errors
/// If there is none, or the store cannot be read.
pub fn output_of(ledger: &dyn OutputLedger, id: OutputId) -> Result<OutputLine, ReportError> {
    let view = ledger.transaction(id.transaction)?;
    let output = usize::try_from(id.index).ok().and_then(|place| view.outputs.get(place));
    let outputs = view.outputs.len();
    let output = output.ok_or(ReportError::NoSuchOutput { outputs, index: id.index })?;
    OutputLine::read(ledger, id, output)
}

/// `txid:index`, as the chain prints it.
///
/// # Errors
/// If the store cannot be read.
pub fn output_text(ledger: &dyn OutputLedger, output: OutputId) -> Result<String, ReportError> {
    let hash = ledger.hash(output.transaction)?;
    Ok(format!("{}:{}", ledger.chain().transaction_text(&hash), output.index))
}
