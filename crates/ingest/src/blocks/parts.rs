//! One transaction on its way into a block, and what follows from the hashes
//! of a whole block.

use super::raw::{reversed, root_of};
use std::ops::Range;
use tracehound_model::{
    Address, Satoshi, StatedOutput, TransactionHash, UtxoBlock, UtxoInput, UtxoOutput,
    UtxoTransaction,
};

/// A transaction as a source gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TransactionParts {
    pub(crate) hash: TransactionHash,
    pub(crate) version: i32,
    pub(crate) lock_time: u32,
    /// Bytes; 0 if not known.
    pub(crate) virtual_size: u32,
    pub(crate) coinbase: bool,
    pub(crate) replaceable: bool,
    /// Inputs, each with what the source says of the output it spends.
    pub(crate) inputs: Vec<(UtxoInput, Option<StatedOutput>)>,
    /// Outputs; payloads are counted from the start of `payloads`.
    pub(crate) outputs: Vec<UtxoOutput>,
    pub(crate) payloads: Vec<u8>,
}

impl TransactionParts {
    pub(crate) fn new(hash: TransactionHash) -> Self {
        Self {
            hash,
            version: 0,
            lock_time: 0,
            virtual_size: 0,
            coinbase: false,
            replaceable: false,
            inputs: Vec::new(),
            outputs: Vec::new(),
            payloads: Vec::new(),
        }
    }

    /// Adds an output. `payload` is what follows `OP_RETURN`.
    pub(crate) fn output(&mut self, value: Satoshi, address: Option<Address>, payload: &[u8]) {
        let start = low(self.payloads.len());
        self.payloads.extend_from_slice(payload);
        self.outputs.push(UtxoOutput { value, address, payload: start..low(self.payloads.len()) });
    }

    /// Bytes of memory, about.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>()
            + self.inputs.len() * size_of::<(UtxoInput, Option<StatedOutput>)>()
            + self.outputs.len() * size_of::<UtxoOutput>()
            + self.payloads.len()
    }

    /// Adds itself to a block. What is stated of inputs is kept only as long
    /// as every input so far has it; [`finish`] drops the rest.
    pub(crate) fn append_to(&self, block: &mut UtxoBlock) {
        block.transactions.push(UtxoTransaction {
            hash: self.hash,
            first_input: low(block.inputs.len()),
            first_output: low(block.outputs.len()),
            version: self.version,
            lock_time: self.lock_time,
            virtual_size: self.virtual_size,
            coinbase: self.coinbase,
            replaceable: self.replaceable,
        });
        for (input, stated) in &self.inputs {
            block.inputs.push(*input);
            block.stated.extend(*stated);
        }
        let base = low(block.payloads.len());
        block.payloads.extend_from_slice(&self.payloads);
        let moved =
            |range: &Range<u32>| range.start.saturating_add(base)..range.end.saturating_add(base);
        for output in &self.outputs {
            block.outputs.push(UtxoOutput { payload: moved(&output.payload), ..output.clone() });
        }
    }
}

/// Ends a block: what is stated of some inputs only is dropped, for a block
/// states all of them or none. Tells how many statements were dropped.
pub(crate) fn finish(block: &mut UtxoBlock) -> usize {
    if block.stated.len() == block.inputs.len() {
        return 0;
    }
    let dropped = block.stated.len();
    block.stated.clear();
    dropped
}

/// Lengths inside one block: no source gives blocks near 4 GiB, because its
/// lines and answers are held far below that.
fn low(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The merkle root of a block's transactions, in the order in which hashes
/// are printed; `None` for no transactions, and for a list that repeats its end.
pub(crate) fn merkle_root(hashes: impl Iterator<Item = TransactionHash>) -> Option<[u8; 32]> {
    root_of(&mut hashes.map(|hash| reversed(hash.0)).collect()).map(reversed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> TransactionHash {
        text.parse().unwrap()
    }

    #[test]
    fn the_root_of_real_blocks_is_met() {
        // Block 100000 of Bitcoin, four transactions; and its first three, by hand elsewhere.
        let block = [
            "8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
            "fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
            "6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
            "e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d",
        ];
        let root = hash("f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766");
        assert_eq!(merkle_root(block.iter().map(|text| hash(text))), Some(root.0));
        // Block 50001: three transactions, so the last is repeated.
        let odd = [
            "e1882d41800d96d0fddc196cd8d3f0b45d65b030c652d97eaba79a1174e64d58",
            "7940cdde4d713e171849efc6bd89939185be270266c94e92369e3877ad89455a",
            "f84761459a00c6df3176ae5d94c99e69f25100d09548e5686bd0c354bb8cc60a",
        ];
        let root = hash("ee3a2d2b895cafacff526d06a55b55e049cf84a9735e4a63f7fd08f96d0f4649");
        assert_eq!(merkle_root(odd.iter().map(|text| hash(text))), Some(root.0));
        let doubled = odd.iter().chain(&odd[2..]).map(|text| hash(text));
        assert_eq!(merkle_root(doubled), None);
        let one = hash(odd[0]);
        assert_eq!(merkle_root([one].into_iter()), Some(one.0));
        assert_eq!(merkle_root(std::iter::empty()), None);
    }

    #[test]
    fn a_block_states_every_input_or_none() {
        let stated = StatedOutput { value: Satoshi(5), address: None };
        let input = UtxoInput { transaction: TransactionHash([1; 32]), index: 0 };
        let mut parts = TransactionParts::new(TransactionHash([2; 32]));
        parts.inputs = vec![(input, Some(stated))];
        parts.output(Satoshi(1), None, b"one");
        parts.output(Satoshi(2), None, b"three");
        let mut block = UtxoBlock::default();
        parts.append_to(&mut block);
        parts.append_to(&mut block);
        assert_eq!(finish(&mut block), 0);
        assert_eq!(block.stated.len(), 2);
        let ranges: Vec<_> = block.outputs.iter().map(|o| o.payload.clone()).collect();
        assert_eq!(ranges, [0..3, 3..8, 8..11, 11..16]);
        parts.inputs[0].1 = None;
        parts.append_to(&mut block);
        assert_eq!(finish(&mut block), 2);
        assert!(block.stated.is_empty() && block.inputs.len() == 3);
    }
}
