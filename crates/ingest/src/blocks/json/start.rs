//! Where files go on from what a store holds.

use super::index::BlockIndex;
use tracehound_model::{BlockHash, Height};

/// Where to start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// At the first block: the files contain none of the known ones.
    Beginning,
    /// Above this block, which is known and in the files.
    Above(Height),
    /// Between the highest known block and the lowest of the files blocks are missing.
    Gap { known: Height, first: u64 },
    /// The files are of another branch, and do not go down to where it forks.
    OtherBranch { first: u64 },
}

/// Compares the highest blocks of a store, lowest first, with the files.
/// That files end earlier contradicts nothing; that they have another block
/// at a height does.
pub(super) fn start(index: &BlockIndex, known: &[(Height, BlockHash)]) -> Start {
    let (Some((top, _)), Some(first)) = (known.last(), index.above(None)) else {
        return Start::Beginning;
    };
    let lowest = first.header.height;
    if lowest > top.0.saturating_add(1) {
        return Start::Gap { known: *top, first: lowest };
    }
    let mut contradicted = false;
    for (height, hash) in known.iter().rev() {
        let agrees = match index.get(height.0) {
            Some(block) => block.header.hash == *hash,
            // The files go on where this block ends, or say nothing of it.
            None if lowest == height.0.saturating_add(1) => {
                [*hash, BlockHash::default()].contains(&first.header.previous)
            }
            None => continue,
        };
        if agrees {
            return Start::Above(if contradicted { *height } else { *top });
        }
        contradicted = true;
    }
    match known.first() {
        _ if !contradicted => Start::Above(*top),
        Some((bottom, _)) if lowest > bottom.0 => Start::OtherBranch { first: lowest },
        _ => Start::Beginning,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Header;
    use super::*;
    use crate::blocks::{Position, SourcePlace};

    fn hash(height: u64, branch: u8) -> BlockHash {
        let mut hash = [branch; 32];
        hash[..8].copy_from_slice(&height.to_be_bytes());
        BlockHash(hash)
    }

    /// Blocks of a range, the files' own from `fork` on.
    fn index(range: std::ops::RangeInclusive<u64>, fork: u64) -> BlockIndex {
        let mut index = BlockIndex::default();
        let of = |height| hash(height, if height < fork { 1 } else { 2 });
        for height in range {
            let header = Header {
                height,
                hash: of(height),
                previous: height.checked_sub(1).map(of).unwrap_or_default(),
                timestamp: tracehound_model::Timestamp(0),
                transactions: Some(1),
                merkle_root: None,
            };
            let place = SourcePlace { source: "blocks".into(), at: Position::Line(height) };
            index.insert(header, place);
        }
        index
    }

    fn known(range: std::ops::RangeInclusive<u64>) -> Vec<(Height, BlockHash)> {
        range.map(|height| (Height(height), hash(height, 1))).collect()
    }

    #[test]
    fn files_go_on_where_they_agree() {
        let above = |height| Start::Above(Height(height));
        for (files, fork, store, expected) in [
            // The same chain, longer, equal, shorter, and wholly below.
            (0..=9, 99, 3..=5, above(5)),
            (0..=5, 99, 3..=5, above(5)),
            (0..=4, 99, 3..=5, above(5)),
            (0..=1, 99, 3..=5, above(5)),
            // Another branch from a height on.
            (0..=9, 5, 3..=5, above(4)),
            (0..=9, 4, 2..=5, above(3)),
            (0..=9, 1, 3..=5, Start::Beginning),
            // Going on right above, on this branch and on another.
            (6..=9, 99, 3..=5, above(5)),
            (6..=9, 5, 3..=5, Start::OtherBranch { first: 6 }),
            (5..=9, 5, 3..=5, above(4)),
            // A hole.
            (7..=9, 99, 3..=5, Start::Gap { known: Height(5), first: 7 }),
        ] {
            let found = start(&index(files.clone(), fork), &known(store.clone()));
            assert_eq!(found, expected, "files {files:?} fork {fork} store {store:?}");
        }
        assert_eq!(start(&index(0..=3, 9), &[]), Start::Beginning);
        assert_eq!(start(&BlockIndex::default(), &known(1..=2)), Start::Beginning);
    }
}
