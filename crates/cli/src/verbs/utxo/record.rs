//! Transactions and outputs, resolved for people and for JSON.

use super::{coins, output_text};
use anyhow::Context;
use serde::Serialize;
use tracehound_model::hash::to_hex;
use tracehound_model::{Address, Height, Timestamp};
use tracehound_store::utxo::{
    BlockPlace, InputRecord, OutputId, OutputLedger, OutputRecord, TransactionId,
};

/// A block a transaction stands in.
#[derive(Serialize)]
pub(super) struct BlockLine {
    pub(super) height: Height,
    hash: String,
    pub(super) timestamp: Timestamp,
}

impl From<&BlockPlace> for BlockLine {
    fn from(place: &BlockPlace) -> Self {
        Self { height: place.height, hash: place.hash.to_string(), timestamp: place.timestamp }
    }
}

/// A transaction.
#[derive(Serialize)]
pub(super) struct TransactionRecord {
    pub(super) transaction: String,
    pub(super) block: BlockLine,
    /// Place in the block, the coinbase at 0.
    pub(super) position: u32,
    pub(super) coinbase: bool,
    pub(super) replaceable: bool,
    pub(super) version: i32,
    pub(super) lock_time: u32,
    /// Virtual bytes; absent where the source does not say.
    pub(super) virtual_size: Option<u32>,
    /// In whole coins; absent where an input's value is not known.
    pub(super) fee: Option<String>,
    pub(super) fee_satoshi: Option<u64>,
    pub(super) inputs: Vec<InputLine>,
    pub(super) outputs: Vec<OutputLine>,
}

/// One input.
#[derive(Serialize)]
pub(super) struct InputLine {
    pub(super) index: u32,
    /// The output it spends; absent if that lies outside the data.
    pub(super) spends: Option<String>,
    pub(super) address: Option<Address>,
    /// In whole coins, if known.
    pub(super) value: Option<String>,
    pub(super) value_satoshi: Option<u64>,
}

/// One output.
#[derive(Serialize)]
pub(super) struct OutputLine {
    pub(super) index: u32,
    /// Kind of script: `p2pkh`, …, or `data`.
    pub(super) kind: &'static str,
    pub(super) address: Option<Address>,
    /// In whole coins.
    pub(super) value: String,
    pub(super) value_satoshi: u64,
    /// The transaction that spends it; absent if it is unspent.
    pub(super) spent_by: Option<String>,
    /// What follows `OP_RETURN`, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<String>,
}

impl TransactionRecord {
    pub(super) fn read(ledger: &dyn OutputLedger, id: TransactionId) -> anyhow::Result<Self> {
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
            inputs: inputs.collect::<anyhow::Result<_>>()?,
            outputs: outputs.collect::<anyhow::Result<_>>()?,
        })
    }
}

impl InputLine {
    fn read(ledger: &dyn OutputLedger, index: u32, input: &InputRecord) -> anyhow::Result<Self> {
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
    pub(super) fn read(
        ledger: &dyn OutputLedger,
        id: OutputId,
        output: &OutputRecord,
    ) -> anyhow::Result<Self> {
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
pub(super) fn output_of(ledger: &dyn OutputLedger, id: OutputId) -> anyhow::Result<OutputLine> {
    let view = ledger.transaction(id.transaction)?;
    let place = usize::try_from(id.index)?;
    let output = view.outputs.get(place).with_context(|| {
        format!(
            "the transaction has {} outputs, numbered from 0; there is no {}",
            view.outputs.len(),
            id.index
        )
    })?;
    OutputLine::read(ledger, id, output)
}
