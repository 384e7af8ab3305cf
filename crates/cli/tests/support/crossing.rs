//! The generated case over three chains, written, traced and read.

use super::{Desk, Traced};
use serde_json::Value;
use tracehound_testkit::cross::CrossCase;

/// Policies that all three chains have and that conserve value.
pub const POLICIES: [&str; 5] = ["fifo", "lifo", "haircut", "dirty-first", "clean-first"];

pub fn desk(case: &CrossCase) -> Desk {
    let desk = Desk::new();
    for (name, text) in &case.files {
        desk.write(&format!("case/{name}"), text);
    }
    desk
}

pub fn trace(desk: &Desk) -> Traced {
    desk.trace_folder(&desk.path("case"), &[])
}

/// Of `paid_out`, the part that `tainted` of `given` makes tainted; in halves,
/// so that nothing leaves 128 bits.
pub fn share(paid_out: u128, tainted: u128, given: u128) -> u128 {
    let divisor = gcd(tainted, given);
    let (tainted, given) = (tainted / divisor, given / divisor);
    let (whole, rest) = (paid_out / given, paid_out % given);
    whole * tainted
        + rest.checked_mul(tainted).map_or_else(|| wide(rest, tainted, given), |p| p / given)
}

/// floor(a x b / c) by long multiplication, for products past 128 bits.
pub fn wide(mut a: u128, b: u128, c: u128) -> u128 {
    let (mut quotient, mut rest) = (0, 0);
    let (mut base_quotient, mut base_rest) = (b / c, b % c);
    while a > 0 {
        if a & 1 == 1 {
            quotient += base_quotient;
            rest += base_rest;
            if rest >= c {
                (quotient, rest) = (quotient + 1, rest - c);
            }
        }
        base_quotient *= 2;
        base_rest *= 2;
        if base_rest >= c {
            (base_quotient, base_rest) = (base_quotient + 1, base_rest - c);
        }
        a >>= 1;
    }
    quotient
}

pub fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What rests at an address of a chain under a policy, in base units.
pub fn at(traced: &Traced, chain: &str, policy: &str, address: &str, kind: &str) -> u128 {
    let mut reader = csv::Reader::from_path(traced.out.join(chain).join("terminals.csv")).unwrap();
    let rows = reader.deserialize::<std::collections::BTreeMap<String, String>>();
    let decimals = if chain == "bitcoin" { 8 } else { 18 };
    let mut sum = 0;
    for row in rows.map(Result::unwrap) {
        let same = row["address"].eq_ignore_ascii_case(address);
        if same && row["policy"] == policy && row["kind"] == kind {
            sum += units(&row["tainted"], decimals);
        }
    }
    sum
}

pub fn units(text: &str, decimals: usize) -> u128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<decimals$}").parse().unwrap()
}

pub fn of<'a>(report: &'a Value, policy: &str) -> &'a Value {
    let policies = report["policies"].as_array().unwrap();
    policies.iter().find(|own| own["policy"] == policy).unwrap()
}

/// Tainted part of a payment in, and of each payment out for it.
pub fn crossed(report: &Value, policy: &str, transaction: &str) -> (u128, Vec<u128>) {
    let amount =
        |money: &Value| money["base_units"].as_str().map_or(0, |text| text.parse().unwrap());
    let crossings = report["crossings"].as_array().unwrap();
    let number = crossings
        .iter()
        .find(|crossing| crossing["paid_in"]["transaction"] == transaction)
        .map(|crossing| crossing["number"].clone());
    let all = of(report, policy)["crossed"].as_array().unwrap();
    let found = all.iter().find(|taint| Some(&taint["crossing"]) == number.as_ref());
    found.map_or((0, Vec::new()), |taint| {
        let parts = taint["paid_out"].as_array().unwrap();
        (amount(&taint["tainted"]), parts.iter().map(amount).collect())
    })
}

pub fn replace(desk: &Desk, name: &str, change: impl Fn(String) -> String) {
    let path = desk.path("case").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, change(text)).unwrap();
}

/// A row of the case's Ethereum table that pays an address so much.
pub fn transaction_to(case: &CrossCase, file: &str, to: &str, units: u128) -> (String, String) {
    let text = &case.files.iter().find(|(name, _)| name == file).unwrap().1;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<std::collections::BTreeMap<String, String>>();
    let row = rows
        .map(Result::unwrap)
        .find(|row| row["to"].eq_ignore_ascii_case(to) && row["value"] == units.to_string());
    let row = row.unwrap();
    (row["tx_hash"].clone(), row["timestamp"].clone())
}
