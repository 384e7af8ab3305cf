//! Event logs as chain dumps list them: transfers of tokens, and the mints and
//! burns of a wrapped coin, which are transfers that no transfer event shows.
//!
//! Events are known by the hash of their signature (Solidity ABI
//! specification, "Events"): the first topic is the Keccak-256 hash of the
//! name with the types of its arguments. Signatures are hashed here, never
//! typed in. Sources: ERC-20 (`Transfer`), the verified source of WETH9
//! (`Deposit`, `Withdrawal`), and the published interfaces of Uniswap v2 and
//! v3, Curve, Balancer v2 and ERC-4626 for the events of exchanges.

use super::token_transfers::log_ordinal;
use super::values::{RowError, address, hash, height, index};
use super::{Learnt, Outcome, Session, Times};
use crate::IngestError;
use crate::source::{Binder, Cell, Role, Row};
use hashbrown::HashSet;
use sha3::{Digest, Keccak256};
use std::sync::LazyLock;
use tracehound_model::{Address, Amount, Asset, Chain, Transfer, TransferKind, genuine};

/// A word of the ABI.
const WORD: usize = 32;

/// Events by which pools and vaults say that they exchanged one thing for another.
const EXCHANGES: [&str; 7] = [
    "Swap(address,uint256,uint256,uint256,uint256,address)",
    "Swap(address,address,int256,int256,uint160,uint128,int24)",
    "TokenExchange(address,int128,uint256,int128,uint256)",
    "TokenExchange(address,uint256,uint256,uint256,uint256)",
    "Swap(bytes32,address,address,uint256,uint256)",
    "Deposit(address,address,uint256,uint256)",
    "Withdraw(address,address,address,uint256,uint256)",
];

/// First topics of the events read.
struct Signatures {
    transfer: [u8; WORD],
    deposit: [u8; WORD],
    withdrawal: [u8; WORD],
    exchanges: [[u8; WORD]; EXCHANGES.len()],
}

static SIGNATURES: LazyLock<Signatures> = LazyLock::new(|| Signatures {
    transfer: topic("Transfer(address,address,uint256)"),
    deposit: topic("Deposit(address,uint256)"),
    withdrawal: topic("Withdrawal(address,uint256)"),
    exchanges: EXCHANGES.map(topic),
});

fn topic(signature: &str) -> [u8; WORD] {
    Keccak256::digest(signature).into()
}

/// Columns of a logs file.
pub(crate) struct Logs {
    transaction: usize,
    block: usize,
    position: Option<usize>,
    log: usize,
    emitter: usize,
    data: usize,
    /// One column of all topics, or one a topic.
    topics: Vec<usize>,
    pub(crate) times: Times,
    chain: Chain,
    emitters: HashSet<Address>,
}

impl Logs {
    pub(crate) fn bind(columns: &mut Binder<'_>, chain: &Chain) -> Result<Self, IngestError> {
        let topics = match columns.take(Role::Identifier, &["topics"])? {
            Some(all) => vec![all],
            None => {
                let mut topics = vec![columns.need(Role::Identifier, &["topic0"])?];
                for name in [&["topic1"], &["topic2"], &["topic3"]] {
                    topics.extend(columns.take(Role::Identifier, name)?);
                }
                topics
            }
        };
        Ok(Self {
            transaction: columns.need(Role::Identifier, &["transaction_hash"])?,
            block: columns.need(Role::Number, &["block_number"])?,
            position: columns.take(Role::Number, &["transaction_index"])?,
            log: columns.need(Role::Number, &["log_index"])?,
            emitter: columns.need(Role::Identifier, &["address"])?,
            data: columns.need(Role::Identifier, &["data"])?,
            topics,
            times: Times::bind(columns)?,
            chain: chain.clone(),
            emitters: HashSet::new(),
        })
    }

    pub(crate) fn read(&mut self, row: &impl Row, session: &Session) -> Result<Outcome, RowError> {
        let mut topics = Vec::with_capacity(4);
        for column in &self.topics {
            words(row.cell(*column), "topics", &mut topics)?;
        }
        let Some(&signature) = topics.first() else {
            return Ok(Outcome::Skipped("event without a signature"));
        };
        let emitter = address(row.cell(self.emitter), "address")?;
        if SIGNATURES.exchanges.contains(&signature) {
            self.emitters.insert(emitter);
            return Ok(Outcome::Skipped("event of an exchange"));
        }
        let known = [SIGNATURES.transfer, SIGNATURES.deposit, SIGNATURES.withdrawal];
        if !known.contains(&signature) {
            return Ok(Outcome::Skipped("event that moves no token"));
        }
        let mut arguments = topics.split_off(1);
        let indexed = arguments.len();
        words(row.cell(self.data), "data", &mut arguments)?;
        let (from, to, amount) = match self.moved(emitter, &signature, indexed, &arguments) {
            Ok(moved) => moved,
            Err(reason) => return Ok(Outcome::Skipped(reason)),
        };
        let block = height(row.cell(self.block), "block_number")?;
        Ok(Outcome::Transfer(Transfer {
            height: block,
            timestamp: self.times.of(row, block, session)?,
            position: index(row.at(self.position), "transaction_index")?,
            transaction: hash(row.cell(self.transaction), "transaction_hash")?,
            ordinal: Some(log_ordinal(index(row.cell(self.log), "log_index")?)?),
            kind: TransferKind::Token,
            from,
            to,
            asset: Asset::Token(emitter),
            amount,
        }))
    }
}

impl Logs {
    /// Who paid whom how much, or why nothing moved. Tokens that write their
    /// arguments without an index put them into the data, in the same order.
    fn moved(
        &self,
        emitter: Address,
        signature: &[u8; WORD],
        indexed: usize,
        arguments: &[[u8; WORD]],
    ) -> Result<(Address, Address, Amount), &'static str> {
        const NO_AMOUNT: &str = "transfer of a single item, without an amount";
        if *signature == SIGNATURES.transfer {
            return match arguments {
                // With all three indexed it is the number of one item (ERC-721).
                [from, to, amount] if indexed < 3 => {
                    Ok((account(from)?, account(to)?, amount_of(amount)))
                }
                _ => Err(NO_AMOUNT),
            };
        }
        // Other contracts use these names for other things.
        let wraps = genuine::find(&self.chain, &emitter)
            .is_some_and(|token| token.wraps_coin_of(&self.chain));
        let ([owner, amount], true) = (arguments, wraps) else {
            return Err("event that moves no token");
        };
        let (owner, nobody) = (account(owner)?, Address::evm([0; 20]));
        let minted = *signature == SIGNATURES.deposit;
        let (from, to) = if minted { (nobody, owner) } else { (owner, nobody) };
        Ok((from, to, amount_of(amount)))
    }

    pub(crate) fn finish(self) -> Learnt {
        let mut exchange_emitters: Vec<Address> = self.emitters.into_iter().collect();
        exchange_emitters.sort_unstable();
        Learnt { exchange_emitters, ..Learnt::default() }
    }
}

/// The address in a word.
fn account(word: &[u8; WORD]) -> Result<Address, &'static str> {
    let (padding, account) = word.split_at(12);
    match account.try_into() {
        Ok(account) if padding.iter().all(|byte| *byte == 0) => Ok(Address::evm(account)),
        _ => Err("event with something else where an address should be"),
    }
}

fn amount_of(word: &[u8; WORD]) -> Amount {
    // 32 bytes always fit 256 bits.
    Amount::from_be_slice(word).unwrap_or_default()
}

/// The words of a cell: text of hexadecimal words, with or without separators
/// between them, or bytes.
fn words(cell: Cell<'_>, column: &str, into: &mut Vec<[u8; WORD]>) -> Result<(), RowError> {
    let expected = || RowError::column(column, "expected words of 32 bytes in hexadecimal");
    match cell {
        Cell::Missing => Ok(()),
        Cell::Bytes(bytes) => {
            let (whole, rest) = bytes.as_chunks::<WORD>();
            into.extend(whole);
            if rest.is_empty() { Ok(()) } else { Err(expected()) }
        }
        Cell::Text(text) => {
            let digits: Vec<u8> = text
                .split([',', '[', ']', '"', '\'', ' '])
                .flat_map(|word| word.strip_prefix("0x").unwrap_or(word).bytes())
                .collect();
            let (whole, rest) = digits.as_chunks::<{ 2 * WORD }>();
            if !rest.is_empty() {
                return Err(expected());
            }
            for word in whole {
                let word = std::str::from_utf8(word).map_err(|_| expected())?;
                let word: tracehound_model::TransactionHash =
                    word.parse().map_err(|_| expected())?;
                into.push(word.0);
            }
            Ok(())
        }
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::testing::{read, session};

    #[test]
    fn signatures_hash_to_what_chains_show() {
        let hex = |topic: [u8; WORD]| tracehound_model::TransactionHash(topic).to_string();
        assert_eq!(
            hex(SIGNATURES.transfer),
            "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
        );
        assert_eq!(
            hex(SIGNATURES.deposit),
            "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
        );
    }

    const HEAD: &str = "log_index,transaction_hash,transaction_index,block_number,block_timestamp,address,data,topics\n";
    const WETH: &str = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
    const OTHER: &str = "0x1111111111111111111111111111111111111111";

    /// One event of `emitter` with these topics (each padded) and data words.
    fn line(log: u32, emitter: &str, topics: &[String], data: &[u64]) -> String {
        let data: String = data.iter().map(|word| format!("{word:064x}")).collect();
        let topics = topics.join(",");
        format!("{log},0x{:064x},0,7,1700000000,{emitter},0x{data},\"{topics}\"\n", 5)
    }

    fn padded(account: u8) -> String {
        format!("0x{account:064x}")
    }

    fn hex(topic: [u8; WORD]) -> String {
        tracehound_model::TransactionHash(topic).to_string()
    }

    #[test]
    fn transfers_mints_and_burns_are_read_and_the_rest_says_why_not() {
        let mut table = HEAD.to_owned();
        let (from, to) = (padded(0xaa), padded(0xbb));
        table += &line(0, OTHER, &[hex(SIGNATURES.transfer), from.clone(), to.clone()], &[9]);
        // Old tokens index nothing.
        table += &line(1, OTHER, &[hex(SIGNATURES.transfer)], &[0xaa, 0xbb, 8]);
        table += &line(2, WETH, &[hex(SIGNATURES.deposit), from.clone()], &[7]);
        table += &line(3, WETH, &[hex(SIGNATURES.withdrawal), from.clone()], &[6]);
        table += &line(4, OTHER, &[hex(SIGNATURES.deposit), from.clone()], &[5]);
        table += &line(5, OTHER, &[hex(SIGNATURES.transfer), from.clone(), to, padded(1)], &[]);
        table +=
            &line(6, OTHER, &[hex(SIGNATURES.exchanges[0]), from.clone(), from], &[1, 0, 0, 2]);
        let seen = read(&[table.as_bytes()], &mut session()).unwrap();
        assert!(seen.broken.is_empty(), "{:?}", seen.broken);
        let moved: Vec<_> = seen
            .transfers
            .iter()
            .map(|t| (t.from.payload()[19], t.to.payload()[19], t.amount.to_u64().unwrap()))
            .collect();
        assert_eq!(moved, [(0xaa, 0xbb, 9), (0xaa, 0xbb, 8), (0, 0xaa, 7), (0xaa, 0, 6)]);
        assert_eq!(seen.skipped.values().sum::<u64>(), 3);
        assert_eq!(seen.exchange_emitters, [OTHER.parse().unwrap()]);
    }

    #[test]
    fn words_that_are_none_name_their_column() {
        let mut table = HEAD.to_owned();
        table += &line(0, OTHER, &[hex(SIGNATURES.transfer), padded(1), padded(2)], &[9])
            .replace("0x0000", "0x000");
        table += &line(1, OTHER, &["0xzz".to_owned()], &[]);
        let seen = read(&[table.as_bytes()], &mut session()).unwrap();
        assert_eq!(seen.broken.len(), 2, "{seen:?}");
        assert!(seen.broken.iter().all(|(_, reason)| reason.contains("32 bytes")));
    }
}
