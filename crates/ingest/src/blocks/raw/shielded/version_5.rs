//! Zcash transactions of version 5: their transparent part and their name.
//!
//! Source: ZIP 225 (how they are written) and ZIP 244 (the name: a tree of
//! BLAKE2b-256 hashes with a word of their own each, over what has effect;
//! proofs and signatures are no part of it).

use super::super::cursor::Cursor;
use super::super::transaction::{Seen, inputs, is_coinbase, outputs, small};
use super::super::{ParseError, reversed};
use blake2b_simd::{Params, State};
use tracehound_model::{TransactionHash, UtxoBlock, UtxoTransaction};

/// Bytes of a Sapling spend and output, and of an Orchard action.
const SPEND: usize = 96;
const OUTPUT: usize = 756;
const ACTION: usize = 820;
/// Where a note's ciphertext is cut: what light clients need, the memo, the rest.
const COMPACT: usize = 52;
const MEMO: usize = COMPACT + 512;
const CIPHERTEXT: usize = 580;

/// Reads on after the header and the version group.
pub(super) fn transaction<'a>(
    cursor: &mut Cursor<'a>,
    start: usize,
    block: &mut UtxoBlock,
) -> Result<Seen<'a>, ParseError> {
    let (first_input, first_output) = (block.inputs.len(), block.outputs.len());
    let branch = cursor.array::<4>()?;
    let lock_time = cursor.u32()?;
    // Height at which it expires.
    cursor.take(4)?;
    let header = cursor.since(start);
    let inputs_from = cursor.at();
    let inputs = inputs(cursor, block)?;
    let outputs_from = cursor.at();
    outputs(cursor, false, block)?;
    let (written_inputs, written_outputs) =
        (&cursor.since(inputs_from)[..outputs_from - inputs_from], cursor.since(outputs_from));
    let transparent = transparent(written_inputs, written_outputs)?;
    let sapling = sapling(cursor)?;
    let orchard = orchard(cursor)?;
    let mut word = *b"ZcashTxHash_\0\0\0\0";
    word[12..].copy_from_slice(&branch);
    let name =
        hash(&word, &[&hash(b"ZTxIdHeadersHash", &[header]), &transparent, &sapling, &orchard]);
    let coinbase = is_coinbase(cursor, inputs, first_input, block)?;
    block.transactions.push(UtxoTransaction {
        hash: TransactionHash(reversed(name)),
        first_input: small(cursor, first_input)?,
        first_output: small(cursor, first_output)?,
        version: 5,
        lock_time,
        virtual_size: small(cursor, cursor.since(start).len())?,
        coinbase,
        replaceable: false,
    });
    Ok(Seen {
        witness_hash: name,
        witness: false,
        extension: false,
        first_script: inputs.first_script,
        reserved: None,
        commitment: None,
    })
}

fn state(word: &[u8; 16]) -> State {
    Params::new().hash_length(32).personal(word).to_state()
}

fn done(state: &State) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(state.finalize().as_bytes());
    hash
}

fn hash(word: &[u8; 16], parts: &[&[u8]]) -> [u8; 32] {
    let mut state = state(word);
    for part in parts {
        state.update(part);
    }
    done(&state)
}

/// Outputs spent, sequence numbers and outputs, read once more from the bytes.
fn transparent(inputs: &[u8], outputs: &[u8]) -> Result<[u8; 32], ParseError> {
    let (mut prevouts, mut sequences) = (state(b"ZTxIdPrevoutHash"), state(b"ZTxIdSequencHash"));
    let mut cursor = Cursor::new(inputs);
    let count = cursor.compact()?;
    for _ in 0..count {
        prevouts.update(cursor.take(36)?);
        cursor.bytes()?;
        sequences.update(cursor.take(4)?);
    }
    let mut cursor = Cursor::new(outputs);
    let paid = cursor.compact()?;
    let list = outputs.get(cursor.at()..).unwrap_or_default();
    if count == 0 && paid == 0 {
        return Ok(hash(b"ZTxIdTranspaHash", &[]));
    }
    let paid = hash(b"ZTxIdOutputsHash", &[list]);
    Ok(hash(b"ZTxIdTranspaHash", &[&done(&prevouts), &done(&sequences), &paid]))
}

fn sapling(cursor: &mut Cursor<'_>) -> Result<[u8; 32], ParseError> {
    let spends = cursor.count("Sapling spends", SPEND)?;
    let spent = cursor.take(spends * SPEND)?;
    let outputs = cursor.count("Sapling outputs", OUTPUT)?;
    let made = cursor.take(outputs * OUTPUT)?;
    if spends + outputs == 0 {
        return Ok(hash(b"ZTxIdSaplingHash", &[]));
    }
    let balance = cursor.take(8)?;
    let anchor = if spends > 0 { cursor.take(32)? } else { &[] };
    // Proofs and signatures of spends, proofs of outputs, the binding signature.
    cursor.take(spends * (192 + 64) + outputs * 192 + 64)?;
    let spent = sapling_spends(spent, anchor);
    let made = sapling_outputs(made);
    Ok(hash(b"ZTxIdSaplingHash", &[&spent, &made, balance]))
}

fn sapling_spends(spends: &[u8], anchor: &[u8]) -> [u8; 32] {
    let (mut compact, mut rest) = (state(b"ZTxIdSSpendCHash"), state(b"ZTxIdSSpendNHash"));
    for spend in spends.chunks_exact(SPEND) {
        let (commitment, nullifier, key) = (&spend[..32], &spend[32..64], &spend[64..]);
        compact.update(nullifier);
        rest.update(commitment).update(anchor).update(key);
    }
    match spends.is_empty() {
        true => hash(b"ZTxIdSSpendsHash", &[]),
        false => hash(b"ZTxIdSSpendsHash", &[&done(&compact), &done(&rest)]),
    }
}

fn sapling_outputs(outputs: &[u8]) -> [u8; 32] {
    let (mut compact, mut memos, mut rest) =
        (state(b"ZTxIdSOutC__Hash"), state(b"ZTxIdSOutM__Hash"), state(b"ZTxIdSOutN__Hash"));
    for output in outputs.chunks_exact(OUTPUT) {
        let (commitment, note) = (&output[..32], &output[32..96]);
        let (ciphertext, outgoing) = output[96..].split_at(CIPHERTEXT);
        compact.update(note).update(&ciphertext[..COMPACT]);
        memos.update(&ciphertext[COMPACT..MEMO]);
        rest.update(commitment).update(&ciphertext[MEMO..]).update(outgoing);
    }
    match outputs.is_empty() {
        true => hash(b"ZTxIdSOutputHash", &[]),
        false => hash(b"ZTxIdSOutputHash", &[&done(&compact), &done(&memos), &done(&rest)]),
    }
}

fn orchard(cursor: &mut Cursor<'_>) -> Result<[u8; 32], ParseError> {
    let actions = cursor.count("Orchard actions", ACTION)?;
    let made = cursor.take(actions * ACTION)?;
    if actions == 0 {
        return Ok(hash(b"ZTxIdOrchardHash", &[]));
    }
    let flags_balance_anchor = cursor.take(1 + 8 + 32)?;
    // The proof, a signature each, the binding signature.
    cursor.bytes()?;
    cursor.take(actions * 64 + 64)?;
    let (mut compact, mut memos, mut rest) =
        (state(b"ZTxIdOrcActCHash"), state(b"ZTxIdOrcActMHash"), state(b"ZTxIdOrcActNHash"));
    for action in made.chunks_exact(ACTION) {
        let (commitment, nullifier, key) = (&action[..32], &action[32..64], &action[64..96]);
        // The new note's commitment and the key to read it.
        let note = &action[96..160];
        let (ciphertext, outgoing) = action[160..].split_at(CIPHERTEXT);
        compact.update(nullifier).update(note).update(&ciphertext[..COMPACT]);
        memos.update(&ciphertext[COMPACT..MEMO]);
        rest.update(commitment).update(key).update(&ciphertext[MEMO..]).update(outgoing);
    }
    let parts = [done(&compact), done(&memos), done(&rest)];
    Ok(hash(b"ZTxIdOrchardHash", &[&parts[0], &parts[1], &parts[2], flags_balance_anchor]))
}

#[cfg(test)]
mod tests {
    use super::super::super::cursor::Cursor;
    use super::super::transaction;
    use tracehound_model::UtxoBlock;

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let pair = |place: usize| u8::from_str_radix(&hexadecimal[place..place + 2], 16).unwrap();
        (0..hexadecimal.len()).step_by(2).map(pair).collect()
    }

    /// The published vectors: transactions and their names.
    #[test]
    fn names_are_those_of_the_vectors() {
        let vectors = include_str!("../../../../tests/data/zcash/zip-244.txt");
        let mut count = 0;
        for line in vectors.lines().filter(|line| !line.starts_with('#')) {
            let (written, name) = line.split_once(' ').unwrap();
            let (written, mut name) = (bytes(written), bytes(name));
            let mut block = UtxoBlock::default();
            let mut cursor = Cursor::new(&written);
            transaction(&mut cursor, &mut block).unwrap();
            assert_eq!(cursor.at(), written.len(), "all of it is read");
            name.reverse();
            assert_eq!(block.transactions[0].hash.0.as_slice(), name);
            count += 1;
            for cut in 0..written.len() {
                assert!(transaction(&mut Cursor::new(&written[..cut]), &mut block).is_err());
            }
        }
        assert_eq!(count, 6);
    }
}
