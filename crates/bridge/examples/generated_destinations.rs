//! A destination side with known answers for real deposits, to measure how
//! candidates without a key are found and whether their probabilities hold:
//! `cargo run --release -p tracehound-bridge --example generated_destinations -- SEED OUT CONNECTOR_FOLDER…`.
//!
//! Connector's files hold deposits and the hash of the transaction that paid
//! each out, but not what that transaction paid, nor when. Receivers, assets,
//! amounts and times of the deposits are real here, and with them how often
//! one receiver sends the like twice. What is paid out is generated:
//!
//! * 3 in 100 deposits are never paid out;
//! * the lag is 60 seconds and an exponential time of 10 minutes on average;
//!   1 in 20 takes up to 8 hours, evenly;
//! * the bridge keeps 0.04 %, and up to 0.1 % more, evenly; of 1 in 10 up to 1 % more;
//! * 1 in 5 deposits has a stranger: a payment out to the same receiver in the
//!   same asset from elsewhere, of the amount of some other deposit in that
//!   asset, some time within 30 days around.
//!
//! None of this is fitted to what the matcher assumes: its bins know nothing of it.
#![allow(clippy::print_stdout, clippy::float_arithmetic, clippy::unwrap_used)] // a measurement

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracehound_bridge::read::{COLUMNS, Tables, read, row_of};
use tracehound_bridge::{BridgeEvent, Side};
use tracehound_model::{Address, Amount, Asset, Timestamp, TransactionHash};

/// A stream of numbers: splitmix64.
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Even between 0 and 1, neither of them.
    #[allow(clippy::cast_precision_loss)] // 53 bits fit
    fn part(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    #[allow(clippy::cast_possible_truncation)] // seconds of hours
    fn lag(&mut self) -> i64 {
        let seconds = match self.below(20) {
            0 => self.part() * 28_800.0,
            _ => 60.0 - 600.0 * self.part().ln(),
        };
        seconds as i64
    }

    /// Millionths.
    fn fee(&mut self) -> u64 {
        let more = if self.below(10) == 0 { 10_000 } else { 1000 };
        400 + self.below(more)
    }
}

fn less(amount: Amount, millionths: u64) -> Amount {
    let kept = amount.multiply_divide(Amount::from_u64(millionths), Amount::from_u64(1_000_000));
    amount.subtract(kept.unwrap()).unwrap()
}

/// The token there: what the deposit names, or a stand-in made from its own.
fn token_there(event: &BridgeEvent) -> Option<Asset> {
    match (event.other_token, event.token?) {
        (Some(named), _) => Some(named),
        (None, Asset::Token(contract)) => {
            let mut bytes = [0; 20];
            bytes.copy_from_slice(contract.payload());
            bytes[0] ^= 0xff;
            Some(Asset::Token(Address::evm(bytes)))
        }
        (None, _) => None,
    }
}

fn paid(deposit: &BridgeEvent, amount: Amount, time: i64, hash: TransactionHash) -> BridgeEvent {
    let chain = deposit.other_chain.clone().unwrap();
    BridgeEvent {
        other_chain: Some(deposit.chain.clone()),
        transaction: Some(hash),
        token: token_there(deposit),
        amount: Some(amount),
        receiver: deposit.receiver,
        time: Some(Timestamp(time)),
        ..BridgeEvent::bare(deposit.bridge.clone(), Side::Destination, chain)
    }
}

fn generate(tables: &Tables, luck: &mut Luck) -> Vec<BridgeEvent> {
    let is_whole = |event: &&BridgeEvent| {
        event.side == Side::Source
            && event.amount.is_some()
            && event.receiver.is_some()
            && event.time.is_some()
            && token_there(event).is_some()
    };
    let deposits: Vec<&BridgeEvent> = tables.events.iter().filter(is_whole).collect();
    let mut of_token: BTreeMap<Vec<u8>, Vec<Amount>> = BTreeMap::new();
    for deposit in &deposits {
        let key = deposit.token.unwrap().to_key().to_vec();
        of_token.entry(key).or_default().push(deposit.amount.unwrap());
    }
    let mut events = Vec::new();
    for deposit in deposits {
        let (amount, time) = (deposit.amount.unwrap(), deposit.time.unwrap().0);
        let truth = tables.truth.of(&deposit.transaction.unwrap()).unwrap();
        if luck.below(100) >= 3 {
            let paid_at = time + luck.lag();
            events.push(paid(deposit, less(amount, luck.fee()), paid_at, *truth.first().unwrap()));
        }
        if luck.below(5) == 0 {
            let amounts = &of_token[deposit.token.unwrap().to_key().as_slice()];
            let other = amounts[usize::try_from(luck.below(amounts.len() as u64)).unwrap()];
            let around = i64::try_from(luck.below(5_184_000)).unwrap() - 2_592_000;
            let mut hash = [0xee; 32];
            hash[..8].copy_from_slice(&luck.next().to_be_bytes());
            events.push(paid(
                deposit,
                less(other, luck.fee()),
                time + around,
                TransactionHash(hash),
            ));
        }
    }
    events
}

fn write(out: &Path, tables: &Tables, destinations: &[BridgeEvent]) -> std::io::Result<()> {
    std::fs::create_dir_all(out)?;
    let mut events = csv::Writer::from_path(out.join("events.csv"))?;
    let mut truth = csv::Writer::from_path(out.join("truth.csv"))?;
    let mut tokens: Vec<[String; 4]> = Vec::new();
    events.write_record(COLUMNS)?;
    truth.write_record(["source_transaction", "destination_transaction"])?;
    for event in tables.events.iter().filter(|event| event.side == Side::Source) {
        let Some(of) = event.transaction.and_then(|hash| tables.truth.of(&hash)) else { continue };
        for hash in of {
            truth.write_record([event.transaction.unwrap().to_string(), hash.to_string()])?;
        }
        let (Some(there), Some(token)) = (&event.other_chain, token_there(event)) else { continue };
        events.write_record(row_of(&BridgeEvent { key: None, ..event.clone() }))?;
        tokens.push([
            event.chain.to_string(),
            event.token.unwrap().to_string(),
            there.to_string(),
            token.to_string(),
        ]);
    }
    for event in destinations {
        events.write_record(row_of(event))?;
    }
    tokens.sort();
    tokens.dedup();
    let mut mapping = csv::Writer::from_path(out.join("token_mapping.csv"))?;
    mapping.write_record([
        "source_chain",
        "source_token",
        "destination_chain",
        "destination_token",
    ])?;
    tokens.iter().try_for_each(|row| mapping.write_record(row))?;
    mapping.flush()?;
    events.flush()?;
    truth.flush()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().ok_or("give a seed, a folder to write to and folders to read")?;
    let out = PathBuf::from(arguments.next().ok_or("give a folder to write to")?);
    let tables = read(&arguments.map(PathBuf::from).collect::<Vec<_>>())?;
    let destinations = generate(&tables, &mut Luck(seed.parse()?));
    write(&out, &tables, &destinations)?;
    println!("{} payments out generated in {}", destinations.len(), out.display());
    Ok(())
}
