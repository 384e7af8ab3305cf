//! Rules that tie a withdrawal to a deposit, each a pure function of the
//! events, the side tables and the parameters.
//!
//! A rule that lacks a table says so; it never passes for a rule that found
//! nothing. Within a rule no deposit and no withdrawal is used twice and no
//! deposit is later than its withdrawal (`assign.rs`). What kind of claim a
//! rule makes stands with it: a structural fact, a heuristic, or a baseline
//! that heuristics are measured against. Definitions: `docs/methods/mixers.md`.

mod assign;
mod gas_funder;
mod linked;
mod mining;
mod parties;
mod portfolio;
mod queue;
mod same_address;
mod same_transaction;
#[cfg(test)]
mod tests;
mod timing;
mod unique_gas_price;

pub(crate) use assign::assign;

use crate::side::SideData;
use crate::{EventId, MixerEvents};
use serde::Serialize;
use tracehound_model::{Height, Rule};

/// What a rule claims.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// Follows from the chain alone.
    Structural,
    /// Likely, with an error rate.
    Heuristic,
    /// Pairs everything by order; what heuristics must beat.
    Baseline,
}

/// One deposit tied to one withdrawal.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    /// The deposit.
    pub deposit: EventId,
    /// The withdrawal.
    pub withdrawal: EventId,
    /// 0 to 1, comparable within a rule only; each rule's page says what it is. No probability.
    pub score: f64,
    /// What the rule saw, in one phrase.
    pub evidence: String,
}

/// What a rule answers.
#[derive(Clone, PartialEq, Debug)]
pub enum RuleAnswer {
    /// What it found, in the order of withdrawals.
    Links(Vec<Link>),
    /// It cannot run, and what it would need.
    NotApplicable(&'static str),
}

/// Bounds of the rules. The defaults are those of the sources.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RuleParameters {
    /// Gas prices tell a wallet only before this block: EIP-1559, Ethereum's London upgrade.
    pub gas_price_until: Height,
    /// Payments between two addresses from which on they count as linked.
    pub linked_transfers: usize,
    /// Length of a session in seconds.
    pub portfolio_window: i64,
    /// Pools that a portfolio must span.
    pub portfolio_pools: usize,
    /// Payments that a portfolio must have.
    pub portfolio_payments: usize,
    /// Portfolios that more depositors than this share tell nothing.
    pub portfolio_candidates: usize,
    /// Addresses a funder may have paid for before it counts as a service.
    pub funder_addresses: usize,
    /// Seconds in which a deposit and a withdrawal must both be alone.
    pub timing_window: i64,
}

impl Default for RuleParameters {
    fn default() -> Self {
        Self {
            gas_price_until: Height(12_965_000),
            linked_transfers: 3,
            portfolio_window: 86_400,
            portfolio_pools: 2,
            portfolio_payments: 5,
            portfolio_candidates: 10,
            funder_addresses: 10,
            timing_window: 3_600,
        }
    }
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub struct RuleInput<'a> {
    /// The events.
    pub events: &'a MixerEvents,
    /// The side tables.
    pub side: &'a SideData,
    /// The bounds.
    pub parameters: &'a RuleParameters,
}

/// One rule.
#[derive(Clone, Copy)]
pub struct LinkRule {
    /// Name and version.
    pub rule: Rule,
    /// What it claims.
    pub kind: ClaimKind,
    run: fn(RuleInput<'_>) -> RuleAnswer,
}

impl LinkRule {
    /// Runs it.
    #[must_use]
    pub fn run(&self, input: RuleInput<'_>) -> RuleAnswer {
        match (self.run)(input) {
            RuleAnswer::Links(mut links) => {
                links.sort_by_key(|link| (link.withdrawal, link.deposit));
                RuleAnswer::Links(links)
            }
            other => other,
        }
    }
}

const fn rule(
    name: &'static str,
    kind: ClaimKind,
    run: fn(RuleInput<'_>) -> RuleAnswer,
) -> LinkRule {
    LinkRule { rule: Rule { name, version: 1 }, kind, run }
}

/// Every rule, the surest first.
pub const RULES: [LinkRule; 10] = [
    rule("same-transaction", ClaimKind::Structural, same_transaction::run),
    rule("same-address", ClaimKind::Heuristic, same_address::run),
    rule("unique-gas-price", ClaimKind::Heuristic, unique_gas_price::run),
    rule("linked-addresses", ClaimKind::Heuristic, linked::run),
    rule("portfolio", ClaimKind::Heuristic, portfolio::run),
    rule("mining-reward", ClaimKind::Heuristic, mining::run),
    rule("gas-funder", ClaimKind::Heuristic, gas_funder::run),
    rule("lone-pair", ClaimKind::Heuristic, timing::run),
    rule("first-in-first-out", ClaimKind::Baseline, queue::first_in_first_out),
    rule("last-in-first-out", ClaimKind::Baseline, queue::last_in_first_out),
];
