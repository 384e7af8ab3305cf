//! The value field of transactions, as chain dumps list them.
//!
//! A transaction without a receiver creates a contract. Where no receipt
//! names it, its address follows from the sender and the nonce: the last 20
//! bytes of Keccak-256 over their RLP list.

use super::values::{
    RowError, address, base_units, flag, hash, height, index, number, optional_address,
};
use super::{Learnt, Outcome, Session, Times};
use crate::source::Row;
use sha3::{Digest, Keccak256};
use tracehound_model::{Address, Asset, Transfer, TransferKind};

/// Columns of a transactions file.
pub(crate) struct Transactions {
    pub(crate) transaction: usize,
    pub(crate) block: usize,
    pub(crate) position: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) value: usize,
    pub(crate) nonce: Option<usize>,
    /// Whether the transaction succeeded.
    pub(crate) success: Option<usize>,
    pub(crate) created: Option<usize>,
    pub(crate) times: Times,
    /// Whether nothing says which transactions failed.
    pub(crate) status_unknown: bool,
}

impl Transactions {
    pub(crate) fn read(&mut self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        let transaction = hash(row.cell(self.transaction), "hash")?;
        let receipt = session.receipts.get(&transaction);
        let success = flag(row.at(self.success), "status")?;
        if success == Some(false) || receipt.is_some_and(|receipt| receipt.failed) {
            return Ok(Outcome::Skipped("failed transaction"));
        }
        let amount = base_units(row.cell(self.value), "value")?;
        let to = optional_address(row.cell(self.to), "to_address")?;
        if amount.is_zero() {
            let creation = to.is_none();
            let reason = if creation { "zero-value contract creation" } else { "no value moved" };
            return Ok(Outcome::Skipped(reason));
        }
        let from = address(row.cell(self.from), "from_address")?;
        let to = match to.or(receipt.and_then(|receipt| receipt.created)) {
            Some(to) => to,
            None => self.created(row, from)?,
        };
        let block = height(row.cell(self.block), "block_number")?;
        Ok(Outcome::Transfer(Transfer {
            height: block,
            timestamp: self.times.of(row, block, session)?,
            position: index(row.cell(self.position), "transaction_index")?,
            transaction,
            ordinal: Some(0),
            kind: TransferKind::Native,
            from,
            to,
            asset: Asset::Native,
            amount,
        }))
    }

    fn created(&self, row: &impl Row, from: Address) -> Result<Address, RowError> {
        if let Some(created) = optional_address(row.at(self.created), "contract_address")? {
            return Ok(created);
        }
        match number(row.at(self.nonce), "nonce")? {
            Some(nonce) => Ok(contract_address(&from, nonce)),
            None => Err(RowError::Broken(
                "to_address is missing and no column tells the contract created; add the receipts file"
                    .to_owned(),
            )),
        }
    }

    pub(crate) fn finish(self) -> Learnt {
        let mut learnt = Learnt::default();
        if self.status_unknown {
            learnt.notes.push(
                "nothing says which transactions failed, so all are read as successful; add the receipts file, or export a column receipt_status or success"
                    .to_owned(),
            );
        }
        learnt
    }
}

/// Address of the contract that `sender` creates with `nonce`.
fn contract_address(sender: &Address, nonce: u64) -> Address {
    let nonce_bytes = nonce.to_be_bytes();
    let digits = &nonce_bytes[nonce_bytes.iter().take_while(|b| **b == 0).count()..];
    let mut payload = vec![0x80 + 20];
    payload.extend_from_slice(sender.payload());
    match digits {
        [single @ 1..0x80] => payload.push(*single),
        _ => {
            // At most eight digits.
            payload.push(0x80 + u8::try_from(digits.len()).unwrap_or(8));
            payload.extend_from_slice(digits);
        }
    }
    // At most 30 bytes of payload.
    let mut list = vec![0xc0 + u8::try_from(payload.len()).unwrap_or(30)];
    list.extend_from_slice(&payload);
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&Keccak256::digest(&list)[12..]);
    Address::evm(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sender and nonces whose contracts are widely printed as examples.
    #[test]
    fn created_contracts_have_their_known_addresses() {
        let sender: Address = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0".parse().unwrap();
        for (nonce, expected) in [
            (0, "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"),
            (1, "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"),
            (2, "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91"),
            (3, "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"),
        ] {
            assert_eq!(contract_address(&sender, nonce).to_lower_hex(), expected);
        }
    }
}
