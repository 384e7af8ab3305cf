//! How a file is packed, told by its first bytes.
//!
//! Every member of a multi-member gzip, bzip2 or zstd file is read. Data that
//! end inside a member are an error, never a shorter file.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How a file is packed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compression {
    /// Not at all (Parquet packs its own pages).
    None,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// zstd.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
        })
    }
}

impl Compression {
    /// What the first bytes of a file say.
    pub(crate) fn from_magic(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// A reader of the unpacked bytes.
    pub(crate) fn unpack<R: Read + Send + 'static>(
        self,
        packed: R,
    ) -> std::io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::None => Box::new(packed),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Self::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(packed)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
        })
    }
}

/// Counts the bytes that pass, so that progress speaks of the file on disk.
pub(crate) struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub(crate) fn new(inner: R, count: Arc<AtomicU64>) -> Self {
        Self { inner, count }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        // usize is at most 64 bits wide on every supported platform.
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn unpacked(bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let kind = Compression::from_magic(&bytes);
        kind.unpack(std::io::Cursor::new(bytes))?.read_to_end(&mut out)?;
        Ok(out)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_packing_is_known_by_its_bytes_and_members_are_joined() {
        let text = b"a,b\n1,2\n".repeat(100);
        for pack in [gzip, bzip2, |t: &[u8]| zstd::encode_all(t, 1).unwrap()] {
            let mut bytes = pack(&text);
            bytes.extend(pack(b"3,4\n"));
            let mut expected = text.clone();
            expected.extend_from_slice(b"3,4\n");
            assert_eq!(unpacked(bytes).unwrap(), expected);
        }
        assert_eq!(unpacked(text.clone()).unwrap(), text);
    }

    #[test]
    fn data_cut_off_anywhere_are_an_error() {
        let text = b"a,b\n1,2\n".repeat(100);
        for pack in [gzip, bzip2, |t: &[u8]| zstd::encode_all(t, 1).unwrap()] {
            let bytes = pack(&text);
            for length in 5..bytes.len() {
                assert!(unpacked(bytes[..length].to_vec()).is_err(), "cut at {length}");
            }
        }
    }
}
