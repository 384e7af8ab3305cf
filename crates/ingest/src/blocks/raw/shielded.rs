//! Zcash transactions: their transparent part.
//!
//! Source: Zcash protocol specification, section 7.1 (versions 1 to 4), and
//! ZIP 225 (version 5), whose name is the root of the hash tree of ZIP 244
//! (`version_5.rs`).

mod version_5;

use super::cursor::Cursor;
use super::transaction::{Seen, inputs, is_coinbase, outputs, small};
use super::{ParseError, hash_twice, reversed};
use tracehound_model::{TransactionHash, UtxoBlock, UtxoTransaction};

/// Bit of the version field that says that a version group follows.
const OVERWINTER: u32 = 1 << 31;
/// Bytes of a joinsplit before and since the Sapling upgrade.
const JOINSPLIT: usize = 1802;
const JOINSPLIT_GROTH: usize = 1698;
/// Bytes of a Sapling spend and output, version 4.
const SPEND: usize = 384;
const OUTPUT: usize = 948;

/// Reads a transaction into the lists of `block`.
pub(super) fn transaction<'a>(
    cursor: &mut Cursor<'a>,
    block: &mut UtxoBlock,
) -> Result<Seen<'a>, ParseError> {
    let start = cursor.at();
    let (first_input, first_output) = (block.inputs.len(), block.outputs.len());
    let header = cursor.u32()?;
    let version = header & !OVERWINTER;
    if header & OVERWINTER != 0 {
        cursor.take(4)?;
    }
    if version == 5 {
        return version_5::transaction(cursor, start, block);
    }
    if version > 5 {
        return cursor.fail(format!(
            "a transaction of version {version}, which this program does not know; \
             a newer one may"
        ));
    }
    let inputs = inputs(cursor, block)?;
    outputs(cursor, false, block)?;
    let lock_time = cursor.u32()?;
    shielded(cursor, version)?;
    let whole = cursor.since(start);
    let hash = hash_twice(&[whole]);
    let coinbase = is_coinbase(cursor, inputs, first_input, block)?;
    block.transactions.push(UtxoTransaction {
        hash: TransactionHash(reversed(hash)),
        first_input: small(cursor, first_input)?,
        first_output: small(cursor, first_output)?,
        version: i32::from_le_bytes(version.to_le_bytes()),
        lock_time,
        virtual_size: small(cursor, whole.len())?,
        coinbase,
        replaceable: false,
    });
    Ok(Seen {
        witness_hash: hash,
        witness: false,
        extension: false,
        first_script: inputs.first_script,
        reserved: None,
        commitment: None,
    })
}

/// Skips what follows the lock time.
fn shielded(cursor: &mut Cursor<'_>, version: u32) -> Result<(), ParseError> {
    if version >= 3 {
        // Height at which it expires.
        cursor.take(4)?;
    }
    let mut sapling = 0;
    if version >= 4 {
        cursor.take(8)?;
        for size in [SPEND, OUTPUT] {
            let count = cursor.count("shielded parts", size)?;
            cursor.take(count * size)?;
            sapling += count;
        }
    }
    if version >= 2 {
        let size = if version >= 4 { JOINSPLIT_GROTH } else { JOINSPLIT };
        let joinsplits = cursor.count("joinsplits", size)?;
        cursor.take(joinsplits * size)?;
        if joinsplits > 0 {
            // Public key and signature.
            cursor.take(32 + 64)?;
        }
    }
    if sapling > 0 {
        cursor.take(64)?;
    }
    Ok(())
}
