//! What is said of a crossing, before it is found in the data.

use tracehound_model::{Address, Amount, Asset, Chain, Rule, Timestamp, TransactionHash};

/// One side of a crossing: `None` is what the event does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimSide {
    /// The chain.
    pub chain: Chain,
    /// The transaction.
    pub transaction: Option<TransactionHash>,
    /// What is moved.
    pub asset: Option<Asset>,
    /// Base units.
    pub amount: Option<Amount>,
    /// Who is paid: on the source side the bridge, on the other the receiver.
    pub address: Option<Address>,
    /// Block time, UTC.
    pub time: Option<Timestamp>,
    /// Gives back what was paid in instead of paying it on.
    pub refund: bool,
}

/// A crossing by a key that both chains show: one payment in, and what was
/// paid out for it.
#[derive(Clone, PartialEq, Debug)]
pub struct Claim {
    /// Whose bridge.
    pub bridge: String,
    /// The rule that paired the sides.
    pub rule: Rule,
    /// The key they share; `None` where the payment in holds none.
    pub key: Option<String>,
    /// Paid in.
    pub source: ClaimSide,
    /// Paid out: one, or several where a bridge pays in parts.
    pub destinations: Vec<ClaimSide>,
    /// Fields that one side does not hold, so that they were not compared.
    pub unchecked: Vec<String>,
    /// Why the sides do not belong together after all (they differ in this);
    /// such a crossing is reported and not followed.
    pub refused: Option<String>,
    /// Where nothing was paid out by this key: what could be its other side,
    /// the likeliest first. Never followed.
    pub candidates: Vec<Candidate>,
    /// That it is none of the candidates, from 0 to 1.
    pub none_of_them: f64,
}

/// A payment out that a payment in without counterpart may belong to.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// Paid out.
    pub side: ClaimSide,
    /// From 0 to 1.
    pub probability: f64,
    /// The rule that named it.
    pub rule: Rule,
}
