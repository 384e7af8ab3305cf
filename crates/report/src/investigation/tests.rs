//! The whole resolved value on small and on real rows.

use super::fixture;
use super::*;

#[test]
fn every_policy_that_conserves_closes() {
    let small = fixture::small();
    assert!(small.closes());
    for policy in small.conserving() {
        assert_eq!(policy.totals[0].difference, "0");
        let stolen = policy.totals[0].stolen.decimal();
        assert_eq!(stolen, "15000");
    }
}

#[test]
fn a_missing_cent_is_said_loudly() {
    let scene = fixture::small_scene();
    let mut outcome = scene.outcome(Direction::Forward);
    let booking = outcome.policies[0].bookings.first_mut().unwrap();
    booking.amount = booking.amount.saturating_subtract(Amount::from_u64(1));
    let case = fixture::case("x");
    let parts = build::Parts {
        case: &case,
        tags: &scene.tags,
        outcome: &outcome,
        findings: &[],
        sources: &[],
        command: "",
        program_version: "",
        notes: &[],
    };
    let broken = Investigation::build_from(&scene, parts).unwrap();
    assert!(!broken.closes());
    let line = broken.policies[0].totals[0].closing_line(false);
    assert!(line.ends_with("(difference 0.01, DOES NOT CLOSE)"), "{line}");
}

#[test]
fn victims_are_kept_apart_and_added_up() {
    let small = fixture::small();
    let lost: Vec<_> =
        small.victims.iter().map(|v| (v.victim.as_str(), v.stolen[0].decimal())).collect();
    assert_eq!(lost, [("Alice", "10000".to_owned()), ("Bob", "5000".to_owned())]);
    let shares = &small.headline().unwrap().terminals[0].by_victim;
    assert!(!shares.is_empty());
}

#[test]
fn transfers_stand_in_chain_order_and_labels_apart_from_facts() {
    let small = fixture::small();
    assert!(small.transfers.windows(2).all(|pair| pair[0].block <= pair[1].block));
    let json = serde_json::to_value(&small).unwrap();
    assert!(json["transfers"][0].get("label").is_none());
    assert_eq!(json["transfers"][0]["value"]["amount"], "10000");
    assert_eq!(json["transfers"][0]["value"]["asset"], "eip155:1/iso4217:USD");
    assert!(
        json["addresses"].as_array().unwrap().iter().any(|a| a["label"] == "Tornado.Cash: Router")
    );
}

#[test]
fn the_range_brackets_every_policy() {
    let small = fixture::small();
    let (low, high) = small.range_of(0, |t| t.services.units).unwrap();
    for policy in small.conserving() {
        let at_services = policy.totals[0].services.units;
        assert!(low.units <= at_services && at_services <= high.units);
    }
    let named = small.ranges.iter().find(|r| r.figure == "services").unwrap();
    assert_eq!((&named.low, &named.high), (&low, &high));
}

#[test]
fn a_real_case_closes_under_the_plain_trace() {
    let (scene, case) = fixture::shipped("atomic-wallet");
    let investigation = scene.investigation(&case, Direction::Forward);
    assert!(investigation.closes());
    assert!(investigation.transfers.len() > 900);
}

/// Writes every output of the shipped cases to the folder named by
/// `TRACEHOUND_REPORT_SAMPLES`, to look at them; without it, only checks that
/// they can be written.
#[test]
fn every_output_can_be_written() {
    let mut summary = Vec::new();
    fixture::small().write_summary(&mut summary, 88).unwrap();
    let folder = std::env::var_os("TRACEHOUND_REPORT_SAMPLES").map(std::path::PathBuf::from);
    if let Some(folder) = &folder {
        std::fs::write(folder.join("small.txt"), &summary).unwrap();
    }
    for name in ["atomic-wallet", "lifi", "txphish"] {
        for direction in [Direction::Forward, Direction::Backward] {
            let (mut scene, case) = fixture::shipped(name);
            if direction == Direction::Backward {
                scene.seed_the_last_arrivals();
            }
            let report = scene.investigation(&case, direction);
            let mut outputs = [const { Vec::new() }; 4];
            report.write_summary(&mut outputs[0], 90).unwrap();
            report.write_json(&mut outputs[1]).unwrap();
            report.write_terminals_csv(&mut outputs[2]).unwrap();
            report.write_html(&mut outputs[3]).unwrap();
            assert!(outputs.iter().all(|bytes| bytes.len() > 100));
            let Some(folder) = &folder else { continue };
            let names = ["summary.txt", "report.json", "terminals.csv", "report.html"];
            for (bytes, file) in outputs.iter().zip(names) {
                let way = if direction == Direction::Backward { "-backward" } else { "" };
                std::fs::write(folder.join(format!("{name}{way}-{file}")), bytes).unwrap();
            }
        }
    }
}
