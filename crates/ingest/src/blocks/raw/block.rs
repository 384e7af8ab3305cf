//! A whole block: header, transactions, and whether they belong together.

use super::cursor::Cursor;
use super::header::header;
use super::transaction::{self, Dialect, Seen};
use super::{ParseError, hash_twice, merkle, reversed, shielded};
use tracehound_model::chain::{BlockForm, UtxoParameters};
use tracehound_model::{BlockHash, Height, UtxoBlock};

/// Least bytes of a transaction: one input, one output, no scripts.
const LEAST_TRANSACTION: usize =
    4 + 1 + transaction::LEAST_INPUT + 1 + transaction::LEAST_OUTPUT + 4;

/// Reads a block and checks it: the merkle root of its transactions, and the
/// commitment to their witnesses where there is one. Its height is left as it
/// was. Returns how many bytes it takes.
///
/// # Errors
/// [`ParseError`], naming the byte. `block` then holds no use.
pub fn parse_block(
    bytes: &[u8],
    chain: &UtxoParameters,
    block: &mut UtxoBlock,
) -> Result<usize, ParseError> {
    block.clear();
    let mut cursor = Cursor::new(bytes);
    let header = header(&mut cursor, chain.form)?;
    block.hash = header.hash;
    block.previous = header.previous;
    block.timestamp = header.timestamp;
    let count = cursor.count("transactions", LEAST_TRANSACTION)?;
    let mut proof = Proof::default();
    for place in 0..count {
        let start = cursor.at();
        let seen = read(&mut cursor, chain, block)?;
        let coinbase = block.transactions.last().is_some_and(|last| last.coinbase);
        if coinbase != (place == 0) {
            let reason = if place == 0 {
                "the first transaction is no coinbase"
            } else {
                "a coinbase that is not the first transaction"
            };
            return Err(ParseError { offset: start, reason: reason.to_owned() });
        }
        proof.take(&seen, place == 0);
    }
    if count == 0 {
        return cursor.fail("a block without transactions");
    }
    let mut hashes: Vec<_> = block.transactions.iter().map(|t| reversed(t.hash.0)).collect();
    if merkle::root(&mut hashes).map(reversed) != Some(header.merkle_root) {
        let reason = format!(
            "block {}: its transactions do not have the merkle root that the header states",
            header.hash
        );
        return Err(ParseError { offset: 36, reason });
    }
    proof.check(header.hash)?;
    let extended = chain.form == BlockForm::ExtensionBlock && proof.extension;
    // What follows in an extension block moves nothing that can be seen.
    Ok(if extended { bytes.len() } else { cursor.at() })
}

/// Reads a lone transaction as the only one of `block`, unchecked by any
/// block. Returns how many bytes it takes.
///
/// # Errors
/// [`ParseError`], naming the byte.
pub fn parse_transaction(
    bytes: &[u8],
    chain: &UtxoParameters,
    block: &mut UtxoBlock,
) -> Result<usize, ParseError> {
    block.clear();
    let mut cursor = Cursor::new(bytes);
    read(&mut cursor, chain, block)?;
    Ok(cursor.at())
}

fn read<'a>(
    cursor: &mut Cursor<'a>,
    chain: &UtxoParameters,
    block: &mut UtxoBlock,
) -> Result<Seen<'a>, ParseError> {
    if chain.form == BlockForm::Shielded {
        return shielded::transaction(cursor, block);
    }
    let dialect = Dialect {
        extension: chain.form == BlockForm::ExtensionBlock,
        tokens: chain.sorted_by_hash,
    };
    transaction::transaction(cursor, dialect, block)
}

/// What the witnesses must add up to.
#[derive(Default)]
struct Proof {
    witness_hashes: Vec<[u8; 32]>,
    any_witness: bool,
    extension: bool,
    reserved: Option<[u8; 32]>,
    commitment: Option<[u8; 32]>,
}

impl Proof {
    fn take(&mut self, seen: &Seen<'_>, coinbase: bool) {
        self.any_witness |= seen.witness;
        self.extension |= seen.extension;
        if coinbase {
            (self.reserved, self.commitment) = (seen.reserved, seen.commitment);
        }
        // The coinbase counts as zeros (BIP 141).
        self.witness_hashes.push(if coinbase { [0; 32] } else { seen.witness_hash });
    }

    fn check(&mut self, hash: BlockHash) -> Result<(), ParseError> {
        let fail = |reason: &str| {
            Err(ParseError { offset: 80, reason: format!("block {hash}: {reason}") })
        };
        match (self.commitment, self.reserved) {
            (Some(commitment), Some(reserved)) => {
                let root = merkle::root(&mut self.witness_hashes).unwrap_or_default();
                if hash_twice(&[&root, &reserved]) != commitment {
                    return fail("its witnesses are not those that the coinbase commits to");
                }
                Ok(())
            }
            // Before segregated witness was active, such bytes meant nothing.
            (_, None) if !self.any_witness => Ok(()),
            (None, _) if !self.any_witness => Ok(()),
            _ => fail("it has witnesses that the coinbase does not commit to"),
        }
    }
}

/// Height that the coinbase of a raw block states (BIP 34), from version 2 on.
#[must_use]
pub fn coinbase_height(bytes: &[u8], chain: &UtxoParameters) -> Option<Height> {
    let mut cursor = Cursor::new(bytes);
    let header = header(&mut cursor, chain.form).ok()?;
    cursor.count("transactions", LEAST_TRANSACTION).ok()?;
    let seen = read(&mut cursor, chain, &mut UtxoBlock::default()).ok()?;
    if header.version < 2 {
        return None;
    }
    let (length, rest) = seen.first_script.split_first()?;
    // A push of the number in as few bytes as it takes; small ones have opcodes of their own.
    match length {
        0 => Some(Height(0)),
        1..=5 => {
            let mut number = [0; 8];
            let digits = rest.get(..usize::from(*length))?;
            number[..digits.len()].copy_from_slice(digits);
            Some(Height(u64::from_le_bytes(number)))
        }
        0x51..=0x60 => Some(Height(u64::from(length - 0x50))),
        _ => None,
    }
}
