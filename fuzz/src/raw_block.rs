//! Raw blocks of every chain of the family.
//!
//! The first byte chooses the chain. A block that is accepted must hang
//! together, take no more bytes than there are, and be the same when read again.

use tracehound_ingest::blocks::raw::{coinbase_height, parse_block, parse_transaction};
use tracehound_model::UtxoBlock;
use tracehound_model::chain::UTXO_CHAINS;

/// Reads `data` as a block and as a transaction.
pub fn target(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let chain = &UTXO_CHAINS[usize::from(*choice) % UTXO_CHAINS.len()];
    let (mut block, mut again) = (UtxoBlock::default(), UtxoBlock::default());
    match parse_block(bytes, chain, &mut block) {
        Ok(length) => {
            assert!(length <= bytes.len());
            assert_eq!(parse_block(bytes, chain, &mut again), Ok(length));
            assert_eq!(block, again);
            assert!(block.transactions[0].coinbase);
            crate::block_lines::check(&block);
        }
        Err(error) => assert!(error.offset <= bytes.len(), "{error}"),
    }
    match parse_transaction(bytes, chain, &mut block) {
        Ok(length) => assert!(length <= bytes.len() && block.transactions.len() == 1),
        Err(error) => assert!(error.offset <= bytes.len(), "{error}"),
    }
    let _ = coinbase_height(bytes, chain);
}
