//! Each format by a small list of its own, and lists that are broken.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

use std::io::Write;
use std::path::PathBuf;
use tracehound_lists::{ImportOptions, ListError, ListFile, ListId, Lists, read_list};
use tracehound_model::{NameStrength, PartyKind};

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, name: &str, text: impl AsRef<[u8]>) -> Result<ListFile, String> {
        read_list(&self.write(name, text)).map_err(|error| error.to_string())
    }

    fn lists(&self) -> Lists {
        Lists::at(&self.0.path().join("lists"))
    }
}

fn options(force: bool) -> ImportOptions {
    ImportOptions { force, now: "2026-03-01 12:00:00".parse().unwrap(), date: None, only: None }
}

/// A small SDN.XML of so many entries.
fn sdn(date: &str, count: usize) -> String {
    let entry = |number: usize| {
        format!(
            "<sdnEntry><uid>{number}</uid><firstName>Ung Sun</firstName><lastName>KIM {number}</lastName>\
             <sdnType>Individual</sdnType><programList><program>DPRK3</program></programList>\
             <idList><id><uid>1</uid><idType>Digital Currency Address - ETH</idType>\
             <idNumber>0x{number:040x}</idNumber></id></idList>\
             <akaList><aka><uid>2</uid><type>a.k.a.</type><category>weak</category>\
             <lastName>Nick &amp; Co</lastName></aka></akaList>\
             <dateOfBirthList><dateOfBirthItem><dateOfBirth>circa 1977</dateOfBirth>\
             </dateOfBirthItem></dateOfBirthList></sdnEntry>"
        )
    };
    let entries: String = (0..count).map(entry).collect();
    format!(
        "<?xml version=\"1.0\" standalone=\"yes\"?><sdnList><publshInformation>\
         <Publish_Date>{date}</Publish_Date><Record_Count>{count}</Record_Count>\
         </publshInformation>{entries}</sdnList>"
    )
}

#[test]
fn sdn_xml() {
    let list = Desk::new().read("sdn.xml", sdn("02/27/2026", 3)).unwrap();
    assert_eq!(
        (list.list.to_string().as_str(), list.published.as_deref()),
        ("ofac-sdn", Some("2026-02-27"))
    );
    let entry = &list.entries[2];
    assert_eq!(entry.party.names[0].text, "KIM 2, Ung Sun");
    assert_eq!(entry.party.names[1].text, "Nick & Co");
    assert_eq!(entry.party.names[1].strength, NameStrength::Weak);
    assert!(entry.party.birth_dates[0].approximate);
    assert_eq!(entry.addresses[0].label, "ETH");
    assert_eq!(entry.programmes, ["DPRK3"]);
}

#[test]
fn eu_fsf_xml() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
        <export xmlns=\"http://eu.europa.ec/fpi/fsd/export\" generationDate=\"2026-02-20T16:00:00.000+01:00\">\
        <sanctionEntity euReferenceNumber=\"EU.27.28\" logicalId=\"13\">\
        <regulation programme=\"PRK\" publicationDate=\"2017-06-02\"/>\
        <regulation programme=\"PRK\" publicationDate=\"2016-05-20\"/>\
        <subjectType code=\"person\"/>\
        <nameAlias wholeName=\"Weak\" strong=\"false\"/>\
        <nameAlias wholeName=\"Kim Chol\" firstName=\"Chol\" lastName=\"Kim\" strong=\"true\"/>\
        <birthdate circa=\"true\" yearRangeFrom=\"1960\" yearRangeTo=\"1965\"/>\
        <citizenship countryIso2Code=\"KP\"/><citizenship countryIso2Code=\"00\"/>\
        <remark>Date of listing</remark></sanctionEntity></export>";
    let list = Desk::new().read("eu.xml", text).unwrap();
    let entry = &list.entries[0];
    assert_eq!(
        (list.list.to_string().as_str(), list.published.as_deref()),
        ("eu", Some("2026-02-20"))
    );
    assert_eq!(entry.party.names[0].text, "Kim Chol");
    assert_eq!(entry.party.names[0].strength, NameStrength::Primary);
    assert_eq!(entry.party.names[0].family, "Kim");
    assert_eq!(entry.listed_on.as_deref(), Some("2016-05-20"));
    assert_eq!(entry.party.countries, ["KP"]);
    assert_eq!(entry.party.birth_dates[0].to, "1965");
}

#[test]
fn uk_list_in_both_forms_says_the_same() {
    let xml = "<Designations><DateGenerated>21/02/2026</DateGenerated><Designation>\
        <DateDesignated>03/04/2020</DateDesignated><UniqueID>DPR0001</UniqueID>\
        <Names><Name><Name1>Chol</Name1><Name6>KIM</Name6><NameType>Primary Name</NameType></Name>\
        <Name><Name6>CHOL</Name6><NameType>Alias</NameType><AliasStrength>Low quality a.k.a</AliasStrength></Name></Names>\
        <RegimeName>DPRK</RegimeName><IndividualEntityShip>Individual</IndividualEntityShip>\
        <OtherInformation>None</OtherInformation>\
        <IndividualDetails><Individual><DOBs><DOB>dd/mm/1970</DOB></DOBs>\
        <Nationalities><Nationality>North Korea</Nationality></Nationalities></Individual></IndividualDetails>\
        </Designation></Designations>";
    let csv = "Report Date: 21-Feb-2026\n\
        Unique ID,Date Designated,Name 1,Name 2,Name 3,Name 4,Name 5,Name 6,Name type,Alias Strength,\
        Regime Name,Designation Type,Other Information,D.O.B,Nationality(/ies)\n\
        DPR0001,03/04/2020,,,,,,CHOL,Alias,Low quality a.k.a,DPRK,Individual,None,dd/mm/1970,North Korea\n\
        DPR0001,03/04/2020,Chol,,,,,KIM,Primary Name,,DPRK,Individual,None,dd/mm/1970,North Korea\n";
    let desk = Desk::new();
    let (xml, csv) = (desk.read("uk.xml", xml).unwrap(), desk.read("uk.csv", csv).unwrap());
    assert_eq!(xml.entries, csv.entries);
    assert_eq!((&xml.published, &xml.list), (&csv.published, &csv.list));
    assert_eq!(xml.published.as_deref(), Some("2026-02-21"));
    assert_eq!(xml.entries[0].party.names[0].text, "Chol KIM");
    assert_eq!(xml.entries[0].party.birth_dates[0].from, "1970");
}

#[test]
fn follow_the_money_lines() {
    let text = concat!(
        "{\"id\":\"p1\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Kim\"],\"topics\":[\"sanction\"],\"nationality\":[\"kp\"],\"birthDate\":[\"1970-01\"]},\"datasets\":[\"us_ofac_sdn\"]}\n",
        "{\"id\":\"p2\",\"schema\":\"Person\",\"properties\":{\"name\":[\"A cousin\"],\"topics\":[\"role.rca\"]},\"datasets\":[\"us_ofac_sdn\"]}\n",
        "{\"id\":\"w1\",\"schema\":\"CryptoWallet\",\"properties\":{\"publicKey\":[\"0x0000000000000000000000000000000000000001\"],\"currency\":[\"ETH\"],\"holder\":[\"p1\"]},\"datasets\":[\"us_ofac_sdn\"]}\n",
    );
    let list = Desk::new().read("entities.ftm.json", text).unwrap();
    assert_eq!(list.list.to_string(), "us_ofac_sdn");
    assert_eq!(list.entries.len(), 1, "who is not sanctioned is not listed");
    assert_eq!(list.entries[0].party.kind, PartyKind::Person);
    assert_eq!(list.entries[0].addresses[0].label, "ETH");
}

#[test]
fn broken_lists_are_named_and_nothing_stored_is_lost() {
    let desk = Desk::new();
    let lists = desk.lists();
    let good = desk.write("good.xml", sdn("02/20/2026", 10));
    lists.import(&good, &options(false)).unwrap();
    let stored = lists.manifests().unwrap();
    let whole = sdn("02/27/2026", 10);
    let bomb = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE sdnList [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>{}",
        &whole[whole.find("<sdnList").unwrap()..]
    );
    let mut wrong = whole.clone().into_bytes();
    wrong.splice(400..400, [0xff, 0xfe]);
    let gzip = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(whole.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("truncated.xml", whole.as_bytes()[..whole.len() - 200].to_vec(), "byte"),
        (
            "cut-between.xml",
            sdn("02/27/2026", 10).replace("</sdnList>", "").into_bytes(),
            "ends before",
        ),
        ("empty.xml", Vec::new(), "empty"),
        ("encoding.xml", wrong, "byte"),
        (
            "utf16.xml",
            whole.replace("version=\"1.0\"", "version=\"1.0\" encoding=\"UTF-16\"").into_bytes(),
            "UTF-16",
        ),
        ("bomb.xml", bomb.into_bytes(), "document type"),
        ("gzip.xml.gz", gzip[..gzip.len() / 2].to_vec(), "byte"),
        ("future.xml", sdn("02/27/2030", 10).into_bytes(), "future"),
        ("shrunken.xml", sdn("02/27/2026", 7).into_bytes(), "--force"),
        (
            "count.xml",
            whole.replace("<Record_Count>10", "<Record_Count>11").into_bytes(),
            "incomplete",
        ),
        ("none.xml", sdn("02/27/2026", 0).into_bytes(), "no entry"),
        ("html.xml", b"<html>Service unavailable</html>".to_vec(), "not a sanctions list"),
        ("text.txt", b"hello".to_vec(), "not a sanctions list"),
        (
            "undated.csv",
            b"1,\"X\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n".to_vec(),
            "--date",
        ),
        ("short.csv", b"1,\"X\",-0- \r\n".to_vec(), "columns"),
        ("broken.json", b"{\"id\": 7}\n".to_vec(), "line 1"),
    ];
    for (name, bytes, said) in cases {
        let path = desk.write(name, bytes);
        let error = lists.import(&path, &options(false)).unwrap_err().to_string();
        assert!(error.contains(said) && error.contains(name), "{name}: {error}");
        assert_eq!(lists.manifests().unwrap(), stored, "{name}");
    }
    let shrunken = desk.write("shrunken.xml", sdn("02/27/2026", 7));
    assert_eq!(lists.import(&shrunken, &options(true)).unwrap().manifest.entries, 7);
}

#[test]
fn what_a_killed_import_leaves_is_no_snapshot_and_damage_is_named() {
    let desk = Desk::new();
    let lists = desk.lists();
    let imported = lists.import(&desk.write("good.xml", sdn("02/20/2026", 10)), &options(false));
    let manifest = imported.unwrap().manifest;
    let sdn = ListId("ofac-sdn".to_owned());
    let folder = desk.0.path().join("lists/ofac-sdn");
    let file = folder.join(format!("2026-02-20-{}.jsonl.zst", &manifest.digest[..16]));
    let bytes = std::fs::read(&file).unwrap();
    // Any cut of a file that was being written, under the name it then has.
    std::fs::write(folder.join(".part-x1y2"), &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(lists.manifests().unwrap(), [manifest]);
    assert_eq!(lists.snapshot(&sdn, None).unwrap().entries.len(), 10);
    for cut in [0, 1, 20, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&file, &bytes[..cut]).unwrap();
        let error = lists.snapshot(&sdn, None).unwrap_err();
        assert!(
            matches!(error, ListError::Damaged { .. } | ListError::Io { .. }),
            "{cut}: {error}"
        );
    }
    for place in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x10;
        std::fs::write(&file, &flipped).unwrap();
        // The last bytes are the frame's checksum, so a flip anywhere shows.
        assert!(lists.snapshot(&sdn, None).is_err(), "byte {place}");
    }
}

#[test]
fn status_says_what_is_stale_and_what_was_never_there() {
    let desk = Desk::new();
    let lists = desk.lists();
    let now = options(false).now;
    let all = lists.status(now).unwrap();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|list| list.stale && list.latest.is_none()));
    lists.import(&desk.write("good.xml", sdn("02/20/2026", 10)), &options(false)).unwrap();
    let of = |at: i64| lists.status(tracehound_model::Timestamp(at)).unwrap();
    let sdn = |at: i64| of(at).into_iter().find(|s| s.list.to_string() == "ofac-sdn").unwrap();
    assert!(!sdn(now.0 + 48 * 3_600).stale);
    assert!(sdn(now.0 + 48 * 3_600 + 1).stale);
    // The publisher's file is still the same: looked at, not stale.
    let later =
        ImportOptions { now: tracehound_model::Timestamp(now.0 + 200_000), ..options(false) };
    assert!(lists.import(&desk.0.path().join("good.xml"), &later).unwrap().already);
    assert!(!sdn(now.0 + 200_000).stale);
}
