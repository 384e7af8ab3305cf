//! How a case is traced: policies, direction and stop rules.

use crate::{Category, Direction, Policy, Timestamp};
use serde::{Deserialize, Serialize};

/// How to trace. Every limit that cuts a trail books what it cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceOptions {
    /// Policies, run side by side.
    pub policies: Vec<Policy>,
    /// Forward, or backward (source of funds).
    pub direction: Direction,
    /// The world as it was known at this time; later transfers are not read.
    pub as_of: Option<Timestamp>,
    /// Stop at addresses tagged with these; the default set if absent.
    pub stop_categories: Option<Vec<Category>>,
    /// Stop at addresses with more transfers than this (0: never).
    pub hub_degree: u64,
    /// Stop lots smaller than this decimal amount of their asset.
    pub dust_absolute: Option<String>,
    /// Stop lots smaller than this share of all that was stolen, as `1/10000`.
    pub dust_relative: Option<String>,
    /// Stop after this many hops.
    pub max_hops: Option<u32>,
    /// Stop this many days after the first seed.
    pub max_age_days: Option<u32>,
    /// Follow money through CoinJoins by this policy; they stop it if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through_coinjoins: Option<Policy>,
    /// Whether exchanges inside one transaction carry taint from asset to
    /// asset; without, it stays with the asset and goes to whoever was paid.
    #[serde(skip_serializing_if = "is_true")]
    pub swaps: bool,
    /// Follow these assets besides the chain's coin, published dollars and well-known tokens.
    pub follow_assets: Vec<String>,
}

// serde hands fields over by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_true(value: &bool) -> bool {
    *value
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self {
            policies: Policy::ON_ACCOUNTS.to_vec(),
            direction: Direction::Forward,
            as_of: None,
            stop_categories: None,
            hub_degree: 1000,
            dust_absolute: None,
            dust_relative: None,
            max_hops: None,
            max_age_days: None,
            through_coinjoins: None,
            swaps: true,
            follow_assets: Vec::new(),
        }
    }
}

impl TraceOptions {
    /// Whether a trace stops at a place of this category.
    #[must_use]
    pub fn stops_at(&self, category: Category) -> bool {
        self.stop_categories
            .as_ref()
            .map_or_else(|| category.stops_by_default(), |stops| stops.contains(&category))
    }

    pub(super) fn validate(&self) -> Result<(), (String, String)> {
        if self.policies.is_empty() {
            let message = "give at least one policy, such as \"fifo\"".to_owned();
            return Err(("policies".to_owned(), message));
        }
        if let Some(text) = &self.dust_relative
            && parse_ratio(text).is_none()
        {
            let message =
                format!("\"{text}\" is not a share; write a fraction such as \"1/10000\"");
            return Err(("dust_relative".to_owned(), message));
        }
        if let Some(text) = &self.dust_absolute
            && crate::Amount::parse_decimal(text, 40).is_err()
        {
            let message = format!("\"{text}\" is not a decimal amount");
            return Err(("dust_absolute".to_owned(), message));
        }
        Ok(())
    }
}

/// Reads `1/10000` as numerator and denominator, the share at most one.
#[must_use]
pub fn parse_ratio(text: &str) -> Option<(u64, u64)> {
    let (numerator, denominator) = text.split_once('/')?;
    let numerator: u64 = numerator.trim().parse().ok()?;
    let denominator: u64 = denominator.trim().parse().ok()?;
    (denominator > 0 && numerator <= denominator).then_some((numerator, denominator))
}
