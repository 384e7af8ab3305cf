//! A chain of accounts, transaction by transaction.

use super::{ETHER, Names, amount};
use crate::identity::{Realm, address, salt, transaction};
use crate::random::Random;
use crate::table::write_plain;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{
    Address, Asset, Height, Timestamp, TransactionHash, Transfer, TransferKind,
};

/// 2025-06-15, when all chains begin.
const BEGIN: i64 = 1_750_000_000;

/// From, to, of what, base units.
pub(crate) type Movement = (Address, Address, Asset, u128);

/// A chain with its last block.
pub(crate) struct AccountChain {
    /// CAIP-2.
    pub(crate) id: &'static str,
    first: u64,
    seconds: i64,
    block: u64,
    rows: Vec<Transfer>,
    random: Random,
    strangers: u64,
    stranger_transactions: u64,
    made: u64,
}

impl AccountChain {
    pub(crate) fn new(id: &'static str, first: u64, seconds: i64, seed: u64) -> Self {
        Self {
            id,
            first,
            seconds,
            block: first,
            rows: Vec::new(),
            random: Random::new(seed),
            strangers: salt(Realm::Background, seed),
            stranger_transactions: salt(Realm::BackgroundTransaction, seed),
            made: 0,
        }
    }

    /// Time of the last block.
    pub(crate) fn now(&self) -> i64 {
        BEGIN + (self.block - self.first) as i64 * self.seconds
    }

    /// Height of the last block.
    pub(crate) fn height(&self) -> u64 {
        self.block
    }

    /// Lets time pass until a minute after another chain's last block.
    pub(crate) fn wait_until(&mut self, other: &Self) {
        self.wait_for(other.now());
    }

    /// As [`AccountChain::wait_until`], from a time.
    pub(crate) fn wait_for(&mut self, time: i64) {
        while self.now() < time + 60 {
            self.block += 1;
        }
    }

    /// One transaction in a block of its own.
    pub(crate) fn pay(
        &mut self,
        names: &Names,
        number: u64,
        rows: &[(Address, Address, u128)],
    ) -> TransactionHash {
        let native =
            |(from, to, units): &(Address, Address, u128)| (*from, *to, Asset::Native, *units);
        let rows: Vec<Movement> = rows.iter().map(native).collect();
        self.move_assets(names, number, &rows)
    }

    /// As [`AccountChain::pay`], in any assets.
    pub(crate) fn move_assets(
        &mut self,
        names: &Names,
        number: u64,
        rows: &[Movement],
    ) -> TransactionHash {
        let hash = names.transaction(number);
        self.write(hash, rows);
        hash
    }

    fn write(&mut self, hash: TransactionHash, rows: &[Movement]) {
        self.block += 1;
        for (ordinal, (from, to, asset, units)) in (0..).zip(rows) {
            let token = !matches!(asset, Asset::Native);
            self.rows.push(Transfer {
                height: Height(self.block),
                timestamp: Timestamp(self.now()),
                position: Some(0),
                transaction: hash,
                ordinal: Some(if token { TOKEN_ORDINAL_BASE + ordinal } else { ordinal }),
                kind: match (token, ordinal) {
                    (true, _) => TransferKind::Token,
                    (false, 0) => TransferKind::Native,
                    (false, _) => TransferKind::Internal,
                },
                from: *from,
                to: *to,
                asset: *asset,
                amount: amount(*units),
            });
        }
    }

    /// Strangers pay each other.
    pub(crate) fn strangers(&mut self, count: u64) {
        for _ in 0..count {
            let person = |random: &mut Random, salt| address(salt, random.below(50));
            let (from, to) = (
                person(&mut self.random, self.strangers),
                person(&mut self.random, self.strangers),
            );
            let units = u128::from(self.random.below(1_000_000)) * (ETHER / 1_000);
            let hash = transaction(self.stranger_transactions, self.made);
            self.made += 1;
            self.write(hash, &[(from, to, Asset::Native, units + 1)]);
        }
    }

    /// The chain as a table in the plain schema.
    pub(crate) fn table(&self) -> String {
        let mut out = Vec::new();
        // Writing to memory cannot fail.
        let _ = write_plain(&self.rows, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }
}
