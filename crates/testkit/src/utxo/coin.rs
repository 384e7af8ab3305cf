//! Outputs, the names they pay, and the scripts of those names.

use crate::random::mix;

/// Owner of outputs that nobody can spend.
pub const NOBODY: u32 = u32::MAX;

/// What kind of script a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScriptKind {
    /// P2PKH.
    PublicKeyHash,
    /// P2SH, spent as nested P2WPKH.
    ScriptHash,
    /// P2WPKH.
    WitnessKeyHash,
    /// P2WSH, spent as 2-of-3.
    WitnessScriptHash,
    /// P2TR, spent by key.
    Taproot,
    /// P2PK with a compressed key.
    PublicKey,
    /// Bare 1-of-2 multisig.
    Multisig,
}

impl ScriptKind {
    /// The kind at `place` of 1000; the shares are round figures of recent years.
    pub(crate) fn at(place: u64) -> Self {
        match place {
            0..210 => Self::PublicKeyHash,
            210..400 => Self::ScriptHash,
            400..800 => Self::WitnessKeyHash,
            800..860 => Self::WitnessScriptHash,
            860..990 => Self::Taproot,
            990..995 => Self::PublicKey,
            _ => Self::Multisig,
        }
    }
}

/// One address of one owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    /// Whose it is.
    pub owner: u32,
    /// Which of the owner's.
    pub number: u32,
    /// Its script.
    pub kind: ScriptKind,
}

/// An unspent output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Coin {
    /// Hash of its transaction, as hashed (printed in reverse).
    pub transaction: [u8; 32],
    /// Which output.
    pub index: u32,
    /// Satoshi.
    pub value: u64,
    /// What it pays.
    pub name: Name,
}

impl Name {
    /// 32 bytes that are this name's own in the world of `seed`.
    fn bytes(self, seed: u64) -> [u8; 32] {
        let mut state = mix(seed ^ mix((u64::from(self.owner) << 32) | u64::from(self.number)));
        let mut bytes = [0; 32];
        for part in bytes.chunks_exact_mut(8) {
            state = mix(state);
            part.copy_from_slice(&state.to_le_bytes());
        }
        bytes
    }

    /// Appends the output script.
    pub fn push_script(self, seed: u64, script: &mut Vec<u8>) {
        let bytes = self.bytes(seed);
        let key = |script: &mut Vec<u8>, first: u8| {
            script.extend_from_slice(&[33, first]);
            script.extend_from_slice(&bytes);
        };
        match self.kind {
            ScriptKind::PublicKeyHash => {
                script.extend_from_slice(&[0x76, 0xa9, 20]);
                script.extend_from_slice(&bytes[..20]);
                script.extend_from_slice(&[0x88, 0xac]);
            }
            ScriptKind::ScriptHash => {
                script.extend_from_slice(&[0xa9, 20]);
                script.extend_from_slice(&bytes[..20]);
                script.push(0x87);
            }
            ScriptKind::WitnessKeyHash => {
                script.extend_from_slice(&[0, 20]);
                script.extend_from_slice(&bytes[..20]);
            }
            ScriptKind::WitnessScriptHash => {
                script.extend_from_slice(&[0, 32]);
                script.extend_from_slice(&bytes);
            }
            ScriptKind::Taproot => {
                script.extend_from_slice(&[0x51, 32]);
                script.extend_from_slice(&bytes);
            }
            ScriptKind::PublicKey => {
                key(script, 2);
                script.push(0xac);
            }
            ScriptKind::Multisig => {
                script.push(0x51);
                key(script, 2);
                key(script, 3);
                script.extend_from_slice(&[0x52, 0xae]);
            }
        }
    }
}
