//! Stolen tokens exchanged, wrapped and paid on, traced by the binary.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::{Desk, Traced};

const USDC: &str = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const WETH: &str = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
const FAKE: &str = "0x00000000000000000000000000000000000000fa";
const ZERO: &str = "0x0000000000000000000000000000000000000000";

/// Address number `n`.
fn address(n: u32) -> String {
    format!("0x{n:040x}")
}

const VICTIM: u32 = 0x1001;
const THIEF: u32 = 0x1002;
const ROUTER: u32 = 0x1003;
const POOL: u32 = 0x1004;
const COLLECTOR: u32 = 0x1005;
const EXCHANGE: u32 = 0x1006;
const FRESH: u32 = 0x1007;

/// Transfers: transaction, from, to, asset (`native` or contract), base units.
type Move<'a> = (u32, String, String, &'a str, u128);

const DOLLAR: u128 = 1_000_000;
const ETHER: u128 = 1_000_000_000_000_000_000;

/// 1,000 USDC stolen; swapped through a router that pays 1 % to a collector
/// and unwraps; 0.2 ETH wrapped again without any token event; the rest paid
/// to an exchange. A round trip and a counterfeit on the way.
fn moves() -> Vec<Move<'static>> {
    let a = address;
    vec![
        (1, a(VICTIM), a(THIEF), USDC, 1_000 * DOLLAR),
        (2, a(THIEF), a(ROUTER), USDC, 1_000 * DOLLAR),
        (2, a(ROUTER), a(COLLECTOR), USDC, 10 * DOLLAR),
        (2, a(ROUTER), a(POOL), USDC, 990 * DOLLAR),
        (2, a(POOL), a(ROUTER), WETH, ETHER / 2),
        (2, a(ROUTER), ZERO.to_owned(), WETH, ETHER / 2),
        (2, WETH.to_owned(), a(ROUTER), "native", ETHER / 2),
        (2, a(ROUTER), a(THIEF), "native", ETHER / 2),
        (3, a(THIEF), WETH.to_owned(), "native", ETHER / 5),
        (4, a(THIEF), a(FRESH), WETH, ETHER / 5),
        // There and back again: nothing happens.
        (5, a(FRESH), a(POOL), WETH, ETHER / 10),
        (5, a(POOL), a(FRESH), USDC, 190 * DOLLAR),
        (5, a(FRESH), a(POOL), USDC, 190 * DOLLAR),
        (5, a(POOL), a(FRESH), WETH, ETHER / 10),
        // A worthless token for ether is a payment, not an exchange.
        (6, a(THIEF), a(EXCHANGE), "native", ETHER * 3 / 10),
        (6, a(EXCHANGE), a(THIEF), FAKE, 1_000_000 * ETHER),
    ]
}

/// The transfers in the plain schema.
fn table(moves: &[Move<'_>]) -> String {
    let mut table = String::from("tx_hash,block,timestamp,position,ordinal,from,to,asset,value\n");
    for (ordinal, (transaction, from, to, asset, value)) in moves.iter().enumerate() {
        let ordinal = if *asset == "native" { ordinal } else { (1 << 20) + ordinal };
        table.push_str(&format!(
            "0x{transaction:064x},{transaction},2024-05-01 00:00:{transaction:02},0,{ordinal},{from},{to},{asset},{value}\n"
        ));
    }
    table
}

/// A case of these transfers; `category` is what a tag says of the pool.
fn trace(desk: &Desk, moves: &[Move<'_>], category: &str, options: &str) -> Traced {
    desk.write("case/transfers.csv", table(moves));
    desk.write(
        "case/tags.csv",
        format!(
            "address,label,entity,category,source,confidence\n{},Pool,Somewhere Swap,{category},a test,50\n{},Desk,Some Exchange,exchange,a test,50\n",
            address(POOL),
            address(EXCHANGE)
        ),
    );
    desk.write(
        "case/case.toml",
        format!(
            "version = 1\nname = \"swaps\"\ntitle = \"Swaps\"\nchain = \"ethereum\"\n\
             [[transfers]]\nfile = \"transfers.csv\"\n[[tags]]\nfile = \"tags.csv\"\n\
             [[seeds]]\nkind = \"transaction\"\nvictim = \"V\"\nhash = \"0x{:064x}\"\n\
             [trace]\n{options}",
            1
        ),
    );
    desk.trace_folder(&desk.path("case"), &[])
}

/// `kind` -> amount in whole units for one asset at one address under a policy.
fn rest<'r>(report: &'r Value, policy: &str, n: u32, symbol: &str) -> Vec<(&'r str, &'r str)> {
    let id = report["assets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|asset| asset["symbol"] == symbol)
        .map(|asset| asset["id"].as_str().unwrap());
    let policies = report["policies"].as_array().unwrap();
    let of = policies.iter().find(|p| p["policy"] == policy).unwrap();
    let terminals = of["terminals"].as_array().unwrap().iter();
    terminals
        .filter(|t| {
            t["address"].as_str().unwrap().eq_ignore_ascii_case(&address(n))
                && t["tainted"]["asset"].as_str() == id
        })
        .map(|t| (t["kind"].as_str().unwrap(), t["tainted"]["amount"].as_str().unwrap()))
        .collect()
}

#[test]
fn tokens_become_ether_and_the_books_close_in_every_asset() {
    let desk = Desk::new();
    let traced = trace(&desk, &moves(), "decentralised-exchange", "");
    assert_eq!(traced.run.code, 0, "{}{}", traced.run.stdout, traced.run.stderr);
    let report = traced.report();
    for policy in ["fifo", "lifo", "haircut", "dirty-first", "clean-first", "libr"] {
        assert_eq!(rest(&report, policy, COLLECTOR, "USDC"), [("held", "10")], "{policy}");
        assert_eq!(rest(&report, policy, ROUTER, "USDC"), [("exchanged", "990")], "{policy}");
        assert_eq!(rest(&report, policy, EXCHANGE, "ETH"), [("exchange", "0.3")], "{policy}");
        assert_eq!(rest(&report, policy, FRESH, "WETH"), [("held", "0.2")], "{policy}");
        assert_eq!(rest(&report, policy, POOL, "WETH"), [], "{policy}");
    }
    let headline = &report["policies"][0];
    let exchanges = headline["exchanges"].as_array().unwrap();
    assert_eq!(exchanges.len(), 2, "the round trip is none");
    assert_eq!(exchanges[0]["gave"][0]["amount"]["amount"], "990");
    assert_eq!(exchanges[0]["got"][0]["tainted"]["amount"], "0.5");
    assert_eq!(exchanges[1]["markets"][0]["reason"], "wrapped-coin");
    assert_eq!(exchanges[1]["got"][0]["amount"]["amount"], "0.2");
    for totals in headline["totals"].as_array().unwrap() {
        assert_eq!(totals["difference"], "0");
    }
    assert!(traced.run.stdout.contains("Exchanged inside one transaction (2 in all)"));
    let csv = std::fs::read_to_string(traced.out.join("exchanges.csv")).unwrap();
    assert!(csv.contains(",gave,") && csv.contains("(tag)"), "{csv}");
}

#[test]
fn a_price_list_gives_a_view_and_books_nothing() {
    let desk = Desk::new();
    desk.write("case/usdc.csv", "date,USD\n2024-05-01,0.9995\n");
    desk.write("case/eth.csv", "date,USD,EUR\n2024-05-02,3000,2800\n");
    let prices = format!(
        "[[prices]]\nasset = \"{USDC}\"\nfile = \"usdc.csv\"\n[[prices]]\nasset = \"native\"\nfile = \"eth.csv\"\n"
    );
    let traced = trace(&desk, &moves(), "decentralised-exchange", &prices);
    let report = traced.report();
    let values = report["values"].as_array().unwrap();
    let of = |currency: &str, end: &str| {
        let mine = |v: &&Value| {
            v["policy"] == "fifo"
                && v["currency"] == currency
                && v["asset"].as_str().unwrap().to_lowercase().ends_with(end)
        };
        values.iter().find(mine).unwrap()
    };
    assert_eq!(of("USD", USDC)["stolen"], "999.50");
    assert_eq!(of("USD", USDC)["held"], "10.00");
    assert_eq!(of("EUR", "slip44:60")["without_price"], 1, "no price on that day");
    assert!(traced.run.stdout.contains("incomplete: 1 amount has no EUR price"));
    let plain = trace(&Desk::new(), &moves(), "decentralised-exchange", "");
    assert_eq!(plain.run.code, traced.run.code);
}

#[test]
fn a_contract_that_nothing_vouches_for_queues_like_an_account() {
    let desk = Desk::new();
    let traced = trace(&desk, &moves(), "theft", "stop_categories = [\"exchange\"]\n");
    let report = traced.report();
    assert_eq!(rest(&report, "fifo", POOL, "USDC"), [("held", "990")]);
    assert_eq!(rest(&report, "fifo", EXCHANGE, "ETH"), []);
    let notes = report["notes"].as_array().unwrap();
    let said = notes.iter().any(|note| note.as_str().unwrap().contains("nothing vouches for them"));
    assert!(said, "{notes:?}");
}

#[test]
fn without_swaps_the_taint_stays_in_its_asset() {
    let desk = Desk::new();
    let traced = trace(&desk, &moves(), "decentralised-exchange", "swaps = false\n");
    let report = traced.report();
    assert_eq!(rest(&report, "fifo", POOL, "USDC"), [("decentralised-exchange", "990")]);
    assert!(report["policies"][0].get("exchanges").is_none());
}

#[test]
fn assets_of_unknown_relative_worth_are_cut_and_said_so() {
    let a = address;
    let moves = [
        (1, a(VICTIM), a(THIEF), USDC, 1_000 * DOLLAR),
        (2, a(THIEF), a(POOL), USDC, 1_000 * DOLLAR),
        (2, a(THIEF), a(POOL), "native", ETHER),
        (2, a(POOL), a(THIEF), WETH, ETHER),
    ];
    let desk = Desk::new();
    let traced = trace(&desk, &moves, "decentralised-exchange", "");
    let report = traced.report();
    assert_eq!(rest(&report, "fifo", POOL, "USDC"), [("cut-exchange", "1000")]);
    assert_eq!(report["policies"][0]["exchanges"][0]["carried"], false);
    assert_eq!(traced.run.code, 0);
}

#[test]
fn a_transaction_is_shown_by_what_it_came_to() {
    let desk = Desk::new();
    desk.write("transfers.csv", table(&moves()));
    let ingest = desk.run(&["ingest", "transfers.csv", "--store", "store", "--chain", "ethereum"]);
    assert_eq!(ingest.code, 0, "{}", ingest.stderr);
    let net = |transaction: u32| -> Value {
        let hash = format!("0x{transaction:064x}");
        let run = desk.run(&["tx", &hash, "--net", "--store", "store", "--json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        serde_json::from_str(&run.stdout).unwrap()
    };
    let lines = |record: &Value| -> Vec<(String, String, String, String)> {
        let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_lowercase();
        let lines = record["lines"].as_array().unwrap().iter();
        let quartet =
            |l| (text(l, "address"), text(l, "side"), text(l, "amount"), text(l, "symbol"));
        lines.map(quartet).collect()
    };
    let swap = net(2);
    let of = |n: u32, side: &str, amount: &str, symbol: &str| {
        (address(n), side.to_owned(), amount.to_owned(), symbol.to_owned())
    };
    let found = lines(&swap);
    for expected in [
        of(THIEF, "gave", "1000", "usdc"),
        of(COLLECTOR, "got", "10", "usdc"),
        of(THIEF, "got", "0.5", "eth"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert!(found.iter().all(|line| line.0 != address(ROUTER)), "a router drops out");
    let wrap = net(3);
    assert_eq!(wrap["implied"], 1);
    assert_eq!(wrap["markets"][0]["reason"], "wrapped-coin");
    assert!(lines(&wrap).contains(&of(THIEF, "got", "0.2", "weth")));
    assert!(lines(&net(5)).is_empty(), "a round trip comes to nothing");
}

/// Transfers, calls and logs of real blocks come to what their expected tables say.
#[test]
fn real_transactions_come_to_what_their_transfers_say() {
    let Some(shared) = support::shared() else { return };
    let folder = shared.join("conformance/ethereum-etl");
    let desk = Desk::new();
    let files = [
        "test_export_blocks_job/block_with_logs/expected_transactions.csv",
        "test_export_receipts_job/receipts_with_logs/expected_logs.csv",
    ]
    .map(|file| folder.join(file).to_str().unwrap().to_owned());
    let ingest =
        desk.run(&["ingest", &files[0], &files[1], "--store", "store", "--chain", "ethereum"]);
    assert_eq!(ingest.code, 0, "{}", ingest.stderr);
    let hash = "0x04cbcb236043d8fb7839e07bbc7f5eed692fb2ca55d897f1101eac3e3ad4fab8";
    let run = desk.run(&["tx", hash, "--net", "--store", "store", "--json"]);
    let record: Value = serde_json::from_str(&run.stdout).unwrap();
    // From the log's topics and data: 0x186a0 units from 0x1b63… to 0xac4d….
    let lines = record["lines"].as_array().unwrap();
    let tokens: Vec<_> = lines.iter().filter(|l| l["symbol"] != "ETH").collect();
    assert_eq!(tokens.len(), 2, "{record}");
    for (line, side, who) in
        [(tokens[0], "gave", "0x1b63142628"), (tokens[1], "got", "0xac4df82fe3")]
    {
        assert_eq!((&line["side"], &line["amount"]), (&side.into(), &"100000".into()));
        assert!(line["address"].as_str().unwrap().to_lowercase().starts_with(who));
    }
}
