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
