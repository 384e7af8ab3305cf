//! Deposit addresses found among generated payments whose owners are known.
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![allow(clippy::cast_possible_truncation)] // a few thousand payments

mod support;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use support::Desk;
use tracehound_testkit::random::Random;

const ETHER: u128 = 1_000_000_000_000_000_000;
const TOKEN: &str = "0xdac17f958d2ee523a2206206994597c13d831ec7";
const EXCHANGES: u64 = 3;
const CUSTOMERS: u64 = 120;
const OTHERS: u64 = 300;
const MOVERS: u64 = 40;

fn address(kind: u64, number: u64) -> String {
    let mut random = Random::new(kind << 32 | number);
    format!("0x{:016x}{:016x}{:08x}", random.bits(), random.bits(), random.bits() as u32)
}

fn hot(exchange: u64) -> String {
    address(1, exchange)
}

/// Payments in the order of their blocks.
#[derive(Default)]
struct World {
    rows: Vec<(u64, String, String, Option<&'static str>, u128)>,
}

impl World {
    fn pay(&mut self, block: u64, from: &str, to: &str, asset: Option<&'static str>, amount: u128) {
        self.rows.push((block, from.to_owned(), to.to_owned(), asset, amount));
    }

    fn table(mut self) -> String {
        self.rows.sort_by_key(|row| row.0);
        let mut table =
            "tx_hash,block,timestamp,position,ordinal,from,to,contract,value\n".to_owned();
        for (number, (block, from, to, asset, amount)) in self.rows.iter().enumerate() {
            let time = 1_600_000_000 + block * 12;
            let contract = asset.unwrap_or_default();
            let ordinal = if asset.is_some() { 1_048_576 } else { 0 };
            writeln!(
                table,
                "0x{number:064x},{block},{time},{number},{ordinal},{from},{to},{contract},{amount}"
            )
            .unwrap();
        }
        table
    }
}

/// Customers pay their own deposit address, which hands on within hours: the
/// coin less fees, tokens whole, now and then several payments at once.
/// Beside them: people who pay each other, who are paid out by an exchange,
/// and who pay a hot wallet themselves. What is hard on purpose: one address
/// in twelve is emptied days later only; one in twenty-four paid somebody
/// back; forty people move on to a hot wallet, whole, what they just got, ten
/// of them twice: nothing on the chain tells those from deposit addresses.
fn world() -> (World, BTreeMap<String, u64>) {
    let (mut world, mut random, mut owners) = (World::default(), Random::new(7), BTreeMap::new());
    let mut block = || 1_000 + random.below(400_000);
    let mut dice = Random::new(8);
    for customer in 0..CUSTOMERS {
        let exchange = customer % EXCHANGES;
        let deposit = address(2, customer);
        owners.insert(deposit.clone(), exchange);
        for payment in 0..2 + dice.below(4) {
            let at = block() + payment * 400_000;
            let person = address(3, dice.below(CUSTOMERS));
            if dice.chance(1, 3) {
                let amount = u128::from(1_000_000 + dice.below(1_000_000_000));
                world.pay(at, &person, &deposit, Some(TOKEN), amount);
                world.pay(at + 5, &hot(exchange), &deposit, None, ETHER / 500);
                world.pay(at + 20 + dice.below(500), &deposit, &hot(exchange), Some(TOKEN), amount);
            } else {
                let amount = ETHER / 10 + u128::from(dice.below(5_000)) * ETHER / 1_000;
                let fee = u128::from(dice.below(90)) * ETHER / 10_000;
                world.pay(at, &person, &deposit, None, amount);
                let wait = if customer % 12 == 5 { 20_000 } else { 1 + dice.below(3_000) };
                world.pay(at + wait, &deposit, &hot(exchange), None, amount - fee);
            }
        }
        if customer % 24 == 7 {
            world.pay(3_000_000, &address(3, customer), &deposit, None, ETHER);
            world.pay(3_000_100, &deposit, &address(3, customer), None, ETHER);
        }
    }
    for other in 0..OTHERS {
        let person = address(4, other);
        for _ in 0..2 + dice.below(6) {
            let (at, amount) = (block(), ETHER / 10 + u128::from(dice.below(900)) * ETHER / 500);
            match dice.below(5) {
                0 => world.pay(at, &hot(dice.below(EXCHANGES)), &person, None, amount),
                1 => world.pay(at, &person, &hot(dice.below(EXCHANGES)), None, amount),
                _ => world.pay(at, &person, &address(4, dice.below(OTHERS)), None, amount),
            }
        }
    }
    for mover in 0..MOVERS {
        let (person, to) = (address(5, mover), hot(mover % EXCHANGES));
        for time in 0..if mover < MOVERS / 4 { 2 } else { 1 } {
            let at = block() + time * 400_000;
            world.pay(at, &address(4, dice.below(OTHERS)), &person, None, ETHER);
            world.pay(at + 100, &person, &to, None, ETHER - ETHER / 1_000);
        }
    }
    (world, owners)
}

fn found(desk: &Desk, more: &[&str]) -> BTreeMap<String, String> {
    let fixed = ["deposits", "--json", "--store", "store", "--tags", "hot.csv"];
    let run = desk.run(&[&fixed[..], more].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let records: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_lowercase();
    records.iter().map(|record| (text(&record["address"]), text(&record["service"]))).collect()
}

#[test]
fn deposit_addresses_are_found_with_the_service_behind_them() {
    let desk = Desk::new();
    let (world, owners) = world();
    desk.write("transfers.csv", world.table());
    let run = desk.run(&["ingest", "transfers.csv", "--store", "store"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut tags = "address,label,entity,category,source,network\n".to_owned();
    for exchange in 0..EXCHANGES {
        writeln!(tags, "{},hot,exchange-{exchange},exchange,t,ETH", hot(exchange)).unwrap();
    }
    desk.write("hot.csv", tags);
    for (more, least_recall, least_precision) in [(&[][..], 85, 90), (&["--weak"][..], 85, 70)] {
        let found = found(&desk, more);
        let right: BTreeSet<&String> = found
            .iter()
            .filter(|(address, service)| {
                owners.get(*address).is_some_and(|owner| **service == format!("exchange-{owner}"))
            })
            .map(|(address, _)| address)
            .collect();
        let (recall, precision) =
            (right.len() * 100 / owners.len(), right.len() * 100 / found.len());
        println!(
            "{more:?}: {} of {} found, {} of {} right",
            right.len(),
            owners.len(),
            right.len(),
            found.len()
        );
        assert!(recall >= least_recall, "{more:?}: recall {recall} %");
        assert!(precision >= least_precision, "{more:?}: precision {precision} %");
    }
    let text = desk.run(&["deposits", "--store", "store", "--tags", "hot.csv"]);
    assert!(
        text.stdout.contains("strong") && text.stdout.contains("a structural claim"),
        "{}",
        text.stdout
    );
}
