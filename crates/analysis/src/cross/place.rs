//! Where the two sides of a crossing stand in the data of their chains.

use super::claim::{Claim, ClaimSide};
use super::leg::{ChainData, CrossChain};
use crate::AnalysisError;
use hashbrown::HashSet;
use tracehound_model::{Amount, Asset, Category, Chain, Timestamp};
use tracehound_store::utxo::{OutputId, OutputLedger};
use tracehound_store::{Row, RowId, Snapshot};

/// Why a part is not followed whose time speaks against it.
const EARLY: &str = "paid out before it was paid in";

/// A transfer or an output.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Entry {
    /// On a chain of accounts.
    Row(RowId),
    /// On a chain of unspent outputs.
    Output(OutputId),
}

/// A side found in the data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spot {
    /// Index among the chains of the case.
    pub chain: usize,
    /// The transfers or outputs that make it up.
    pub entries: Vec<Entry>,
    /// Value of each.
    pub values: Vec<Amount>,
    /// What is moved.
    pub asset: Asset,
    /// Block time.
    pub time: Timestamp,
}

impl Spot {
    /// All that was moved.
    ///
    /// # Errors
    /// If the sum leaves the range of amounts.
    pub fn amount(&self) -> Result<Amount, AnalysisError> {
        Ok(Amount::sum(self.values.iter().copied())?)
    }
}

/// Something that was paid out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The chain it was paid out on.
    pub chain: Chain,
    /// Where it stands in the data; `None` if they do not hold it.
    pub spot: Option<Spot>,
    /// How much was paid out: by the data, or else by the event.
    pub amount: Option<Amount>,
    /// Of what.
    pub asset: Option<Asset>,
    /// Why it is not followed, if it is not.
    pub problem: Option<String>,
}

impl Part {
    /// Whether its time speaks against it.
    #[must_use]
    pub fn is_early(&self) -> bool {
        self.problem.as_deref() == Some(EARLY)
    }
}

/// A crossing with its sides, in the order of the claims.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crossing {
    /// Where it was paid in; `None` if the data do not hold it.
    pub source: Option<Spot>,
    /// What was paid out, in the order of the claim.
    pub parts: Vec<Part>,
    /// Why no taint is carried over, if none is.
    pub problem: Option<String>,
}

impl Crossing {
    /// Whether taint is carried over.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.problem.is_none() && self.source.is_some()
    }
}

/// Entries that a side was found in, so that no other side is.
#[derive(Default)]
struct Taken {
    paid_in: HashSet<(usize, Entry)>,
    paid_out: HashSet<(usize, Entry)>,
}

/// Places every claim.
pub(super) fn place(
    chains: &[CrossChain<'_>],
    claims: &[Claim],
) -> Result<Vec<Crossing>, AnalysisError> {
    let mut taken = Taken::default();
    claims.iter().map(|claim| place_one(chains, claim, &mut taken)).collect()
}

fn place_one(
    chains: &[CrossChain<'_>],
    claim: &Claim,
    taken: &mut Taken,
) -> Result<Crossing, AnalysisError> {
    let source = find(chains, &claim.source, true, &mut taken.paid_in)?;
    let paid_at = claim.source.time.or(source.as_ref().map(|spot| spot.time));
    let mut parts = Vec::with_capacity(claim.destinations.len());
    for side in &claim.destinations {
        let spot = match claim.refused {
            Some(_) => None,
            None => find(chains, side, false, &mut taken.paid_out)?,
        };
        parts.push(part(chains, side, spot, paid_at)?);
    }
    let early = !parts.is_empty() && parts.iter().all(Part::is_early);
    let problem = match (&claim.refused, &source) {
        (Some(reason), _) => Some(reason.clone()),
        (None, None) => Some("the data do not hold what was paid in".to_owned()),
        (None, Some(_)) if parts.is_empty() => Some("no counterpart known".to_owned()),
        (None, Some(_)) => early.then(|| EARLY.to_owned()),
    };
    Ok(Crossing { source, parts, problem })
}

/// A part with the reason, if there is one, why it is not followed.
fn part(
    chains: &[CrossChain<'_>],
    side: &ClaimSide,
    spot: Option<Spot>,
    paid_at: Option<Timestamp>,
) -> Result<Part, AnalysisError> {
    let found = spot.as_ref().map(|spot| (spot.asset, spot.time));
    let early = paid_at.zip(side.time.or(found.map(|found| found.1)));
    let problem = if early.is_some_and(|(paid_at, time)| time < paid_at) {
        Some(EARLY.to_owned())
    } else if spot.is_some() {
        None
    } else if chains.iter().any(|chain| chain.chain == side.chain) {
        Some("the data of that chain do not hold what was paid out".to_owned())
    } else {
        Some("the case has no data of that chain".to_owned())
    };
    let held = spot.as_ref().map(Spot::amount).transpose()?;
    Ok(Part {
        chain: side.chain.clone(),
        amount: held.or(side.amount),
        asset: found.map(|found| found.0).or(side.asset),
        spot: spot.filter(|_| problem.is_none()),
        problem,
    })
}

fn find(
    chains: &[CrossChain<'_>],
    side: &ClaimSide,
    paid_in: bool,
    taken: &mut HashSet<(usize, Entry)>,
) -> Result<Option<Spot>, AnalysisError> {
    let at = chains.iter().position(|chain| chain.chain == side.chain);
    let (Some(number), Some(transaction)) = (at, side.transaction) else { return Ok(None) };
    let candidates = match &chains[number].data {
        ChainData::Accounts(snapshot, request) => {
            let rows = snapshot.transaction(&transaction)?;
            let rows = rows.filter(|rows| rows.end.0 <= request.end.0);
            let Some(rows) = rows else { return Ok(None) };
            account_candidates(snapshot, (rows.start.0..rows.end.0).map(RowId), side, |to| {
                request.stops.services.get(&to) == Some(&Category::Bridge)
            })?
        }
        ChainData::Outputs(ledger, request) => {
            let id = ledger.find(&transaction)?.filter(|id| *id < request.end);
            let Some(id) = id else { return Ok(None) };
            output_candidates(*ledger, id, side, |to| {
                request.stops.services.get(&to) == Some(&Category::Bridge)
            })?
        }
    };
    let Some(chosen) = choose(&candidates, side, paid_in, |entry| taken.contains(&(number, entry)))
    else {
        return Ok(None);
    };
    claim_on(&candidates, &chosen, |entry| {
        taken.insert((number, entry));
    });
    let Some(first) = chosen.first() else { return Ok(None) };
    let time = match (&chains[number].data, first.entry) {
        (ChainData::Accounts(snapshot, _), Entry::Row(row)) => snapshot.place(row)?.timestamp,
        (ChainData::Outputs(ledger, _), Entry::Output(o)) => ledger.block(o.transaction)?.timestamp,
        _ => return Ok(None),
    };
    Ok(Some(Spot {
        chain: number,
        entries: chosen.iter().map(|candidate| candidate.entry).collect(),
        values: chosen.iter().map(|candidate| candidate.value).collect(),
        asset: first.asset,
        time,
    }))
}

/// A transfer or output of the transaction a side names.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    entry: Entry,
    from: u32,
    to: Option<u32>,
    asset: Asset,
    value: Amount,
    /// Pays the address that the side names.
    pays_named: bool,
    /// Pays an address that a tag calls a bridge.
    pays_bridge: bool,
}

fn account_candidates(
    snapshot: &Snapshot,
    rows: impl Iterator<Item = RowId>,
    side: &ClaimSide,
    is_bridge: impl Fn(tracehound_store::AddressId) -> bool,
) -> Result<Vec<Candidate>, AnalysisError> {
    let named = side.address.map(|address| snapshot.address_id(&address)).transpose()?.flatten();
    let mut candidates = Vec::new();
    for row in rows {
        let Row { from, to, asset, amount, .. } = snapshot.row(row)?;
        if amount.is_zero() {
            continue;
        }
        candidates.push(Candidate {
            entry: Entry::Row(row),
            from: from.0,
            to: Some(to.0),
            asset: snapshot.asset(asset)?.asset,
            value: amount,
            pays_named: named == Some(to),
            pays_bridge: is_bridge(to),
        });
    }
    Ok(candidates)
}

fn output_candidates(
    ledger: &dyn OutputLedger,
    transaction: tracehound_store::utxo::TransactionId,
    side: &ClaimSide,
    is_bridge: impl Fn(tracehound_store::AddressId) -> bool,
) -> Result<Vec<Candidate>, AnalysisError> {
    let named = match side.address {
        Some(address) => ledger.address_id(&address.on(ledger.chain()))?,
        None => None,
    };
    let view = ledger.transaction(transaction)?;
    let mut candidates = Vec::new();
    for (index, output) in (0..).zip(view.outputs) {
        let Some(address) = output.address() else { continue };
        candidates.push(Candidate {
            entry: Entry::Output(OutputId { transaction, index }),
            from: u32::MAX,
            to: Some(address.0),
            asset: Asset::Native,
            value: Amount::from_u64(output.value().0),
            pays_named: named == Some(address),
            pays_bridge: is_bridge(address),
        });
    }
    Ok(candidates)
}

/// The entries that are a side: one of its amount, or, where none is, those to
/// one address that add up to it. Where several are of the amount: one to the
/// address named, else, paid in, one to a tagged bridge, else the first. The coin
/// stands in for a token that the data do not show moving, since bridges wrap
/// it one for one. Without an amount, what pays the address named.
fn choose(
    candidates: &[Candidate],
    side: &ClaimSide,
    paid_in: bool,
    is_taken: impl Fn(Entry) -> bool,
) -> Option<Vec<Candidate>> {
    let free: Vec<Candidate> =
        candidates.iter().copied().filter(|candidate| !is_taken(candidate.entry)).collect();
    let assets = match side.asset {
        Some(asset) => vec![asset, Asset::Native],
        None => {
            let mut assets: Vec<Asset> = free.iter().map(|candidate| candidate.asset).collect();
            assets.sort_unstable();
            assets.dedup();
            assets
        }
    };
    let strict = !paid_in && side.address.is_some();
    assets.into_iter().find_map(|asset| {
        let of: Vec<Candidate> = free
            .iter()
            .copied()
            .filter(|candidate| candidate.asset == asset && (!strict || candidate.pays_named))
            .collect();
        match side.amount {
            Some(amount) => one_of(&of, amount, paid_in).or_else(|| adding_up(&of, amount)),
            None => {
                let named = |c: &Candidate| c.pays_named || (paid_in && c.pays_bridge);
                let named: Vec<Candidate> = of.into_iter().filter(named).collect();
                (!named.is_empty()).then_some(named)
            }
        }
    })
}

fn one_of(of: &[Candidate], amount: Amount, paid_in: bool) -> Option<Vec<Candidate>> {
    let exact = || of.iter().filter(|candidate| candidate.value == amount);
    let best = exact()
        .find(|candidate| candidate.pays_named)
        .or_else(|| exact().find(|candidate| paid_in && candidate.pays_bridge))
        .or_else(|| exact().next())?;
    Some(vec![*best])
}

fn adding_up(of: &[Candidate], amount: Amount) -> Option<Vec<Candidate>> {
    let mut payees: Vec<u32> = of.iter().filter_map(|candidate| candidate.to).collect();
    payees.sort_unstable();
    payees.dedup();
    payees.into_iter().find_map(|payee| {
        let to: Vec<Candidate> =
            of.iter().copied().filter(|candidate| candidate.to == Some(payee)).collect();
        let sum = Amount::sum(to.iter().map(|candidate| candidate.value)).ok()?;
        (sum == amount).then_some(to)
    })
}

/// Takes the entries, and on a chain of accounts those by which the same money
/// is handed on in the transaction, so that a second payment of the same
/// amount is not mistaken for the first one's way on.
fn claim_on(candidates: &[Candidate], chosen: &[Candidate], mut take: impl FnMut(Entry)) {
    for one in chosen {
        take(one.entry);
        let mut at = one.to;
        for next in candidates.iter().filter(|candidate| candidate.entry > one.entry) {
            let goes_on = Some(next.from) == at && next.value == one.value;
            if goes_on && next.asset == one.asset {
                take(next.entry);
                at = next.to;
            }
        }
    }
}
