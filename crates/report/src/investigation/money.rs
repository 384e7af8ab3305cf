//! Amounts of one asset, as they are written for programs and for people.
//!
//! For programs: base units and decimal text, exact. For people: thousands
//! separators and, beyond four decimal places, a cut (never a rounding up)
//! with the exact value beside it wherever an output can carry one. Dollars
//! that a data set printed are never called plain dollars: they are written
//! `$… (as published)`.

use crate::ReportError;
use serde::{Serialize, Serializer};
use std::cmp::Ordering;
use std::sync::Arc;
use tracehound_model::genuine::{self, Verdict};
use tracehound_model::{Amount, Asset, Chain};
use tracehound_store::AssetRecord as StoredAsset;

/// Decimal places shown to people.
const SHOWN_PLACES: usize = 4;

/// An asset with what is known of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AssetRecord {
    /// CAIP-19.
    pub id: String,
    /// Symbol for display: the genuine one where the contract is known.
    pub symbol: String,
    /// Decimals of one whole unit.
    pub decimals: u8,
    /// `coin`, `published-usd`, `genuine`, `counterfeit` or `unknown`.
    pub standing: &'static str,
    /// The symbol imitated, for a counterfeit.
    pub imitates: Option<&'static str>,
    /// Who can freeze balances of this token by its contract.
    pub freezing_issuer: Option<&'static str>,
}

impl AssetRecord {
    /// What `stored` is, judged by its contract.
    #[must_use]
    pub fn describe(stored: &StoredAsset, chain: &Chain) -> Self {
        let shown = stored.symbol.as_deref();
        let own = stored.asset.own_symbol(chain);
        let mut record = Self {
            id: stored.asset.caip19(chain),
            symbol: own.or(shown).unwrap_or("token").to_owned(),
            decimals: stored.asset.own_decimals(chain).or(stored.decimals).unwrap_or(0),
            standing: "unknown",
            imitates: None,
            freezing_issuer: None,
        };
        match stored.asset {
            Asset::Native => record.standing = "coin",
            Asset::PublishedUsd => record.standing = "published-usd",
            Asset::Token(contract) => match genuine::judge(chain, &contract, shown) {
                Verdict::Genuine(token) => {
                    record.standing = "genuine";
                    token.symbol.clone_into(&mut record.symbol);
                    record.freezing_issuer = token.freezing_issuer;
                    record.decimals = stored.decimals.unwrap_or(token.decimals);
                }
                Verdict::Counterfeit { imitates } => {
                    record.standing = "counterfeit";
                    record.imitates = Some(imitates);
                }
                Verdict::Unknown => {}
            },
            _ => {}
        }
        record
    }

    /// Whether these are dollars as a data set printed them.
    #[must_use]
    pub fn is_published_usd(&self) -> bool {
        self.standing == "published-usd"
    }
}

/// An amount of one asset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Money {
    /// The asset.
    pub asset: Arc<AssetRecord>,
    /// Base units.
    pub units: Amount,
}

impl Money {
    /// Nothing of `asset`.
    #[must_use]
    pub fn zero(asset: &Arc<AssetRecord>) -> Self {
        Self { asset: Arc::clone(asset), units: Amount::ZERO }
    }

    /// `units` of `asset`.
    #[must_use]
    pub fn of(asset: &Arc<AssetRecord>, units: Amount) -> Self {
        Self { asset: Arc::clone(asset), units }
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.units.is_zero()
    }

    /// Adds base units of the same asset.
    ///
    /// # Errors
    /// [`ReportError::Sum`] past 256 bits.
    pub fn add(&mut self, units: Amount, what: &'static str) -> Result<(), ReportError> {
        self.units = self.units.add(units).map_err(|source| ReportError::Sum { what, source })?;
        Ok(())
    }

    /// Exact decimal text in whole units, as CSV and JSON carry it.
    #[must_use]
    pub fn decimal(&self) -> String {
        self.units.to_decimal(self.asset.decimals)
    }

    /// For people: separators, at most four places, cut not rounded.
    #[must_use]
    pub fn text(&self) -> String {
        self.with_symbol(&self.shown(SHOWN_PLACES))
    }

    /// For people, every digit.
    #[must_use]
    pub fn exact_text(&self) -> String {
        self.with_symbol(&self.shown(usize::MAX))
    }

    /// As [`Money::exact_text`], saying where published dollars come from.
    #[must_use]
    pub fn full_text(&self) -> String {
        let note = if self.asset.is_published_usd() { " (as published)" } else { "" };
        format!("{}{note}", self.exact_text())
    }

    /// Three figures and a suffix for tight places: `$10.7M`, `4.01k ETH`.
    #[must_use]
    pub fn short_text(&self) -> String {
        let decimal = self.decimal();
        let whole = decimal.split('.').next().unwrap_or("0");
        let suffixes = [(13, "T"), (10, "B"), (7, "M"), (4, "k")];
        let Some((digits, suffix)) = suffixes.into_iter().find(|(d, _)| whole.len() >= *d) else {
            return self.with_symbol(&self.shown(2));
        };
        let lead = &whole[..whole.len() + 1 - digits];
        let rest = &whole[lead.len()..];
        let places = 3_usize.saturating_sub(lead.len());
        let fraction = if places > 0 { format!(".{}", &rest[..places]) } else { String::new() };
        self.with_symbol(&format!("{}{fraction}{suffix}", separated(lead)))
    }

    fn with_symbol(&self, number: &str) -> String {
        if self.asset.is_published_usd() {
            format!("${number}")
        } else {
            format!("{number} {}", printable(&self.asset.symbol))
        }
    }

    fn shown(&self, places: usize) -> String {
        let decimal = self.decimal();
        let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
        let kept = fraction.get(..places.min(fraction.len())).unwrap_or_default();
        if self.asset.is_published_usd() {
            return format!("{}.{kept:0<2}", separated(whole));
        }
        let kept = kept.trim_end_matches('0');
        match (kept.is_empty(), whole, self.is_zero()) {
            (true, "0", false) if places > 0 => format!("<0.{:0>places$}", 1),
            (true, _, _) => separated(whole),
            (false, _, _) => format!("{}.{kept}", separated(whole)),
        }
    }

    /// Parts in a million of `whole`; what widths and shares are drawn from.
    #[must_use]
    pub fn millionths_of(&self, whole: Amount) -> u32 {
        let million = Amount::from_u64(1_000_000);
        let share = million.multiply_divide(self.units, whole).ok().and_then(Amount::to_u64);
        // A share of at most one is at most a million; anything else is drawn full.
        share.and_then(|s| u32::try_from(s).ok()).unwrap_or(1_000_000).min(1_000_000)
    }

    /// `12.3 %` of `whole`, cut.
    #[must_use]
    pub fn percent_of(&self, whole: Amount) -> String {
        let millionths = self.millionths_of(whole);
        if millionths < 1_000 && !self.is_zero() {
            return "<0.1 %".to_owned();
        }
        format!("{}.{} %", millionths / 10_000, millionths / 1_000 % 10)
    }

    /// Order by amount, largest first.
    #[must_use]
    pub fn larger_first(&self, other: &Self) -> Ordering {
        other.units.cmp(&self.units)
    }
}

/// Exact text of the difference `left - right`, with its sign.
#[must_use]
pub(crate) fn difference_text(left: &Money, right: &Money) -> String {
    let forward = left.units.saturating_subtract(right.units);
    let backward = right.units.saturating_subtract(left.units);
    if backward.is_zero() {
        Money::of(&left.asset, forward).decimal()
    } else {
        format!("-{}", Money::of(&left.asset, backward).decimal())
    }
}

/// Digits with a comma before every third from the right.
fn separated(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A whole number with separators.
#[must_use]
pub(crate) fn count_text(count: impl TryInto<u64>) -> String {
    count.try_into().map_or_else(|_| "?".to_owned(), |count| separated(&count.to_string()))
}

/// A count with its noun.
#[must_use]
pub(crate) fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let text = count_text(count);
    let noun = if text == "1" { one } else { many };
    format!("{text} {noun}")
}

/// `low to high`, with as many digits as tell them apart.
#[must_use]
pub(crate) fn spread(low: &Money, high: &Money) -> String {
    let (short_low, short_high) = (low.short_text(), high.short_text());
    if short_low == short_high {
        format!("{} to {}", low.text(), high.text())
    } else {
        format!("{short_low} to {short_high}")
    }
}

/// Text from data on one line, without control and direction-changing
/// characters, which could rewrite a terminal or make a label read as
/// something else. Line ends and tabs become blanks.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let shown = |c| match c {
        '\n' | '\r' | '\t' => ' ',
        c if hostile(c) => '\u{fffd}',
        c => c,
    };
    text.trim_end().chars().map(shown).collect()
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Money", 3)?;
        fields.serialize_field("asset", &self.asset.id)?;
        fields.serialize_field("amount", &self.decimal())?;
        fields.serialize_field("base_units", &self.units)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(asset: Asset, symbol: Option<&str>, decimals: Option<u8>) -> Arc<AssetRecord> {
        let stored = StoredAsset { asset, symbol: symbol.map(str::to_owned), decimals };
        Arc::new(AssetRecord::describe(&stored, &Chain::ethereum()))
    }

    fn usd(cents: u64) -> Money {
        Money::of(&asset(Asset::PublishedUsd, None, None), Amount::from_u64(cents))
    }

    #[test]
    fn published_dollars_say_so() {
        assert_eq!(usd(1_073_704_843).full_text(), "$10,737,048.43 (as published)");
        assert_eq!(usd(72_825_160).text(), "$728,251.60");
        assert_eq!(usd(5).text(), "$0.05");
        assert_eq!(usd(1_073_704_843).short_text(), "$10.7M");
        assert_eq!(usd(99_900).short_text(), "$999.00");
        assert_eq!(usd(99_999_999).short_text(), "$999k");
    }

    #[test]
    fn coins_are_cut_never_rounded_up() {
        let ether = asset(Asset::Native, None, None);
        let money = |text: &str| Money::of(&ether, Amount::parse_decimal(text, 18).unwrap());
        assert_eq!(money("98048.89489999").text(), "98,048.8948 ETH");
        assert_eq!(money("98048.89489999").exact_text(), "98,048.89489999 ETH");
        assert_eq!(money("0.000000000000000001").text(), "<0.0001 ETH");
        assert_eq!(money("10000").text(), "10,000 ETH");
        assert_eq!(money("0").text(), "0 ETH");
        assert_eq!(money("400001").short_text(), "400k ETH");
    }

    #[test]
    fn a_token_is_named_by_its_contract() {
        let contract = "0xdac17f958d2ee523a2206206994597c13d831ec7".parse().unwrap();
        let tether = asset(Asset::Token(contract), Some("whatever"), Some(6));
        assert_eq!((tether.symbol.as_str(), tether.freezing_issuer), ("USDT", Some("Tether")));
        let contract = "0x3d3dd82500000000000000000000000000000000".parse().unwrap();
        let fake = asset(Asset::Token(contract), Some("stETH"), Some(18));
        assert_eq!((fake.standing, fake.imitates), ("counterfeit", Some("stETH")));
    }

    #[test]
    fn shares_and_differences() {
        assert_eq!(usd(123).percent_of(Amount::from_u64(1000)), "12.3 %");
        assert_eq!(usd(1).percent_of(Amount::from_u64(10_000_000)), "<0.1 %");
        assert_eq!(difference_text(&usd(100), &usd(250)), "-1.5");
        assert_eq!(difference_text(&usd(250), &usd(250)), "0");
    }

    #[test]
    fn hostile_characters_do_not_reach_a_reader() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\nd\n"), "a\u{fffd}[31mb\u{fffd}c d");
    }
}
