use super::*;
use ruint::aliases::U256;

#[test]
fn work_is_what_nodes_say() {
    // Difficulty 1: 2^32 + 2^16 + 1 hashes, the chainwork of the genesis block.
    assert_eq!(work_of(0x1d00_ffff), U256::from(0x1_0001_0001_u64));
    assert_eq!(work_of(0x207f_ffff), U256::from(2));
    // Negative, zero and too large targets.
    for wrong in [0x1d80_ffff, 0, 0x2300_ffff, u32::MAX] {
        assert_eq!(work_of(wrong), U256::ZERO, "{wrong:x}");
    }
}

#[test]
fn an_empty_block_ends_at_its_first_byte() {
    let chain = tracehound_model::Chain::bitcoin();
    let mut block = tracehound_model::UtxoBlock::default();
    let error = parse_block(&[], chain.utxo().unwrap(), &mut block).unwrap_err();
    assert_eq!(error.offset, 0);
    assert!(error.reason.contains("4 more bytes"), "{error}");
}

use tracehound_model::chain::{BlockForm, UTXO_CHAINS, UtxoParameters};
use tracehound_model::{Satoshi, UtxoBlock};

/// `OP_DUP OP_HASH160 … OP_EQUALVERIFY OP_CHECKSIG` of a key hash of ones.
fn key_hash_script() -> Vec<u8> {
    [&[0x76, 0xa9, 20][..], &[1; 20], &[0x88, 0xac]].concat()
}

fn output(value: u64, script: &[u8]) -> Vec<u8> {
    let length = u8::try_from(script.len()).unwrap();
    [&value.to_le_bytes()[..], &[length], script].concat()
}

/// Inputs and outputs of a coinbase that pays one script.
fn coinbase_body(script: &[u8]) -> Vec<u8> {
    let input = [&[1][..], &[0; 32], &[0xff; 4], &[2, 0x51, 0x52], &[0xff; 4]].concat();
    [input, vec![1], output(5_000, script)].concat()
}

/// Inputs and outputs of a payment.
fn payment_body() -> Vec<u8> {
    let input = [&[1][..], &[7; 32], &[0; 4], &[0], &[0xfe, 0xff, 0xff, 0xff]].concat();
    [input, vec![1], output(1_000, &key_hash_script())].concat()
}

fn plain(body: &[u8]) -> Vec<u8> {
    [&2_i32.to_le_bytes()[..], body, &[0; 4]].concat()
}

fn chain(name: &str) -> &'static UtxoParameters {
    UTXO_CHAINS.iter().find(|chain| chain.name == name).unwrap()
}

/// A block of two transactions, named by what is hashed of each.
fn block(
    version: i32,
    chain: &UtxoParameters,
    transactions: [(&[u8], &[u8]); 2],
    between: &[u8],
    after: &[u8],
) -> Vec<u8> {
    let names = transactions.map(|(_, hashed)| hash_twice(&[hashed]));
    let root = hash_twice(&[&names[0], &names[1]]);
    let mut bytes = [&version.to_le_bytes()[..], &[9; 32], &root].concat();
    if chain.form == BlockForm::Shielded {
        bytes.extend_from_slice(&[8; 32]);
    }
    bytes.extend_from_slice(&[0, 0, 0, 0x60]);
    bytes.extend_from_slice(&0x207f_ffff_u32.to_le_bytes());
    // A nonce; Zcash's is longer and followed by an Equihash solution.
    let nonce = if chain.form == BlockForm::Shielded { 33 } else { 4 };
    bytes.extend_from_slice(&vec![0; nonce]);
    bytes.extend_from_slice(between);
    bytes.push(2);
    transactions.iter().for_each(|(written, _)| bytes.extend_from_slice(written));
    bytes.extend_from_slice(after);
    bytes
}

fn read(bytes: &[u8], name: &str) -> Result<UtxoBlock, ParseError> {
    let mut read = UtxoBlock::default();
    let length = parse_block(bytes, chain(name), &mut read)?;
    assert_eq!(length, bytes.len());
    assert_eq!((read.transactions.len(), read.inputs.len(), read.outputs.len()), (2, 1, 2));
    assert!(read.transactions[0].coinbase && !read.transactions[1].coinbase);
    Ok(read)
}

#[test]
fn litecoin_s_extension_block_is_passed_over() {
    let (first, second) = (plain(&coinbase_body(&key_hash_script())), plain(&payment_body()));
    // Marker, flag 8, the body, an absent extension transaction, the lock time.
    let extended = [&2_i32.to_le_bytes()[..], &[0, 8], &payment_body(), &[0], &[0; 4]].concat();
    let transactions = [(&first[..], &first[..]), (&extended[..], &second[..])];
    let bytes = block(2, chain("litecoin"), transactions, &[], &[1, 2, 3]);
    let found = read(&bytes, "litecoin").unwrap();
    assert_eq!(found.transactions[1].hash.0, reversed(hash_twice(&[&second])));
    // Bitcoin knows no such flag.
    let error = read(&bytes, "bitcoin").unwrap_err();
    assert!(error.reason.contains("flag 8"), "{error}");
}

#[test]
fn dogecoin_s_proof_of_another_chain_is_passed_over() {
    let (first, second) = (plain(&coinbase_body(&key_hash_script())), plain(&payment_body()));
    let transactions = [(&first[..], &first[..]), (&second[..], &second[..])];
    let mut proof = [&first[..], &[5; 32]].concat();
    for hashes in [2_u8, 0] {
        proof.push(hashes);
        proof.extend_from_slice(&vec![6; 32 * usize::from(hashes)]);
        proof.extend_from_slice(&[0; 4]);
    }
    proof.extend_from_slice(&[4; 80]);
    let merged = block(0x0062_0104, chain("dogecoin"), transactions, &proof, &[]);
    read(&merged, "dogecoin").unwrap();
    let alone = block(0x0062_0004, chain("dogecoin"), transactions, &[], &[]);
    read(&alone, "dogecoin").unwrap();
}

#[test]
fn zcash_s_transparent_part_is_read_and_unknown_versions_are_refused() {
    let version_4 = |body: &[u8]| {
        let mut bytes = 0x8000_0004_u32.to_le_bytes().to_vec();
        bytes.extend_from_slice(&0x892f_2085_u32.to_le_bytes());
        bytes.extend_from_slice(body);
        // Lock time, expiry, value balance, no spends, outputs and joinsplits.
        bytes.extend_from_slice(&[0; 4 + 4 + 8 + 3]);
        bytes
    };
    let (first, second) =
        (version_4(&coinbase_body(&key_hash_script())), version_4(&payment_body()));
    let transactions = [(&first[..], &first[..]), (&second[..], &second[..])];
    let bytes = block(4, chain("zcash"), transactions, &[], &[]);
    let found = read(&bytes, "zcash").unwrap();
    assert_eq!(found.outputs[1].value, Satoshi(1_000));
    let mut newer = second.clone();
    newer[0] = 6;
    let transactions = [(&first[..], &first[..]), (&newer[..], &newer[..])];
    let error = read(&block(4, chain("zcash"), transactions, &[], &[]), "zcash").unwrap_err();
    assert!(error.reason.contains("version 6"), "{error}");
}

/// Merkle roots prove the names of all their transactions, version 5 among them.
#[test]
fn real_blocks_of_zcash_since_its_fifth_upgrade() {
    for (bytes, transactions, newest) in [
        (&include_bytes!("../../../tests/data/zcash/1687113.raw")[..], 10, 10),
        (&include_bytes!("../../../tests/data/zcash/1687118.raw")[..], 8, 7),
    ] {
        let mut found = UtxoBlock::default();
        assert_eq!(parse_block(bytes, chain("zcash"), &mut found), Ok(bytes.len()));
        assert_eq!(found.transactions.len(), transactions);
        let version_5 = found.transactions.iter().filter(|transaction| transaction.version == 5);
        assert_eq!(version_5.count(), newest);
    }
}

#[test]
fn bitcoin_cash_pays_the_script_behind_the_tokens() {
    // Prefix, category, an amount of one token and a commitment of two bytes.
    let tokens = [&[0xef][..], &[3; 32], &[0x50, 2, 0xaa, 0xbb, 1], &key_hash_script()].concat();
    let (first, second) = (plain(&coinbase_body(&tokens)), plain(&payment_body()));
    let transactions = [(&first[..], &first[..]), (&second[..], &second[..])];
    let bytes = block(2, chain("bitcoin-cash"), transactions, &[], &[]);
    let cash = read(&bytes, "bitcoin-cash").unwrap();
    assert_eq!(cash.outputs[0].address, cash.outputs[1].address);
    let bitcoin = read(&bytes, "bitcoin").unwrap();
    assert_ne!(bitcoin.outputs[0].address, bitcoin.outputs[1].address);
}

#[test]
fn witnesses_must_be_those_committed_to() {
    let second = plain(&payment_body());
    // One item of one byte for the one input.
    let with_witness =
        [&2_i32.to_le_bytes()[..], &[0, 1], &payment_body(), &[1, 1, 0x42], &[0; 4]].concat();
    let root = hash_twice(&[&[0; 32], &hash_twice(&[&with_witness])]);
    let commitment = hash_twice(&[&root, &[0; 32]]);
    let script = [&[0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed][..], &commitment].concat();
    let coinbase = |script: &[u8]| {
        let body = coinbase_body(script);
        let mut written = [&2_i32.to_le_bytes()[..], &[0, 1], &body, &[1, 32]].concat();
        written.extend_from_slice(&[0; 32 + 4]);
        (written, plain(&body))
    };
    let (written, hashed) = coinbase(&script);
    let transactions = [(&written[..], &hashed[..]), (&with_witness[..], &second[..])];
    read(&block(2, chain("bitcoin"), transactions, &[], &[]), "bitcoin").unwrap();
    // Another witness has the same name and merkle root, and is told all the same.
    let mut other = with_witness.clone();
    let last = other.len() - 5;
    other[last] ^= 1;
    let transactions = [(&written[..], &hashed[..]), (&other[..], &second[..])];
    let error = read(&block(2, chain("bitcoin"), transactions, &[], &[]), "bitcoin").unwrap_err();
    assert!(error.reason.contains("commits to"), "{error}");
    let bare = plain(&coinbase_body(&key_hash_script()));
    let transactions = [(&bare[..], &bare[..]), (&with_witness[..], &second[..])];
    let error = read(&block(2, chain("bitcoin"), transactions, &[], &[]), "bitcoin").unwrap_err();
    assert!(error.reason.contains("does not commit"), "{error}");
}
