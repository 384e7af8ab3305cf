//! Event files: an array of objects, or one object a line, keys in any order.

use crate::{Deposit, EventTime, MixerError, Pool, Withdrawal};
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, de};
use std::fmt;
use std::path::Path;
use tracehound_model::{Address, Amount, Height, Timestamp, TransactionHash};

/// One event and the pool it names, if it does.
#[derive(Deserialize)]
#[serde(try_from = "Fields")]
pub(super) enum RawEvent {
    Deposit { pool: Option<Pool>, event: Deposit },
    Withdrawal { pool: Option<Pool>, event: Withdrawal },
}

impl RawEvent {
    pub(super) fn pool(&self) -> Option<&Pool> {
        match self {
            Self::Deposit { pool, .. } | Self::Withdrawal { pool, .. } => pool.as_ref(),
        }
    }

    pub(super) fn height(&self) -> Height {
        match self {
            Self::Deposit { event, .. } => event.height,
            Self::Withdrawal { event, .. } => event.height,
        }
    }

    pub(super) fn timestamp(&self) -> Option<Timestamp> {
        let time = match self {
            Self::Deposit { event, .. } => event.time,
            Self::Withdrawal { event, .. } => event.time,
        };
        time.map(|time| time.at)
    }
}

/// Reads every event of a file.
pub(super) fn events(file: &Path, bytes: &[u8]) -> Result<Vec<RawEvent>, MixerError> {
    let fault = |error: serde_json::Error| MixerError::Line {
        file: file.to_owned(),
        line: u64::try_from(error.line()).unwrap_or(u64::MAX).max(1),
        reason: error.to_string(),
    };
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'[') => serde_json::from_slice(bytes).map_err(fault),
        Some(b'{') => {
            let stream = serde_json::Deserializer::from_slice(bytes).into_iter();
            stream.map(|event| event.map_err(fault)).collect()
        }
        _ => Err(MixerError::Line {
            file: file.to_owned(),
            line: 1,
            reason: "no events; an event file is a JSON array of objects, or one object a line"
                .to_owned(),
        }),
    }
}

/// All that an event may say; what else stands in it is passed over.
#[derive(Deserialize)]
struct Fields {
    #[serde(alias = "block_number", alias = "block", rename = "blockNumber")]
    block: Whole,
    #[serde(alias = "transaction_hash", alias = "txHash", rename = "transactionHash")]
    transaction: TransactionHash,
    #[serde(alias = "log_index", rename = "logIndex", default)]
    log_index: Option<Whole>,
    #[serde(alias = "blockTimestamp", default)]
    timestamp: Option<Moment>,
    #[serde(default)]
    commitment: Option<Word>,
    #[serde(alias = "leaf_index", rename = "leafIndex", default)]
    leaf_index: Option<Whole>,
    #[serde(alias = "sender", alias = "depositor", default)]
    from: Option<Address>,
    #[serde(alias = "nullifier_hash", rename = "nullifierHash", default)]
    nullifier: Option<Word>,
    #[serde(alias = "recipient", alias = "receiver", default)]
    to: Option<Address>,
    #[serde(default)]
    fee: Option<Wei>,
    #[serde(alias = "pool_name", default)]
    pool: Option<String>,
}

impl TryFrom<Fields> for RawEvent {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let pool = match &fields.pool {
            Some(text) => Some(text.parse::<Pool>().map_err(|error| error.to_string())?),
            None => None,
        };
        let height = Height(fields.block.0);
        let log_index = fields.log_index.map(|index| index.0);
        let time = fields.timestamp.map(|Moment(at)| EventTime { at, is_estimated: false });
        let transaction = fields.transaction;
        match (fields.commitment, fields.leaf_index, fields.nullifier, fields.to) {
            (Some(Word(commitment)), Some(leaf), None, None) => Ok(Self::Deposit {
                pool,
                event: Deposit {
                    height,
                    log_index,
                    time,
                    transaction,
                    leaf_index: leaf.0,
                    commitment,
                    depositor: fields.from,
                },
            }),
            (None, None, Some(Word(nullifier)), Some(receiver)) => Ok(Self::Withdrawal {
                pool,
                event: Withdrawal {
                    height,
                    log_index,
                    time,
                    transaction,
                    receiver,
                    fee: fields.fee.unwrap_or(Wei(Amount::ZERO)).0,
                    nullifier,
                },
            }),
            _ => Err("an event is a deposit (commitment and leafIndex) or a withdrawal \
                      (nullifierHash and to); this one is neither or both"
                .to_owned()),
        }
    }
}

/// A whole number, as a number or as decimal or 0x text.
struct Whole(u64);
/// A time, as seconds or as any text that the model reads.
struct Moment(Timestamp);
/// Base units; a JSON number past 2^53 may have lost digits on the way and is refused.
struct Wei(Amount);
/// 32 bytes as 0x text; leading zeros may be missing.
struct Word([u8; 32]);

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or text of one")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        let read = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        read.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = number_or_text(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Wei {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = number_or_text(deserializer)?;
        Amount::parse_decimal(&text, 0).map(Self).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refuse = || {
            de::Error::custom(format!(
                "\"{text}\" is not 32 bytes; give 0x and 64 hexadecimal digits"
            ))
        };
        let digits = text.strip_prefix("0x").ok_or_else(refuse)?;
        let padded: TransactionHash = format!("0x{digits:0>64}").parse().map_err(|_| refuse())?;
        Ok(Self(padded.0))
    }
}

/// A number below 2^53 or a text, as text.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) if number.as_u64().is_some_and(|n| n < 1 << 53) => {
            Ok(number.to_string())
        }
        other => Err(de::Error::custom(format!(
            "{other} is not a number that is surely whole; write large numbers as text"
        ))),
    }
}
