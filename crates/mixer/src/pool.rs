//! Pools: where everybody pays in and takes out the same amount.

use std::fmt;
use std::str::FromStr;
use tracehound_model::Amount;

/// Digits after the point that a denomination may have.
const DECIMALS: u8 = 18;
/// Words of file names that say what a file holds, not of which currency.
const KINDS: [&str; 8] =
    ["deposit", "deposits", "withdrawal", "withdrawals", "withdraw", "event", "events", "pool"];

/// One pool, by its currency and the amount that every deposit has.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Pool {
    /// Upper case, such as `ETH`.
    currency: String,
    /// In units of 10^-18 of the currency, whatever decimals the currency has itself.
    denomination: Amount,
}

/// Why the name of a pool was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" names no pool; give an amount and a currency, such as \"eth_0.1\" or \"0.1 ETH\"")]
pub struct PoolError(pub String);

impl Pool {
    /// The currency, upper case.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The amount in whole units of the currency, such as `0.1`.
    #[must_use]
    pub fn denomination(&self) -> String {
        self.denomination.to_decimal(DECIMALS)
    }
}

impl FromStr for Pool {
    type Err = PoolError;

    /// Reads `eth_0.1`, `0.1 ETH`, `0_1ETH` and file names such as
    /// `deposits_eth_0.1`: the last word that is not a kind of event is the
    /// currency, the last number the denomination.
    fn from_str(text: &str) -> Result<Self, PoolError> {
        let refuse = || PoolError(text.to_owned());
        let words = text.split(|c: char| !c.is_ascii_alphabetic());
        let currency = words
            .filter(|word| !word.is_empty())
            .rfind(|word| !KINDS.contains(&word.to_ascii_lowercase().as_str()))
            .ok_or_else(refuse)?;
        let numbers = text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'));
        let number = numbers
            .map(|part| part.trim_matches(['.', '_']))
            .rfind(|part| !part.is_empty())
            .ok_or_else(refuse)?
            .replace('_', ".");
        let denomination = Amount::parse_decimal(&number, DECIMALS).map_err(|_| refuse())?;
        if denomination.is_zero() {
            return Err(refuse());
        }
        Ok(Self { currency: currency.to_ascii_uppercase(), denomination })
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.denomination(), self.currency)
    }
}

impl serde::Serialize for Pool {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_it_is_the_same_pool() {
        let pool: Pool = "0.1 ETH".parse().unwrap();
        for text in ["eth_0.1", "0_1ETH", "deposits_eth_0.1", "ETH-0.10", "0.1ETH", "eth_0_1"] {
            assert_eq!(text.parse::<Pool>(), Ok(pool.clone()), "{text}");
        }
        assert_eq!(pool.to_string(), "0.1 ETH");
        assert_eq!("withdrawals_usdc_1000".parse::<Pool>().unwrap().to_string(), "1000 USDC");
        assert_eq!("deposits_bsc_bnb_100".parse::<Pool>().unwrap().to_string(), "100 BNB");
    }

    #[test]
    fn pools_stand_in_order_of_their_amount() {
        let mut pools: Vec<Pool> =
            ["10 ETH", "100 ETH", "0.1 ETH", "1 ETH"].map(|text| text.parse().unwrap()).to_vec();
        pools.sort();
        let names: Vec<String> = pools.iter().map(Pool::to_string).collect();
        assert_eq!(names, ["0.1 ETH", "1 ETH", "10 ETH", "100 ETH"]);
    }

    #[test]
    fn what_names_no_pool_is_refused() {
        for text in ["", "eth", "100", "deposits_100", "eth_0", "eth_1.2.3"] {
            assert!(text.parse::<Pool>().is_err(), "{text}");
        }
    }
}
