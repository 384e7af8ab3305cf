//! Which payments out could belong to a payment in.

use super::KeylessParameters;
use super::model::{Cell, cell};
use crate::event::BridgeEvent;
use crate::tokens::TokenMap;
use std::collections::BTreeMap;
use tracehound_model::{Address, Amount, Asset, Chain};

/// Why a payment in has no candidates whatever is paid out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Unresolved {
    /// It does not say to which chain.
    Chain,
    /// It does not say to whom.
    Receiver,
    /// No table says what stands for its asset there.
    Asset,
    /// It does not say how much.
    Amount,
}

impl Unresolved {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain unresolved",
            Self::Receiver => "receiver unresolved",
            Self::Asset => "asset unresolved",
            Self::Amount => "amount unresolved",
        }
    }
}

/// A payment out that could belong.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// By number.
    pub destination: usize,
    /// Seconds after the payment in, if both times are known.
    pub lag: Option<i64>,
    /// Kept by the bridge, in millionths of what was paid in.
    pub fee: u32,
    /// From 0 to 1.
    pub probability: f64,
    pub(super) cell: Cell,
}

/// Payments out of one receiver in one asset.
type Place = (Chain, Address, Vec<u8>);

/// A payment in with what there is around it.
pub(super) struct Asked {
    pub(super) source: usize,
    pub(super) candidates: Vec<Candidate>,
    pub(super) unresolved: Option<Unresolved>,
    /// Payments out to the same receiver in the same asset, at any time.
    pub(super) around: usize,
    /// Cells of those that came *before* it, by the size of their lead: none
    /// of them can be its own.
    pub(super) mirror: Vec<Cell>,
}

/// All payments in.
pub(super) struct Pool {
    pub(super) asked: Vec<Asked>,
    /// Seconds between the first and the last payment out.
    pub(super) span: i64,
}

impl Pool {
    pub(super) fn new(
        events: &[BridgeEvent],
        sources: &[usize],
        destinations: &[usize],
        tokens: &TokenMap,
        parameters: &KeylessParameters,
    ) -> Self {
        let mut places: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for number in destinations {
            let Some(event) = events.get(*number) else { continue };
            if let (Some(receiver), Some(token)) = (event.receiver, event.token) {
                let place = (event.chain.clone(), receiver, token.to_key().to_vec());
                places.entry(place).or_default().push(*number);
            }
        }
        let finder = Finder { events, places, tokens, parameters };
        let mut asked: Vec<Asked> = sources.iter().map(|number| finder.ask(*number)).collect();
        // By content, so that sums of floats do not depend on the order of files.
        asked.sort_by(|one, other| events[one.source].canonical_order(&events[other.source]));
        let times = || destinations.iter().filter_map(|n| events.get(*n)?.time);
        let span = times().max().zip(times().min()).map_or(0, |(last, first)| last.0 - first.0);
        Self { asked, span: span.max(1) }
    }
}

struct Finder<'a> {
    events: &'a [BridgeEvent],
    places: BTreeMap<Place, Vec<usize>>,
    tokens: &'a TokenMap,
    parameters: &'a KeylessParameters,
}

impl Finder<'_> {
    fn ask(&self, source: usize) -> Asked {
        let mut asked = Asked {
            source,
            candidates: Vec::new(),
            unresolved: None,
            around: 0,
            mirror: Vec::new(),
        };
        if let Err(unresolved) = self.fill(&mut asked) {
            asked.unresolved = Some(unresolved);
        }
        asked
    }

    fn fill(&self, asked: &mut Asked) -> Result<(), Unresolved> {
        let event = &self.events[asked.source];
        let chain = event.other_chain.as_ref().ok_or(Unresolved::Chain)?;
        let receiver = event.receiver.ok_or(Unresolved::Receiver)?;
        let wanted = self.wanted(event, chain);
        if wanted.is_empty() {
            return Err(Unresolved::Asset);
        }
        for asset in wanted {
            let expected = self.expected(event, chain, asset).ok_or(Unresolved::Amount)?;
            let place = (chain.clone(), receiver, asset.to_key().to_vec());
            let around = self.places.get(&place).map(Vec::as_slice).unwrap_or_default();
            asked.around += around.len();
            for number in around {
                self.look(event, expected, *number, asked);
            }
        }
        let order = |one: &Candidate, other: &Candidate| {
            self.events[one.destination].canonical_order(&self.events[other.destination])
        };
        asked.candidates.sort_by(order);
        Ok(())
    }

    /// What the event itself names, else what a table maps.
    fn wanted(&self, event: &BridgeEvent, chain: &Chain) -> Vec<Asset> {
        match (event.other_token, event.token) {
            (Some(named), _) => vec![named],
            (None, Some(token)) => self.tokens.counterparts(&event.chain, token, chain),
            (None, None) => Vec::new(),
        }
    }

    fn expected(&self, event: &BridgeEvent, chain: &Chain, asset: Asset) -> Option<Amount> {
        let expected = match (event.other_amount, event.amount, event.token) {
            (Some(promised), ..) => Some(promised),
            (None, Some(amount), Some(token)) => {
                self.tokens.rescale(amount, (&event.chain, token), (chain, asset))
            }
            (None, amount, None) => amount,
            _ => None,
        };
        expected.filter(|amount| !amount.is_zero())
    }

    fn look(&self, event: &BridgeEvent, expected: Amount, number: usize, asked: &mut Asked) {
        let paid = &self.events[number];
        let Some(fee) = paid.amount.and_then(|amount| kept(expected, amount)) else { return };
        if fee > self.parameters.largest_fee {
            return;
        }
        let lag = event.time.zip(paid.time).map(|(from, to)| to.0 - from.0);
        match lag {
            Some(lag) if lag.unsigned_abs() > self.parameters.window.unsigned_abs() => {}
            Some(lag) if lag < 0 => asked.mirror.push(cell(Some(-lag), fee)),
            _ => asked.candidates.push(Candidate {
                destination: number,
                lag,
                fee,
                probability: 0.0,
                cell: cell(lag, fee),
            }),
        }
    }
}

/// What was kept of what was expected, in millionths, rounded up so that
/// nothing kept is told from almost nothing; `None` if more was paid.
fn kept(expected: Amount, paid: Amount) -> Option<u32> {
    let kept = expected.subtract(paid).ok()?;
    if kept.is_zero() {
        return Some(0);
    }
    let part = kept.multiply_divide(Amount::from_u64(1_000_000), expected).ok()?.to_u64()?;
    u32::try_from(part).ok()?.checked_add(1)
}
