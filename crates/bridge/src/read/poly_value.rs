//! What Poly's proofs hold: which transaction of which chain is carried out,
//! and what is to be paid to whom. Lengths stand before bytes, numbers are
//! little-endian (Poly's zero-copy serialisation).

/// A value of Poly's tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PolyValue {
    pub(super) from_chain: u64,
    /// The number under which the source chain knows the crossing.
    pub(super) source_id: Vec<u8>,
    pub(super) to_asset: Vec<u8>,
    pub(super) to_address: Vec<u8>,
    /// Little-endian.
    pub(super) amount: [u8; 32],
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn little(&mut self, length: usize) -> Option<u64> {
        let bytes = self.take(length)?;
        Some(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = match self.little(1)? {
            0xfd => self.little(2)?,
            0xfe => self.little(4)?,
            0xff => self.little(8)?,
            short => short,
        };
        self.take(usize::try_from(length).ok()?)
    }
}

impl PolyValue {
    /// Reads a proof; `None` for one that moves no asset.
    pub(super) fn of_proof(proof: &[u8]) -> Option<Self> {
        let mut value = Bytes(Bytes(proof).sized()?);
        let _poly_transaction = value.sized()?;
        let from_chain = value.little(8)?;
        let source_id = value.sized()?.to_vec();
        let _crossing = value.sized()?;
        let _from_contract = value.sized()?;
        let _to_chain = value.little(8)?;
        let _to_contract = value.sized()?;
        let method = value.sized()?;
        if method != b"unlock" {
            return None;
        }
        let mut arguments = Bytes(value.sized()?);
        let to_asset = arguments.sized()?.to_vec();
        let to_address = arguments.sized()?.to_vec();
        let amount = arguments.take(32)?.try_into().ok()?;
        Some(Self { from_chain, source_id, to_asset, to_address, amount })
    }
}
