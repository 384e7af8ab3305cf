//! What exposures say, as far as a policy asks.
//!
//! Whoever has the store computes them; here they are facts, with all that
//! is needed to compute them again.

use crate::policy::{PolicyRule, Reach, Side};
use crate::verdict::Reason;
use serde::{Deserialize, Serialize};
use tracehound_model::{Amount, Timestamp};
use tracehound_tags::taxonomy;

/// What an address's money came from, or went to, in one asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExposureFact {
    /// Which way.
    pub side: Side,
    /// The asset, by its CAIP-19 name.
    pub asset: String,
    /// Its symbol, which says so where it is a counterfeit's.
    pub symbol: String,
    /// Its decimals; 0 where they are unknown.
    pub decimals: u8,
    /// The category.
    pub label: String,
    /// In base units, from (or to) tagged addresses themselves.
    pub direct: Amount,
    /// In base units, through addresses that nobody tagged.
    pub indirect: Amount,
    /// In base units, everything received (or sent) in this asset.
    pub total: Amount,
    /// Fewest transfers between.
    pub fewest_hops: u8,
    /// When any of it last arrived (or left).
    pub last: Timestamp,
    /// Who is at the tagged end of the largest path, says the tag.
    pub entity: Option<String>,
    /// The largest path, transaction by transaction, in chain order.
    pub path: Vec<String>,
}

impl ExposureFact {
    /// `1 transfer`, `2 transfers`.
    #[must_use]
    pub fn distance(&self) -> String {
        let hops = self.fewest_hops;
        format!("{hops} transfer{}", if hops == 1 { "" } else { "s" })
    }
}

/// Exposures of an address with what they were computed from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExposureInput {
    /// The rule with its version.
    pub rule: String,
    /// The policy by which money is dealt out.
    pub policy: String,
    /// The chain, by its CAIP-2 name.
    pub chain: String,
    /// Transfers of the store that were there.
    pub rows: u64,
    /// Addresses that were in it.
    pub addresses: u32,
    /// Its last block.
    pub tip: u64,
    /// The time of that block.
    pub tip_time: Timestamp,
    /// The last transaction: with the rows it names the state of the store.
    pub last_transaction: String,
    /// SHA-256 of which address is of which category.
    pub tagged: String,
    /// What was found.
    pub facts: Vec<ExposureFact>,
}

impl ExposureInput {
    /// A reason for each fact the rule asks for.
    pub(crate) fn reasons(&self, rule: &PolicyRule) -> Vec<Reason> {
        self.facts.iter().filter_map(|fact| reason(rule, fact, self.tip_time)).collect()
    }

    /// What the answer cannot see, for whoever reads it.
    pub(crate) fn coverage(&self) -> String {
        format!(
            "money after block {} ({}), on other chains, and what changed into another asset, is not seen",
            self.tip, self.tip_time
        )
    }
}

fn reason(rule: &PolicyRule, fact: &ExposureFact, now: Timestamp) -> Option<Reason> {
    let named = |wanted: &String| fact.label == *wanted || taxonomy::is_a(&fact.label, wanted);
    let amount = match rule.reach {
        Some(Reach::Direct) => fact.direct,
        Some(Reach::Indirect) => fact.indirect,
        // Parts of a total that fits.
        None => fact.direct.add(fact.indirect).unwrap_or(Amount::MAX),
    };
    let share = amount.multiply_divide(Amount::from_u64(10_000), fact.total).ok()?;
    let applies = rule.categories.iter().any(named)
        && rule.side.is_none_or(|side| side == fact.side)
        && !amount.is_zero()
        && share >= Amount::from_u64(u64::from(rule.least_percent) * 100)
        && rule.most_hops.is_none_or(|most| fact.fewest_hops <= most)
        && is_enough(rule, fact, amount)
        && rule.within_days.is_none_or(|days| now.0 - fact.last.0 <= i64::from(days) * 86_400);
    if !applies {
        return None;
    }
    let way = match fact.side {
        Side::Received => "received from",
        Side::Sent => "sent to",
    };
    let who = fact.entity.as_ref().map_or(String::new(), |name| format!(", such as {name}"));
    let text = format!(
        "{}: {} % of the {} {way} {}{who}, the nearest {} away",
        rule.reason,
        share.to_decimal(2),
        fact.symbol,
        fact.label,
        fact.distance()
    );
    let (name, decision, fact) = (rule.name.clone(), rule.decision, fact.clone());
    Some(Reason { rule: name, decision, text, listing: None, tag: None, exposure: Some(fact) })
}

/// Whether an amount reaches what the rule asks of its asset.
fn is_enough(rule: &PolicyRule, fact: &ExposureFact, amount: Amount) -> bool {
    let asked = &rule.least_amounts;
    let named = asked.get(&fact.symbol).or_else(|| asked.get(&fact.asset));
    match named.map(|text| Amount::parse_decimal(text, fact.decimals)) {
        Some(Ok(least)) => amount >= least,
        // Finer than the asset can be: nothing is too small for it.
        Some(Err(_)) => true,
        None => asked.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    fn rule(more: &str) -> PolicyRule {
        let text = format!(
            "version=1\nname=\"x\"\n[[rules]]\nname=\"a\"\nwhen=\"exposed\"\ndecision=\"review\"\nreason=\"r\"\n{more}"
        );
        Policy::parse(&text).unwrap().rules.remove(0)
    }

    fn fact() -> ExposureFact {
        ExposureFact {
            side: Side::Received,
            asset: String::new(),
            symbol: "ETH".to_owned(),
            decimals: 1,
            label: "ransomware".to_owned(),
            direct: Amount::ZERO,
            indirect: Amount::from_u64(5),
            total: Amount::from_u64(100),
            fewest_hops: 3,
            last: Timestamp(0),
            entity: Some("X".to_owned()),
            path: Vec::new(),
        }
    }

    #[test]
    fn each_limit_is_held() {
        let applies = |more: &str| reason(&rule(more), &fact(), Timestamp(10 * 86_400)).is_some();
        assert!(applies("categories=[\"abuse\"]"), "narrower concepts count");
        assert!(applies(
            "categories=[\"abuse\"]\nleast_percent=5\nmost_hops=3\nreach=\"indirect\""
        ));
        assert!(applies("categories=[\"abuse\"]\nwithin_days=10\nleast_amounts={ETH=\"0.5\"}"));
        for more in [
            "categories=[\"abuse\"]\nwithin_days=9",
            "categories=[\"abuse\"]\nleast_amounts={ETH=\"0.6\"}",
            "categories=[\"abuse\"]\nleast_amounts={USDT=\"0.1\"}",
            "categories=[\"mixer\"]",
            "categories=[\"abuse\"]\nleast_percent=6",
            "categories=[\"abuse\"]\nmost_hops=2",
            "categories=[\"abuse\"]\nside=\"sent\"",
            "categories=[\"abuse\"]\nreach=\"direct\"",
        ] {
            assert!(!applies(more), "{more}");
        }
        let text = reason(&rule("categories=[\"abuse\"]"), &fact(), Timestamp(0)).unwrap().text;
        assert_eq!(
            text,
            "r: 5 % of the ETH received from ransomware, such as X, the nearest 3 transfers away"
        );
    }
}
