use super::*;
use tracehound_model::{Address, Case, Category};

#[test]
fn a_difference_names_file_line_and_both_sides() {
    assert_eq!(difference("x", "a\nb\n", "a\nb\n"), "");
    let text = difference("x", "a\nb\nc\n", "a\nB\nc\nd\n");
    assert_eq!(text, "--- x\n- 2: b\n+ 2: B\n+ 4: d\n");
    assert_eq!(difference("x", "a\nc\nd\n", "a\nb\nc\n"), "--- x\n+ 2: b\n- 3: d\n");
    assert_eq!(difference("x", "a\nb\n", "c\n"), "--- x\n- 1: a\n- 2: b\n+ 1: c\n");
    assert!(difference("x", "a\n", "a").contains("last newline"));
    let long = difference("x", "", &"y\n".repeat(SHOWN_LINES + 3));
    assert!(long.contains("and 3 more lines"), "{long}");
}

#[test]
fn a_digest_is_that_of_the_text() {
    // FIPS 180 example: the digest of "abc".
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n";
    assert_eq!(digest("abc"), known);
}

fn shipped(case: &str) -> Case {
    let file = format!("cases/{case}/case.toml");
    Case::parse(&tree::read(&file).unwrap(), &file).unwrap()
}

#[test]
fn the_shipped_cases_are_there() {
    assert_eq!(
        case_names().unwrap(),
        ["atomic-wallet", "bitfinex-2016", "bybit-2025", "lifi", "txphish"]
    );
}

#[test]
fn every_shipped_case_is_valid_and_its_files_are_there() {
    for name in case_names().unwrap() {
        let case = shipped(&name);
        assert_eq!(case.name, name);
        let files = case.transfers.iter().chain(&case.terminals).chain(&case.tags);
        for data in files {
            assert!(!data.origin.is_empty() && !data.licence.is_empty(), "{name}: {}", data.file);
            assert!(!tree::read(&format!("cases/{name}/{}", data.file)).unwrap().is_empty());
        }
        let origin = tree::read(&format!("cases/{name}/ORIGIN.md")).unwrap();
        for heading in ["**Publication.**", "**Licence.**", "**Changes.**", "## Known defects"] {
            assert!(origin.contains(heading), "{name}: ORIGIN.md lacks {heading}");
        }
    }
}

#[test]
fn shipped_address_lists_hold_addresses_once() {
    for (case, sources, terminals) in
        [("atomic-wallet", 17, 101), ("lifi", 1, 33), ("txphish", 2, 13)]
    {
        for (file, count) in [("sources.csv", sources), ("terminals.csv", terminals)] {
            let text = tree::read(&format!("cases/{case}/{file}")).unwrap();
            let mut addresses: Vec<Address> =
                text.lines().map(|line| line.trim().parse().unwrap()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            assert_eq!(addresses.len(), count, "{case}/{file}");
        }
    }
}

#[test]
fn shipped_tags_are_addresses_with_known_categories() {
    let text = tree::read("cases/bybit-2025/tags.csv").unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("address,label,entity,category,source,confidence"));
    let mut count = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        cells[0].parse::<Address>().unwrap();
        if !cells[3].is_empty() {
            cells[3].parse::<Category>().unwrap();
        }
        count += 1;
    }
    assert_eq!(count, 9);
}
