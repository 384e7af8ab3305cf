//! Mixers of equal amounts: who could have paid for a withdrawal.
//!
//! [`read_events`] reads a mixer's deposits and withdrawals, [`SideData`] what
//! else is known. [`RULES`] tie single withdrawals to deposits, each rule with
//! its evidence; [`Truth`] measures them by published links. [`pool_states`]
//! and [`withdrawal_sets`] tell among how many deposits a withdrawal hides.
//! [`groups`] asks for a known depositor which withdrawals together are likely
//! his, and says when that cannot be told.
//!
//! Three kinds of statement are kept apart: what the chain proves, what a rule
//! claims, and what is only probable. No single link is ever a fact.

mod anonymity;
mod error;
mod evaluate;
mod event;
#[cfg(test)]
mod fixture;
pub mod groups;
mod pool;
mod read;
pub mod rules;
mod share;
mod side;

pub use anonymity::{
    NamedLinks, PUBLISHED, PoolState, PublishedReduction, Reduction, UnderRule, WithdrawalSet,
    pool_states, reductions, withdrawal_sets,
};
pub use error::MixerError;
pub use evaluate::{RuleEvaluation, Truth};
pub use event::{Deposit, EventId, EventTime, MixerEvents, PoolEvents, Withdrawal};
pub use pool::{Pool, PoolError};
pub use read::{
    BlockClock, Problem, ReadEvents, TruthLink, is_links, read_claims, read_deposit_list,
    read_depositors, read_event_bytes, read_events, read_funders, read_links, read_transactions,
    read_transfers,
};
pub use rules::{ClaimKind, Link, LinkRule, RULES, RuleAnswer, RuleInput, RuleParameters};
pub use share::{Share, Spread};
pub use side::{MiningClaim, SideData, TransactionFacts, TransferFacts};
