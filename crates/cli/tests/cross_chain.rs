//! A theft over three chains, from its files to one report, in one command.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use std::path::Path;
use support::{Desk, Traced};
use tracehound_testkit::cross::{
    BACK_IN, BACK_OUT, CrossCase, ETHER, FEE, FIRST_FILL, MIX, PAYMENTS, PEELS, REFUND,
    SECOND_FILL, cross_case,
};

/// Policies that all three chains have and that conserve value.
const POLICIES: [&str; 5] = ["fifo", "lifo", "haircut", "dirty-first", "clean-first"];

fn desk(case: &CrossCase) -> Desk {
    let desk = Desk::new();
    for (name, text) in &case.files {
        desk.write(&format!("case/{name}"), text);
    }
    desk
}

fn trace(desk: &Desk) -> Traced {
    desk.trace_folder(&desk.path("case"), &[])
}

/// Of `paid_out`, the part that `tainted` of `given` makes tainted; in halves,
/// so that nothing leaves 128 bits.
fn share(paid_out: u128, tainted: u128, given: u128) -> u128 {
    let divisor = gcd(tainted, given);
    let (tainted, given) = (tainted / divisor, given / divisor);
    let (whole, rest) = (paid_out / given, paid_out % given);
    whole * tainted
        + rest.checked_mul(tainted).map_or_else(|| wide(rest, tainted, given), |p| p / given)
}

/// floor(a x b / c) by long multiplication, for products past 128 bits.
fn wide(mut a: u128, b: u128, c: u128) -> u128 {
    let (mut quotient, mut rest) = (0, 0);
    let (mut base_quotient, mut base_rest) = (b / c, b % c);
    while a > 0 {
        if a & 1 == 1 {
            quotient += base_quotient;
            rest += base_rest;
            if rest >= c {
                (quotient, rest) = (quotient + 1, rest - c);
            }
        }
        base_quotient *= 2;
        base_rest *= 2;
        if base_rest >= c {
            (base_quotient, base_rest) = (base_quotient + 1, base_rest - c);
        }
        a >>= 1;
    }
    quotient
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What rests at an address of a chain under a policy, in base units.
fn at(traced: &Traced, chain: &str, policy: &str, address: &str, kind: &str) -> u128 {
    let mut reader = csv::Reader::from_path(traced.out.join(chain).join("terminals.csv")).unwrap();
    let rows = reader.deserialize::<std::collections::BTreeMap<String, String>>();
    let decimals = if chain == "bitcoin" { 8 } else { 18 };
    let mut sum = 0;
    for row in rows.map(Result::unwrap) {
        let same = row["address"].eq_ignore_ascii_case(address);
        if same && row["policy"] == policy && row["kind"] == kind {
            sum += units(&row["tainted"], decimals);
        }
    }
    sum
}

fn units(text: &str, decimals: usize) -> u128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<decimals$}").parse().unwrap()
}

fn of<'a>(report: &'a Value, policy: &str) -> &'a Value {
    let policies = report["policies"].as_array().unwrap();
    policies.iter().find(|own| own["policy"] == policy).unwrap()
}

/// Tainted part of a payment in, and of each payment out for it.
fn crossed(report: &Value, policy: &str, transaction: &str) -> (u128, Vec<u128>) {
    let amount =
        |money: &Value| money["base_units"].as_str().map_or(0, |text| text.parse().unwrap());
    let crossings = report["crossings"].as_array().unwrap();
    let number = crossings
        .iter()
        .find(|crossing| crossing["paid_in"]["transaction"] == transaction)
        .map(|crossing| crossing["number"].clone());
    let all = of(report, policy)["crossed"].as_array().unwrap();
    let found = all.iter().find(|taint| Some(&taint["crossing"]) == number.as_ref());
    found.map_or((0, Vec::new()), |taint| {
        let parts = taint["paid_out"].as_array().unwrap();
        (amount(&taint["tainted"]), parts.iter().map(amount).collect())
    })
}

/// What the second hand pays into Across of tainted money: first 18, then 2 ether.
fn second_hand(policy: &str) -> (u128, u128) {
    match policy {
        "lifo" | "dirty-first" => (18 * ETHER, 2 * ETHER),
        // 25 of 45 are tainted; then 15 of 27.
        "haircut" => (10 * ETHER, 2 * ETHER * 15 / 27),
        _ => (0, 0),
    }
}

#[test]
fn every_planted_place_holds_what_was_planted() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let places = &case.places;
    let [across, partly, unfilled, thorchain, _] = places.paid_in.map(|hash| hash.to_string());
    let over = share(FIRST_FILL, 60 * ETHER, 80 * ETHER);
    let back = share(REFUND, over, FIRST_FILL);
    let on_bitcoin = PAYMENTS.map(|paid| share(paid.into(), over, FIRST_FILL));
    for policy in POLICIES {
        assert_eq!(crossed(&report, policy, &across), (60 * ETHER, vec![over]), "{policy}");
        let (given, lost) = second_hand(policy);
        let second = share(SECOND_FILL, given, 18 * ETHER);
        let expected = if given == 0 { (0, Vec::new()) } else { (given, vec![second]) };
        assert_eq!(crossed(&report, policy, &partly), expected, "{policy}");
        assert_eq!(crossed(&report, policy, &unfilled).0, lost, "{policy}");
        let parts = vec![back, on_bitcoin[0], on_bitcoin[1]];
        assert_eq!(crossed(&report, policy, &thorchain), (over, parts), "{policy}");

        let exchange = places.exchange.to_string();
        assert_eq!(at(&traced, "ethereum", policy, &exchange, "exchange"), 15 * ETHER);
        let hand = places.mixer_of_money.to_string();
        assert_eq!(at(&traced, "ethereum", policy, &hand, "held"), 25 * ETHER - given - lost);
        let pool = places.spoke_pool.to_string();
        let bridged = at(&traced, "ethereum", policy, &pool, "bridge");
        assert_eq!(bridged, 60 * ETHER + given + lost, "{policy}");
        assert_eq!(at(&traced, "base", policy, &places.first.to_string(), "held"), back);
        assert_eq!(at(&traced, "base", policy, &places.second.to_string(), "held"), second);
        let mix = format!("transaction:{}", places.coinjoin.to_plain_hex());
        assert_eq!(at(&traced, "bitcoin", policy, &mix, "coinjoin"), on_bitcoin[1], "{policy}");
    }
}

#[test]
fn the_peel_chain_ends_at_the_exchange_and_at_home_again() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let places = &case.places;
    let over = share(FIRST_FILL, 60 * ETHER, 80 * ETHER);
    let tainted = share(PAYMENTS[0].into(), over, FIRST_FILL);
    // First in, first out: the tainted first satoshis pay each peel whole, and
    // what is left of them is the first of what goes back.
    for (address, peel) in places.exchange_on_bitcoin.iter().zip(PEELS) {
        assert_eq!(at(&traced, "bitcoin", "fifo", address, "exchange"), peel.into());
    }
    let left = tainted - PEELS.iter().map(|peel| u128::from(*peel)).sum::<u128>();
    let again = places.paid_in[4].to_plain_hex();
    let returned = share(BACK_OUT, left, BACK_IN.into());
    assert_eq!(crossed(&report, "fifo", &again), (left, vec![returned]));
    let home = places.returned.to_string();
    assert_eq!(at(&traced, "ethereum", "fifo", &home, "held"), returned);
    // Poison reaches whole amounts.
    assert_eq!(crossed(&report, "poison", &again), (BACK_IN.into(), vec![BACK_OUT]));
}

#[test]
fn what_is_probable_behind_the_coinjoin_is_told_apart() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let over = share(FIRST_FILL, 60 * ETHER, 80 * ETHER);
    let tainted = share(PAYMENTS[1].into(), over, FIRST_FILL);
    let expected = u128::from(MIX.0) / u128::from(MIX.1);
    let legs = report["probable"].as_array().unwrap();
    assert_eq!(legs.len(), POLICIES.len());
    for leg in legs {
        let mix = &leg["mixes"][0];
        assert_eq!(mix["transaction"], case.places.coinjoin.to_plain_hex());
        assert_eq!(mix["anonymity_set"], MIX.1);
        assert_eq!(mix["tainted"]["base_units"], tainted.to_string());
        assert_eq!(mix["expected"]["base_units"], expected.to_string());
        assert_eq!(leg["closes"], true);
        // The last address of the exchange gets one equal output less the fee.
        let last = case.places.exchange_on_bitcoin.last().unwrap();
        let places = leg["places"].as_array().unwrap();
        let there = places.iter().find(|place| place["address"] == *last.as_str()).unwrap();
        let paid = u128::from(MIX.0 - FEE);
        let its = share(expected, paid, MIX.0.into());
        assert_eq!(there["expected"]["base_units"], its.to_string());
        // Nothing of it stands among what is certain.
        assert_eq!(at(&traced, "bitcoin", "haircut", last, "exchange"), 0);
    }
}

#[test]
fn every_asset_closes_with_its_conversions() {
    let case = cross_case(3, 10);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let amount = |money: &Value| money["base_units"].as_str().unwrap().parse::<u128>().unwrap();
    for policy in POLICIES {
        let closings = of(&report, policy)["closings"].as_array().unwrap();
        assert_eq!(closings.len(), 3, "{closings:?}");
        for line in closings {
            let entered = amount(&line["stolen"]) + amount(&line["received"]);
            let rests = line["rests"].as_array().unwrap();
            assert_eq!(entered, rests.iter().map(|rest| amount(&rest[1])).sum::<u128>());
            let conversions = line["conversions"].as_array().unwrap();
            let got: u128 = conversions.iter().map(|entry| amount(&entry["got"])).sum();
            assert_eq!(got, amount(&line["received"]));
            assert_eq!((&line["closes"], &line["difference"]), (&true.into(), &"0".into()));
        }
    }
    let text = &traced.run.stdout;
    assert!(text.contains("All 5 policies that conserve value close"), "{text}");
    assert!(text.contains("received by crossing 1"), "{text}");
}

#[test]
fn a_deposit_that_nothing_answers_stays_at_the_bridge() {
    let case = cross_case(1, 40);
    let desk = desk(&case);
    let traced = trace(&desk);
    let report = traced.report();
    let unfilled = case.places.paid_in[2].to_string();
    let crossings = report["crossings"].as_array().unwrap();
    let alone = crossings.iter().find(|c| c["paid_in"]["transaction"] == *unfilled).unwrap();
    assert_eq!(alone["problem"], "no counterpart known");
    let rests = of(&report, "lifo")["totals"][0]["rests"].as_array().unwrap();
    let at_bridge = rests.iter().find(|rest| rest[0] == "bridge-no-counterpart-known").unwrap();
    assert_eq!(at_bridge[1]["base_units"], (2 * ETHER).to_string());
}

fn replace(desk: &Desk, name: &str, change: impl Fn(String) -> String) {
    let path = desk.path("case").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, change(text)).unwrap();
}

#[test]
fn a_fill_before_its_deposit_is_reported_and_not_followed() {
    let case = cross_case(1, 10);
    let desk = desk(&case);
    // The fill of deposit 7001 (0x1b59) claims to be of long ago.
    replace(&desk, "events.csv", |text| {
        let fill = |line: &str| line.contains("44b559f1") && line.contains("1b59|");
        let line = |line: &str| match line.rsplit_once(',') {
            Some((head, _)) if fill(line) => format!("{head},1600000000"),
            _ => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
    });
    let traced = trace(&desk);
    let report = traced.report();
    let across = case.places.paid_in[0].to_string();
    let crossings = report["crossings"].as_array().unwrap();
    let early = crossings.iter().find(|c| c["paid_in"]["transaction"] == *across).unwrap();
    assert_eq!(early["followed"], false);
    assert!(early["problem"].as_str().unwrap().contains("time"), "{early}");
    assert_eq!(at(&traced, "base", "fifo", &case.places.first.to_string(), "held"), 0);
}

#[test]
fn stores_stand_in_for_files_and_a_chain_without_data_is_named() {
    let case = cross_case(1, 10);
    let desk = desk(&case);
    let whole = trace(&desk).report();
    let ingest = |file: &str, chain: &str, store: &str| {
        let file = desk.path("case").join(file);
        let run = desk.run(&["ingest", file.to_str().unwrap(), "--chain", chain, "--store", store]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    };
    ingest("base.csv", "base", "base-store");
    ingest("bitcoin.json", "bitcoin", "bitcoin-store");
    replace(&desk, "case.toml", |text| {
        let kept = |part: &&str| !part.contains("base.csv") && !part.contains("bitcoin.json");
        text.split("\n\n").filter(kept).collect::<Vec<_>>().join("\n\n")
    });
    let folder = desk.path("case");
    let run = desk.run(&["trace", folder.to_str().unwrap()]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("has no data") && run.stderr.contains("--store"), "{}", run.stderr);
    let traced = desk.trace_folder(&folder, &["--store", "base-store", "--store", "bitcoin-store"]);
    let report = traced.report();
    for part in ["crossings", "policies", "probable"] {
        assert_eq!(report[part], whole[part], "{part}");
    }
    let run = desk.run(&[
        "trace",
        folder.to_str().unwrap(),
        "--store",
        "base-store",
        "--store",
        "base-store",
    ]);
    assert!(run.code == 2 && run.stderr.contains("are both of the chain"), "{}", run.stderr);
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    let case = cross_case(2, 10);
    let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let names = ["crossings.csv", "closing.csv", "ethereum/report.json", "bitcoin/transfers.csv"];
    let desk = desk(&case);
    let first: Vec<String> = names.map(|name| read(&trace(&desk).out, name)).to_vec();
    let second: Vec<String> = names.map(|name| read(&trace(&desk).out, name)).to_vec();
    assert_eq!(first, second);
    let header = first[0].lines().next().unwrap();
    assert!(header.starts_with("crossing,policy,bridge,rule,key,probability"), "{header}");
}

#[test]
fn the_page_stands_alone_and_shows_every_crossing() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let traced = trace(&desk);
    let html = std::fs::read_to_string(traced.out.join("report.html")).unwrap();
    assert!(html.contains("default-src 'none'") && !html.contains("<script"));
    for fetched in ["src=", "url(http", "@import", "<link", "<iframe"] {
        assert!(!html.contains(fetched), "{fetched}");
    }
    assert!(html.contains("prefers-color-scheme: dark") && html.contains("<svg class=\"lanes\""));
    let report = traced.report();
    for taint in of(&report, "fifo")["crossed"].as_array().unwrap() {
        let crossings = report["crossings"].as_array().unwrap();
        let crossing = crossings.iter().find(|c| c["number"] == taint["crossing"]).unwrap();
        assert!(html.contains(crossing["paid_in"]["transaction"].as_str().unwrap()));
        for part in crossing["paid_out"].as_array().unwrap() {
            assert!(html.contains(part["transaction"].as_str().unwrap()), "{part}");
        }
    }
    assert!(html.contains("gave 60 ETH on ethereum, got 59.709259259175925925 ETH on base"));
    for chain in ["ethereum", "base", "bitcoin"] {
        assert!(html.contains(&format!("href=\"{chain}/report.html\"")));
        assert!(traced.out.join(chain).join("report.html").is_file());
    }
}

#[test]
fn a_leg_says_where_it_goes_on_or_why_it_does_not() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let traced = trace(&desk);
    let mut reader = csv::Reader::from_path(traced.out.join("ethereum/legs.csv")).unwrap();
    let rows = reader.deserialize::<std::collections::BTreeMap<String, String>>();
    let rows: Vec<_> = rows.map(Result::unwrap).filter(|row| row["policy"] == "lifo").collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().all(|row| row["service"] == "Across" && row["kind"] == "bridge"));
    let of = |transaction: &str| rows.iter().find(|row| row["tx_hash"] == transaction).unwrap();
    let [across, _, unfilled, ..] = case.places.paid_in.map(|hash| hash.to_string());
    assert!(of(&across)["continued"].starts_with("on base in 0x"), "{rows:?}");
    assert_eq!(of(&unfilled)["continued"], "not continued: no counterpart known");
}

/// A row of the case's Ethereum table that pays an address so much.
fn transaction_to(case: &CrossCase, file: &str, to: &str, units: u128) -> (String, String) {
    let text = &case.files.iter().find(|(name, _)| name == file).unwrap().1;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<std::collections::BTreeMap<String, String>>();
    let row = rows
        .map(Result::unwrap)
        .find(|row| row["to"].eq_ignore_ascii_case(to) && row["value"] == units.to_string());
    let row = row.unwrap();
    (row["tx_hash"].clone(), row["timestamp"].clone())
}

#[test]
fn without_a_key_there_are_candidates_and_nothing_is_followed() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let (second, paid_in) = (case.places.second.to_string(), case.places.paid_in[1]);
    let (paid_out, time) = transaction_to(&case, "base.csv", &second, SECOND_FILL);
    replace(&desk, "events.csv", |text| {
        // Deposit 7002 is 0x1b5a; its bridge is told by a table without keys instead.
        let kept = |line: &&str| !line.contains("1b5a|");
        text.lines().filter(kept).collect::<Vec<_>>().join("\n") + "\n"
    });
    let given = 18 * ETHER;
    let pool = case.places.spoke_pool.to_string();
    let (_, paid_at) = transaction_to(&case, "ethereum.csv", &pool, given);
    desk.write(
        "case/keyless.csv",
        format!(
            "bridge,side,chain,other_chain,transaction,token,other_token,amount,receiver,time\n\
             unkeyed,source,eip155:1,eip155:8453,{paid_in},native,native,{given},{second},{paid_at}\n\
             unkeyed,destination,eip155:8453,eip155:1,{paid_out},native,native,{SECOND_FILL},{second},{time}\n"
        ),
    );
    replace(&desk, "case.toml", |text| {
        text.replace("[trace]", "[[events]]\nfile = \"keyless.csv\"\n\n[trace]")
    });
    let traced = trace(&desk);
    let report = traced.report();
    let crossings = report["crossings"].as_array().unwrap();
    let source = paid_in.to_string();
    let open = crossings.iter().find(|c| c["paid_in"]["transaction"] == *source).unwrap();
    assert_eq!((&open["followed"], &open["bridge"]), (&false.into(), &"unkeyed".into()));
    let candidate = &open["candidates"][0];
    assert_eq!(candidate["paid_out"]["transaction"], *paid_out);
    assert_eq!(candidate["ambiguity"], 1);
    let (likely, none) =
        (candidate["probability"].as_f64().unwrap(), open["none_of_them"].as_f64().unwrap());
    assert!((likely + none - 1.0).abs() < 1e-6 && likely > 0.0, "{likely} {none}");
    assert_eq!(at(&traced, "base", "lifo", &second, "held"), 0);
    let rests = of(&report, "lifo")["totals"][0]["rests"].as_array().unwrap();
    let at_bridge = rests.iter().find(|rest| rest[0] == "bridge-no-counterpart-known").unwrap();
    assert_eq!(at_bridge[1]["base_units"], (20 * ETHER).to_string());
    let table = std::fs::read_to_string(traced.out.join("crossings.csv")).unwrap();
    assert!(table.contains("candidate only, not followed"), "{table}");
}

#[test]
fn two_victims_are_kept_apart_over_chains() {
    let case = cross_case(1, 20);
    let desk = desk(&case);
    let hand = case.places.mixer_of_money.to_string();
    // The money that the second hand held is another theft: all of it is tainted now.
    let (other, _) = transaction_to(&case, "ethereum.csv", &hand, 20 * ETHER);
    replace(&desk, "case.toml", |text| {
        let seed = format!(
            "[[seeds]]\nkind = \"transfer\"\nvictim = \"other\"\nhash = \"{other}\"\nindex = 0\n\n"
        );
        text.replacen("[[chains]]", &format!("{seed}[[chains]]"), 1)
    });
    let traced = trace(&desk);
    let report = traced.report();
    let units = |money: &Value| money["base_units"].as_str().unwrap().parse::<u128>().unwrap();
    let partly = case.places.paid_in[1].to_string();
    for policy in POLICIES {
        // 18 of 45 ether, all tainted: the whole fill is.
        assert_eq!(crossed(&report, policy, &partly), (18 * ETHER, vec![SECOND_FILL]), "{policy}");
        let closings = of(&report, policy)["closings"].as_array().unwrap();
        assert!(closings.iter().all(|line| line["closes"] == true), "{policy}: {closings:?}");
        let got = |seed: u32| -> u128 {
            let lines = closings.iter().filter(|line| {
                line["seed"] == seed && line["chain"].as_str().unwrap().ends_with(":8453")
            });
            let entries = lines.flat_map(|line| line["conversions"].as_array().unwrap());
            entries.filter(|entry| entry["crossing"] == 2).map(|entry| units(&entry["got"])).sum()
        };
        assert_eq!(got(0) + got(1), SECOND_FILL, "{policy}");
        let first = match policy {
            "lifo" => 18 * ETHER,
            "haircut" => 10 * ETHER,
            _ => 0,
        };
        assert_eq!(got(0), share(SECOND_FILL, first, 18 * ETHER), "{policy}");
    }
}

#[test]
fn backward_is_refused_over_chains() {
    let case = cross_case(1, 5);
    let desk = desk(&case);
    let folder = desk.path("case");
    let run = desk.run(&["trace", folder.to_str().unwrap(), "--backward"]);
    assert!(run.code == 2 && run.stderr.contains("forward only"), "{}", run.stderr);
}
