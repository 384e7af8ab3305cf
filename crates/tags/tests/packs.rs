//! Packs from reading to keeping, finding, disagreeing, leaving and being given back.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracehound_model::{Category, Timestamp};
use tracehound_tags::{
    Assumed, Field, Pack, TagError, TagIndex, TagStore, conflicts, pack_files, pack_name,
    read_pack, write_actorpack, write_tagpack,
};

const NOW: Timestamp = Timestamp(1_700_000_000);
const A: &str = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96";
const B: &str = "1NDyJtNTjmwk5xPNhjgAMu4HDHigtobu1s";

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn read(folder: &Path, name: &str, text: &str) -> Result<Pack, TagError> {
    read_pack(&write(folder, name, text), folder, &Assumed::default())
}

fn fault(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    read(folder.path(), "pack.yaml", text).unwrap_err().to_string()
}

fn pack(label: &str, more: &str, tags: &str) -> String {
    format!(
        "title: {label}\ncreator: c\nlabel: {label}\nsource: https://s\ncurrency: ETH\nconfidence: forensic\n{more}tags:\n{tags}"
    )
}

/// Everything a pack says, tag by tag, headers laid out.
fn said(pack: &Pack) -> Vec<BTreeMap<&'static str, String>> {
    let fields = |tag: tracehound_tags::Statement<'_>| {
        tag.iter().map(|(field, text)| (field.name(), text.to_owned())).collect()
    };
    pack.tags().map(fields).collect()
}

fn again(pack: &Pack) -> Pack {
    let mut text = Vec::new();
    if pack.actors().is_empty() {
        assert_eq!(write_tagpack(pack, &mut text).unwrap(), 0);
    } else {
        write_actorpack(pack, &mut text).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    read(folder.path(), "again.yaml", std::str::from_utf8(&text).unwrap()).unwrap()
}

#[test]
fn tags_inherit_and_may_say_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "header.yaml",
        "title: t\ncreator: c\nsource: https://s\nlabel: from above\ncurrency: BTC\n",
    );
    let text = format!(
        "header: !include header.yaml\nlabel: own header\ntags:\n- address: {B}\n- address: {B}\n  label: own\n  is_cluster_definer: yes\n  concepts: [exchange, hot_wallet]\n"
    );
    let pack = read(folder.path(), "deep/er/pack.yaml", &text).unwrap();
    let labels: Vec<_> = pack.tags().map(|tag| tag.get(Field::Label).unwrap().to_owned()).collect();
    assert_eq!(labels, ["from above", "own"], "the included header wins, as tagpack-tool has it");
    let last = pack.tags().last().unwrap();
    assert_eq!(last.get(Field::IsClusterDefiner), Some("true"));
    assert_eq!(last.category(), Some(Category::Exchange));
    assert_eq!(last.confidence().0, 5, "no level is stated");
}

#[test]
fn faults_name_file_line_and_cure() {
    let good = format!("- address: '{A}'\n");
    for (text, line, words) in [
        (pack("x", "", "- label: y\n"), 8, "the tag speaks of nothing: give address"),
        (pack("x", "colour: red\n", &good), 7, "colour is no field of a tag"),
        (pack("x", "", &format!("{good}  confidence: sure\n")), 9, "choose from override"),
        (pack("x", "", &format!("{good}  tx_hash: '0x1'\n")), 8, "give one of address"),
        (pack("x", "", &format!("{good}  category: ~\n")), 9, "category is empty"),
        (pack("x", "", &good).replace("source: https://s\n", ""), 7, "who says so?"),
        (pack("x", "", &good).replace("title: x\n", ""), 1, "needs title and creator"),
        (pack("x", "", "  []\n"), 1, "there are no tags"),
        ("a: b\n".to_owned(), 1, "neither a TagPack"),
        ("header: !include ../../x.yaml\ntags: []\n".to_owned(), 1, "without a folder"),
        ("header: !include absent.yaml\ntags: []\n".to_owned(), 1, "is not there"),
        ("\"".to_owned(), 1, "not YAML"),
    ] {
        let fault = fault(&text);
        assert!(fault.contains(words), "{fault}");
        assert!(fault.contains(&format!("pack.yaml: line {line}: ")), "{fault}");
    }
    assert!(fault("").contains("the file is empty"));
}

#[test]
fn what_a_tagpack_has_no_field_for_survives_it() {
    let folder = tempfile::tempdir().unwrap();
    let more = "category: black_list\nrole: infrastructure\n";
    let tags = format!(
        "- address: '{A}'\n  confidence: 55\n  tlp: amber\n  context: 'not JSON: \"'\n- address: {B}\n  role: hijacked\n  category: exchange\n  context: '{{\"a\": 1}}'\n- address: {B}\n  lastmod: spring\n- cluster: {B}\n- tx_hash: '0x01'\n  since: '2020-01-01'\n"
    );
    let pack = read(folder.path(), "pack.yaml", &pack("x", more, &tags)).unwrap();
    assert_eq!(said(&again(&pack)), said(&pack));
    assert_eq!(again(&pack).header.title, "x");
}

fn kept(folder: &Path, packs: &[(&str, String)]) -> TagStore {
    let store = TagStore::at(&folder.join("home"));
    for (name, text) in packs {
        let path = write(folder, &format!("{name}.yaml"), text);
        let pack = read_pack(&path, folder, &Assumed::default()).unwrap();
        store.import(&path, name, &pack, NOW).unwrap();
    }
    store
}

#[test]
fn a_subject_is_found_however_written_and_a_withdrawn_pack_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tag = format!("- address: '{A}'\n");
    let one = pack("one", "category: exchange\nactor: binance\n", &tag);
    let two = pack("two", "abuse: service_hack\n", &tag.to_lowercase());
    let actors =
        "title: a\ncreator: c\nactors:\n- id: binance\n  label: Binance\n  aliases: [bnb]\n";
    let store = kept(folder.path(), &[("one", one), ("two", two), ("actors", actors.to_owned())]);
    let index = TagIndex::open(&store).unwrap();
    let found = index.find(&A.to_uppercase().replace("0X", "0x"));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].entity.as_deref(), Some("Binance"));
    assert_eq!(index.actor("bnb").unwrap().id, "binance");
    let harm = conflicts(&index);
    assert_eq!((harm.len(), harm[0].about), (1, "harm"), "{harm:?}");

    store.withdraw("two", "the source was wrong", NOW).unwrap();
    let index = TagIndex::open(&store).unwrap();
    assert_eq!(index.find(A).len(), 1);
    assert!(conflicts(&index).is_empty());
    assert_eq!(store.withdrawn().unwrap()[0].reason, "the source was wrong");
    assert!(matches!(store.withdraw("two", "", NOW), Err(TagError::NoPack { .. })));
    assert!(matches!(store.pack("../one"), Err(TagError::NoPack { .. })));
}

#[test]
fn the_same_file_is_kept_once_a_newer_replaces_it_and_a_stranger_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let text = pack("x", "", &format!("- address: '{A}'\n"));
    let store = kept(folder.path(), &[("x", text.clone())]);
    let put = |text: &str| {
        let path = write(folder.path(), "x.yaml", text);
        let pack = read_pack(&path, folder.path(), &Assumed::default()).unwrap();
        store.import(&path, "x", &pack, NOW)
    };
    assert!(put(&text).unwrap().already);
    let newer = put(&format!("{text}- address: {B}\n")).unwrap();
    assert!(newer.replaces.is_some() && newer.manifest.tags == 2);
    assert_eq!(store.withdrawn().unwrap().len(), 1);
    let stranger = put(&text.replace("creator: c", "creator: d")).unwrap_err().to_string();
    assert!(stranger.contains("give this one another name with --name"), "{stranger}");
    assert_eq!(store.pack("x").unwrap().1.tags().count(), 2);
}

#[test]
fn a_damaged_pack_stops_every_answer_and_can_be_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = kept(folder.path(), &[("x", pack("x", "", &format!("- address: '{A}'\n")))]);
    let path = folder.path().join("home/x.jsonl.zst");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(&path, bytes).unwrap();
    let error = TagIndex::open(&store).err().expect("no answer from a damaged pack").to_string();
    assert!(error.contains("is damaged"), "{error}");
    store.withdraw("x", "damaged", NOW).unwrap();
    assert_eq!(TagIndex::open(&store).unwrap().find(A).len(), 0);
}

#[test]
fn label_lists_and_tables() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, text: &str| read(folder.path(), name, text);
    let json = format!(
        "{{\"{A}\": {{\"name\": \"KuCoin 2\", \"labels\": [\"kucoin\"]}}, \"{}\": {{\"name\": \"\", \"labels\": [\"phish-hack\"]}}}}",
        A.to_lowercase()
    );
    let labels = read("bscscan_all.json", &json).unwrap();
    let first = labels.tags().next().unwrap();
    assert_eq!(
        (first.get(Field::Network), first.category()),
        (Some("BSC"), Some(Category::Exchange))
    );
    assert!(first.get(Field::Context).unwrap().contains("label-text/1"));
    assert_eq!(labels.tags().last().unwrap().category(), Some(Category::Scam));
    assert!(read("labels.json", &json).unwrap_err().to_string().contains("give --network"));

    let eth =
        format!("address,chainId,label,name,symbol,website,image\n{A},8453,dex,A B,,https://w,\n");
    let eth = read("tokens.csv", &eth).unwrap();
    let tag = eth.tags().next().unwrap();
    assert_eq!(
        (tag.get(Field::Network), tag.get(Field::Source)),
        (Some("eip155:8453"), Some("https://w"))
    );

    let table = format!(
        "address,label,entity,category,source,confidence\n{A},hot 1,Binance,decentralised-exchange,me,50\n"
    );
    let table = read("table.csv", &table).unwrap();
    let tag = table.tags().next().unwrap();
    assert_eq!(
        (tag.get(Field::Actor), tag.get(Field::Category)),
        (Some("Binance"), Some("defi_dex"))
    );
    let short = read("table.csv", &format!("address,label\n{A},x\n")).unwrap_err().to_string();
    assert!(short.contains("table.csv: line 2: source is missing"), "{short}");
}

fn shared() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/labels");
    root.is_dir().then_some(root)
}

#[test]
fn the_published_packs_load_whole_and_come_back() {
    let Some(root) = shared() else { return };
    let (root, mut tags, mut packs) = (root.join("graphsense-tagpacks"), 0, 0);
    for file in pack_files(&root.join("packs")).unwrap() {
        let pack = read_pack(&file, &root, &Assumed::default()).unwrap();
        tags += pack.tags().count();
        packs += 1;
        let (first, second) = (said(&pack), said(&again(&pack)));
        assert!(first == second, "{} came back changed", pack_name(&root, &file));
    }
    assert_eq!((packs, tags), (86, 524_170));
    for file in pack_files(&root.join("actors")).unwrap() {
        let pack = read_pack(&file, &root, &Assumed::default()).unwrap();
        assert_eq!(pack.contents, again(&pack).contents);
        assert!(pack.actors().len() > 3_000, "{}", pack.actors().len());
    }
}

#[test]
fn the_published_label_lists_load() {
    let Some(root) = shared() else { return };
    let count = |folder: &str| {
        let files = pack_files(&root.join(folder)).unwrap();
        let packs = files.iter().map(|file| read_pack(file, &root, &Assumed::default()).unwrap());
        packs.map(|pack| pack.tags().count()).sum::<usize>()
    };
    assert!(count("etherscan-labels") + count("eth-labels") > 40_000);
}
