//! Tags: attributions of an address to an entity and a category.
//!
//! A tag is a statement by somebody, with a source and a confidence. It is
//! never mixed with structural facts read from the chain.

use crate::Address;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What kind of place an address is, as far as tracing needs to know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Category {
    /// Custodial exchange, its deposit addresses included.
    Exchange,
    /// Swap service without an account (takes custody for minutes).
    InstantSwapper,
    /// On-chain exchange, router or aggregator.
    DecentralisedExchange,
    /// Carries value to another chain.
    Bridge,
    /// Breaks the link between sender and receiver.
    Mixer,
    /// Betting service.
    Gambling,
    /// Custodian or payment service that is not an exchange.
    Custodian,
    /// Issuer or contract of a token, where value is minted or burnt.
    Issuer,
    /// Nobody holds the key.
    Burn,
    /// A service of a kind we do not know.
    Service,
    /// Named by the case as a place where its trail ends, kind unknown.
    CaseTerminal,
    /// Controlled by the thief, says the source.
    Theft,
    /// Phishing or scam address.
    Scam,
    /// Whom the money was stolen from.
    Victim,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 14] = [
        Self::Exchange,
        Self::InstantSwapper,
        Self::DecentralisedExchange,
        Self::Bridge,
        Self::Mixer,
        Self::Gambling,
        Self::Custodian,
        Self::Issuer,
        Self::Burn,
        Self::Service,
        Self::CaseTerminal,
        Self::Theft,
        Self::Scam,
        Self::Victim,
    ];

    /// The name used in files, flags and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::InstantSwapper => "instant-swapper",
            Self::DecentralisedExchange => "decentralised-exchange",
            Self::Bridge => "bridge",
            Self::Mixer => "mixer",
            Self::Gambling => "gambling",
            Self::Custodian => "custodian",
            Self::Issuer => "issuer",
            Self::Burn => "burn",
            Self::Service => "service",
            Self::CaseTerminal => "case-terminal",
            Self::Theft => "theft",
            Self::Scam => "scam",
            Self::Victim => "victim",
        }
    }

    /// Whether a trace stops here unless the case says otherwise: money that
    /// enters is mixed with other people's, or leaves by rules of its own.
    #[must_use]
    pub fn stops_by_default(self) -> bool {
        !matches!(self, Self::Theft | Self::Scam | Self::Victim)
    }

    /// Who can stop money that rests here.
    #[must_use]
    pub fn who_can_stop(self) -> StoppedBy {
        match self {
            Self::Exchange | Self::Custodian | Self::Gambling => StoppedBy::AccountFreeze,
            Self::InstantSwapper => StoppedBy::OrderHold,
            Self::Issuer => StoppedBy::Issuer,
            Self::Service | Self::CaseTerminal => StoppedBy::Unknown,
            Self::DecentralisedExchange | Self::Bridge | Self::Mixer | Self::Burn => {
                StoppedBy::NobodyHere
            }
            Self::Theft | Self::Scam | Self::Victim => StoppedBy::HolderOnly,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of a category.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "\"{0}\" is not a category; choose from exchange, instant-swapper, decentralised-exchange, bridge, mixer, gambling, custodian, issuer, burn, service, case-terminal, theft, scam, victim"
)]
pub struct CategoryError(pub String);

impl FromStr for Category {
    type Err = CategoryError;

    fn from_str(text: &str) -> Result<Self, CategoryError> {
        Self::ALL
            .into_iter()
            .find(|category| category.name() == text)
            .ok_or_else(|| CategoryError(text.to_owned()))
    }
}

/// Who has the power to stop money where it rests.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoppedBy {
    /// The custodian can freeze the account that was credited.
    AccountFreeze,
    /// The swapper can hold the order while it has custody.
    OrderHold,
    /// The token's issuer can freeze the balance.
    Issuer,
    /// Nobody at this place; the trail goes on beyond it.
    NobodyHere,
    /// Only whoever holds the key.
    HolderOnly,
    /// A service whose powers we do not know.
    Unknown,
}

impl StoppedBy {
    /// A sentence for a reader.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Self::AccountFreeze => "the service can freeze the account credited",
            Self::OrderHold => "the swap service, only while it still holds the order",
            Self::Issuer => "the token's issuer",
            Self::NobodyHere => "nobody here; the trail goes on beyond it",
            Self::HolderOnly => "nobody but the key holder",
            Self::Unknown => "unknown: ask the service",
        }
    }

    /// Whether a request can be sent to somebody today.
    #[must_use]
    pub fn is_actionable(self) -> bool {
        matches!(self, Self::AccountFreeze | Self::OrderHold | Self::Issuer)
    }
}

/// How sure the source is, 0 (unknown) to 100 (stated by the owner).
/// The scale is that of GraphSense TagPacks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(pub u8);

impl Confidence {
    /// A forensic data set published with its sources.
    pub const FORENSIC: Self = Self(50);
    /// Derived from the text of a label by a rule.
    pub const HEURISTIC: Self = Self(10);
}

/// A statement that an address belongs to an entity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tag {
    /// The address spoken of.
    pub address: Address,
    /// The label as published.
    pub label: String,
    /// The entity behind it, such as `Binance`, where the label names one.
    pub entity: Option<String>,
    /// Its kind.
    pub category: Option<Category>,
    /// Who says so: a file, a publication, a rule.
    pub source: String,
    /// How sure the source is.
    pub confidence: Confidence,
}
