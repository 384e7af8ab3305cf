//! Cells as values of the model, with messages that name the column.
//!
//! The common case (digits that fit 128 bits, a time equal to the row
//! before) takes a short way without allocation; everything else goes through
//! the model's own readers, and a property test holds the two together.

use super::hexadecimal;
use crate::IngestError;
use crate::source::Cell;
use std::fmt::Display;
use tracehound_model::{Address, Amount, Chain, Height, Timestamp, TransactionHash};
use tracehound_store::StoreError;

/// Why a row gave nothing.
#[derive(Debug)]
pub(crate) enum RowError {
    /// The row is broken; reading goes on.
    Broken(String),
    /// Reading cannot go on.
    Fatal(Box<IngestError>),
}

impl RowError {
    /// A broken row, its column named.
    pub(crate) fn column(column: &str, reason: impl Display) -> Self {
        Self::Broken(format!("{column}: {reason}"))
    }
}

impl From<StoreError> for RowError {
    fn from(error: StoreError) -> Self {
        Self::Fatal(Box::new(error.into()))
    }
}

/// Largest time that can be written as a date, 9999-12-30.
const LAST_SECOND: i64 = 253_402_207_200;

fn missing(column: &str) -> RowError {
    RowError::Broken(format!("{column} is missing"))
}

fn wrong(column: &str, cell: Cell<'_>, expected: &str) -> RowError {
    let found = match cell {
        Cell::Text(text) => format!("\"{}\"", shortened(text)),
        Cell::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Cell::Unsigned(value) => value.to_string(),
        Cell::Negative(value) | Cell::Seconds(value) => value.to_string(),
        Cell::Float => "a floating-point number".to_owned(),
        Cell::Decimal { .. } => "a decimal number".to_owned(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Missing => return missing(column),
    };
    RowError::Broken(format!("{column}: {found} is not {expected}"))
}

/// A message need not repeat a whole field.
pub(crate) fn shortened(text: &str) -> &str {
    match text.char_indices().nth(100) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// A transaction hash.
pub(crate) fn hash(cell: Cell<'_>, column: &str) -> Result<TransactionHash, RowError> {
    match cell {
        Cell::Text(text) if text.len() <= 66 => match hexadecimal::bytes(text) {
            Some(bytes) => Ok(TransactionHash(bytes)),
            None => text.parse().map_err(|error| RowError::column(column, error)),
        },
        Cell::Bytes(bytes) => match bytes.try_into() {
            Ok(bytes) => Ok(TransactionHash(bytes)),
            Err(_) => Err(wrong(column, cell, "a transaction hash of 32 bytes")),
        },
        _ => Err(wrong(column, cell, "a transaction hash")),
    }
}

/// An address; a 32-byte event topic with twelve leading zeros is one too.
pub(crate) fn address(cell: Cell<'_>, column: &str) -> Result<Address, RowError> {
    optional_address(cell, column)?.ok_or_else(|| missing(column))
}

/// An address as one chain writes it.
pub(crate) fn address_on(cell: Cell<'_>, column: &str, chain: &Chain) -> Result<Address, RowError> {
    match cell {
        Cell::Text(text) if !chain.is_evm() => Address::parse_on(shortened(text), chain)
            .map_err(|error| RowError::column(column, error)),
        _ => address(cell, column),
    }
}

/// An address that may be absent.
pub(crate) fn optional_address(cell: Cell<'_>, column: &str) -> Result<Option<Address>, RowError> {
    match cell {
        // Some writers spell out that there is none.
        Cell::Missing | Cell::Text("null" | "None" | "0x") => Ok(None),
        Cell::Text(text) if text.len() <= 42 => match hexadecimal::bytes(text) {
            Some(bytes) => Ok(Some(Address::evm(bytes))),
            None => text.parse().map(Some).map_err(|error| RowError::column(column, error)),
        },
        Cell::Text(text) => match text.strip_prefix("0x000000000000000000000000") {
            Some(digits) if digits.len() == 40 => format!("0x{digits}")
                .parse()
                .map(Some)
                .map_err(|error| RowError::column(column, error)),
            _ => Err(wrong(column, cell, "an address")),
        },
        Cell::Bytes(bytes) => {
            let bytes = bytes.strip_prefix(&[0; 12]).filter(|b| b.len() == 20).unwrap_or(bytes);
            match bytes.try_into() {
                Ok(bytes) => Ok(Some(Address::evm(bytes))),
                Err(_) => Err(wrong(column, cell, "an address of 20 bytes")),
            }
        }
        _ => Err(wrong(column, cell, "an address")),
    }
}

/// A whole number; pandas writes whole numbers with gaps as `12.0`.
pub(crate) fn number(cell: Cell<'_>, column: &str) -> Result<Option<u64>, RowError> {
    let expected = "a whole number";
    match cell {
        Cell::Missing => Ok(None),
        Cell::Unsigned(value) => Ok(Some(value)),
        Cell::Text(text) => {
            let digits = text.strip_suffix(".0").unwrap_or(text);
            let plain = digits.bytes().all(|b| b.is_ascii_digit());
            match digits.parse() {
                Ok(value) if plain => Ok(Some(value)),
                _ => Err(wrong(column, cell, expected)),
            }
        }
        Cell::Decimal { negative: false, digits, scale: 0 } => match digits.to_u64() {
            Some(value) => Ok(Some(value)),
            None => Err(wrong(column, cell, expected)),
        },
        _ => Err(wrong(column, cell, expected)),
    }
}

/// A block height.
pub(crate) fn height(cell: Cell<'_>, column: &str) -> Result<Height, RowError> {
    number(cell, column)?.map(Height).ok_or_else(|| missing(column))
}

/// A place or index, 32 bits, below the number that stands for "unknown".
pub(crate) fn index(cell: Cell<'_>, column: &str) -> Result<Option<u32>, RowError> {
    match number(cell, column)? {
        None => Ok(None),
        Some(value) => match u32::try_from(value) {
            Ok(value) if value < u32::MAX => Ok(Some(value)),
            _ => Err(wrong(column, cell, "an index below 4294967295")),
        },
    }
}

/// A yes or no, `None` where the cell is empty.
pub(crate) fn flag(cell: Cell<'_>, column: &str) -> Result<Option<bool>, RowError> {
    match cell {
        Cell::Missing => Ok(None),
        Cell::Boolean(value) => Ok(Some(value)),
        Cell::Unsigned(value @ (0 | 1)) => Ok(Some(value == 1)),
        Cell::Text(text) => match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "1.0" | "yes" | "0x1" => Ok(Some(true)),
            "0" | "false" | "0.0" | "no" | "0x0" => Ok(Some(false)),
            _ => Err(wrong(column, cell, "1 or 0")),
        },
        _ => Err(wrong(column, cell, "1 or 0")),
    }
}

/// Text, empty where the cell is.
pub(crate) fn text<'a>(cell: Cell<'a>, column: &str) -> Result<&'a str, RowError> {
    match cell {
        Cell::Missing => Ok(""),
        Cell::Text(text) => Ok(text),
        Cell::Bytes(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| wrong(column, cell, "UTF-8 text"))
        }
        _ => Err(wrong(column, cell, "text")),
    }
}

/// Reads times, remembering the last text: rows of a block share theirs.
#[derive(Default)]
pub(crate) struct TimeReader {
    text: String,
    time: Timestamp,
}

impl TimeReader {
    /// A time.
    pub(crate) fn read(&mut self, cell: Cell<'_>, column: &str) -> Result<Timestamp, RowError> {
        let seconds = match cell {
            Cell::Text(text) if text == self.text => return Ok(self.time),
            Cell::Text(text) => {
                let time = shortened(text).parse();
                self.time = time.map_err(|error| RowError::column(column, error))?;
                self.text.clear();
                self.text.push_str(text);
                return Ok(self.time);
            }
            Cell::Unsigned(value) => i64::try_from(value).ok(),
            Cell::Seconds(value) => Some(value),
            Cell::Decimal { negative: false, digits, scale: 0 } => {
                digits.to_u64().and_then(|value| i64::try_from(value).ok())
            }
            _ => None,
        };
        match seconds {
            Some(value @ 0..=LAST_SECOND) => Ok(Timestamp(value)),
            _ => Err(wrong(column, cell, "a UTC time in seconds since 1970")),
        }
    }
}

/// A whole number of base units: decimal or `0x` digits, or 32 bytes, most significant first.
pub(crate) fn base_units(cell: Cell<'_>, column: &str) -> Result<Amount, RowError> {
    let fail = |error| RowError::column(column, error);
    match cell {
        Cell::Unsigned(value) => Ok(Amount::from_u64(value)),
        Cell::Text(text) => {
            if let Some(amount) = short_decimal(text, 0) {
                return Ok(amount);
            }
            if let Some(digits) = text.strip_prefix("0x") {
                return wide_number(digits).ok_or_else(|| wrong(column, cell, "an amount"));
            }
            Amount::parse_decimal(shortened(text), 0).map_err(|error| match error {
                tracehound_model::AmountError::TooFine { text, .. } => RowError::Broken(format!(
                    "{column}: \"{text}\" is a fraction; base units are whole numbers (decimal amounts go into a column \"amount\")"
                )),
                error => fail(error.to_string()),
            })
        }
        Cell::Bytes(bytes) if bytes.len() == 32 => {
            // 32 bytes always fit 256 bits.
            Amount::from_be_slice(bytes).ok_or_else(|| wrong(column, cell, "an amount"))
        }
        Cell::Bytes(bytes) if bytes.iter().all(u8::is_ascii_digit) => {
            let digits = std::str::from_utf8(bytes).unwrap_or_default();
            Amount::parse_decimal(digits, 0).map_err(|error| fail(error.to_string()))
        }
        Cell::Negative(value) => {
            Err(fail(format!("\"{value}\" is negative; a transfer moves a non-negative amount")))
        }
        Cell::Decimal { negative, digits, scale } => {
            let sign = if negative { "-" } else { "" };
            Amount::parse_decimal(&format!("{sign}{}", digits.to_decimal(scale)), 0)
                .map_err(|error| fail(error.to_string()))
        }
        _ => Err(wrong(column, cell, "an amount of base units")),
    }
}

/// An amount in whole units of an asset with `decimals`.
pub(crate) fn decimal(cell: Cell<'_>, decimals: u8, column: &str) -> Result<Amount, RowError> {
    let parse = |text: &str| {
        Amount::parse_decimal(text, decimals).map_err(|error| RowError::column(column, error))
    };
    match cell {
        Cell::Text(text) => match short_decimal(text, decimals) {
            Some(amount) => Ok(amount),
            None => match without_exponent(text) {
                Some(digits) => parse(&digits),
                None => parse(shortened(text)),
            },
        },
        Cell::Unsigned(value) => parse(&value.to_string()),
        Cell::Negative(value) => parse(&value.to_string()),
        Cell::Decimal { negative, digits, scale } => {
            let sign = if negative { "-" } else { "" };
            parse(&format!("{sign}{}", digits.to_decimal(scale)))
        }
        _ => Err(wrong(column, cell, "an amount")),
    }
}

/// Decimal text that surely fits 128 bits; `None` sends it the long way.
fn short_decimal(text: &str, decimals: u8) -> Option<Amount> {
    let bytes = text.as_bytes();
    // 38 digits are the most that always fit.
    if bytes.is_empty() || bytes.len() + usize::from(decimals) > 38 {
        return None;
    }
    let mut value = 0_u128;
    let mut places = None;
    for &byte in bytes {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u128::from(byte - b'0');
                if let Some(places) = &mut places {
                    *places += 1;
                }
            }
            b'.' if places.is_none() && bytes.len() > 1 => places = Some(0_u8),
            _ => return None,
        }
    }
    // Finer text, even by trailing zeros, goes the long way.
    let missing = decimals.checked_sub(places.unwrap_or(0))?;
    Some(Amount::from_u128(value * 10_u128.pow(u32::from(missing))))
}

/// Scientific notation (`1.5E-8`) as plain decimal digits, exactly.
fn without_exponent(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok().filter(|e| (-100..=100).contains(e))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.len() > 100 || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Where the point falls among the digits.
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let length = i32::try_from(digits.len()).ok()?;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    Some(if point <= 0 {
        format!("0.{}{digits}", zeros(-point))
    } else if point >= length {
        format!("{digits}{}", zeros(point - length))
    } else {
        let (whole, fraction) = digits.split_at(usize::try_from(point).ok()?);
        format!("{whole}.{fraction}")
    })
}

fn wide_number(digits: &str) -> Option<Amount> {
    let digits = if digits.len() > 64 { digits.trim_start_matches('0') } else { digits };
    if digits.is_empty() || digits.len() > 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let padded = format!("{digits:0>64}");
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(padded.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Amount::from_be_slice(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason<T: std::fmt::Debug>(result: Result<T, RowError>) -> String {
        match result {
            Err(RowError::Broken(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_bad_value_has_its_message() {
        let negative = reason(base_units(Cell::Text("-5"), "value"));
        assert_eq!(negative, "value: \"-5\" is negative; a transfer moves a non-negative amount");
        let fraction = reason(base_units(Cell::Text("1.5"), "value"));
        assert!(fraction.contains("\"1.5\" is a fraction; base units are whole"), "{fraction}");
        let fine = reason(decimal(Cell::Text("0.001"), 2, "amount"));
        assert!(fine.contains("finer than the asset's 2 decimals"), "{fine}");
        let short = reason(address(Cell::Text("0x12"), "from"));
        assert!(short.starts_with("from: \"0x12\" is not an address"), "{short}");
        let mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed";
        assert!(reason(address(Cell::Text(mixed), "to")).contains("fails its EIP-55 checksum"));
        assert_eq!(reason(address(Cell::Missing, "to")), "to is missing");
        assert!(reason(address(Cell::Bytes(&[1; 19]), "to")).contains("19 bytes is not"));
        let late = reason(TimeReader::default().read(Cell::Unsigned(1_685_742_563_000), "time"));
        assert!(late.contains("is not a UTC time in seconds"), "{late}");
        assert!(reason(height(Cell::Text("-1"), "block")).contains("not a whole number"));
        assert!(reason(hash(Cell::Text("0xab"), "tx")).contains("is not a transaction hash"));
        assert!(reason(base_units(Cell::Float, "value")).contains("floating-point"));
    }

    #[test]
    fn scientific_notation_is_exact() {
        for (text, units) in
            [("0E-18", 0), ("1.0000E-14", 10_000), ("6.1e-16", 610), ("2.5E+1", 25), ("12e-1", 1)]
        {
            let decimals = if units == 25 || units == 1 { 0 } else { 18 };
            match decimal(Cell::Text(text), decimals, "v") {
                Ok(amount) => assert_eq!(amount, Amount::from_u64(units), "{text}"),
                // 1.2 is finer than whole units.
                Err(_) => assert_eq!(text, "12e-1"),
            }
        }
        assert!(decimal(Cell::Text("1e999"), 18, "v").is_err());
        assert!(decimal(Cell::Text("e5"), 18, "v").is_err());
        assert!(decimal(Cell::Text("-1e5"), 18, "v").is_err());
    }

    #[test]
    fn values_read_the_same_from_text_and_bytes() {
        let text = "0x000000000000000000000000ae7ab96520de3a18e5e111b5eaab095312d7fe84";
        let plain = address(Cell::Text("0xae7ab96520de3a18e5e111b5eaab095312d7fe84"), "a").unwrap();
        assert_eq!(address(Cell::Text(text), "a").unwrap(), plain);
        assert_eq!(address(Cell::Bytes(plain.payload()), "a").unwrap(), plain);
        let mut wide = [0; 32];
        wide[30] = 1;
        assert_eq!(base_units(Cell::Bytes(&wide), "v").unwrap(), Amount::from_u64(256));
        assert_eq!(base_units(Cell::Text("0x100"), "v").unwrap(), Amount::from_u64(256));
        assert_eq!(base_units(Cell::Bytes(b"256"), "v").unwrap(), Amount::from_u64(256));
        let max = format!("0x{}", "f".repeat(64));
        assert_eq!(base_units(Cell::Text(&max), "v").unwrap(), Amount::MAX);
        assert_eq!(number(Cell::Text("12.0"), "n").unwrap(), Some(12));
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_model(text in "[0-9.]{0,24}", decimals in 0_u8..30) {
            if let Some(short) = short_decimal(&text, decimals) {
                prop_assert_eq!(Ok(short), Amount::parse_decimal(&text, decimals));
            }
        }
    }
}
