//! How the key of an event follows from its arguments.

use super::argument::{Arguments, account, asset, hex};
use super::message::{BurnMessage, TokenMessage};
use super::{DecodeError, Log};
use crate::event::BridgeEvent;
use crate::memo::Memo;
use crate::numbering::Numbering;
use alloy_dyn_abi::DynSolValue;
use tracehound_model::TransactionHash;

/// How the key follows. Parts are joined with colons.
#[derive(Clone, Copy, Debug)]
pub enum KeyRule {
    /// There is none.
    None,
    /// These arguments.
    Arguments(&'static [&'static str]),
    /// A word, then these arguments: for bridges that count each direction by itself.
    Prefixed(&'static str, &'static [&'static str]),
    /// The number of the chain the log is on, then these arguments.
    ThisChain(Numbering, &'static [&'static str]),
    /// The hash of the transaction.
    Transaction,
    /// Synapse: the hash of the text of the transaction's hash.
    Kappa,
    /// THORChain in: the hash of the transaction; the memo says what is asked.
    MemoAsks(&'static str),
    /// THORChain out: the transaction that the memo answers.
    MemoAnswered(&'static str),
    /// CCTP in: source domain and nonce; the body says what is paid.
    CctpMessage(&'static str),
    /// Wormhole in: chain, sender and sequence, if the payload is a transfer of tokens.
    WormholeMessage(&'static str),
    /// Nomad in: origin domain, destination domain, nonce.
    NomadDispatch(&'static str),
    /// Nomad out: the same.
    NomadReceive(&'static str),
}

/// What the rule found.
pub(super) enum Reading {
    /// A crossing with its key, if it has one.
    Key(Option<String>),
    /// The bridge's own business.
    NoCrossing,
}

/// The key of Synapse: Keccak-256 of the text `0x…` of the source transaction's hash.
#[must_use]
pub fn kappa(transaction: &TransactionHash) -> [u8; 32] {
    alloy_primitives::keccak256(transaction.to_string().as_bytes()).0
}

/// A hash as it stands in keys.
fn of_transaction(transaction: &TransactionHash) -> String {
    transaction.to_string()
}

fn joined<'a>(
    arguments: &Arguments<'_>,
    paths: impl IntoIterator<Item = &'a &'a str>,
) -> Option<String> {
    let parts: Option<Vec<String>> = paths.into_iter().map(|path| arguments.text(path)).collect();
    Some(parts?.join(":"))
}

impl KeyRule {
    pub(super) fn read(
        self,
        log: &Log,
        arguments: &Arguments<'_>,
        event: &mut BridgeEvent,
    ) -> Result<Reading, DecodeError> {
        let key = match self {
            Self::None => None,
            Self::Arguments(paths) => joined(arguments, paths),
            Self::Prefixed(word, paths) => {
                joined(arguments, paths).map(|rest| format!("{word}:{rest}"))
            }
            Self::ThisChain(numbering, paths) => numbering
                .number(&log.chain)
                .zip(joined(arguments, paths))
                .map(|(chain, rest)| format!("{chain}:{rest}")),
            Self::Transaction => Some(of_transaction(&log.transaction)),
            Self::Kappa => Some(hex(&kappa(&log.transaction))),
            Self::MemoAsks(path) => {
                return Ok(asks(&log.transaction, arguments.string(path), event));
            }
            Self::MemoAnswered(path) => return answered(arguments.string(path), event),
            Self::CctpMessage(path) => return cctp(arguments, path, event),
            Self::WormholeMessage(path) => return Ok(wormhole(log, arguments, path, event)),
            Self::NomadDispatch(path) => nomad(log, arguments, path, event, true),
            Self::NomadReceive(path) => nomad(log, arguments, path, event, false),
        };
        Ok(Reading::Key(key))
    }
}

/// A payment with a memo that is none is sent back, so it is a crossing too.
pub(super) fn asks(
    transaction: &TransactionHash,
    memo: Option<&str>,
    event: &mut BridgeEvent,
) -> Reading {
    let memo = memo.and_then(|text| text.parse::<Memo>().ok());
    match memo {
        Some(Memo::Internal { .. }) => return Reading::NoCrossing,
        Some(Memo::Swap(swap) | Memo::LoanOpen(swap)) => {
            event.other_chain = swap.asset.chain();
            event.other_token = swap.asset.asset();
            let read = |chain| tracehound_model::Address::parse_on(&swap.destination, chain).ok();
            // A THORName is no address: who it stands for only THORChain knows.
            event.receiver = event.other_chain.as_ref().and_then(read);
        }
        _ => {}
    }
    Reading::Key(Some(of_transaction(transaction)))
}

pub(super) fn answered(
    memo: Option<&str>,
    event: &mut BridgeEvent,
) -> Result<Reading, DecodeError> {
    let text = memo.unwrap_or_default();
    let message = |_| DecodeError::Message { what: "memo", value: text.to_owned() };
    let memo = text.parse::<Memo>().map_err(message)?;
    event.refund = matches!(memo, Memo::Refund(_));
    Ok(memo.answers().map_or(Reading::NoCrossing, |hash| Reading::Key(Some(of_transaction(&hash)))))
}

fn cctp(
    arguments: &Arguments<'_>,
    path: &str,
    event: &mut BridgeEvent,
) -> Result<Reading, DecodeError> {
    let Some(burn) = arguments.bytes(path).and_then(BurnMessage::read) else {
        // Others send messages over CCTP that move no token.
        return Ok(Reading::NoCrossing);
    };
    event.other_token = account(&burn.token).map(asset);
    event.receiver = account(&burn.receiver);
    event.amount = burn.paid();
    // In version 2 the nonce is made after the event of the source side, which
    // therefore does not hold it: such a pair has no key in the logs.
    let key = match arguments.get("nonce") {
        Some(DynSolValue::Uint(..)) => joined(arguments, &["sourceDomain", "nonce"]),
        _ => None,
    };
    Ok(Reading::Key(key))
}

fn wormhole(log: &Log, arguments: &Arguments<'_>, path: &str, event: &mut BridgeEvent) -> Reading {
    let Some(message) = arguments.bytes(path).and_then(TokenMessage::read) else {
        return Reading::NoCrossing;
    };
    let sender = arguments.address("sender");
    event.other_chain = Numbering::Wormhole.chain(message.to_chain);
    event.receiver = account(&message.receiver);
    if Numbering::Wormhole.chain(message.token_chain).as_ref() == Some(&log.chain) {
        event.token = account(&message.token).map(asset);
    }
    let parts = (Numbering::Wormhole.number(&log.chain), sender, arguments.text("sequence"));
    let (Some(chain), Some(sender), Some(sequence)) = parts else { return Reading::Key(None) };
    let padded = [&[0; 12], sender.payload()].concat();
    Reading::Key(Some(format!("{chain}:{}:{sequence}", hex(&padded))))
}

/// Both events give a domain and a nonce in one number, 32 bits each.
fn nomad(
    log: &Log,
    arguments: &Arguments<'_>,
    path: &str,
    event: &mut BridgeEvent,
    is_source: bool,
) -> Option<String> {
    let both = arguments.number(path)?;
    let (domain, nonce) = (both >> 32, both & u64::from(u32::MAX));
    let here = Numbering::Nomad.number(&log.chain)?;
    event.other_chain = Numbering::Nomad.chain(domain);
    let (from, to) = if is_source { (here, domain) } else { (domain, here) };
    Some(format!("{from}:{to}:{nonce}"))
}
