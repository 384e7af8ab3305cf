//! Reading sources whole, and a sink in memory.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use tracehound_ingest::blocks::{BlockError, BlockFiles, BlockSink, BlockSource};
use tracehound_model::{BlockHash, Chain, Height, UtxoBlock};
use tracehound_store::StoreError;

pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/blocks").join(name)
}

/// A folder beside the repository with more data, where there is one.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    path.exists().then_some(path)
}

pub(crate) fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).unwrap();
    bzip2::read::MultiBzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

pub(crate) fn read_all(source: &mut dyn BlockSource) -> Result<Vec<UtxoBlock>, BlockError> {
    let mut blocks = Vec::new();
    let mut block = UtxoBlock::default();
    while source.next_block(&mut block)? {
        blocks.push(block.clone());
    }
    Ok(blocks)
}

pub(crate) fn blocks_of(path: &Path) -> Vec<UtxoBlock> {
    read_all(&mut BlockFiles::open(&[path.to_owned()], None, None).unwrap()).unwrap()
}

/// Keeps blocks; what is published is what a crash would leave.
pub(crate) struct MemorySink {
    pub(crate) chain: Chain,
    pub(crate) blocks: Vec<UtxoBlock>,
    pub(crate) published: Vec<UtxoBlock>,
}

impl MemorySink {
    pub(crate) fn new(chain: &Chain) -> Self {
        Self { chain: chain.clone(), blocks: Vec::new(), published: Vec::new() }
    }
}

impl BlockSink for MemorySink {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn known(&self) -> Result<Vec<(Height, BlockHash)>, StoreError> {
        Ok(self.blocks.iter().map(|block| (block.height, block.hash)).collect())
    }

    fn drop_above(&mut self, height: Option<Height>) -> Result<(), StoreError> {
        self.blocks.retain(|block| height.is_some_and(|height| block.height <= height));
        Ok(())
    }

    fn push(&mut self, block: &UtxoBlock) -> Result<(), StoreError> {
        if let Some(last) = self.blocks.last() {
            assert_eq!(block.height.0, last.height.0 + 1);
            assert_eq!(block.previous, last.hash);
        }
        self.blocks.push(block.clone());
        Ok(())
    }

    fn publish(&mut self) -> Result<(), StoreError> {
        self.published.clone_from(&self.blocks);
        Ok(())
    }
}
