//! Logs of Across and THORChain, encoded by hand.

use super::accounts::AccountChain;
use tracehound_model::{Address, TransactionHash};

/// `FundsDeposited` of Across, version 3 with 32-byte accounts.
const FUNDS_DEPOSITED: &str = "32ed1a409ef04c7b0227189c3a103dc5ac10e775a15b785dcc510201f7c25ad3";
/// `FilledRelay` of the same.
const FILLED_RELAY: &str = "44b559f101f8fbcc8a0ea43fa91a05a729a5ea6e14a7c75aa750374690137208";
/// `Deposit` of THORChain's router.
const DEPOSIT: &str = "ef519b7eb82aaf6ac376a6df2d793843ebfd593de5f1a0601d3cc6ab49ebb395";
/// `TransferOut` of the same.
const TRANSFER_OUT: &str = "a9cd03aa3c1b4515114539cd53d22085129d495cb9e9f9af77864526240f1bf7";
/// Wrapped ether on Ethereum and on Base.
const WRAPPED: [&str; 2] =
    ["c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", "4200000000000000000000000000000000000006"];

/// A table of logs.
#[derive(Default)]
pub(crate) struct Logs {
    rows: Vec<String>,
}

fn word(number: u128) -> String {
    format!("{number:064x}")
}

fn padded(hex: &str) -> String {
    format!("{hex:0>64}")
}

fn account(address: Address) -> String {
    padded(address.to_lower_hex().trim_start_matches("0x"))
}

/// A text behind its length, filled up to whole words.
fn text(text: &str) -> String {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let whole = hex.len().div_ceil(64) * 64;
    format!("{}{hex:0<whole$}", word(text.len() as u128))
}

impl Logs {
    fn push(
        &mut self,
        chain: &AccountChain,
        transaction: TransactionHash,
        contract: Address,
        topics: &[String],
        data: &str,
    ) {
        let topics: Vec<String> = topics.iter().map(|topic| format!("0x{topic}")).collect();
        self.rows.push(format!(
            "{},{},{},0x{data},{transaction},1,{},{}",
            chain.id,
            contract.to_lower_hex(),
            topics.join("|"),
            chain.height(),
            chain.now()
        ));
    }

    /// A deposit on Ethereum for Base.
    pub(crate) fn across_deposit(
        &mut self,
        chain: &AccountChain,
        transaction: TransactionHash,
        pool: Address,
        (id, payer, receiver, given, promised): (u64, Address, Address, u128, u128),
    ) {
        let topics = [FUNDS_DEPOSITED.to_owned(), word(8_453), word(id.into()), account(payer)];
        let data = [
            padded(WRAPPED[0]),
            padded(WRAPPED[1]),
            word(given),
            word(promised),
            word(0),
            word(0),
            word(0),
            account(receiver),
            word(0),
            word(10 * 32),
            word(0),
        ];
        self.push(chain, transaction, pool, &topics, &data.concat());
    }

    /// The fill on Base.
    pub(crate) fn across_fill(
        &mut self,
        chain: &AccountChain,
        transaction: TransactionHash,
        pool: Address,
        (id, relayer, receiver, paid): (u64, Address, Address, u128),
    ) {
        let topics = [FILLED_RELAY.to_owned(), word(1), word(id.into()), account(relayer)];
        let data = [
            padded(WRAPPED[0]),
            padded(WRAPPED[1]),
            word(paid),
            word(paid),
            word(1),
            word(0),
            word(0),
            word(0),
            account(relayer),
            account(receiver),
            word(0),
            account(receiver),
            word(0),
            word(paid),
            word(0),
        ];
        self.push(chain, transaction, pool, &topics, &data.concat());
    }

    /// A payment into THORChain.
    pub(crate) fn thorchain_deposit(
        &mut self,
        chain: &AccountChain,
        transaction: TransactionHash,
        router: Address,
        vault: Address,
        given: u128,
        memo: &str,
    ) {
        let topics = [DEPOSIT.to_owned(), account(vault), word(0)];
        let data = [word(given), word(64), text(memo)];
        self.push(chain, transaction, router, &topics, &data.concat());
    }

    /// A payment out of THORChain.
    pub(crate) fn thorchain_out(
        &mut self,
        chain: &AccountChain,
        transaction: TransactionHash,
        router: Address,
        (vault, to, paid): (Address, Address, u128),
        memo: &str,
    ) {
        let topics = [TRANSFER_OUT.to_owned(), account(vault), account(to)];
        let data = [word(0), word(paid), word(96), text(memo)];
        self.push(chain, transaction, router, &topics, &data.concat());
    }

    pub(crate) fn table(&self) -> String {
        let header =
            "chain,address,topics,data,transaction_hash,log_index,block_number,block_timestamp";
        format!("{header}\n{}\n", self.rows.join("\n"))
    }
}
