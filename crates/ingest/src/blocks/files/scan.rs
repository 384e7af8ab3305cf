//! First pass over files: where the blocks lie, by their headers alone.

use super::container::Container;
use crate::blocks::raw::{RawHeader, meets_target, parse_block, parse_header};
use crate::blocks::{BlockError, LeftOut};
use tracehound_model::chain::{BlockForm, UTXO_CHAINS, UtxoParameters};
use tracehound_model::{BlockHash, UtxoBlock};

/// Bytes that surely hold a header: Zcash's, with its Equihash solution.
pub(super) const LONGEST_HEADER: usize = 1487;
/// No block of any of these chains is larger.
const LARGEST_BLOCK: u32 = 128 << 20;
/// Bytes looked through at a time for the next frame after a damage.
const STRIDE: usize = 1 << 16;

/// A block and where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Index of the file.
    pub(super) file: u32,
    /// Where its header begins.
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) hash: BlockHash,
    pub(super) previous: BlockHash,
    pub(super) bits: u32,
}

/// What the files hold.
#[derive(Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) left_out: Vec<LeftOut>,
}

/// The chain whose frames a file begins with. Bitcoin Cash has Bitcoin's.
pub(super) fn chain_of(file: &Container) -> Result<Option<&'static UtxoParameters>, BlockError> {
    let mut magic = [0; 4];
    if file.read_some(0, &mut magic)? < 4 {
        return Ok(None);
    }
    Ok(UTXO_CHAINS.iter().find(|chain| chain.magic == magic))
}

/// Whether a file begins with nothing but zeros: set aside by a node, not yet used.
pub(super) fn is_unused(file: &Container) -> Result<bool, BlockError> {
    let mut front = [0; 80];
    let count = file.read_some(0, &mut front)?;
    Ok(front[..count].iter().all(|byte| *byte == 0))
}

impl Found {
    /// Reads the headers of a node's block file.
    pub(super) fn framed(
        &mut self,
        number: u32,
        file: &Container,
        chain: &UtxoParameters,
    ) -> Result<(), BlockError> {
        let mut at = 0;
        while at + 8 <= file.length {
            let mut frame = [0; 8];
            file.read_at(at, &mut frame)?;
            let [a, b, c, d, length @ ..] = frame;
            if [a, b, c, d] == [0; 4] {
                // Set aside by the node and not yet used.
                return Ok(());
            }
            let length = u32::from_le_bytes(length);
            let left = file.length - at - 8;
            if [a, b, c, d] != chain.magic || length > LARGEST_BLOCK {
                at = self.after_damage(file, at, chain)?;
            } else if u64::from(length) > left {
                let reason = format!(
                    "the block takes {length} bytes and {left} are there: cut off, or the node \
                     is still writing it; ingest the file again later"
                );
                self.leave(file, at, reason);
                at = self.after_damage(file, at, chain)?;
            } else {
                self.header(number, file, at + 8, length, chain)?;
                at += 8 + u64::from(length);
            }
        }
        Ok(())
    }

    fn header(
        &mut self,
        number: u32,
        file: &Container,
        offset: u64,
        length: u32,
        chain: &UtxoParameters,
    ) -> Result<(), BlockError> {
        let mut buffer = [0; LONGEST_HEADER];
        // The proof of another chain lies behind what the hash covers.
        let (form, most) = match chain.form {
            BlockForm::Shielded => (BlockForm::Shielded, LONGEST_HEADER),
            _ => (BlockForm::Bitcoin, 80),
        };
        let most = most.min(usize::try_from(length).unwrap_or(0));
        file.read_at(offset, &mut buffer[..most])?;
        match parse_header(&buffer[..most], form) {
            Ok(header) => self.entries.push(entry(number, offset, length, &header)),
            Err(error) => self.leave(file, offset, format!("{error}; copy the file again")),
        }
        Ok(())
    }

    /// Notes damage and finds the next frame.
    fn after_damage(
        &mut self,
        file: &Container,
        at: u64,
        chain: &UtxoParameters,
    ) -> Result<u64, BlockError> {
        let already = self.left_out.last().is_some_and(|last| last.place == file.place(at));
        let finder = memchr::memmem::Finder::new(&chain.magic);
        let mut buffer = vec![0; STRIDE];
        let mut from = at + 1;
        let next = loop {
            let count = file.read_some(from, &mut buffer)?;
            match finder.find(&buffer[..count]) {
                // A place in a buffer fits 64 bits.
                Some(place) => break from + place as u64,
                None if count < STRIDE => break file.length,
                None => from += (STRIDE - 3) as u64,
            }
        };
        if !already {
            let reason = format!(
                "{} bytes that are no block of {}; copy the file again, or name the chain",
                next - at,
                chain.name
            );
            self.leave(file, at, reason);
        }
        Ok(next)
    }

    fn leave(&mut self, file: &Container, offset: u64, reason: String) {
        self.left_out.push(LeftOut { place: file.place(offset), reason, broken: true });
    }

    /// Reads a file of blocks one after another without frames.
    pub(super) fn loose(
        &mut self,
        number: u32,
        file: &Container,
        bytes: &[u8],
        chain: &UtxoParameters,
    ) -> Result<(), BlockError> {
        let mut at = 0;
        let mut scratch = UtxoBlock::default();
        while at < bytes.len() {
            // A place in memory fits 64 bits.
            let place = |offset: usize| file.place((at + offset) as u64);
            let rest = &bytes[at..];
            let header = parse_header(rest, chain.form).ok().filter(meets_target);
            let Some(header) = header else {
                let reason = format!(
                    "neither a node's block file nor a block of {}; name the chain, or give \
                     blk*.dat files or raw blocks",
                    chain.name
                );
                return Err(BlockError::broken(place(0), reason));
            };
            let length = parse_block(rest, chain, &mut scratch)
                .map_err(|error| BlockError::broken(place(error.offset), error.reason))?;
            match u32::try_from(length) {
                Ok(short) => self.entries.push(entry(number, at as u64, short, &header)),
                Err(_) => return Err(BlockError::broken(place(0), "a block of more than 4 GB")),
            }
            at += length;
        }
        Ok(())
    }
}

fn entry(file: u32, offset: u64, length: u32, header: &RawHeader) -> Entry {
    let RawHeader { hash, previous, bits, .. } = *header;
    Entry { file, offset, length, hash, previous, bits }
}
