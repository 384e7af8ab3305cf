//! Blocks as JSON lines in any format and compression, told by content.
//!
//! Whatever is given must hang together: rising heights, lists that reach no
//! further than their block, amounts that a chain can hold, and the same
//! again when the same file is read again.

use std::collections::HashSet;
use tracehound_ingest::blocks::{BlockError, BlockSource, detect_block_source, open_json_blocks};
use tracehound_model::{Chain, UtxoBlock};

/// Reads `data` as a file of blocks and transactions.
pub fn target(data: &[u8]) {
    let first = read(data);
    let second = read(data);
    match (first, second) {
        (Ok((blocks, left_out)), Ok(again)) => {
            assert_eq!((&blocks, left_out), (&again.0, again.1));
            blocks.iter().for_each(check);
            assert!(blocks.is_sorted_by(|low, high| low.height < high.height));
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
        }
        (first, second) => panic!("{first:?} and then {second:?}"),
    }
}

/// The blocks of `data`, and how many things were left out.
///
/// # Errors
/// If the file is refused.
///
/// # Panics
/// If a message names no file.
pub fn read(data: &[u8]) -> Result<(Vec<UtxoBlock>, usize), BlockError> {
    let (_folder, path) = crate::file_of(data);
    let fixed = |error: BlockError| {
        assert!(error.to_string().contains("input"), "the message names no file: {error}");
        // The folder differs from call to call.
        let text = error.to_string().replace(&path.display().to_string(), "input");
        let place = tracehound_ingest::blocks::SourcePlace {
            source: "input".into(),
            at: tracehound_ingest::blocks::Position::Whole,
        };
        BlockError::broken(place, text)
    };
    let opened = open_json_blocks(&[path.clone()], &Chain::bitcoin());
    assert!(detect_block_source(&path).is_some() || opened.is_err());
    let mut source = opened.map_err(fixed)?;
    let (mut blocks, mut block) = (Vec::new(), UtxoBlock::default());
    while source.next_block(&mut block).map_err(fixed)? {
        blocks.push(block.clone());
    }
    let left_out = source.left_out();
    assert!(left_out.iter().all(|left_out| left_out.place.to_string().contains("input")));
    Ok((blocks, left_out.len()))
}

/// What every reader of blocks promises.
///
/// # Panics
/// If the block does not hang together.
pub(crate) fn check(block: &UtxoBlock) {
    assert!(!block.transactions.is_empty());
    assert!(block.stated.is_empty() || block.stated.len() == block.inputs.len());
    let count = 0..block.transactions.len();
    assert_eq!(count.clone().map(|t| block.inputs_of(t).len()).sum::<usize>(), block.inputs.len());
    assert_eq!(count.map(|t| block.outputs_of(t).len()).sum::<usize>(), block.outputs.len());
    let names: HashSet<_> = block.transactions.iter().map(|transaction| transaction.hash).collect();
    assert_eq!(names.len(), block.transactions.len());
    for output in &block.outputs {
        let payload = output.payload.start as usize..output.payload.end as usize;
        assert!(block.payloads.get(payload.clone()).is_some());
        assert!(output.address.is_none() || payload.is_empty(), "an address carries no data");
        assert!(i64::try_from(output.value.0).is_ok());
    }
}
