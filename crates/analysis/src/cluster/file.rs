//! A clustering in a file of 4 bytes an address.
//!
//! Little-endian: magic `TRCHCLUS`; u32 version; u32 length of the rules'
//! line; u32 transactions covered; u32 addresses; 32 bytes hash of the last
//! block covered; the rules' line; one u32 an address, its cluster; u32
//! CRC-32 (that of zlib) of everything before it. The name is replaced by one
//! rename, so a crash leaves the old file or the new one.

use super::{ClusterError, Clustering, UnionFind, index};
use std::path::{Path, PathBuf};
use tracehound_model::BlockHash;
use tracehound_store::utxo::{OutputLedger, TransactionId};

const MAGIC: &[u8; 8] = b"TRCHCLUS";
const VERSION: u32 = 1;
const HEADER: usize = 56;

impl Clustering {
    /// Where the clusters of a store lie: beside it, because they can be made anew.
    #[must_use]
    pub fn path_beside(store: &Path) -> PathBuf {
        let mut name = store.file_name().unwrap_or_default().to_owned();
        name.push(".clusters");
        store.with_file_name(name)
    }

    /// Writes the clusters to a file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ClusterError> {
        let labels = self.labels();
        let mut bytes = Vec::with_capacity(HEADER + self.rules.len() + labels.len() * 4 + 4);
        bytes.extend_from_slice(MAGIC);
        let length =
            u32::try_from(self.rules.len()).map_err(|_| damaged(path, "rules too long"))?;
        for number in [VERSION, length, self.end.0, self.sets.count()] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.tip.0);
        bytes.extend_from_slice(self.rules.as_bytes());
        labels.iter().for_each(|label| bytes.extend_from_slice(&label.to_le_bytes()));
        let sum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        crate::files::replace(path, &bytes)
            .map_err(|source| ClusterError::Io { path: path.to_owned(), source })
    }

    /// Reads the clusters of a chain from a file.
    ///
    /// # Errors
    /// If the file is broken, of another version, or of another chain.
    pub fn load<L: OutputLedger + ?Sized>(path: &Path, ledger: &L) -> Result<Self, ClusterError> {
        let bytes = std::fs::read(path)
            .map_err(|source| ClusterError::Io { path: path.to_owned(), source })?;
        let clusters = decode(&bytes).map_err(|detail| damaged(path, &detail))?;
        clusters.check(ledger)?;
        Ok(clusters)
    }
}

fn damaged(path: &Path, detail: &str) -> ClusterError {
    ClusterError::Damaged { path: path.to_owned(), detail: detail.to_owned() }
}

fn decode(bytes: &[u8]) -> Result<Clustering, String> {
    if bytes.len() < HEADER + 4 || !bytes.starts_with(MAGIC) {
        return Err("it does not begin like one".to_owned());
    }
    let number = |place: usize| {
        let word = bytes.get(place..place + 4).and_then(|word| word.try_into().ok());
        u32::from_le_bytes(word.unwrap_or_default())
    };
    if number(8) != VERSION {
        return Err(format!("version {}, this program reads {VERSION}", number(8)));
    }
    let (body, sum) = bytes.split_at(bytes.len() - 4);
    if crc32fast::hash(body).to_le_bytes() != *sum {
        return Err("the checksum does not fit".to_owned());
    }
    let (length, addresses) = (index(number(12)), index(number(20)));
    let labels_at = HEADER + length;
    if body.len() != labels_at + addresses * 4 {
        return Err("the length does not fit its counts".to_owned());
    }
    let rules = String::from_utf8(body[HEADER..labels_at].to_vec()).map_err(|e| e.to_string())?;
    let labels = (0..addresses).map(|place| number(labels_at + place * 4)).collect();
    let mut tip = [0; 32];
    tip.copy_from_slice(&body[24..HEADER]);
    Ok(Clustering {
        sets: UnionFind::from_parents(labels).ok_or("a cluster lies above its member")?,
        rules,
        end: TransactionId(number(16)),
        tip: BlockHash(tip),
    })
}
