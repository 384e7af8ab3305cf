//! Deposit addresses of services: an address that hands on to one service
//! what its payers sent it.
//!
//! Rule `deposit-address/1`, after Victor, "Address Clustering Heuristics for
//! Ethereum" (Financial Cryptography 2020): a payment to the address and its
//! forward to the service differ by at most 0.01 of the coin, for fees, and
//! lie at most 3,200 blocks apart. Added here: tokens are forwarded whole, as
//! no fee is taken from them; a sweep may gather several payments; and an
//! address that pays anybody but addresses of that one service is none.

use crate::AnalysisError;
use hashbrown::{HashMap, HashSet};
use tracehound_model::{Amount, Asset, Rule};
use tracehound_store::{AddressId, AssetId, Row, RowId, Snapshot};

/// The rule.
pub const DEPOSIT_RULE: Rule = Rule { name: "deposit-address", version: 1 };
/// Most blocks between the last payment and its forward.
pub const MOST_BLOCKS: u64 = 3_200;
/// Most of the coin that a forward may lack, in hundredths: a 0.01 part.
const TOLERANCE_PARTS: u64 = 100;
/// Addresses with more transfers one way are services themselves.
const MOST_ROWS: usize = 10_000;
/// Parts of a score of 1.
const WHOLE: u64 = 1_000_000;

/// What an address was found to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DepositAddress {
    /// The address.
    pub address: AddressId,
    /// The service, as the caller numbers them.
    pub service: u32,
    /// Payments to the service.
    pub forwards: usize,
    /// How many of them hand on what was paid in shortly before.
    pub matched: usize,
    /// Whose payments were handed on, ascending.
    pub payers: Vec<AddressId>,
    /// Whether the service sent it coin, to pay the fees of tokens.
    pub is_fuelled: bool,
    /// The best match, in parts of a million: 1 − ½ (missing / tolerance +
    /// blocks / most blocks), as Tutela scores it.
    pub score: u64,
    /// A payment and its forward, of the best match.
    pub proof: (RowId, RowId),
}

impl DepositAddress {
    /// Twice or by several payers: one match alone may be somebody who moved
    /// on to an exchange by himself.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        self.matched >= 2 || self.payers.len() >= 2
    }
}

/// Finds the deposit addresses of services whose addresses are known.
///
/// # Errors
/// If the store cannot be read or sums leave the range.
pub fn deposit_addresses(
    snapshot: &Snapshot,
    services: &HashMap<AddressId, u32>,
    tagged: &HashSet<AddressId>,
) -> Result<Vec<DepositAddress>, AnalysisError> {
    let mut candidates = HashSet::new();
    for address in services.keys() {
        for row in snapshot.incoming(*address)?.iter() {
            let payer = snapshot.row(row)?.from;
            if !services.contains_key(&payer) && !tagged.contains(&payer) {
                candidates.insert(payer);
            }
        }
    }
    let mut candidates: Vec<AddressId> = candidates.into_iter().collect();
    candidates.sort_unstable();
    let mut found = Vec::new();
    let coin = coin(snapshot)?;
    for address in candidates {
        found.extend(Candidate { snapshot, services, address, coin }.judge()?);
    }
    Ok(found)
}

/// The coin with what a forward of it may lack.
fn coin(snapshot: &Snapshot) -> Result<Option<(AssetId, Amount)>, AnalysisError> {
    let Some(id) = snapshot.asset_id(&Asset::Native)? else { return Ok(None) };
    let decimals = Asset::Native.own_decimals(snapshot.chain()).unwrap_or(0);
    let mut whole = Amount::from_u64(1);
    for _ in 0..decimals {
        whole = whole.multiply_divide(Amount::from_u64(10), Amount::from_u64(1))?;
    }
    let tolerance =
        whole.multiply_divide(Amount::from_u64(1), Amount::from_u64(TOLERANCE_PARTS))?;
    Ok(Some((id, tolerance)))
}

struct Candidate<'s> {
    snapshot: &'s Snapshot,
    services: &'s HashMap<AddressId, u32>,
    address: AddressId,
    coin: Option<(AssetId, Amount)>,
}

/// A payment in, waiting to be handed on.
struct Waiting {
    row: RowId,
    height: u64,
    payer: AddressId,
    amount: Amount,
}

/// What is handed on by one forward.
struct Match {
    missing: Amount,
    blocks: u64,
    from: RowId,
}

impl Candidate<'_> {
    fn judge(&self) -> Result<Option<DepositAddress>, AnalysisError> {
        let (outgoing, incoming) =
            (self.snapshot.outgoing(self.address)?, self.snapshot.incoming(self.address)?);
        if outgoing.len() > MOST_ROWS || incoming.len() > MOST_ROWS {
            return Ok(None);
        }
        let mut rows: Vec<RowId> = outgoing.iter().chain(incoming.iter()).collect();
        rows.sort_unstable();
        rows.dedup();
        let mut service = None;
        let mut waiting: HashMap<AssetId, Vec<Waiting>> = HashMap::new();
        let mut found: Option<DepositAddress> = None;
        let (mut forwards, mut matched, mut is_fuelled) = (0, 0, false);
        let mut payers = Vec::new();
        for id in rows {
            let row = self.snapshot.row(id)?;
            if row.amount.is_zero() || row.from == row.to {
                continue;
            }
            if row.to == self.address {
                // What the service itself sends is fuel, not a customer's payment.
                match self.services.get(&row.from) {
                    Some(_) => is_fuelled |= self.coin.is_some_and(|(coin, _)| coin == row.asset),
                    None => self.wait(&mut waiting, id, &row)?,
                }
                continue;
            }
            let Some(to) = self.services.get(&row.to) else { return Ok(None) };
            if *service.get_or_insert(*to) != *to {
                return Ok(None);
            }
            forwards += 1;
            let before = waiting.remove(&row.asset).unwrap_or_default();
            let Some(hit) = self.hit(id, &row, &before)? else { continue };
            matched += 1;
            payers.extend(before.iter().map(|payment| payment.payer));
            let score = self.score(&row, &hit)?;
            if found.as_ref().is_none_or(|best| score > best.score) {
                found = Some(DepositAddress {
                    address: self.address,
                    service: *to,
                    forwards: 0,
                    matched: 0,
                    payers: Vec::new(),
                    is_fuelled: false,
                    score,
                    proof: (hit.from, id),
                });
            }
        }
        payers.sort_unstable();
        payers.dedup();
        // Most of what it forwards must be what it was just paid.
        let fits = matched * 2 >= forwards;
        let told = |best| DepositAddress { forwards, matched, payers, is_fuelled, ..best };
        Ok(found.filter(|_| fits).map(told))
    }

    fn wait(
        &self,
        waiting: &mut HashMap<AssetId, Vec<Waiting>>,
        id: RowId,
        row: &Row,
    ) -> Result<(), AnalysisError> {
        let height = self.snapshot.place(id)?.height.0;
        let payment = Waiting { row: id, height, payer: row.from, amount: row.amount };
        waiting.entry(row.asset).or_default().push(payment);
        Ok(())
    }

    fn tolerance(&self, row: &Row) -> Amount {
        match self.coin {
            Some((coin, tolerance)) if coin == row.asset => tolerance,
            _ => Amount::ZERO,
        }
    }

    /// Whether a forward hands on all that waits, or the last of it.
    fn hit(
        &self,
        id: RowId,
        row: &Row,
        before: &[Waiting],
    ) -> Result<Option<Match>, AnalysisError> {
        let Some(last) = before.last() else { return Ok(None) };
        let blocks = self.snapshot.place(id)?.height.0.saturating_sub(last.height);
        if blocks > MOST_BLOCKS {
            return Ok(None);
        }
        let all = Amount::sum(before.iter().map(|payment| payment.amount))?;
        let fits = |paid: Amount| {
            let missing = paid.subtract(row.amount).ok()?;
            (missing <= self.tolerance(row)).then_some(missing)
        };
        let missing = fits(all).or_else(|| fits(last.amount));
        Ok(missing.map(|missing| Match { missing, blocks, from: last.row }))
    }

    fn score(&self, row: &Row, hit: &Match) -> Result<u64, AnalysisError> {
        let half = WHOLE / 2;
        let missing = match self.tolerance(row) {
            tolerance if tolerance.is_zero() => 0,
            tolerance => {
                let share = hit.missing.multiply_divide(Amount::from_u64(half), tolerance)?;
                share.to_u64().unwrap_or(half)
            }
        };
        Ok(WHOLE - missing.min(half) - hit.blocks * half / MOST_BLOCKS)
    }
}
