//! One side of a crossing, as one chain shows it.
//!
//! A field that the event does not hold is `None`, and so is one that is not
//! understood (an unknown numbering of chains, a receiver of no known form):
//! what is not known is left unresolved and never guessed, and what is `None`
//! on either side is not compared.

use std::fmt;
use std::str::FromStr;
use tracehound_model::{Address, Amount, Asset, Chain, Timestamp, TransactionHash};

/// Which side of the crossing an event stands on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Side {
    /// Money enters the bridge here: locked, burnt or sold to it.
    Source,
    /// Money leaves the bridge here: released, minted or paid out.
    Destination,
}

impl Side {
    /// `source` or `destination`, as tables write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "source" => Ok(Self::Source),
            "destination" => Ok(Self::Destination),
            other => Err(format!("\"{other}\" is not a side; write source or destination")),
        }
    }
}

/// A bridge by its name in tables: lower case, digits and hyphens.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Bridge(String);

impl Bridge {
    /// The bridge of a name; case and blanks do not count.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let tidy = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        Self(name.trim().chars().map(tidy).collect())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One event of a bridge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BridgeEvent {
    /// Whose.
    pub bridge: Bridge,
    /// Where money enters or leaves.
    pub side: Side,
    /// The chain the event is on.
    pub chain: Chain,
    /// The chain at the other end.
    pub other_chain: Option<Chain>,
    /// The transaction; `None` where the data name it only by what it calls.
    pub transaction: Option<TransactionHash>,
    /// Number of the log in its block or transaction, as the data count it.
    pub position: Option<u64>,
    /// What both sides of one crossing share, unique within the bridge.
    pub key: Option<String>,
    /// What is moved on this chain.
    pub token: Option<Asset>,
    /// What the event says is moved on the other chain.
    pub other_token: Option<Asset>,
    /// Base units of `token`.
    pub amount: Option<Amount>,
    /// Base units of `other_token` that the event says the other side moves.
    pub other_amount: Option<Amount>,
    /// Who pays in.
    pub sender: Option<Address>,
    /// Who is paid on the destination chain.
    pub receiver: Option<Address>,
    /// Time of the block, UTC.
    pub time: Option<Timestamp>,
    /// Height of the block.
    pub block: Option<u64>,
    /// Gives back what was paid in instead of paying it on.
    pub refund: bool,
    /// From beyond the time that the data cover on both chains: it may
    /// complete a pair, but that it has none says nothing.
    pub supplement: bool,
}

impl BridgeEvent {
    /// An event that holds nothing yet.
    #[must_use]
    pub fn bare(bridge: Bridge, side: Side, chain: Chain) -> Self {
        Self {
            bridge,
            side,
            chain,
            other_chain: None,
            transaction: None,
            position: None,
            key: None,
            token: None,
            other_token: None,
            amount: None,
            other_amount: None,
            sender: None,
            receiver: None,
            time: None,
            block: None,
            refund: false,
            supplement: false,
        }
    }

    /// Order by content alone, so that nothing depends on the order of files:
    /// time, then transaction, position and the fields.
    #[must_use]
    pub fn canonical_order(&self, other: &Self) -> std::cmp::Ordering {
        fn place(event: &BridgeEvent) -> impl Ord + '_ {
            (
                (event.supplement, event.time, event.block, event.transaction, event.position),
                (event.chain.as_str(), &event.key, event.receiver, event.amount),
                event.token.map(|token| token.to_key()),
            )
        }
        place(self).cmp(&place(other))
    }
}
