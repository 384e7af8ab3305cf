//! What a coin cost on a day, for views in dollars or euros.
//!
//! A price never books anything: amounts stay in the chain's own units, and a
//! value in a currency is shown beside them.

use crate::{Amount, Satoshi, Timestamp};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Digits after the point that a price keeps.
const SCALE_DIGITS: usize = 8;

/// Price of one whole coin, in 10^-8 of a currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Price(pub u64);

/// Not a price.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "\"{0}\" is not a price; give a decimal number such as 149.55, at most eight digits after the point"
)]
pub struct PriceError(pub String);

impl FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let refuse = || PriceError(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        // Zeros at the end say nothing.
        let fraction = fraction.trim_end_matches('0');
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > SCALE_DIGITS
        {
            return Err(refuse());
        }
        format!("{whole}{fraction:0<SCALE_DIGITS$}").parse().map(Self).map_err(|_| refuse())
    }
}

/// An amount of money in hundredths of a currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Cents(pub u64);

impl Cents {
    /// Sum; at the end of 64 bits it stays there, which only broken data reach.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Prices of one coin by UTC day, in one or more currencies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DailyPrices {
    currencies: Vec<String>,
    days: BTreeMap<i64, Vec<Option<Price>>>,
}

impl DailyPrices {
    /// No day yet, in these currencies.
    #[must_use]
    pub fn new(currencies: Vec<String>) -> Self {
        Self { currencies, days: BTreeMap::new() }
    }

    /// The currencies, in the order of every list of values.
    #[must_use]
    pub fn currencies(&self) -> &[String] {
        &self.currencies
    }

    /// How many days have a price.
    #[must_use]
    pub fn day_count(&self) -> usize {
        self.days.len()
    }

    /// Sets the prices of the day of `time`, one for each currency; a day set
    /// twice keeps the first and gives `false`.
    pub fn set(&mut self, time: Timestamp, prices: Vec<Option<Price>>) -> bool {
        match self.days.entry(time.0.div_euclid(DAY)) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(prices);
                true
            }
            std::collections::btree_map::Entry::Occupied(_) => false,
        }
    }

    /// What an amount of a coin of 10^8 units was worth on the day of `time`
    /// in each currency, rounded half up to hundredths; `None` where no price
    /// is known.
    #[must_use]
    pub fn value(&self, amount: Satoshi, time: Timestamp) -> Vec<Option<Cents>> {
        self.each(time, |price| {
            // 10^-8 coin times 10^-8 currency; a hundredth is 10^14 of that.
            const HUNDREDTH: u128 = 100_000_000_000_000;
            let exact = u128::from(amount.0) * u128::from(price.0);
            u64::try_from((exact + HUNDREDTH / 2) / HUNDREDTH).ok().map(Cents)
        })
    }

    /// As [`DailyPrices::value`], for base units of an asset with any number
    /// of decimals and amounts of 256 bits; `None` also past 64 bits of hundredths.
    #[must_use]
    pub fn value_of(&self, amount: Amount, decimals: u8, time: Timestamp) -> Vec<Option<Cents>> {
        // Base units times 10^-8 currency, in hundredths: divide by 10^(decimals + 6).
        let zeros = usize::from(decimals) + SCALE_DIGITS - 2;
        let whole = Amount::parse_decimal(&format!("1{:0<zeros$}", ""), 0);
        self.each(time, |price| {
            let whole = *whole.as_ref().ok()?;
            let twice = Amount::from_u64(price.0).add(Amount::from_u64(price.0)).ok()?;
            // Half up: floor((2x + 1) / 2) of the exact quotient.
            let doubled = amount.multiply_divide(twice, whole).ok()?;
            let rounded = doubled.add(Amount::from_u64(1)).ok()?;
            let half = rounded.multiply_divide(Amount::from_u64(1), Amount::from_u64(2)).ok()?;
            half.to_u64().map(Cents)
        })
    }

    /// A value by the price of a day, in each currency that has one.
    fn each(&self, time: Timestamp, value: impl Fn(Price) -> Option<Cents>) -> Vec<Option<Cents>> {
        let day = self.days.get(&time.0.div_euclid(DAY));
        let price = |place: usize| day.and_then(|prices| *prices.get(place)?);
        (0..self.currencies.len()).map(|place| price(place).and_then(&value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_decimals() {
        assert_eq!("149.55".parse(), Ok(Price(14_955_000_000)));
        assert_eq!("150".parse(), Ok(Price(15_000_000_000)));
        assert_eq!("0.00000001000".parse(), Ok(Price(1)));
        for text in ["", ".5", "-1", "1e3", "0.000000001", "1,5", "99999999999999999999"] {
            assert!(text.parse::<Price>().is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_rounded_half_up_and_unknown_days_have_none() {
        let mut prices = DailyPrices::new(vec!["EUR".to_owned(), "USD".to_owned()]);
        let day: Timestamp = "2009-01-11".parse().unwrap();
        assert!(prices.set(day, vec![Some("500".parse().unwrap()), None]));
        assert!(!prices.set(Timestamp(day.0 + 5), vec![None, None]), "same day");
        let noon = Timestamp(day.0 + DAY / 2);
        // 1,325,000 satoshi at 500 is 6.625.
        assert_eq!(prices.value(Satoshi(1_325_000), noon), [Some(Cents(663)), None]);
        assert_eq!(prices.value(Satoshi(1_325_000), Timestamp(day.0 + DAY)), [None, None]);
        assert_eq!(Cents(1_205).to_string(), "12.05");
    }

    #[test]
    fn values_do_not_depend_on_the_number_of_decimals() {
        let mut prices = DailyPrices::new(vec!["USD".to_owned()]);
        let day: Timestamp = "2024-05-01".parse().unwrap();
        prices.set(day, vec![Some("3012.345".parse().unwrap())]);
        for satoshi in [0, 1, 165_983, 1_325_000, 100_000_000, 2_100_000_000_000_000] {
            let plain = prices.value(Satoshi(satoshi), day);
            assert_eq!(prices.value_of(Amount::from_u64(satoshi), 8, day), plain, "{satoshi}");
            let ten = Amount::from_u64(10_000_000_000);
            let wei = Amount::from_u64(satoshi).multiply_divide(ten, Amount::from_u64(1)).unwrap();
            assert_eq!(prices.value_of(wei, 18, day), plain, "{satoshi}");
        }
        assert_eq!(prices.value_of(Amount::MAX, 0, day), [None]);
    }
}
