//! A theft that crosses three chains, with its answer.
//!
//! Tokens are stolen on Ethereum and swapped for ether; part of it goes over Across to Base, from
//! there over THORChain to Bitcoin in two payments and a refund; on Bitcoin one
//! payment is peeled off to an exchange and goes back over THORChain to
//! Ethereum, the other enters a CoinJoin. Around it strangers pay each other
//! and use the same bridges. Files are written by hand here, apart from the
//! product's readers, so that a mistake shared by both cannot hide.

mod accounts;
mod bitcoin;
mod logs;

use crate::identity::{Realm, address, salt, transaction};
use accounts::AccountChain;
use bitcoin::BitcoinChain;
use tracehound_model::{Address, Amount, Asset, TransactionHash};

/// Base units of an ether.
pub const ETHER: u128 = 1_000_000_000_000_000_000;
/// What is stolen: dollars of a token, in base units of six decimals.
pub const STOLEN: u128 = 250_000_000_000;
/// What the router takes of it as its fee, in tokens.
pub const SWAP_FEE: u128 = 2_500_000_000;
/// The token stolen, and the wrapped coin, as Ethereum knows them.
const DOLLAR: &str = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const WRAPPED_ETHER: &str = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
/// What Across pays out for the first deposit, of which three quarters are tainted.
pub const FIRST_FILL: u128 = 79_612_345_678_901_234_567;
/// What Across pays out for the second deposit.
pub const SECOND_FILL: u128 = 17_900_000_000_000_000_003;
/// What THORChain sends back of the first fill.
pub const REFUND: u128 = 9 * ETHER;
/// The two payments of THORChain on Bitcoin, satoshi.
pub const PAYMENTS: [u64; 2] = [100_000_000, 60_000_001];
/// What is peeled off the first of them to the exchange.
pub const PEELS: [u64; 3] = [25_000_000, 20_000_000, 20_000_000];
/// What is left of it goes back to THORChain, so much of it, satoshi.
pub const BACK_IN: u64 = 10_000_000;
/// What THORChain pays out for that on Ethereum.
pub const BACK_OUT: u128 = 2_500_000_000_000_000_001;
/// The repeated value of the CoinJoin, and how many outputs have it.
pub const MIX: (u64, u32) = (10_000_000, 5);
/// What each transaction of the thief pays the miner on Bitcoin, satoshi.
pub const FEE: u64 = 10_000;

/// The files and the names of a generated case.
#[derive(Clone, Debug)]
pub struct CrossCase {
    /// Files by name, `case.toml` among them.
    pub files: Vec<(String, String)>,
    /// Places by name.
    pub places: CrossPlaces,
}

/// Where the planted money rests, by address.
#[derive(Clone, Debug)]
pub struct CrossPlaces {
    /// Ethereum: the exchange that gets 15 ether.
    pub exchange: Address,
    /// Ethereum: Across.
    pub spoke_pool: Address,
    /// Ethereum: mixes 25 tainted with 20 clean ether and pays Across 18 and 2.
    pub mixer_of_money: Address,
    /// Ethereum: gets what came back from Bitcoin.
    pub returned: Address,
    /// Base: gets the first fill and the refund.
    pub first: Address,
    /// Base: gets the second fill and keeps it.
    pub second: Address,
    /// Bitcoin: gets both payments of THORChain.
    pub receiver: String,
    /// Bitcoin: the exchange's addresses, the last behind the CoinJoin.
    pub exchange_on_bitcoin: Vec<String>,
    /// Bitcoin: the CoinJoin.
    pub coinjoin: TransactionHash,
    /// Transactions that pay into bridges: Across twice, Across without a
    /// fill, THORChain on Base, THORChain on Bitcoin.
    pub paid_in: [TransactionHash; 5],
}

/// Names that the generated chains use.
pub(crate) struct Names {
    people: u64,
    transactions: u64,
}

impl Names {
    pub(crate) fn person(&self, number: u64) -> Address {
        address(self.people, number)
    }

    pub(crate) fn transaction(&self, number: u64) -> TransactionHash {
        transaction(self.transactions, number)
    }
}

/// The case of a seed with about so many strangers' transfers on each chain.
#[must_use]
pub fn cross_case(seed: u64, noise: u64) -> CrossCase {
    let names = Names {
        people: salt(Realm::Planted, seed),
        transactions: salt(Realm::PlantedTransaction, seed),
    };
    let person = |number| names.person(number);
    let mut bitcoin = BitcoinChain::new(&names, noise);
    let receiver = bitcoin.receiver().to_owned();
    let mut ethereum = AccountChain::new("eip155:1", 22_000_000, 12, seed ^ 1);
    let mut base = AccountChain::new("eip155:8453", 30_000_000, 2, seed ^ 2);
    let (thief, first_hand, second_hand) = (person(2), person(3), person(4));
    let (exchange, spoke_pool, wrapped) = (person(9), person(10), person(20));

    ethereum.strangers(noise);
    let pool = person(23);
    let theft = steal_and_swap(&names, &mut ethereum, (person(1), thief, person(22), pool));
    ethereum.pay(&names, 2, &[(person(90), first_hand, 20 * ETHER)]);
    ethereum.pay(&names, 3, &[(person(91), second_hand, 20 * ETHER)]);
    ethereum.pay(&names, 4, &[(thief, first_hand, 60 * ETHER)]);
    ethereum.strangers(noise);
    ethereum.pay(&names, 5, &[(thief, exchange, 15 * ETHER)]);
    ethereum.pay(&names, 6, &[(thief, second_hand, 25 * ETHER)]);

    let mut logs = logs::Logs::default();
    let mut paid_in = [TransactionHash([0; 32]); 5];
    let deposits = [(first_hand, 80, 7_001_u64), (second_hand, 18, 7_002), (second_hand, 2, 7_003)];
    for (place, (payer, ether, id)) in (0_u64..).zip(deposits) {
        let amount = ether * ETHER;
        let rows = [(payer, spoke_pool, amount), (spoke_pool, wrapped, amount)];
        let hash = ethereum.pay(&names, 7 + place, &rows);
        let (first, second) = (person(12), person(13));
        let (receiver, out) = match id {
            7_001 => (first, FIRST_FILL),
            _ => (second, if id == 7_002 { SECOND_FILL } else { amount - 1 }),
        };
        logs.across_deposit(&ethereum, hash, spoke_pool, (id, payer, receiver, amount, out));
        if let Some(slot) = paid_in.get_mut(place as usize) {
            *slot = hash;
        }
    }
    stranger_crosses(&names, &mut ethereum, &mut base, &mut logs, spoke_pool);
    ethereum.strangers(noise);

    base.wait_until(&ethereum);
    base.strangers(noise);
    let (relayer, first, second) = (person(11), person(12), person(13));
    let fills = [(30, first, FIRST_FILL, 7_001_u64), (31, second, SECOND_FILL, 7_002)];
    for (number, to, amount, id) in fills {
        let hash = base.pay(&names, number, &[(relayer, to, amount)]);
        logs.across_fill(&base, hash, person(21), (id, relayer, to, amount));
    }
    let (router, vault) = (person(14), person(15));
    let asked = base.pay(&names, 32, &[(first, router, FIRST_FILL), (router, vault, FIRST_FILL)]);
    paid_in[3] = asked;
    logs.thorchain_deposit(&base, asked, router, vault, FIRST_FILL, &format!("=:b:{receiver}"));
    base.strangers(noise);
    let refund = base.pay(&names, 33, &[(vault, router, REFUND), (router, first, REFUND)]);
    logs.thorchain_out(&base, refund, router, (vault, first, REFUND), &answer("REFUND", &asked));

    let back = person(16);
    bitcoin.wait_until(base.now());
    bitcoin.launder(&answer("OUT", &asked), back);
    paid_in[4] = bitcoin.back_in;
    ethereum.wait_for(bitcoin.now());
    let router_here = person(17);
    let rows = [(person(18), router_here, BACK_OUT), (router_here, back, BACK_OUT)];
    let out = ethereum.pay(&names, 34, &rows);
    let memo = answer("OUT", &bitcoin.back_in);
    logs.thorchain_out(&ethereum, out, router_here, (person(18), back, BACK_OUT), &memo);
    ethereum.strangers(noise);

    let places = CrossPlaces {
        exchange,
        spoke_pool,
        mixer_of_money: second_hand,
        returned: back,
        first,
        second,
        receiver,
        exchange_on_bitcoin: bitcoin.exchange.clone(),
        coinjoin: bitcoin.coinjoin,
        paid_in,
    };
    let files = vec![
        ("case.toml".to_owned(), case_toml(&theft)),
        ("ethereum.csv".to_owned(), ethereum.table()),
        ("base.csv".to_owned(), base.table()),
        ("bitcoin.json".to_owned(), bitcoin.lines()),
        ("events.csv".to_owned(), logs.table()),
        (
            "tags.csv".to_owned(),
            tags(&[
                (exchange.to_string(), "Example Exchange", "exchange"),
                (spoke_pool.to_string(), "Across", "bridge"),
                (pool.to_string(), "Example Pool", "decentralised-exchange"),
            ]),
        ),
        (
            "tags-bitcoin.csv".to_owned(),
            tags(
                &places
                    .exchange_on_bitcoin
                    .iter()
                    .map(|own| (own.clone(), "Peel Exchange", "exchange"))
                    .collect::<Vec<_>>(),
            ),
        ),
    ];
    CrossCase { files, places }
}

/// Tokens are stolen, and swapped through a router that pays a fee in tokens
/// and unwraps what it got: the thief ends with 100 ether. The theft.
fn steal_and_swap(
    names: &Names,
    ethereum: &mut AccountChain,
    (victim, thief, router, pool): (Address, Address, Address, Address),
) -> TransactionHash {
    let token = |text: &str| {
        let contract: Address = text.parse().unwrap_or(Address::evm([0; 20]));
        (Asset::Token(contract), contract)
    };
    let ((dollar, _), (wrapped, contract)) = (token(DOLLAR), token(WRAPPED_ETHER));
    let theft = ethereum.move_assets(names, 1, &[(victim, thief, dollar, STOLEN)]);
    let given = STOLEN - SWAP_FEE;
    let swap = [
        (thief, router, dollar, STOLEN),
        (router, names.person(24), dollar, SWAP_FEE),
        (router, pool, dollar, given),
        (pool, router, wrapped, 100 * ETHER),
        (router, Address::evm([0; 20]), wrapped, 100 * ETHER),
        (contract, router, Asset::Native, 100 * ETHER),
        (router, thief, Asset::Native, 100 * ETHER),
    ];
    ethereum.move_assets(names, 40, &swap);
    theft
}

/// A stranger's deposit at Across and its fill, which no taint reaches.
fn stranger_crosses(
    names: &Names,
    ethereum: &mut AccountChain,
    base: &mut AccountChain,
    logs: &mut logs::Logs,
    spoke_pool: Address,
) {
    let (payer, to) = (names.person(92), names.person(93));
    let hash = ethereum.pay(names, 20, &[(payer, spoke_pool, 7 * ETHER)]);
    logs.across_deposit(ethereum, hash, spoke_pool, (7_004, payer, to, 7 * ETHER, 6 * ETHER));
    base.wait_until(ethereum);
    let hash = base.pay(names, 21, &[(names.person(11), to, 6 * ETHER)]);
    logs.across_fill(base, hash, names.person(21), (7_004, names.person(11), to, 6 * ETHER));
}

/// A memo that answers a transaction.
fn answer(word: &str, hash: &TransactionHash) -> String {
    format!("{word}:{}", hash.to_plain_hex().to_uppercase())
}

fn tags(tags: &[(String, &str, &str)]) -> String {
    let mut text = "address,label,entity,category,source,confidence\n".to_owned();
    for (address, name, category) in tags {
        text.push_str(&format!("{address},{name},{name},{category},generated,100\n"));
    }
    text
}

fn case_toml(theft: &TransactionHash) -> String {
    format!(
        "version = 1\nname = \"three-chains\"\ntitle = \"Over three chains\"\n\
         chain = \"ethereum\"\n\n[[transfers]]\nfile = \"ethereum.csv\"\n\n\
         [[tags]]\nfile = \"tags.csv\"\n\n[[seeds]]\nkind = \"transfer\"\n\
         hash = \"{theft}\"\nindex = 0\n\n\
         [[chains]]\nchain = \"base\"\n\n[[chains.transfers]]\nfile = \"base.csv\"\n\n\
         [[chains]]\nchain = \"bitcoin\"\n\n[[chains.transfers]]\nfile = \"bitcoin.json\"\n\n\
         [[chains.tags]]\nfile = \"tags-bitcoin.csv\"\n\n\
         [[events]]\nfile = \"events.csv\"\n\n[trace]\nhub_degree = 0\n"
    )
}

/// An amount of base units.
pub(crate) fn amount(units: u128) -> Amount {
    Amount::from_u128(units)
}
