//! Chains of accounts: what transfers did to a holder.
//!
//! GraphSense knows the coin and a short list of tokens by ticker; ours is
//! the list of genuine contracts. Transfers of any other token are left out,
//! because a ticker is what whoever made the token chose.

use super::desk::{Holder, Network};
use super::refusal::Refusal;
use super::standing::{Edge, Part, Side, Standing};
use std::collections::BTreeMap;
use tracehound_model::genuine::{self, GenuineToken};
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Asset, TransferKind};
use tracehound_store::{AssetId, Place, Row, RowId, Snapshot, StoreError};

/// What a row moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moved {
    /// The chain's coin.
    Coin,
    /// A token that goes by its ticker.
    Token(&'static GenuineToken),
    /// Anything else.
    Other,
}

impl Moved {
    /// The ticker, in small letters.
    pub(super) fn ticker(self, code: &str) -> String {
        match self {
            Self::Token(token) => token.symbol.to_lowercase(),
            _ => code.to_owned(),
        }
    }
}

/// What assets are, each looked up once.
#[derive(Default)]
pub(super) struct Assets(BTreeMap<AssetId, Moved>);

impl Assets {
    /// What an asset is.
    pub(super) fn of(&mut self, snapshot: &Snapshot, id: AssetId) -> Result<Moved, StoreError> {
        if let Some(known) = self.0.get(&id) {
            return Ok(*known);
        }
        let moved = match snapshot.asset(id)?.asset {
            Asset::Native => Moved::Coin,
            Asset::Token(contract) => {
                genuine::find(snapshot.chain(), &contract).map_or(Moved::Other, Moved::Token)
            }
            _ => Moved::Other,
        };
        self.0.insert(id, moved);
        Ok(moved)
    }
}

/// A row with its place and what it moves.
pub(super) struct Transfer {
    pub(super) row: Row,
    pub(super) place: Place,
    pub(super) moved: Moved,
    /// Place among the rows of its transaction.
    pub(super) offset: u64,
}

impl Transfer {
    pub(super) fn read(
        snapshot: &Snapshot,
        assets: &mut Assets,
        id: RowId,
    ) -> Result<Self, StoreError> {
        let row = snapshot.row(id)?;
        let (place, moved) = (snapshot.place(id)?, assets.of(snapshot, row.asset)?);
        let rows = snapshot.transaction(&place.transaction)?;
        let offset = rows.map_or(0, |rows| id.0.saturating_sub(rows.start.0));
        Ok(Self { row, place, moved, offset })
    }

    /// The number after `_I` or `_T`: its place as its source gave it, or
    /// among the rows of its transaction.
    pub(super) fn number(&self) -> u64 {
        let known = self.place.ordinal.map(|ordinal| match self.row.kind {
            TransferKind::Token => ordinal.checked_sub(TOKEN_ORDINAL_BASE).unwrap_or(ordinal),
            _ => ordinal,
        });
        known.map_or(self.offset, u64::from)
    }

    /// Whether it is the value of the transaction itself.
    pub(super) fn is_external(&self) -> bool {
        self.row.kind == TransferKind::Native
    }

    /// Its first or last appearance.
    fn part(&self) -> Part {
        Part {
            height: self.place.height.0,
            time: self.place.timestamp,
            hash: self.place.transaction.to_plain_hex(),
        }
    }
}

/// How a holder stands.
pub(super) fn standing(
    network: &Network<'_>,
    snapshot: &Snapshot,
    own: Holder,
    most: usize,
) -> Result<Standing, Refusal> {
    let rates = &network.rates;
    let (received, spent) = (Side::none(rates), Side::none(rates));
    let mut standing = Standing { first: None, last: None, received, spent, truncated: false };
    let Some(id) = own.id() else { return Ok(standing) };
    let mut assets = Assets::default();
    for outward in [false, true] {
        let rows = if outward { snapshot.outgoing(id)? } else { snapshot.incoming(id)? };
        standing.truncated |= rows.len() > most;
        let side = if outward { &mut standing.spent } else { &mut standing.received };
        for row in rows.iter().take(most) {
            let row = snapshot.row(row).map(|read| (row, read))?;
            let moved = assets.of(snapshot, row.1.asset)?;
            let place = snapshot.place(row.0)?;
            add(network, side, own, &row.1, moved, place.timestamp, outward)?;
        }
        // The ends are of all rows, not only of those looked at.
        for end in [rows.get(0), rows.len().checked_sub(1).and_then(|last| rows.get(last))] {
            let Some(end) = end else { continue };
            let part = Transfer::read(snapshot, &mut assets, end)?.part();
            let earlier = |known: &Part| part.height < known.height;
            if standing.first.as_ref().is_none_or(earlier) {
                standing.first = Some(part.clone());
            }
            if standing.last.as_ref().is_none_or(|known| part.height >= known.height) {
                standing.last = Some(part);
            }
        }
    }
    Ok(standing)
}

fn add(
    network: &Network<'_>,
    side: &mut Side,
    own: Holder,
    row: &Row,
    moved: Moved,
    time: tracehound_model::Timestamp,
    outward: bool,
) -> Result<(), Refusal> {
    let rates = &network.rates;
    let other = if outward { row.to } else { row.from };
    let other = match own {
        Holder::Cluster(_) => Holder::Cluster(other),
        _ => Holder::Address(other),
    };
    let none = || super::money::Worth::none(rates);
    let edge = match moved {
        Moved::Other => return Ok(()),
        _ => side.others.entry(other).or_insert_with(|| Edge::none(rates)),
    };
    side.transactions += 1;
    edge.transactions += 1;
    match moved {
        Moved::Token(_) => {
            let ticker = moved.ticker(&network.code);
            let sum = side.tokens.entry(ticker.clone()).or_insert_with(none);
            sum.value = sum.value.add(row.amount)?;
            let sum = edge.tokens.entry(ticker).or_insert_with(none);
            sum.value = sum.value.add(row.amount)?;
        }
        _ => {
            side.worth.add(rates, row.amount, time)?;
            edge.worth.add(rates, row.amount, time)?;
        }
    }
    Ok(())
}
