//! Verdicts as they are written.

use super::*;
use serde_json::json;

/// A screener of one listed address, with a required list missing or not.
fn screener(complete: bool, as_of: Option<&str>) -> (tempfile::TempDir, Screener) {
    let folder = tempfile::tempdir().unwrap();
    let lists = Lists::at(folder.path());
    let publication = folder.path().join("sdn.xml");
    let list = "<sdnList><publshInformation><Publish_Date>03/04/2025</Publish_Date>\
         <Record_Count>1</Record_Count></publshInformation><sdnEntry><uid>1</uid>\
         <lastName>LAZARUS \"QUOTED\"</lastName><sdnType>Entity</sdnType><programList>\
         <program>DPRK3</program></programList><idList><id><uid>1</uid><idType>Digital \
         Currency Address - ETH</idType><idNumber>0x098B716B8Aaf21512996dC57EB0615e2383E2f96\
         </idNumber></id></idList></sdnEntry></sdnList>";
    std::fs::write(&publication, list).unwrap();
    let now = Timestamp(1_741_100_000);
    let options = tracehound_lists::ImportOptions { force: true, now, date: None, only: None };
    lists.import(&publication, &options).unwrap();
    let mut policy = Policy::default_policy();
    policy.required_lists = vec!["ofac-sdn".to_owned()];
    if !complete {
        policy.required_lists.push("un".to_owned());
    }
    let screener = Screener::open(&lists, policy, as_of, now).unwrap();
    (folder, screener)
}

#[test]
fn a_written_verdict_is_the_verdict_to_the_byte() {
    for (complete, as_of) in [(true, None), (false, None), (true, Some("2025-03-05"))] {
        let (_folder, screener) = screener(complete, as_of);
        for address in [
            "0x098B716B8Aaf21512996dC57EB0615e2383E2f96",
            " 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045 ",
            "0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
            "\"nonsense\\\u{7}\u{1f600}",
            "",
        ] {
            let verdict = screener.address(address, Timestamp(5));
            let written = screener.written(address, None, Timestamp(5));
            assert_eq!(written.bytes, verdict.to_bytes(), "{address}");
            assert_eq!(written.id, verdict.id);
            assert_eq!((written.decision, written.reasons), (verdict.decision, verdict.reasons));
            assert_eq!(written.address, verdict.subject.address);
            let read: serde_json::Value = serde_json::from_slice(&written.bytes).unwrap();
            assert_eq!(read["id"], json!(written.id));
        }
    }
}
