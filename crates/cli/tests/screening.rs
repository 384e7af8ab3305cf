//! Lists in, verdicts out, and the same verdicts again.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use serde_json::Value;
use support::lists::{DELISTED, LISTED, MISSPELT, NOBODY, desk};
use support::{Desk, shared};

fn verdicts(desk: &Desk, arguments: &[&str]) -> (i32, Vec<Value>) {
    let run = desk.run(&[&["screen", "--json"], arguments].concat());
    assert!(run.code < 2, "{}", run.stderr);
    (run.code, serde_json::from_str(&run.stdout).unwrap())
}

#[test]
fn a_delisted_address_has_two_verdicts_and_both_can_be_made_again() {
    let desk = desk();
    let (code, then) = verdicts(&desk, &[DELISTED, "--as-of", "2025-03-10"]);
    assert_eq!((code, &then[0]["decision"]), (1, &Value::from("block")));
    assert_eq!(then[0]["reasons"][0]["listing"]["entity"], "MIXER");
    assert_eq!(then[0]["lists"][0]["published"], "2025-03-04");
    let (code, now) = verdicts(&desk, &[DELISTED]);
    assert_eq!((code, &now[0]["decision"]), (0, &Value::from("allow")));
    assert!(now[0]["reasons"].as_array().unwrap().is_empty());
    for verdict in [&then[0], &now[0]] {
        let id = verdict["id"].as_str().unwrap();
        let run = desk.run(&["replay", &id[..12]]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(&serde_json::from_str::<Value>(&run.stdout).unwrap(), verdict);
        assert!(run.stderr.contains("the same bytes"), "{}", run.stderr);
    }
    // A verdict that somebody changed is not made again.
    let mut forged = now[0].clone();
    forged["decision"] = "block".into();
    desk.write("forged.json", forged.to_string());
    let run = desk.run(&["replay", "forged.json"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("NOT the same"), "{}", run.stderr);
}

#[test]
fn every_answer_says_what_it_rests_on_and_never_clean() {
    let desk = desk();
    let run = desk.run(&["screen", NOBODY]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("does not mean clean"), "{}", run.stdout);
    assert!(run.stdout.contains("list ofac-sdn of 2025-03-21"), "{}", run.stdout);
    let (code, found) = verdicts(&desk, &[&LISTED.to_lowercase(), MISSPELT, "not-an-address"]);
    assert_eq!(code, 1);
    let decisions: Vec<&Value> = found.iter().map(|verdict| &verdict["decision"]).collect();
    assert_eq!(decisions, ["block", "review", "review"]);
    assert_eq!(found[0]["reasons"].as_array().unwrap().len(), 2, "ETH and USDT");
    assert_eq!(found[1]["reasons"][0]["rule"], "listed-misspelt");
    assert_eq!(found[2]["reasons"][0]["rule"], "not-an-address");
}

#[test]
fn nothing_is_allowed_because_a_list_is_missing_or_failed() {
    let desk = Desk::new();
    let (code, found) = verdicts(&desk, &[NOBODY]);
    assert_eq!((code, &found[0]["decision"]), (1, &Value::from("review")));
    assert_eq!(found[0]["complete"], false);
    assert!(found[0]["reasons"][0]["text"].as_str().unwrap().contains("never imported"));

    let desk = self::desk();
    let folder = desk.path("home/lists/ofac-sdn");
    let snapshot = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .find(|path| path.to_string_lossy().contains("2025-03-21"))
        .unwrap();
    let bytes = std::fs::read(&snapshot).unwrap();
    std::fs::write(&snapshot, &bytes[..bytes.len() - 9]).unwrap();
    let run = desk.run(&["screen", NOBODY]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("damaged") && run.stderr.contains("2025-03-21"), "{}", run.stderr);
    std::fs::write(desk.path("home/lists/ofac-sdn/checked"), "2025-03-21T00:00:00Z\n").unwrap();
    std::fs::write(&snapshot, &bytes).unwrap();
    let (code, found) = verdicts(&desk, &[NOBODY]);
    assert_eq!((code, &found[0]["complete"]), (1, &Value::from(false)));
    assert!(found[0]["reasons"][0]["text"].as_str().unwrap().contains("INCOMPLETE"));
}

#[test]
fn a_batch_answers_like_one_by_one() {
    let desk = desk();
    let addresses = [NOBODY, LISTED, DELISTED, MISSPELT, "nonsense", "with,comma"];
    let rows: Vec<String> = addresses.iter().map(|address| format!("x,\"{address}\"\n")).collect();
    desk.write("batch.csv", format!("customer,address\n{}", rows.concat()));
    let run = desk.run(&["screen", "--batch", "batch.csv"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
    let found: Vec<(String, String)> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|r| (r[0].to_owned(), r[1].to_owned()))
        .collect();
    for address in addresses {
        let (_, one) = verdicts(&desk, &[address]);
        let mine: Vec<&str> =
            found.iter().filter(|(a, _)| a == address).map(|(_, d)| d.as_str()).collect();
        assert!(mine.contains(&one[0]["decision"].as_str().unwrap()), "{address}: {mine:?}");
    }
    assert!(run.stderr.contains("6 rows"), "{}", run.stderr);
    let hits = desk.run(&["screen", "--batch", "batch.csv", "--hits"]);
    assert!(!hits.stdout.contains("allow"), "{}", hits.stdout);
    let json = desk.run(&["screen", "--batch", "batch.csv", "--json"]);
    let summary: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&summary["rows"], &summary["decisions"]["block"]), (&6.into(), &1.into()));
}

#[test]
fn a_policy_of_ones_own_decides_and_is_kept() {
    let desk = desk();
    desk.write(
        "policy.toml",
        "version = 1\nname = \"watch\"\n[[rules]]\nname = \"look\"\nwhen = \"listed\"\n\
         decision = \"review\"\nreason = \"ours\"\n",
    );
    let (_, found) = verdicts(&desk, &[LISTED, "--policy", "policy.toml"]);
    assert_eq!(
        (&found[0]["decision"], &found[0]["policy"]["name"]),
        (&"review".into(), &"watch".into())
    );
    std::fs::remove_file(desk.path("policy.toml")).unwrap();
    let run = desk.run(&["replay", found[0]["id"].as_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    desk.write("broken.toml", "version = 1\nname = \"x\"\n");
    let run = desk.run(&["screen", LISTED, "--policy", "broken.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("broken.toml") && run.stderr.contains("no rules"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_log_shows_what_was_changed_in_it() {
    let desk = desk();
    verdicts(&desk, &[LISTED, NOBODY]);
    let run = desk.run(&["audit", "verify"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("2 lines") && run.stdout.contains("the chain holds"),
        "{}",
        run.stdout
    );
    let file = desk.path("home/audit/audit-00000000.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"block\"", "\"allow\"", 1)).unwrap();
    let run = desk.run(&["audit", "verify", "--json"]);
    assert_eq!(run.code, 1);
    let state: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(state["broken"]["line"], 2, "the line after says so");
}

#[test]
fn lists_are_compared_and_their_addresses_named() {
    let desk = desk();
    let run = desk.run(&["lists", "diff", "ofac-sdn"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("removed: 1 entries") && run.stdout.contains(DELISTED),
        "{}",
        run.stdout
    );
    let run = desk.run(&["lists", "addresses", "--asset", "xbt"]);
    assert_eq!(
        run.stdout,
        format!("asset,address,entity,entry,checksum_ok\nXBT,{MISSPELT},LAZARUS,1,no\n")
    );
    let run = desk.run(&["lists", "addresses", "--as-of", "2025-03-10", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(rows.len(), 4);
    let run = desk.run(&["lists", "status"]);
    assert_eq!(run.code, 1, "three lists were never imported");
    assert!(run.stdout.contains("never imported"), "{}", run.stdout);
    let run = desk.run(&["lists", "diff", "ofac-sdn", "--to", "2024-01-01"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("2024-01-01"), "{}", run.stderr);
}

#[test]
fn a_transaction_is_screened_by_its_addresses() {
    let desk = desk();
    let hash = format!("0x{}", "7".repeat(64));
    let other = format!("0x{}", "8".repeat(64));
    desk.write(
        "transfers.csv",
        format!(
            "transaction_hash,height,timestamp,from,to,asset,amount\n\
             {hash},1,2025-03-01T00:00:00Z,{NOBODY},{LISTED},native,5\n"
        ),
    );
    let run = desk.run(&["screen", &hash]);
    assert_eq!(run.code, 2, "no store yet");
    assert!(run.stderr.contains("ingest"), "{}", run.stderr);
    let run = desk.run(&["ingest", "transfers.csv"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (code, found) = verdicts(&desk, &[&hash]);
    assert_eq!((code, found.len()), (1, 2));
    let block = found.iter().find(|verdict| verdict["decision"] == "block").unwrap();
    assert_eq!(block["subject"]["taken_from"]["role"], "receiver");
    let run = desk.run(&["replay", block["id"].as_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = desk.run(&["screen", &other]);
    assert!(run.code == 2 && run.stderr.contains("not in this store"), "{}", run.stderr);
}

/// The publications between which OFAC delisted Tornado Cash.
#[test]
fn the_published_lists_say_the_same() {
    let Some(data) = shared() else { return };
    let desk = Desk::new();
    let files = ["2025-03-04", "2025-03-21"].map(|day| {
        data.join(format!("sanctions/ofac/{day}/sdn_advanced.xml.bz2")).display().to_string()
    });
    assert_eq!(desk.run(&["lists", "import", &files[0], &files[1]]).code, 0);
    let run = desk.run(&["lists", "diff", "ofac-sdn"]);
    assert!(run.stdout.contains("removed: 90 addresses"), "{}", run.stdout);
    let (_, then) = verdicts(&desk, &[DELISTED, "--as-of", "2025-03-04"]);
    let (_, now) = verdicts(&desk, &[DELISTED, "--as-of", "2025-03-21"]);
    assert_eq!((&then[0]["decision"], &now[0]["decision"]), (&"block".into(), &"allow".into()));
}

#[test]
fn what_tags_say_is_a_reason_that_outlives_the_pack() {
    let desk = desk();
    let table = format!(
        "address,label,abuse,category,source,confidence\n{NOBODY},a thief,service_hack,,https://s,60\n\
         {DELISTED},an exchange,,exchange,https://s,60\n"
    );
    desk.write("pack.csv", table);
    assert_eq!(desk.run(&["tag", "import", "pack.csv", "--network", "ETH"]).code, 0);
    let (code, found) = verdicts(&desk, &[NOBODY]);
    assert_eq!((code, &found[0]["decision"]), (1, &Value::from("review")));
    let tag = &found[0]["reasons"][0]["tag"];
    assert_eq!(
        (&tag["pack"], &tag["concept"]),
        (&Value::from("pack"), &Value::from("service_hack"))
    );
    assert_eq!(found[0]["tags"]["packs"], 1);
    let (code, service) = verdicts(&desk, &[DELISTED]);
    assert_eq!((code, &service[0]["decision"]), (0, &Value::from("allow")), "a service is no harm");
    assert!(service[0]["tags"]["digest"].is_string(), "it says what was asked");

    let batch = desk.write("rows.csv", format!("{NOBODY}\n{DELISTED}\n"));
    let run = desk.run(&["screen", "--batch", batch.to_str().unwrap()]);
    assert!(
        run.stdout.contains(&format!("{NOBODY},review,tagged-harm,pack,service_hack,a thief")),
        "{}",
        run.stdout
    );

    // The withdrawn pack answers nothing any more, and the verdict is made again all the same.
    desk.run(&["tag", "withdraw", "pack", "--reason", "wrong"]);
    assert_eq!(verdicts(&desk, &[NOBODY]).1[0]["decision"], "allow");
    for verdict in [&found[0], &service[0]] {
        let run = desk.run(&["replay", &verdict["id"].as_str().unwrap()[..12]]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stderr.contains("the same bytes"), "{}", run.stderr);
    }
    std::fs::remove_dir_all(desk.path("home/tags/withdrawn")).unwrap();
    let run = desk.run(&["replay", &found[0]["id"].as_str().unwrap()[..12]]);
    assert!(run.code == 2 && run.stderr.contains("no pack is called"), "{}", run.stderr);
}

#[test]
fn a_damaged_pack_gives_no_answer() {
    let desk = desk();
    desk.write("pack.csv", format!("address,label,abuse,source\n{NOBODY},x,scam,s\n"));
    assert_eq!(desk.run(&["tag", "import", "pack.csv", "--network", "ETH"]).code, 0);
    let path = desk.path("home/tags/pack.jsonl.zst");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let run = desk.run(&["screen", NOBODY]);
    assert!(run.code == 2 && run.stderr.contains("is damaged"), "{}", run.stderr);
}

/// A policy of one's own may not ask about lists that are missing; the answer says so.
#[test]
fn an_incomplete_answer_says_so_under_any_policy() {
    let desk = Desk::new();
    let rule = "[[rules]]\nname=\"a\"\nwhen=\"listed\"\ndecision=\"block\"\nreason=\"r\"\n";
    let text = format!("version=1\nname=\"own\"\nrequired_lists=[\"ofac-sdn\"]\n{rule}");
    desk.write("own.toml", text);
    let run = desk.run(&["screen", NOBODY, "--policy", "own.toml"]);
    assert!(run.code == 1 && run.stdout.contains("INCOMPLETE"), "{}", run.stdout);
}

/// Verdicts of the version before tags are made again as that version made them.
#[test]
fn a_verdict_of_the_version_before_is_made_again() {
    let desk = desk();
    let (_, made) = verdicts(&desk, &[LISTED]);
    let mut verdict: tracehound_screen::Verdict = serde_json::from_value(made[0].clone()).unwrap();
    "screening/1".clone_into(&mut verdict.rules);
    let old = verdict.sealed();
    desk.write("old.json", old.to_bytes());
    let run = desk.run(&["replay", "old.json"]);
    assert!(run.code == 0 && run.stderr.contains("the same bytes"), "{}", run.stderr);
    let mut other = old;
    "screening/0".clone_into(&mut other.rules);
    desk.write("other.json", other.sealed().to_bytes());
    let run = desk.run(&["replay", "other.json"]);
    assert!(run.code == 2 && run.stderr.contains("was made by screening/0"), "{}", run.stderr);
}
