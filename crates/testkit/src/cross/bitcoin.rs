//! Bitcoin as lines of bitcoin-etl.

use super::{BACK_IN, FEE, MIX, Names, PAYMENTS, PEELS};
use crate::random::Random;
use tracehound_model::address::AddressKind;
use tracehound_model::{Address, Chain, TransactionHash};

/// The first block and its time.
const FIRST: u64 = 900_000;
const BEGIN: i64 = 1_749_999_000;
const SECONDS: i64 = 600;

/// An output: whom it pays and how much; or bytes that pay nobody.
enum Output {
    Pays(u64, u64),
    Data(String),
}

/// A coin: transaction and index.
#[derive(Clone, Copy)]
struct Coin(TransactionHash, u32);

/// The chain with what was planted.
pub(crate) struct BitcoinChain {
    lines: Vec<String>,
    block: u64,
    made: u64,
    people: u64,
    transactions: u64,
    noise: Vec<Coin>,
    vault: Coin,
    others: Vec<Coin>,
    random: Random,
    receiver: String,
    pub(crate) exchange: Vec<String>,
    pub(crate) coinjoin: TransactionHash,
    pub(crate) back_in: TransactionHash,
}

/// Numbers of people; strangers come after them.
const VAULT: u64 = 1;
const RECEIVER: u64 = 2;
const EXCHANGE: u64 = 10;
const PEELED: u64 = 20;
const MIXED: u64 = 30;
const MIXED_CHANGE: u64 = 40;
const OTHERS: u64 = 50;
const STRANGERS: u64 = 1_000;

impl BitcoinChain {
    pub(crate) fn new(names: &Names, noise: u64) -> Self {
        let zero = TransactionHash([0; 32]);
        let mut chain = Self {
            lines: Vec::new(),
            block: FIRST,
            made: 0,
            people: names.people,
            transactions: names.transactions,
            noise: Vec::new(),
            vault: Coin(zero, 0),
            others: Vec::new(),
            random: Random::new(names.people),
            receiver: String::new(),
            exchange: Vec::new(),
            coinjoin: zero,
            back_in: zero,
        };
        chain.receiver = chain.address(RECEIVER);
        let peels = PEELS.len() as u64 + 1;
        chain.exchange = (0..peels).map(|number| chain.address(EXCHANGE + number)).collect();
        let mut outputs = vec![Output::Pays(VAULT, 1_000_000_000)];
        outputs.extend((1..5).map(|n| Output::Pays(OTHERS + n, MIX.0 + n * 1_230_000)));
        outputs.extend((0..noise.max(1)).map(|n| Output::Pays(STRANGERS + n, 5_000_000 + n)));
        let funds = chain.write(&[], &outputs);
        chain.vault = Coin(funds, 0);
        chain.others = (1..5).map(|index| Coin(funds, index)).collect();
        let strangers = (5..).take(noise.max(1) as usize);
        chain.noise = strangers.map(|index| Coin(funds, index)).collect();
        chain
    }

    /// Who gets the payments of THORChain.
    pub(crate) fn receiver(&self) -> &str {
        &self.receiver
    }

    pub(crate) fn now(&self) -> i64 {
        BEGIN + (self.block - FIRST) as i64 * SECONDS
    }

    pub(crate) fn wait_until(&mut self, time: i64) {
        while self.now() < time + 60 {
            self.next_block();
        }
    }

    /// All blocks as lines of transactions.
    pub(crate) fn lines(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    fn bytes(&self, person: u64) -> [u8; 20] {
        let address = crate::identity::address(self.people, person + 1_000_000);
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&address.payload()[..20]);
        bytes
    }

    fn address(&self, person: u64) -> String {
        let bytes = self.bytes(person);
        Address::from_bytes(AddressKind::WitnessKeyHash, &bytes).on(&Chain::bitcoin()).to_string()
    }

    /// A block of its own for its coinbase and one payment of a stranger.
    fn next_block(&mut self) {
        self.block += 1;
        self.write(&[], &[Output::Pays(STRANGERS + self.block, 312_500_000)]);
        let at = self.random.below(self.noise.len() as u64) as usize;
        if let Some(coin) = self.noise.get(at).copied() {
            let to = STRANGERS + self.random.below(1_000);
            let next = self.write(&[coin], &[Output::Pays(to, 4_000_000)]);
            self.noise[at] = Coin(next, 0);
        }
    }

    fn write(&mut self, inputs: &[Coin], outputs: &[Output]) -> TransactionHash {
        let hash = crate::identity::transaction(self.transactions, 1_000_000 + self.made);
        self.made += 1;
        let spent = inputs.iter().enumerate().map(|(index, Coin(hash, output))| {
            format!(
                "{{\"index\": {index}, \"spent_transaction_hash\": \"{}\", \"spent_output_index\": {output}}}",
                hash.to_plain_hex()
            )
        });
        let spent: Vec<String> = spent.collect();
        let paid = outputs.iter().enumerate().map(|(index, output)| {
            let (script, value) = match output {
                Output::Pays(person, value) => {
                    let hex: String =
                        self.bytes(*person).iter().map(|byte| format!("{byte:02x}")).collect();
                    (format!("0014{hex}"), *value)
                }
                Output::Data(memo) => {
                    let hex: String = memo.bytes().map(|byte| format!("{byte:02x}")).collect();
                    (format!("6a{:02x}{hex}", memo.len()), 0)
                }
            };
            format!("{{\"index\": {index}, \"script_hex\": \"{script}\", \"value\": {value}}}")
        });
        let paid: Vec<String> = paid.collect();
        let place = self.lines.iter().rev().take_while(|line| line.contains(&self.block_hash()));
        let place = place.count();
        self.lines.push(format!(
            "{{\"hash\": \"{}\", \"version\": 2, \"lock_time\": 0, \"block_number\": {}, \
             \"block_hash\": \"{}\", \"block_timestamp\": {}, \"is_coinbase\": {}, \
             \"index\": {place}, \"inputs\": [{}], \"outputs\": [{}]}}",
            hash.to_plain_hex(),
            self.block,
            self.block_hash(),
            self.now(),
            inputs.is_empty(),
            spent.join(", "),
            paid.join(", ")
        ));
        hash
    }

    fn block_hash(&self) -> String {
        format!("{:064x}", self.block)
    }

    /// THORChain pays twice; the first payment is peeled off, and what is left
    /// goes back to THORChain for `back`; the second enters a CoinJoin.
    pub(crate) fn launder(&mut self, memo: &str, back: Address) {
        let mut left = 1_000_000_000;
        let mut paid = Vec::new();
        for payment in PAYMENTS {
            self.next_block();
            left -= payment + FEE;
            let outputs = [
                Output::Pays(RECEIVER, payment),
                Output::Pays(VAULT, left),
                Output::Data(memo.to_owned()),
            ];
            let hash = self.write(&[self.vault], &outputs);
            self.vault = Coin(hash, 1);
            paid.push(Coin(hash, 0));
        }
        self.peel(paid[0], back);
        self.mix(paid[1]);
        self.next_block();
    }

    fn peel(&mut self, mut coin: Coin, back: Address) {
        let mut left = PAYMENTS[0];
        for (number, peel) in (0..).zip(PEELS) {
            self.next_block();
            left -= peel + FEE;
            let outputs =
                [Output::Pays(EXCHANGE + number, peel), Output::Pays(PEELED + number, left)];
            coin = Coin(self.write(&[coin], &outputs), 1);
        }
        self.next_block();
        left -= BACK_IN + FEE;
        let outputs = [
            Output::Pays(VAULT, BACK_IN),
            Output::Pays(PEELED + 9, left),
            Output::Data(format!("=:ETH.ETH:{}", back.to_lower_hex())),
        ];
        self.back_in = self.write(&[coin], &outputs);
    }

    fn mix(&mut self, coin: Coin) {
        self.next_block();
        let (value, count) = (MIX.0, u64::from(MIX.1));
        let mut inputs = vec![coin];
        inputs.extend(self.others.clone());
        let mut outputs: Vec<Output> =
            (0..count).map(|number| Output::Pays(MIXED + number, value)).collect();
        outputs.push(Output::Pays(MIXED_CHANGE, PAYMENTS[1] - value - FEE));
        outputs.extend((1..count).map(|n| Output::Pays(MIXED_CHANGE + n, n * 1_230_000 - FEE)));
        self.coinjoin = self.write(&inputs, &outputs);
        self.next_block();
        // One of the equal outputs is peeled off to the exchange too.
        let last = EXCHANGE + PEELS.len() as u64;
        self.write(&[Coin(self.coinjoin, 2)], &[Output::Pays(last, value - FEE)]);
    }
}
