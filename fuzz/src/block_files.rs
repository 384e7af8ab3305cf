//! Files of blocks as a node writes them, and lists of transactions.
//!
//! Blocks that are given must connect; what is refused or left out must name
//! the file.

use tracehound_ingest::blocks::{
    BlockError, BlockFiles, BlockSource, is_block_file, is_mix_list, read_mix_list,
};
use tracehound_model::UtxoBlock;

/// Reads `data` as a file of blocks and as a list of transactions.
pub fn target(data: &[u8]) {
    let (_folder, path) = crate::file_of(data);
    let named = |error: BlockError| assert!(error.to_string().contains("input"), "{error}");
    let _ = is_block_file(&path, None).map_err(named);
    match is_mix_list(&path) {
        Ok(true) => {
            let _ = read_mix_list(&path).map_err(named);
        }
        Ok(false) => {}
        Err(error) => named(error),
    }
    let mut source = match BlockFiles::open(&[path.clone()], None, None) {
        Ok(source) => source,
        Err(error) => return named(error),
    };
    assert!(source.left_out().iter().all(|left| left.place.to_string().contains("input")));
    let (mut block, mut last) = (UtxoBlock::default(), None);
    loop {
        match source.next_block(&mut block) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return named(error),
        }
        if let Some((height, hash)) = last {
            assert!(block.height.0 == height + 1 && block.previous == hash);
        }
        last = Some((block.height.0, block.hash));
    }
}
