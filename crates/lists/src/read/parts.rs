//! Parts that several publishers write alike: dates, names, rows of CSV.

use crate::ListError;
use std::io::Read;
use std::path::Path;
use tracehound_model::{NameStrength, PartialDate, PartyName};

/// Months as OFAC's older files write them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `2025-03-04` out of `03/04/2025` (month first, as OFAC writes).
pub(super) fn american_date(text: &str) -> Option<String> {
    let mut parts = text.trim().split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    iso(year, month, day)
}

/// `2025-03-04` out of `04/03/2025` (day first); parts that are not known are
/// written `dd` or `mm` and are left out.
pub(super) fn british_date(text: &str) -> Option<String> {
    let mut parts = text.trim().split(' ').next()?.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    iso(year, month, day).or_else(|| iso_month(year, month)).or_else(|| iso_year(year))
}

/// Year, month and day, checked.
pub(super) fn iso(year: &str, month: &str, day: &str) -> Option<String> {
    let day: u8 = day.trim().parse().ok().filter(|day| (1..=31).contains(day))?;
    Some(format!("{}-{day:02}", iso_month(year, month)?))
}

fn iso_month(year: &str, month: &str) -> Option<String> {
    let month: u8 = month.trim().parse().ok().filter(|month| (1..=12).contains(month))?;
    Some(format!("{}-{month:02}", iso_year(year)?))
}

/// A year of four digits.
pub(super) fn iso_year(year: &str) -> Option<String> {
    let year = year.trim();
    (year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())).then(|| year.to_owned())
}

/// The first ten characters of a time such as `2026-02-27T00:00:09Z`, if a date.
pub(super) fn date_of_time(text: &str) -> Option<String> {
    let mut parts = text.get(..10)?.split('-');
    iso(parts.next()?, parts.next()?, parts.next()?)
}

/// A date as OFAC's older files write it: `25 Mar 1977`, `Mar 1977`, `1977`,
/// `circa 1977`, `1970 to 1975`.
pub(super) fn loose_date(text: &str) -> Option<PartialDate> {
    let text = text.trim();
    let (approximate, text) = match text.strip_prefix("circa ") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (from, to) = match text.split_once(" to ") {
        Some((from, to)) => (day_month_year(from)?, day_month_year(to)?),
        None => {
            let date = day_month_year(text)?;
            (date.clone(), date)
        }
    };
    Some(PartialDate { from, to, approximate })
}

fn day_month_year(text: &str) -> Option<String> {
    let month = |name: &str| MONTHS.iter().position(|known| known.eq_ignore_ascii_case(name));
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [year] => iso_year(year).or_else(|| date_of_time(year)),
        [name, year] => Some(format!("{}-{:02}", iso_year(year)?, month(name)? + 1)),
        [day, name, year] => iso(year, &(month(name)? + 1).to_string(), day),
        _ => None,
    }
}

/// A single date, both ends alike.
pub(super) fn exactly(date: String) -> PartialDate {
    PartialDate { from: date.clone(), to: date, approximate: false }
}

/// A name of which only the whole is known.
pub(super) fn whole_name(text: &str, strength: NameStrength) -> Option<PartyName> {
    let text = text.trim();
    (!text.is_empty()).then(|| PartyName {
        text: text.to_owned(),
        strength,
        ..PartyName::default()
    })
}

/// `FAMILY, given` out of the parts, or whichever there is.
pub(super) fn family_given(family: &str, given: &str, strength: NameStrength) -> Option<PartyName> {
    let (family, given) = (family.trim(), given.trim());
    let text = match (family.is_empty(), given.is_empty()) {
        (true, true) => return None,
        (false, true) => family.to_owned(),
        (true, false) => given.to_owned(),
        (false, false) => format!("{family}, {given}"),
    };
    Some(PartyName { text, family: family.to_owned(), given: given.to_owned(), strength })
}

/// How far a publisher stands behind an alias.
pub(super) fn alias(weak: bool) -> NameStrength {
    if weak { NameStrength::Weak } else { NameStrength::Strong }
}

/// As [`alias`]; the first name that may be primary, of those already read, is.
pub(super) fn primary_or_alias(names: &[PartyName], primary: bool, weak: bool) -> NameStrength {
    let first = !names.iter().any(|name| name.strength == NameStrength::Primary);
    if primary && first { NameStrength::Primary } else { alias(weak) }
}

/// Keeps the earlier of two days.
pub(super) fn earliest(known: &mut Option<String>, day: Option<String>) {
    if day.is_some() && (known.is_none() || day < *known) {
        *known = day;
    }
}

/// Hands each row of a CSV to `take`, headers included, until that is done;
/// what it says against a row becomes an error that names the line.
pub(super) fn rows(
    path: &Path,
    input: impl Read,
    mut take: impl FnMut(&csv::StringRecord) -> Result<Rows, String>,
) -> Result<(), ListError> {
    let broken = |line, reason| ListError::Row { file: path.to_owned(), line, reason };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input);
    for row in reader.records() {
        let row = row.map_err(|error| {
            broken(error.position().map_or(0, csv::Position::line), error.to_string())
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        match take(&row).map_err(|reason| broken(line, reason))? {
            Rows::More => {}
            Rows::Done => break,
        }
    }
    Ok(())
}

/// Whether rows are to follow.
pub(super) enum Rows {
    /// The next one, if there is one.
    More,
    /// What follows is no row.
    Done,
}

/// Adds what is not empty and not there yet.
pub(super) fn add(list: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if !text.is_empty() && !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_publishers_become_one_form() {
        assert_eq!(american_date("03/21/2025").as_deref(), Some("2025-03-21"));
        assert_eq!(british_date("21/03/2025").as_deref(), Some("2025-03-21"));
        assert_eq!(british_date("dd/mm/1970").as_deref(), Some("1970"));
        assert_eq!(date_of_time("2026-02-27T00:00:09.554Z").as_deref(), Some("2026-02-27"));
        assert_eq!(american_date("13/40/2025"), None);
        let date = loose_date("circa 1970 to Mar 1975").unwrap();
        assert_eq!(
            (date.from.as_str(), date.to.as_str(), date.approximate),
            ("1970", "1975-03", true)
        );
        assert_eq!(loose_date("25 Mar 1977"), Some(exactly("1977-03-25".to_owned())));
        assert_eq!(loose_date("unknown"), None);
    }
}
