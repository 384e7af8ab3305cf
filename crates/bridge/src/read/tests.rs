use super::*;
use crate::event::Side;
use std::io::Write;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.ends_with(".gz") {
            let mut out = flate2::write::GzEncoder::new(
                std::fs::File::create(path).unwrap(),
                flate2::Compression::fast(),
            );
            out.write_all(content.as_bytes()).unwrap();
            out.finish().unwrap();
        } else {
            std::fs::write(path, content).unwrap();
        }
    }
    folder
}

fn read_folder_of(files: &[(&str, &str)]) -> Result<Tables, BridgeError> {
    let folder = folder(files);
    read(&[folder.path().to_owned()])
}

const HASH: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";
const OTHER: &str = "0x2222222222222222222222222222222222222222222222222222222222222222";

fn sample(amount: &str) -> String {
    format!(
        r#"[{{"event":"Deposit","bridge":"CelerNetwork","args":{{"sender":"0xC18020111F2fa224dd49a2e4ad75F797F09287aa","receiver":"0xC18020111F2fa224dd49a2e4ad75F797F09287aa","amount":{amount},"dstChain":"BNB","srcChain":"ETH","asset_s":"0x4Fabb145d64652a948d72533023f6E7A623C7C53"}},"txhash":"{HASH}","timestamp":1641078457}}]"#
    )
}

#[test]
fn amounts_of_json_keep_every_digit() {
    let tables =
        read_folder_of(&[("any_name.json.gz", &sample("4297033357500000000001"))]).unwrap();
    let event = &tables.events[0];
    assert_eq!(event.amount.unwrap().to_string(), "4297033357500000000001");
    assert_eq!((event.bridge.as_str(), event.side), ("celer", Side::Source));
    assert_eq!(event.other_chain.as_ref().unwrap().as_str(), "eip155:56");
    assert!(tables.notes.iter().any(|note| note.contains("destination side is not in the data")));
}

#[test]
fn a_label_is_truth_and_no_event() {
    let label =
        format!(",srcnet,srcTxhash,dstnet,dstTxhash\n0,ETH,{HASH},BNB CHAIN Mainnet,{OTHER}\n");
    let tables = read_folder_of(&[("a/x.csv", &label), ("a/y.json", &sample("5"))]).unwrap();
    assert_eq!(tables.events.len(), 1);
    let truth = tables.truth.of(&HASH.parse().unwrap()).unwrap();
    assert!(truth.contains(&OTHER.parse().unwrap()));
}

#[test]
fn a_broken_row_is_named_with_its_line_and_a_cure() {
    let events = "bridge,side,chain,amount\ntest,source,eip155:1,5\ntest,source,eip155:1,5.5\n";
    let error = read_folder_of(&[("e.csv", events)]).unwrap_err().to_string();
    assert!(error.contains("e.csv, line 3") && error.contains("base units"), "{error}");
    let error = read_folder_of(&[("y.json", &sample("1e18"))]).unwrap_err().to_string();
    assert!(error.contains("line 1") && error.contains("1e18"), "{error}");
    let facts = "0x1\t2\n";
    let mapping = "1\t2\t0x0000000000000000000000000000000000000001\t0x0000000000000000000000000000000000000002\t20\n";
    let files = [("sc_token_deposited.facts", facts), ("token_mapping.facts", mapping)];
    let error = read_folder_of(&files).unwrap_err().to_string();
    assert!(error.contains("2 columns") && error.contains("tabs"), "{error}");
    assert!(matches!(read_folder_of(&[("a.csv", "x,y\n1,2\n")]), Err(BridgeError::Nothing(_))));
}

#[test]
fn what_is_written_as_a_row_reads_back() {
    let events = read_folder_of(&[("y.json", &sample("4297"))]).unwrap().events;
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS).unwrap();
    for event in &events {
        out.write_record(row_of(event)).unwrap();
    }
    let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
    assert_eq!(read_folder_of(&[("e.csv", &text)]).unwrap().events, events);
}

#[test]
fn logs_are_decoded_and_strange_ones_passed_over() {
    let topic = tracehound_model::hash::to_hex(
        &crate::decode::selector_of(
            "event LogSwapout(address indexed account, address indexed bindaddr, uint256 amount)",
        )
        .unwrap(),
    );
    let word = |number: u8| format!("0x{number:064x}");
    let logs = format!(
        "chain,address,topics,data,transaction_hash,log_index,block_number,block_timestamp\neip155:1,0x{:040x},\"0x{topic},{},{}\",{},{HASH},3,4,5\neip155:1,0x{:040x},{},0x,{HASH},4,4,5\n",
        9,
        word(1),
        word(2),
        word(77),
        9,
        word(3)
    );
    let tables = read_folder_of(&[("logs.csv", &logs)]).unwrap();
    assert_eq!(tables.events.len(), 1);
    assert_eq!(tables.events[0].key.as_deref(), Some(HASH));
    assert_eq!(tables.events[0].amount.unwrap().to_string(), "77");
}

/// Calls beside a hash of their transaction, and records without chains.
#[test]
fn connectors_files_may_hold_more_or_less() {
    let call = format!("0x0175b1c4{}{:064x}{:064x}{:064x}{:064x}", &HASH[2..], 7, 8, 900, 1);
    let calls = format!(",hash,input\n0,{OTHER},{call}\n1,{OTHER},0x\n");
    let label = format!(",srcnet,srcTxhash,dstnet,dstTxhash\n0,ETH,{HASH},POLYGON,{OTHER}\n");
    let sample = sample("900")
        .replace("CelerNetwork", "Multichain")
        .replace(r#""dstChain":"BNB","srcChain":"ETH","#, "");
    let files = [("m/c.csv", calls.as_str()), ("m/l.csv", &label), ("m/s.json", &sample)];
    let tables = read_folder_of(&files).unwrap();
    let matching = crate::match_by_key(&tables.events, &tables.tokens, &crate::Gates::default());
    assert_eq!(matching.classes[0].name(), "mismatched", "another receiver: {:?}", tables.events);
    let paid = &tables.events[1];
    assert_eq!(paid.chain.as_str(), "eip155:137");
    assert_eq!(paid.transaction, Some(OTHER.parse().unwrap()));
    assert!(tables.notes.iter().any(|note| note.contains("no known function")));
}
