//! Transactions and blocks as bytes (Bitcoin developer reference; BIP 141, 144).

use super::coin::{Coin, Name, ScriptKind};
use crate::random::Random;
use sha2::{Digest, Sha256};

/// Whom an output pays.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payee {
    Name(Name),
    /// `OP_RETURN` and one push of so many bytes, at most 75.
    Data(u8),
    /// `OP_RETURN` with the witness commitment (BIP 141).
    Commitment([u8; 32]),
}

/// A transaction before it has bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) inputs: Vec<Coin>,
    pub(crate) outputs: Vec<(Payee, u64)>,
    pub(crate) sequence: u32,
    pub(crate) lock_time: u32,
    /// Height, if it is a coinbase.
    pub(crate) coinbase: Option<u32>,
}

/// What became of a draft.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) hash: [u8; 32],
    pub(crate) witness_hash: [u8; 32],
    pub(crate) virtual_size: u32,
}

/// Version field of every transaction.
pub(crate) const VERSION: i32 = 2;

/// Buffers kept from one transaction to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    base: Vec<u8>,
    witness: Vec<u8>,
    script: Vec<u8>,
    /// Where each script of the last transaction ends in `script`.
    ends: Vec<usize>,
}

pub(crate) fn double_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

pub(crate) fn push_count(count: usize, bytes: &mut Vec<u8>) {
    match count {
        0..0xfd => bytes.push(count as u8),
        0xfd..0x1_0000 => {
            bytes.push(0xfd);
            bytes.extend_from_slice(&(count as u16).to_le_bytes());
        }
        _ => {
            bytes.push(0xfe);
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
    }
}

fn push_random(length: usize, random: &mut Random, bytes: &mut Vec<u8>) {
    let end = bytes.len() + length;
    while bytes.len() < end {
        bytes.extend_from_slice(&random.bits().to_le_bytes());
    }
    bytes.truncate(end);
}

/// One push of `length` random bytes, at most 75.
fn push_item(length: u8, random: &mut Random, bytes: &mut Vec<u8>) {
    bytes.push(length);
    push_random(usize::from(length), random, bytes);
}

impl Writer {
    /// Appends the transaction to `block`.
    pub(crate) fn write(
        &mut self,
        draft: &Draft,
        seed: u64,
        random: &mut Random,
        block: &mut Vec<u8>,
    ) -> Written {
        self.base.clear();
        self.witness.clear();
        self.script.clear();
        self.ends.clear();
        self.base.extend_from_slice(&VERSION.to_le_bytes());
        let has_witness = self.inputs(draft, random);
        push_count(draft.outputs.len(), &mut self.base);
        for (payee, value) in &draft.outputs {
            self.base.extend_from_slice(&value.to_le_bytes());
            let start = self.script.len();
            push_payee(*payee, seed, random, &mut self.script);
            push_count(self.script.len() - start, &mut self.base);
            self.base.extend_from_slice(&self.script[start..]);
            self.ends.push(self.script.len());
        }
        self.base.extend_from_slice(&draft.lock_time.to_le_bytes());
        let hash = double_hash(&self.base);
        let start = block.len();
        if !has_witness {
            block.extend_from_slice(&self.base);
            let virtual_size = self.base.len() as u32;
            return Written { hash, witness_hash: hash, virtual_size };
        }
        let (body, end) = self.base.split_at(self.base.len() - 4);
        block.extend_from_slice(&body[..4]);
        block.extend_from_slice(&[0, 1]);
        block.extend_from_slice(&body[4..]);
        block.extend_from_slice(&self.witness);
        block.extend_from_slice(end);
        let total = block.len() - start;
        let virtual_size = (self.base.len() * 3 + total).div_ceil(4) as u32;
        let witness_hash = match draft.coinbase {
            Some(_) => [0; 32],
            None => double_hash(&block[start..]),
        };
        Written { hash, witness_hash, virtual_size }
    }

    /// Output scripts of the last transaction.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = &[u8]> {
        let start = |index: usize| if index == 0 { 0 } else { self.ends[index - 1] };
        self.ends.iter().enumerate().map(move |(index, end)| &self.script[start(index)..*end])
    }

    /// Writes the inputs and their witnesses; tells whether there are any witnesses.
    fn inputs(&mut self, draft: &Draft, random: &mut Random) -> bool {
        let (base, witness) = (&mut self.base, &mut self.witness);
        if let Some(height) = draft.coinbase {
            base.push(1);
            base.extend_from_slice(&[0; 32]);
            base.extend_from_slice(&[0xff; 4]);
            // BIP 34 asks for the height first; three bytes hold it for centuries.
            let [a, b, c, _] = height.to_le_bytes();
            base.extend_from_slice(&[12, 3, a, b, c]);
            push_item(7, random, base);
            base.extend_from_slice(&[0xff; 4]);
            witness.extend_from_slice(&[1, 32]);
            witness.extend_from_slice(&[0; 32]);
            return true;
        }
        push_count(draft.inputs.len(), base);
        let mut has_witness = false;
        for coin in &draft.inputs {
            base.extend_from_slice(&coin.transaction);
            base.extend_from_slice(&coin.index.to_le_bytes());
            push_script_signature(coin.name.kind, random, base);
            base.extend_from_slice(&draft.sequence.to_le_bytes());
            has_witness |= push_witness(coin.name.kind, random, witness);
        }
        has_witness
    }
}

fn push_payee(payee: Payee, seed: u64, random: &mut Random, script: &mut Vec<u8>) {
    match payee {
        Payee::Name(name) => name.push_script(seed, script),
        Payee::Data(length) => {
            script.push(0x6a);
            push_item(length, random, script);
        }
        Payee::Commitment(hash) => {
            script.extend_from_slice(&[0x6a, 36, 0xaa, 0x21, 0xa9, 0xed]);
            script.extend_from_slice(&hash);
        }
    }
}

fn push_script_signature(kind: ScriptKind, random: &mut Random, base: &mut Vec<u8>) {
    match kind {
        ScriptKind::PublicKeyHash => {
            base.push(106);
            push_item(71, random, base);
            push_item(33, random, base);
        }
        ScriptKind::ScriptHash => {
            base.extend_from_slice(&[23, 22, 0, 20]);
            push_random(20, random, base);
        }
        ScriptKind::PublicKey => {
            base.push(72);
            push_item(71, random, base);
        }
        ScriptKind::Multisig => {
            base.extend_from_slice(&[73, 0]);
            push_item(71, random, base);
        }
        _ => base.push(0),
    }
}

fn push_witness(kind: ScriptKind, random: &mut Random, witness: &mut Vec<u8>) -> bool {
    let lengths: &[u8] = match kind {
        ScriptKind::ScriptHash | ScriptKind::WitnessKeyHash => &[71, 33],
        ScriptKind::WitnessScriptHash => &[0, 71, 71, 105],
        ScriptKind::Taproot => &[64],
        _ => &[],
    };
    witness.push(lengths.len() as u8);
    for length in lengths {
        push_item(*length, random, witness);
    }
    !lengths.is_empty()
}

/// Root of the merkle tree over `hashes`, which are used up.
pub(crate) fn merkle_root(hashes: &mut Vec<[u8; 32]>) -> [u8; 32] {
    let mut pair = [0; 64];
    while hashes.len() > 1 {
        let above = hashes.len().div_ceil(2);
        for index in 0..above {
            pair[..32].copy_from_slice(&hashes[2 * index]);
            pair[32..].copy_from_slice(&hashes[(2 * index + 1).min(hashes.len() - 1)]);
            hashes[index] = double_hash(&pair);
        }
        hashes.truncate(above);
    }
    hashes.first().copied().unwrap_or_default()
}

/// A header whose hash meets regtest's target, which every second one does.
pub(crate) fn header(previous: [u8; 32], root: [u8; 32], time: u32) -> ([u8; 80], [u8; 32]) {
    let mut header = [0; 80];
    header[..4].copy_from_slice(&0x2000_0000_u32.to_le_bytes());
    header[4..36].copy_from_slice(&previous);
    header[36..68].copy_from_slice(&root);
    header[68..72].copy_from_slice(&time.to_le_bytes());
    header[72..76].copy_from_slice(&0x207f_ffff_u32.to_le_bytes());
    let hash = mine(&mut header);
    (header, hash)
}

/// Counts the nonce up until the hash meets regtest's target.
pub(crate) fn mine(header: &mut [u8; 80]) -> [u8; 32] {
    let mut nonce = u32::from_le_bytes([header[76], header[77], header[78], header[79]]);
    loop {
        let hash = double_hash(header);
        if hash[31] < 0x7f {
            return hash;
        }
        nonce = nonce.wrapping_add(1);
        header[76..].copy_from_slice(&nonce.to_le_bytes());
    }
}
