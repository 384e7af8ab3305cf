//! A chain of unspent outputs from block files to a traced theft.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::{Desk, Run, Traced, shared};
use tracehound_testkit::utxo::{
    BlockFileOptions, PlantedTheft, UtxoChain, UtxoChainConfig, UtxoPlant, write_block_files,
};

const PLANTS: [UtxoPlant; 5] = [
    UtxoPlant::PeelChain(8),
    UtxoPlant::EqualSplit(12),
    UtxoPlant::Consolidation(9),
    UtxoPlant::ExchangeDeposits(10),
    UtxoPlant::WhirlpoolMix,
];

/// A desk with a node's block files, masked and out of order, in `case`, and
/// the thefts planted in them.
fn desk() -> (Desk, Vec<PlantedTheft>) {
    let desk = Desk::new();
    let mut config = UtxoChainConfig::new(5, 4_000);
    config.plants = PLANTS.to_vec();
    let mut chain = UtxoChain::new(config);
    let folder = desk.path("case");
    std::fs::create_dir_all(&folder).unwrap();
    let options = BlockFileOptions {
        key: Some([3, 1, 4, 1, 5, 9, 2, 6]),
        window: 5,
        stale_every: Some(4),
        ..BlockFileOptions::default()
    };
    write_block_files(&folder, chain.by_ref(), &options, |_| ()).unwrap();
    let planted = chain.planted().to_vec();
    assert_eq!(planted.len(), PLANTS.len());
    (desk, planted)
}

fn json(run: &Run) -> Value {
    assert!(run.code < 2, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// Traces one theft of the desk's chain.
fn trace(desk: &Desk, theft: &PlantedTheft, more: &str) -> Traced {
    let case = format!(
        "version = 1\nname = \"planted\"\ntitle = \"Planted\"\nchain = \"bitcoin-regtest\"\n\
         [[transfers]]\nfile = \"blk00000.dat\"\n[[seeds]]\nkind = \"transfer\"\n\
         hash = \"{}\"\nindex = 0\n[trace]\nhub_degree = 0\n{more}",
        theft.theft.to_plain_hex()
    );
    desk.write("case/case.toml", case);
    desk.trace_folder(&desk.path("case"), &[])
}

fn satoshi(text: &str) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<8}").parse().unwrap()
}

#[test]
fn every_planted_theft_is_followed_to_the_last_satoshi() {
    let (desk, planted) = desk();
    for theft in &planted {
        let traced = trace(&desk, theft, "");
        for policy in ["fifo", "lifo", "haircut", "dirty-first", "clean-first", "tiho", "tilo"] {
            let rows = traced.of("terminals.csv", policy);
            let sum: u64 = rows.iter().map(|row| satoshi(&row["tainted"])).sum();
            assert_eq!(sum, theft.amount, "{policy} {:?}", theft.plant);
        }
        assert!(traced.run.stdout.contains("closes"), "{}", traced.run.stdout);
    }
}

#[test]
fn shapes_and_coinjoins_are_named_in_the_report() {
    let (desk, planted) = desk();
    let rule = |theft: &PlantedTheft| match theft.plant {
        UtxoPlant::PeelChain(_) => Some("peel-chain"),
        UtxoPlant::EqualSplit(_) => Some("equal-split-outputs"),
        UtxoPlant::Consolidation(_) => Some("consolidation"),
        _ => None,
    };
    for theft in &planted {
        let traced = trace(&desk, theft, "policies = [\"fifo\", \"poison\"]\n");
        let report = traced.report();
        let rules: Vec<&str> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["rule"]["name"].as_str().unwrap())
            .collect();
        if let Some(rule) = rule(theft) {
            assert!(rules.contains(&rule), "{:?}: {rules:?}", theft.plant);
        }
        if theft.plant == UtxoPlant::WhirlpoolMix {
            let rows = traced.of("terminals.csv", "fifo");
            let mixed: Vec<_> = rows.iter().filter(|row| row["kind"] == "coinjoin").collect();
            assert_eq!(mixed.len(), 1, "{rows:?}");
            assert!(mixed[0]["address"].starts_with("transaction:"), "{mixed:?}");
            let html = std::fs::read_to_string(traced.out.join("report.html")).unwrap();
            assert!(html.contains("CoinJoin, mixed"));
            let through = trace(&desk, theft, "through_coinjoins = \"haircut\"\n");
            let rows = through.of("terminals.csv", "fifo");
            assert!(rows.iter().all(|row| row["kind"] != "coinjoin"), "{rows:?}");
            assert!(through.run.stdout.contains("estimate"), "{}", through.run.stdout);
        }
    }
}

#[test]
fn a_backward_trace_closes_and_its_picture_is_whole() {
    let (desk, planted) = desk();
    for theft in &planted {
        let forward = trace(&desk, theft, "policies = [\"fifo\"]\n");
        // From the last transaction the money reached, back to where it came from.
        let last = forward.of("transfers.csv", "fifo").pop().unwrap()["tx_hash"].clone();
        let case = std::fs::read_to_string(desk.path("case/case.toml")).unwrap();
        desk.write("case/case.toml", case.replace(&theft.theft.to_plain_hex(), &last));
        let back = desk.trace_folder(&desk.path("case"), &["--backward"]);
        assert!(back.run.stdout.contains("closes"), "{}", back.run.stdout);
        assert!(back.of("transfers.csv", "fifo").len() > 1, "{:?}", theft.plant);
        let html = std::fs::read_to_string(back.out.join("report.html")).unwrap();
        assert!(!html.contains("short of lots"), "{:?} from {last}", theft.plant);
    }
}

#[test]
fn look_ups_reorganisations_and_checks() {
    let (desk, planted) = desk();
    let run = desk.run(&["ingest", "case"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("off the best chain"), "{}", run.stdout);
    assert!(desk.run(&["ingest", "case"]).stdout.contains("nothing new"));
    let info = json(&desk.run(&["store", "info", "--digest", "--json"]));
    let last = info["last_block"][0].as_u64().unwrap();
    assert_eq!(desk.run(&["store", "check"]).code, 0);
    // Dropped and read again, the content is the same.
    let middle = (last / 2).to_string();
    assert_eq!(desk.run(&["store", "drop", "--above", &middle]).code, 0);
    let fewer = json(&desk.run(&["store", "info", "--json"]));
    assert_eq!(fewer["last_block"][0], last / 2);
    assert_eq!(desk.run(&["ingest", "case"]).code, 0);
    let again = json(&desk.run(&["store", "info", "--digest", "--json"]));
    assert_eq!(again["content_digest"], info["content_digest"]);

    let hash = planted[0].theft.to_plain_hex();
    let tx = json(&desk.run(&["tx", &hash, "--json"]));
    assert_eq!(tx["outputs"][0]["value_satoshi"], planted[0].amount);
    let output = json(&desk.run(&["output", &format!("{hash}:0"), "--json"]));
    assert_eq!(output["spent_by"], tx["outputs"][0]["spent_by"]);
    let address = output["address"].as_str().unwrap();
    let now = json(&desk.run(&["address", address, "--json"]));
    assert_eq!(now["balance_satoshi"], 0, "the thief has sent it on");
    let height = output["block"]["height"].as_u64().unwrap();
    let at = |height: u64| {
        json(&desk.run(&["address", address, "--at-height", &height.to_string(), "--json"]))
    };
    assert_eq!(at(height)["outputs_received"], 1);
    assert_eq!(at(height - 1)["outputs_received"], 0, "the theft was later");
    let missing = desk.run(&["output", &format!("{hash}:999")]);
    assert!(missing.code == 2 && missing.stderr.contains("numbered from 0"), "{}", missing.stderr);
}

/// What is said of one address is shown at another of its cluster, marked as such.
#[test]
fn tags_are_inherited_within_a_cluster_and_say_so() {
    let (desk, _) = desk();
    assert_eq!(desk.run(&["ingest", "case"]).code, 0);
    let built = json(&desk.run(&["cluster", "build", "--json"]));
    let address = built["largest"][0]["address"].as_str().unwrap();
    let shown = json(&desk.run(&["cluster", "show", address, "--limit", "2", "--json"]));
    let (a, b) = (shown["members"][0].as_str().unwrap(), shown["members"][1].as_str().unwrap());
    desk.write("tags.csv", format!("address,label,category,source\n{b},hot wallet,exchange,me\n"));
    assert_eq!(desk.run(&["tag", "import", "tags.csv"]).code, 0);
    let tags = |more: &[&str]| json(&desk.run(&[&["tag", "list", a, "--json"], more].concat()));
    assert!(tags(&[])[0]["tags"].as_array().unwrap().is_empty(), "nothing is said of it itself");
    let inherited = tags(&["--inherit"]);
    assert_eq!(inherited[0]["tags"][0]["by"], "cluster", "{inherited}");
    assert_eq!(inherited[0]["tags"][0]["fields"]["address"], b);
    let own = json(&desk.run(&["tag", "list", b, "--inherit", "--json"]));
    assert_eq!(own[0]["tags"].as_array().unwrap().len(), 1, "its own tag once: {own}");
    assert_eq!(own[0]["tags"][0]["by"], "stated");
}

#[test]
fn clusters_are_built_shown_explained_and_withdrawn() {
    let (desk, _) = desk();
    assert_eq!(desk.run(&["ingest", "case"]).code, 0);
    let built = json(&desk.run(&["cluster", "build", "--json"]));
    let largest = &built["largest"][0];
    let address = largest["address"].as_str().unwrap();
    let shown = json(&desk.run(&["cluster", "show", address, "--limit", "5", "--json"]));
    assert_eq!(shown["size"], largest["size"]);
    let members = shown["members"].as_array().unwrap();
    let (a, b) = (members[0].as_str().unwrap(), members[4].as_str().unwrap());
    let why = json(&desk.run(&["cluster", "explain", a, b, "--json"]));
    assert_eq!(why["answer"], "joined");
    let chain = why["chain"].as_array().unwrap();
    assert_eq!((&chain[0]["from"], &chain[chain.len() - 1]["to"]), (&members[0], &members[4]));
    let first = chain[0]["transaction"].as_str().unwrap();
    let without = json(&desk.run(&["cluster", "explain", a, b, "--withdraw", first, "--json"]));
    assert_ne!(without["chain"], why["chain"]);
    // Blocks that come later change the clusters as building anew would.
    let info = json(&desk.run(&["store", "info", "--json"]));
    let middle = (info["last_block"][0].as_u64().unwrap() / 2).to_string();
    assert_eq!(desk.run(&["store", "drop", "--above", &middle]).code, 0);
    assert_eq!(desk.run(&["cluster", "build"]).code, 0);
    assert_eq!(desk.run(&["ingest", "case"]).code, 0);
    let grown = json(&desk.run(&["cluster", "build", "--json"]));
    assert_eq!(grown, built);
}

#[test]
fn change_is_evidence_and_merges_only_where_asked() {
    let (desk, planted) = desk();
    assert_eq!(desk.run(&["ingest", "case"]).code, 0);
    let peels = planted.iter().find(|theft| theft.plant == UtxoPlant::PeelChain(8)).unwrap();
    let mut rules = Vec::new();
    for transaction in &peels.transactions {
        let hash = transaction.to_plain_hex();
        let said = json(&desk.run(&["cluster", "change", &hash, "--json"]));
        for line in said.as_array().unwrap() {
            assert!(line["address"].is_string(), "{line}");
            rules.push(line["rule"].as_str().unwrap().to_owned());
        }
    }
    assert!(rules.iter().any(|rule| rule.starts_with("change-")), "{rules:?}");
    let merge = ["cluster", "merge", "--heuristics", "client,optimal", "--json"];
    let loose = json(&desk.run(&merge));
    assert!(loose["merges"].as_u64() > Some(0), "{loose}");
    let (before, after) = (loose["clusters_before"].as_u64(), loose["clusters"].as_u64());
    assert!(after < before, "{loose}");
    let mut strict = merge.to_vec();
    strict.extend(["--most-members", "1"]);
    let strict = json(&desk.run(&strict));
    assert!(strict["refused"].as_u64() > Some(0), "{strict}");
    assert!(strict["clusters"].as_u64() > after, "{strict}");
    let wrong = desk.run(&["cluster", "merge", "--heuristics", "guess"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("peeling-chain"), "{}", wrong.stderr);
}

#[test]
fn a_broken_block_is_named_and_the_store_keeps_what_came_before() {
    let (desk, _) = desk();
    let file = desk.path("case/blk00000.dat");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&file, bytes).unwrap();
    let run = desk.run(&["ingest", "case"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code > 0 && said.contains("blk00000.dat, byte "), "{said}");
    assert_eq!(desk.run(&["store", "check"]).code, 0);
    let info = json(&desk.run(&["store", "info", "--json"]));
    assert!(info["blocks"].as_u64().unwrap() > 0);
    let missing = desk.run(&["ingest", "no-such-file"]);
    assert!(missing.code == 2 && missing.stderr.contains("no-such-file"), "{}", missing.stderr);
}

#[test]
fn graphsense_tables_are_read_and_clustered_as_their_reference() {
    let Some(folder) = shared().map(|data| data.join("conformance/graphsense-spark/utxo")) else {
        return;
    };
    let desk = Desk::new();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let files = [file("test_txs.json"), file("test_blocks.json")];
    let run = desk.run(&["ingest", &files[0], &files[1], "--chain", "bitcoin"]);
    assert!(run.code < 2, "{}{}", run.stdout, run.stderr);
    let info = json(&desk.run(&["store", "info", "--json"]));
    assert_eq!((&info["transactions"], &info["addresses"]), (&10.into(), &15.into()));
}
