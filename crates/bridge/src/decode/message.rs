//! Messages inside logs, in the bridges' own packed forms.

use tracehound_model::Amount;

fn word(bytes: &[u8], at: usize) -> Option<[u8; 32]> {
    bytes.get(at..at.checked_add(32)?)?.try_into().ok()
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u64::from(u16::from_be_bytes(two)))
}

/// The body of a CCTP message that burns tokens: version, token, receiver,
/// amount, sender; in version 2 also the most that may be kept and what was.
pub(super) struct BurnMessage {
    pub(super) token: [u8; 32],
    pub(super) receiver: [u8; 32],
    amount: Amount,
    kept: Amount,
}

impl BurnMessage {
    /// Length of version 1, in bytes.
    const LENGTH: usize = 132;
    const FEE_EXECUTED: usize = 164;

    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let version = body.get(..4)?;
        let amount = Amount::from_be_slice(&word(body, 68)?)?;
        let kept = match version {
            [0, 0, 0, 0] if body.len() == Self::LENGTH => Amount::ZERO,
            [0, 0, 0, 1] => Amount::from_be_slice(&word(body, Self::FEE_EXECUTED)?)?,
            _ => return None,
        };
        Some(Self { token: word(body, 4)?, receiver: word(body, 36)?, amount, kept })
    }

    /// What the receiver gets.
    pub(super) fn paid(&self) -> Option<Amount> {
        self.amount.subtract(self.kept).ok()
    }
}

/// A transfer in Wormhole's token bridge, with a payload of its own or
/// without. Its amount is cut to 8 decimals, so it is compared with nothing.
pub(super) struct TokenMessage {
    pub(super) token: [u8; 32],
    pub(super) token_chain: u64,
    pub(super) receiver: [u8; 32],
    pub(super) to_chain: u64,
}

impl TokenMessage {
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        match payload.first()? {
            1 | 3 => Some(Self {
                token: word(payload, 33)?,
                token_chain: number(payload, 65)?,
                receiver: word(payload, 67)?,
                to_chain: number(payload, 99)?,
            }),
            _ => None,
        }
    }
}
