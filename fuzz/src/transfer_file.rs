//! Files of transfers in any format and compression, told by content.
//!
//! Whatever is accepted must leave a sound store, and the same file again
//! must add nothing.

use tracehound_ingest::{IngestError, IngestOptions, detect, ingest};
use tracehound_model::Chain;
use tracehound_store::Store;

/// Times of the blocks in the seeds: exports of token transfers and traces have none.
const BLOCKS: &str = include_str!("blocks.csv");

/// Reads `data` as a file of transfers into a new store.
pub fn target(data: &[u8]) {
    let _ = rows_taken(data);
}

/// How many rows of `data` a new store takes.
///
/// # Errors
/// If the file is refused.
///
/// # Panics
/// If a promise is broken.
pub fn rows_taken(data: &[u8]) -> Result<u64, IngestError> {
    let (folder, path) = crate::file_of(data);
    if let Err(error) = detect(&path) {
        assert!(error.to_string().contains("input"), "the message names no file: {error}");
        return Err(error);
    }
    let blocks = folder.path().join("blocks.csv");
    std::fs::write(&blocks, BLOCKS).expect("a temporary file can be written");
    let store_folder = folder.path().join("store");
    let store =
        Store::create(&store_folder, &Chain::ethereum()).expect("a new store can be created");
    // Half of the rows may be broken, so that mutated rows do not hide the rest.
    let options =
        IngestOptions { max_broken_share: (1, 2), memory: 16 << 20, ..IngestOptions::default() };
    let files = [path, blocks];
    let first = match ingest(&store, &files, &options) {
        Ok(first) => first,
        Err(error) => {
            assert_eq!(rows(&store), 0, "a refused file left rows behind");
            return Err(error);
        }
    };
    let second = ingest(&store, &files, &options).expect("an accepted file is accepted again");
    assert_eq!((second.publish.added, second.publish.changed), (0, false));
    assert_eq!(rows(&store), first.publish.rows);
    let report = Store::check(&store_folder, &mut |_, _| ()).expect("a store can be checked");
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    Ok(first.publish.rows)
}

fn rows(store: &Store) -> u64 {
    store.snapshot().expect("a store just written opens").row_count()
}
