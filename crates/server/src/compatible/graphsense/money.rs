//! Amounts as GraphSense gives them: base units, and what they were worth.
//!
//! Values of totals are sums of what each transaction was worth on its day.
//! Without a price list they are 0.0 euro and dollar, which is what
//! GraphSense gives without rates. Where a list lacks a day, the currency is
//! left out: a sum that is too small would be worse than none.

use super::json::Json;
use super::refusal::Refusal;
use tracehound_model::{Amount, DailyPrices, Satoshi, Timestamp};

/// Currencies that are told where there are no prices.
const UNPRICED: [&str; 2] = ["eur", "usd"];
/// Decimals that price lists reckon with.
const PRICED_DECIMALS: u8 = 8;

/// Hundredths of a currency by currency; `None` where a price is missing.
pub(super) type Fiat = Vec<Option<u128>>;

/// What a network's coin cost.
#[derive(Clone, Copy)]
pub(super) struct Rates<'w> {
    prices: Option<&'w DailyPrices>,
    /// Ten to the decimals beyond eight.
    unit: Amount,
}

impl<'w> Rates<'w> {
    /// Of a coin with so many decimals.
    pub(super) fn new(prices: Option<&'w DailyPrices>, decimals: u8) -> Self {
        let beyond = u32::from(decimals.saturating_sub(PRICED_DECIMALS));
        let unit = Amount::from_u128(10_u128.checked_pow(beyond).unwrap_or(1));
        let prices = prices.filter(|_| decimals >= PRICED_DECIMALS);
        Self { prices, unit }
    }

    /// The currencies.
    pub(super) fn codes(&self) -> Vec<String> {
        match self.prices {
            Some(prices) => prices.currencies().iter().map(|name| name.to_lowercase()).collect(),
            None => UNPRICED.map(str::to_owned).to_vec(),
        }
    }

    /// Nothing, in every currency.
    pub(super) fn none(&self) -> Fiat {
        vec![Some(0); self.codes().len()]
    }

    /// What an amount was worth at a time.
    pub(super) fn of(&self, amount: Amount, time: Timestamp) -> Fiat {
        let Some(prices) = self.prices else { return self.none() };
        let coins = amount.multiply_divide(Amount::from_u64(1), self.unit).ok();
        match coins.and_then(Amount::to_u64) {
            Some(coins) => {
                let cents = prices.value(Satoshi(coins), time);
                cents.into_iter().map(|cents| Some(u128::from(cents?.0))).collect()
            }
            None => vec![None; self.codes().len()],
        }
    }

    /// An amount at a time, as the interface gives it.
    pub(super) fn values(&self, amount: Amount, time: Timestamp) -> Json {
        self.told(&amount.to_decimal(0), false, &self.of(amount, time))
    }

    /// An amount that left its holder, where `negative`.
    pub(super) fn signed(&self, amount: Amount, negative: bool, time: Timestamp) -> Json {
        self.told(&amount.to_decimal(0), negative, &self.of(amount, time))
    }

    /// What a whole coin cost, as rates are given.
    pub(super) fn rates(&self, time: Timestamp) -> Json {
        let coin = Amount::from_u64(10_u64.pow(PRICED_DECIMALS.into()));
        // One coin in the chain's own units.
        let coin = coin.multiply_divide(self.unit, Amount::from_u64(1)).unwrap_or(coin);
        self.list(false, &self.of(coin, time))
    }

    /// Rates of a day of which nothing is known.
    pub(super) fn unknown(&self) -> Json {
        let none = vec![Some(0); self.codes().len()];
        self.list(false, &none)
    }

    /// Of something that no price list speaks of.
    pub(super) fn unpriced(&self) -> Self {
        Self { prices: None, ..*self }
    }

    fn told(&self, digits: &str, negative: bool, fiat: &Fiat) -> Json {
        let negative = negative && digits != "0";
        let sign = if negative { "-" } else { "" };
        let value = Json::Number(format!("{sign}{digits}"));
        Json::object([("fiat_values", self.list(negative, fiat)), ("value", value)])
    }

    fn list(&self, negative: bool, fiat: &Fiat) -> Json {
        let codes = self.codes();
        let known = codes.iter().zip(fiat).filter_map(|(code, cents)| Some((code, (*cents)?)));
        let entry = |(code, cents): (&String, u128)| {
            Json::object([("code", code.as_str().into()), ("value", cents_of(negative, cents))])
        };
        Json::List(known.map(entry).collect())
    }
}

fn cents_of(negative: bool, cents: u128) -> Json {
    let sign = if negative && cents > 0 { "-" } else { "" };
    let (whole, rest) = (cents / 100, cents % 100);
    let rest = format!("{rest:02}");
    let rest = if rest.ends_with('0') { &rest[..1] } else { &rest[..] };
    Json::decimal(&format!("{sign}{whole}.{rest}"))
}

/// A sum of amounts with what they were worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Worth {
    /// In base units.
    pub(super) value: Amount,
    fiat: Fiat,
}

impl Worth {
    /// Nothing.
    pub(super) fn none(rates: &Rates<'_>) -> Self {
        Self { value: Amount::default(), fiat: rates.none() }
    }

    /// Adds an amount of some day.
    pub(super) fn add(
        &mut self,
        rates: &Rates<'_>,
        amount: Amount,
        time: Timestamp,
    ) -> Result<(), Refusal> {
        self.value = self.value.add(amount)?;
        for (sum, part) in self.fiat.iter_mut().zip(rates.of(amount, time)) {
            *sum = sum.zip(part).and_then(|(sum, part)| sum.checked_add(part));
        }
        Ok(())
    }

    /// As the interface gives it.
    pub(super) fn told(&self, rates: &Rates<'_>) -> Json {
        rates.told(&self.value.to_decimal(0), false, &self.fiat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_prices_values_are_zeros_in_euro_and_dollar() {
        let rates = Rates::new(None, 18);
        let amount = Amount::parse_decimal("123000000000000000000", 0).unwrap();
        let text = rates.signed(amount, true, Timestamp(0)).to_text();
        assert_eq!(
            text,
            "{\"fiat_values\":[{\"code\":\"eur\",\"value\":0.0},{\"code\":\"usd\",\"value\":0.0}],\
             \"value\":-123000000000000000000}"
        );
    }

    #[test]
    fn values_are_of_the_day_and_unknown_ones_are_left_out() {
        let mut prices = DailyPrices::new(vec!["EUR".to_owned(), "USD".to_owned()]);
        let day: Timestamp = "2015-08-07".parse().unwrap();
        assert!(prices.set(day, vec![Some("2.5337".parse().unwrap()), None]));
        let rates = Rates::new(Some(&prices), 18);
        let amount = Amount::parse_decimal("19.9", 18).unwrap();
        assert_eq!(rates.of(amount, day), [Some(5_042), None]);
        let text = rates.signed(amount, true, day).to_text();
        assert!(
            text.starts_with("{\"fiat_values\":[{\"code\":\"eur\",\"value\":-50.42}]"),
            "{text}"
        );
        assert_eq!(rates.rates(day).to_text(), "[{\"code\":\"eur\",\"value\":2.53}]");
        let mut sum = Worth::none(&rates);
        sum.add(&rates, amount, day).unwrap();
        sum.add(&rates, amount, Timestamp(0)).unwrap();
        assert!(sum.told(&rates).to_text().starts_with("{\"fiat_values\":[],"));
    }
}
