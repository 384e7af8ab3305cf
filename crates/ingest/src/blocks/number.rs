//! Numbers of JSON text, read from their digits and never through a float.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;
use std::str::FromStr;
use tracehound_model::{Satoshi, Timestamp};

/// Decimal places of a coin of Bitcoin's family.
const DECIMALS: usize = 8;

/// A whole number, bare or as a JSON string (which is how databases export
/// 64-bit numbers).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Whole(pub(crate) i128);

impl Whole {
    /// In a narrower type, or what is wrong with it under the name of its field.
    pub(crate) fn fit<T: TryFrom<i128>>(self, field: &str) -> Result<T, String> {
        T::try_from(self.0).map_err(|_| format!("\"{field}\" is {}, which is out of range", self.0))
    }

    /// An amount of the smallest unit.
    pub(crate) fn satoshi(self, field: &str) -> Result<Satoshi, String> {
        match u64::try_from(self.0) {
            Ok(value) if i64::try_from(value).is_ok() => Ok(Satoshi(value)),
            _ => Err(format!("\"{field}\" is {}, which no amount can be", self.0)),
        }
    }
}

impl FromStr for Whole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.contains(['.', 'e', 'E']) {
            return Err(format!(
                "{text} is written as a floating-point number, which may have lost digits; export whole numbers"
            ));
        }
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let value = if plain { text.parse().ok() } else { None };
        value.map(Self).ok_or_else(|| format!("{text} is not a whole number"))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        unquoted(raw.get()).parse().map_err(D::Error::custom)
    }
}

/// A time: Unix seconds, or a text as databases export it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        unquoted(raw.get()).parse().map(Self).map_err(D::Error::custom)
    }
}

/// Coins with their decimal places, as a node writes amounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Coins(pub(crate) Satoshi);

impl FromStr for Coins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        coins(text).map(Self).ok_or_else(|| format!("{text} is not an amount of coins"))
    }
}

impl<'de> Deserialize<'de> for Coins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        raw.get().parse().map_err(D::Error::custom)
    }
}

/// `12.5`, `0.00000001` or `1e-8` to satoshi. Digits past the eighth must be
/// zeros; a sign or a value past 63 bits is refused.
fn coins(text: &str) -> Option<Satoshi> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix('+').unwrap_or(exponent);
            (mantissa, digits.parse::<i8>().ok()?)
        }
        None => (text, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return None;
    }
    // The value is `whole part` as one number, with the point moved: how many
    // digits of it count as satoshi follows from the exponent.
    let all = format!("{whole}{part}");
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    let end = usize::try_from(point + i64::try_from(DECIMALS).ok()?).unwrap_or(0);
    let (kept, cut) = all.split_at(end.min(all.len()));
    if cut.bytes().any(|b| b != b'0') {
        return None;
    }
    let zeros = end.saturating_sub(all.len());
    let mut value: u64 = 0;
    for digit in kept.bytes().map(|b| u64::from(b - b'0')).chain(std::iter::repeat_n(0, zeros)) {
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    i64::try_from(value).ok()?;
    Some(Satoshi(value))
}

/// The text inside quotation marks; numbers and times need no escapes.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<Coins, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn coins_keep_every_digit() {
        for (text, value) in [
            ("0", 0),
            ("0.00000001", 1),
            ("1e-8", 1),
            ("1E-8", 1),
            ("1.5e-7", 15),
            ("2.5E+1", 2_500_000_000),
            ("0.1", 10_000_000),
            ("0.30000000", 30_000_000),
            ("20999999.97690000", 2_099_999_997_690_000),
            ("20999999.9769", 2_099_999_997_690_000),
            // A float would give ...89 or ...91 for the largest of these.
            ("90071992.54740993", 9_007_199_254_740_993),
            ("92233720368.54775807", 9_223_372_036_854_775_807),
            ("1.0000000000", 100_000_000),
        ] {
            assert_eq!(read(text), Ok(Coins(Satoshi(value))), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "-1",
            "-0.5",
            "0.000000001",
            "1e-9",
            "1.000000001",
            "92233720368.54775808",
            "1e30",
            "1e999",
            "\"1.0\"",
            "null",
            "true",
            "{}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        for text in ["", ".", "1.", ".5", "e1", "1e", "1.2.3", "0x1", "1_0", "+1"] {
            assert!(text.parse::<Coins>().is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_may_be_quoted_and_may_not_be_floats() {
        let read = |json: &str| serde_json::from_str::<Whole>(json).map_err(|e| e.to_string());
        assert_eq!(read("5000000000"), Ok(Whole(5_000_000_000)));
        assert_eq!(read("\"5000000000\""), Ok(Whole(5_000_000_000)));
        assert_eq!(read("-1"), Ok(Whole(-1)));
        for text in ["5000000000.0", "5e9", "\"5E9\""] {
            let error = read(text).unwrap_err();
            assert!(error.contains("floating-point"), "{error}");
        }
        for text in ["\"\"", "\"five\"", "true", "[1]", "\"--1\""] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(Whole(-1).satoshi("value").is_err());
        assert!(Whole(1 << 63).satoshi("value").is_err());
        assert_eq!(Whole(7).satoshi("value"), Ok(Satoshi(7)));
        assert!(Whole(1 << 40).fit::<u32>("index").unwrap_err().contains("\"index\""));
    }

    #[test]
    fn times_are_seconds_or_text() {
        for text in ["1270917100", "\"1270917100\"", "\"2010-04-10 16:31:40 UTC\""] {
            let Moment(time) = serde_json::from_str(text).unwrap();
            assert_eq!(time, Timestamp(1_270_917_100), "{text}");
        }
        assert!(serde_json::from_str::<Moment>("1270917100.5").is_err());
    }

    proptest! {
        #[test]
        fn decimal_text_and_satoshi_are_one(value in 0..=i64::MAX.unsigned_abs(), shift in -8..=8_i32) {
            let unit = 100_000_000;
            let text = format!("{}.{:08}", value / unit, value % unit);
            prop_assert_eq!(read(&text), Ok(Coins(Satoshi(value))));
            // The same with trailing zeros cut, or with zeros added.
            let short = text.trim_end_matches('0').trim_end_matches('.');
            prop_assert_eq!(read(short), Ok(Coins(Satoshi(value))));
            prop_assert_eq!(read(&format!("{text}00")), Ok(Coins(Satoshi(value))));
            let finer = read(&format!("{text}1"));
            prop_assert!(finer.is_err(), "{:?}", finer);
            // And with an exponent: the mantissa in satoshi.
            prop_assert_eq!(read(&format!("{value}e-8")), Ok(Coins(Satoshi(value))));
            let moved = u128::from(value) * 10_u128.pow(shift.unsigned_abs());
            if shift >= 0 {
                let text = format!("{moved}e-{}", 8 + shift);
                prop_assert_eq!(read(&text), Ok(Coins(Satoshi(value))));
            }
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.eE]{0,24}") {
            let _ = text.parse::<Coins>();
            let _ = text.parse::<Whole>();
        }
    }
}
