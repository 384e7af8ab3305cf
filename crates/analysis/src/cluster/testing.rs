//! Small chains for tests.

use tracehound_model::address::AddressKind;
use tracehound_model::{
    Address, BlockHash, Chain, Height, Satoshi, StatedOutput, Timestamp, TransactionHash,
    UtxoBlock, UtxoInput, UtxoOutput, UtxoTransaction,
};
use tracehound_store::utxo::MemoryLedger;

/// Addresses and values of inputs and outputs; a number from 200 is a bare multisignature.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spend {
    pub(crate) inputs: Vec<(u8, u64)>,
    pub(crate) outputs: Vec<(u8, u64)>,
}

pub(crate) fn address(number: u8) -> Address {
    let kind = if number < 200 { AddressKind::PublicKeyHash } else { AddressKind::Multisig };
    Address::from_bytes(kind, &[number; 20])
}

/// One transaction a block, its inputs stated from outside.
pub(crate) fn block(height: u8, spend: &Spend) -> UtxoBlock {
    let mut hash = [0; 32];
    hash[0] = height;
    let transaction = UtxoTransaction {
        hash: TransactionHash(hash),
        first_input: 0,
        first_output: 0,
        version: 2,
        lock_time: 0,
        virtual_size: 200,
        coinbase: false,
        replaceable: false,
    };
    let outside = UtxoInput { transaction: TransactionHash([0xff; 32]), index: 0 };
    let stated = |(number, value): &(u8, u64)| StatedOutput {
        value: Satoshi(*value),
        address: Some(address(*number)),
    };
    let output = |(number, value): &(u8, u64)| UtxoOutput {
        value: Satoshi(*value),
        address: Some(address(*number)),
        payload: 0..0,
    };
    UtxoBlock {
        height: Height(u64::from(height)),
        hash: BlockHash(hash),
        previous: BlockHash::default(),
        timestamp: Timestamp(i64::from(height)),
        transactions: vec![transaction],
        inputs: vec![outside; spend.inputs.len()],
        stated: spend.inputs.iter().map(stated).collect(),
        outputs: spend.outputs.iter().map(output).collect(),
        payloads: Vec::new(),
    }
}

pub(crate) fn ledger(spends: &[Spend]) -> MemoryLedger {
    let blocks: Vec<_> = (1..).zip(spends).map(|(height, spend)| block(height, spend)).collect();
    MemoryLedger::of(chain(), &blocks)
}

pub(crate) fn chain() -> Chain {
    "bitcoin".parse().unwrap()
}

/// As [`block`], but spending outputs of earlier blocks: height and place.
pub(crate) fn spending(height: u8, inputs: &[(u8, u32)], outputs: &[(u8, u64)]) -> UtxoBlock {
    let mut block = block(height, &Spend { inputs: Vec::new(), outputs: outputs.to_vec() });
    let input = |(height, index): &(u8, u32)| {
        let mut hash = [0; 32];
        hash[0] = *height;
        UtxoInput { transaction: TransactionHash(hash), index: *index }
    };
    block.inputs = inputs.iter().map(input).collect();
    block
}
