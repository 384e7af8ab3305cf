//! Two small publications of a sanctions list, and a desk that keeps them.

use super::Desk;

pub const LISTED: &str = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96";
pub const DELISTED: &str = "0x8589427373D6D84E98730D7795D8f6f8731FDA16";
pub const NOBODY: &str = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
/// On the list below with its last letter wrong.
pub const MISSPELT: &str = "149w62rY42aZBox8fGcmqNsXUzSStKeq8D";

pub fn entry(uid: u32, name: &str, addresses: &[(&str, &str)]) -> String {
    let ids: String = addresses
        .iter()
        .map(|(label, text)| {
            format!(
                "<id><uid>1</uid><idType>Digital Currency Address - {label}</idType>\
                 <idNumber>{text}</idNumber></id>"
            )
        })
        .collect();
    format!(
        "<sdnEntry><uid>{uid}</uid><lastName>{name}</lastName><sdnType>Entity</sdnType>\
         <programList><program>DPRK3</program></programList><idList>{ids}</idList></sdnEntry>"
    )
}

pub fn list(date: &str, entries: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\"?><sdnList><publshInformation><Publish_Date>{date}</Publish_Date>\
         <Record_Count>{}</Record_Count></publshInformation>{}</sdnList>",
        entries.len(),
        entries.concat()
    )
}

/// A desk with two publications: the second delists a mixer.
pub fn desk() -> Desk {
    let desk = Desk::new();
    let kept: Vec<String> = (10..20).map(|uid| entry(uid, &format!("PARTY, {uid}"), &[])).collect();
    let lazarus = entry(1, "LAZARUS", &[("ETH", LISTED), ("USDT", LISTED), ("XBT", MISSPELT)]);
    let mixer = entry(2, "MIXER", &[("ETH", DELISTED)]);
    let before = [&[lazarus.clone(), mixer][..], &kept].concat();
    let after = [&[lazarus][..], &kept].concat();
    desk.write("march.xml", list("03/04/2025", &before));
    desk.write("later.xml", list("03/21/2025", &after));
    let refused = desk.run(&["lists", "import", "march.xml", "later.xml"]);
    assert!(refused.code == 2 && refused.stderr.contains("more than 20 %"), "{}", refused.stderr);
    let run = desk.run(&["lists", "import", "march.xml", "later.xml", "--force"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("ofac-sdn of 2025-03-21: 11 entries, 3 addresses"),
        "{}",
        run.stdout
    );
    desk
}
