use super::*;

const GOOD: &str = r#"version = 1
name = "example"
title = "Example"
chain = "ethereum"

[[transfers]]
file = "transfers.csv"

[[seeds]]
kind = "outflow"
addresses_file = "sources.csv"

[trace]
policies = ["fifo", "haircut"]
dust_relative = "1/10000"
"#;

fn refused(text: &str) -> String {
    Case::parse(text, "case.toml").unwrap_err().to_string()
}

#[test]
fn a_good_case_reads_and_round_trips() {
    let case = Case::parse(GOOD, "case.toml").unwrap();
    assert_eq!(case.chain, Chain::ethereum());
    let again = Case::parse(&case.to_toml().unwrap(), "case.toml").unwrap();
    assert_eq!(again.trace, case.trace);
}

#[test]
fn a_misspelt_key_is_named_with_its_line() {
    let message = refused(&GOOD.replace("dust_relative", "dust_relativ"));
    assert!(message.contains("line 15") && message.contains("dust_relativ"), "{message}");
}

#[test]
fn bad_values_are_named_with_their_line() {
    let message = refused(&GOOD.replace("1/10000", "2/1"));
    assert!(message.contains("line 15") && message.contains("2/1"), "{message}");
    let message = refused(&GOOD.replace("transfers.csv", "../transfers.csv"));
    assert!(message.contains("line 7"), "{message}");
    for outside in ["/etc/passwd", "lists/../../sources.csv"] {
        let message = refused(&GOOD.replace("sources.csv", outside));
        assert!(message.contains("line 11") && message.contains("leaves the case"), "{message}");
    }
    let message = refused(&GOOD.replace("\"fifo\"", "\"fifi\""));
    assert!(message.contains("line 14") && message.contains("fifi"), "{message}");
    let message = refused(&GOOD.replace("version = 1", "version = 9"));
    assert!(message.contains('9') && message.contains("version 1"), "{message}");
}

#[test]
fn a_seed_names_its_transactions_in_one_way() {
    let seed = "kind = \"transaction\"\ntransactions_file = \"seeds.csv\"";
    let one = GOOD.replace("kind = \"outflow\"\naddresses_file = \"sources.csv\"", seed);
    assert!(Case::parse(&one, "case.toml").is_ok());
    let hash = format!("hash = \"{}\"", "0c".repeat(32));
    let message = refused(&one.replace(seed, &format!("{seed}\n{hash}")));
    assert!(message.contains("not both"), "{message}");
    let message = refused(&one.replace("transactions_file = \"seeds.csv\"", ""));
    assert!(message.contains("hash or transactions_file"), "{message}");
    let message = refused(&one.replace("seeds.csv", "../seeds.csv"));
    assert!(message.contains("leaves the case"), "{message}");
}
