//! Bytes read front to back, each step checked against what is left.

use super::ParseError;

/// A place in the bytes of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Bytes that were read since a place.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn fail<T>(&self, reason: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError { offset: self.at, reason: reason.into() })
    }

    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ParseError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest.get(..count) {
            Some(taken) => {
                self.at += count;
                Ok(taken)
            }
            None => self.fail(format!("{count} more bytes are needed, {} are left", rest.len())),
        }
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A hash, in the order in which it is printed.
    #[inline]
    pub(super) fn hash(&mut self) -> Result<[u8; 32], ParseError> {
        let mut hash = self.array::<32>()?;
        hash.reverse();
        Ok(hash)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, ParseError> {
        Ok(self.array::<1>()?[0])
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Result<u32, ParseError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    #[inline]
    pub(super) fn i32(&mut self) -> Result<i32, ParseError> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    #[inline]
    pub(super) fn u64(&mut self) -> Result<u64, ParseError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The next byte, not taken.
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// A number in Bitcoin's variable length (`CompactSize`), in its shortest form.
    #[inline]
    pub(super) fn compact(&mut self) -> Result<u64, ParseError> {
        let (value, least) = match self.byte()? {
            0xfd => (u64::from(u16::from_le_bytes(self.array()?)), 0xfd),
            0xfe => (u64::from(self.u32()?), 0x1_0000),
            0xff => (self.u64()?, 0x1_0000_0000),
            small => return Ok(u64::from(small)),
        };
        if value < least {
            return self.fail(format!("the number {value} is written longer than it needs"));
        }
        Ok(value)
    }

    /// How many items of at least `size` bytes follow: more than the bytes
    /// left can hold is refused before anything is set aside for them.
    #[inline]
    pub(super) fn count(&mut self, what: &str, size: usize) -> Result<usize, ParseError> {
        let count = self.compact()?;
        let left = self.bytes.len() - self.at;
        match usize::try_from(count) {
            Ok(count) if count <= left / size.max(1) => Ok(count),
            _ => self.fail(format!("{count} {what} cannot lie in the {left} bytes that are left")),
        }
    }

    /// Bytes with their length before them.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], ParseError> {
        let length = self.count("bytes", 1)?;
        self.take(length)
    }
}
