//! Transactions of a holder, and those between two holders, page by page.
//!
//! A page goes on from a transaction or row, not from a count: the millionth
//! page costs what the first does.

use super::accounts::{Assets, Moved, Transfer};
use super::asked::Asked;
use super::blocks::{Heights, Limits};
use super::desk::{Desk, Holder, Network};
use super::json::Json;
use super::outputs::{party, payments, placed, transactions};
use super::page::{Cursor, cursor};
use super::refusal::Refusal;
use super::txs::told_transfer;
use tracehound_model::{Amount, Height};
use tracehound_store::utxo::{OutputLedger, TransactionId, UtxoSnapshot};
use tracehound_store::{RowId, RowList, Snapshot};

/// Rows on a page where none is asked for.
const PAGE: usize = 1_000;
/// Transactions or rows looked at for one page.
const MOST_LOOKED_AT: usize = 50_000;
/// Transactions of one holder that are brought into order.
const MOST_OF_ONE: usize = 5_000_000;

/// What is asked of a listing.
pub(super) struct Query {
    limits: Limits,
    /// `Some(true)` for what left the holder.
    outward: Option<bool>,
    rising: bool,
    ticker: Option<String>,
    size: usize,
}

impl Query {
    fn asked(asked: &mut Asked) -> Self {
        let direction = asked.one_of("direction", &["in", "out"]);
        Self {
            limits: Limits::asked(asked),
            outward: direction.map(|direction| direction == "out"),
            rising: asked.text("order").is_some_and(|order| order.eq_ignore_ascii_case("asc")),
            ticker: asked.text("token_currency").map(|text| text.trim().to_lowercase()),
            size: asked.page_size(PAGE),
        }
    }
}

/// Transactions of a range of heights, from the one the page begins with, in
/// the order asked for.
fn in_order(
    snapshot: &UtxoSnapshot,
    mut all: Vec<TransactionId>,
    heights: &Heights,
    rising: bool,
    from: Option<u64>,
) -> Result<Vec<TransactionId>, Refusal> {
    let above = |height: u64| snapshot.first_above(Height(height));
    let start = heights.start.checked_sub(1).map_or(Ok(TransactionId(0)), above)?;
    let end = match heights.end {
        0 => TransactionId(0),
        end => above(end - 1)?,
    };
    all.retain(|id| (start..end).contains(id));
    if !rising {
        all.reverse();
    }
    let before = |id: &TransactionId| match from {
        Some(from) if rising => u64::from(id.0) < from,
        Some(from) => u64::from(id.0) > from,
        None => false,
    };
    let begun = all.partition_point(before);
    Ok(all.split_off(begun))
}

fn transaction_cursor(asked: &Asked) -> Result<Option<u64>, Refusal> {
    cursor(asked, |cursor| match cursor {
        Cursor::Transaction(number) => Some(number),
        _ => None,
    })
}

/// Walks transactions until a page is full; what `tell` gives nothing for is
/// passed over.
fn page_of(
    ids: Vec<TransactionId>,
    size: usize,
    mut tell: impl FnMut(TransactionId) -> Result<Option<Json>, Refusal>,
) -> Result<(Vec<Json>, Option<String>), Refusal> {
    let mut told = Vec::new();
    for (looked, id) in ids.into_iter().enumerate() {
        if told.len() == size || looked == MOST_LOOKED_AT {
            return Ok((told, Some(Cursor::Transaction(id.0.into()).to_token())));
        }
        told.extend(tell(id)?);
    }
    Ok((told, None))
}

fn of_outputs(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    holder: Holder,
    asked: &Asked,
    query: &Query,
) -> Result<(Vec<Json>, Option<String>), Refusal> {
    if query.ticker.as_ref().is_some_and(|ticker| *ticker != network.code) {
        return Ok((Vec::new(), None));
    }
    let (all, _) = transactions(network, snapshot, holder, MOST_OF_ONE)?;
    let heights = query.limits.heights(network)?;
    let from = transaction_cursor(asked)?;
    let ids = in_order(snapshot, all, &heights, query.rising, from)?;
    page_of(ids, query.size, |id| {
        let found = payments(network, snapshot, holder, id)?;
        let Some(change) = found.changes.get(&party(holder)).copied() else { return Ok(None) };
        if query.outward.is_some_and(|outward| (change < 0) != outward) {
            return Ok(None);
        }
        let at = placed(snapshot, id)?;
        let value = Amount::from_u128(change.unsigned_abs());
        Ok(Some(Json::object([
            ("tx_type", "utxo".into()),
            ("tx_hash", snapshot.hash(id)?.to_plain_hex().into()),
            ("currency", network.code.as_str().into()),
            ("coinbase", snapshot.transaction(id)?.fields.coinbase.into()),
            ("height", at.height.0.into()),
            ("timestamp", at.time.0.into()),
            ("value", network.rates.signed(value, change < 0, at.time)),
        ])))
    })
}

/// Rows of one account in both directions in the order of the chain. A row
/// goes by twice its number, and one more where it left the account.
struct Merged<'l> {
    sides: Vec<(&'l RowList<'l>, u64, usize)>,
    rising: bool,
}

impl<'l> Merged<'l> {
    fn new(lists: Vec<(&'l RowList<'l>, bool)>, rising: bool, from: u64) -> Self {
        let sides = lists.into_iter().map(|(list, outward)| {
            let outward = u64::from(outward);
            let at = match rising {
                true => list.first_at_or_after(RowId(from.saturating_sub(outward).div_ceil(2))),
                false if from < outward => 0,
                false => list.first_at_or_after(RowId((from - outward) / 2 + 1)),
            };
            (list, outward, at)
        });
        Self { sides: sides.collect(), rising }
    }

    /// The next one; with `take` it is passed over.
    fn next(&mut self, take: bool) -> Option<u64> {
        let rising = self.rising;
        let key = |(list, outward, at): &(&RowList<'_>, u64, usize)| {
            let place = if rising { Some(*at) } else { at.checked_sub(1) };
            Some(list.get(place?)?.0 * 2 + outward)
        };
        let keys = self.sides.iter().filter_map(key);
        let next = if rising { keys.min() } else { keys.max() }?;
        for side in self.sides.iter_mut().filter(|side| take && key(side) == Some(next)) {
            side.2 = if rising { side.2 + 1 } else { side.2 - 1 };
        }
        Some(next)
    }
}

/// Keys of rows from the first up to, not including, the last.
fn keys(snapshot: &Snapshot, heights: &Heights) -> Result<(u64, u64), Refusal> {
    let first = |height: u64| snapshot.first_row_at_height(Height(height));
    let end = match heights.end {
        u64::MAX => RowId(snapshot.row_count()),
        end => first(end)?,
    };
    Ok((first(heights.start)?.0 * 2, end.0 * 2))
}

fn row_cursor(asked: &Asked) -> Result<Option<u64>, Refusal> {
    cursor(asked, |cursor| match cursor {
        Cursor::Row(number) => Some(number),
        _ => None,
    })
}

/// A page of rows that `fits` lets through.
fn page_of_rows(
    network: &Network<'_>,
    snapshot: &Snapshot,
    lists: Vec<(&RowList<'_>, bool)>,
    asked: &Asked,
    query: &Query,
    fits: impl Fn(&Transfer) -> bool,
) -> Result<(Vec<Json>, Option<String>), Refusal> {
    let (start, end) = keys(snapshot, &query.limits.heights(network)?)?;
    let Some(last) = end.checked_sub(1).filter(|last| *last >= start) else {
        return Ok((Vec::new(), None));
    };
    let from = match (row_cursor(asked)?, query.rising) {
        (Some(from), _) => from.clamp(start, last),
        (None, true) => start,
        (None, false) => last,
    };
    let signed = lists.len() > 1 || query.outward.is_some();
    let mut rows = Merged::new(lists, query.rising, from);
    let (mut assets, mut told, mut looked) = (Assets::default(), Vec::new(), 0);
    while let Some(key) = rows.next(false).filter(|key| (start..end).contains(key)) {
        if told.len() == query.size || looked == MOST_LOOKED_AT {
            return Ok((told, Some(Cursor::Row(key).to_token())));
        }
        rows.next(true);
        looked += 1;
        let transfer = Transfer::read(snapshot, &mut assets, RowId(key / 2))?;
        let ticker = transfer.moved.ticker(&network.code);
        let named = query.ticker.as_ref().is_none_or(|wanted| *wanted == ticker);
        if transfer.moved != Moved::Other && named && fits(&transfer) {
            let negative = signed && key % 2 == 1;
            told.push(told_transfer(network, snapshot, &transfer, negative, false)?);
        }
    }
    Ok((told, None))
}

fn of_accounts(
    network: &Network<'_>,
    snapshot: &Snapshot,
    holder: Holder,
    asked: &Asked,
    query: &Query,
) -> Result<(Vec<Json>, Option<String>), Refusal> {
    let Some(id) = holder.id() else { return Ok((Vec::new(), None)) };
    let (incoming, outgoing) = (snapshot.incoming(id)?, snapshot.outgoing(id)?);
    let mut lists = vec![(&incoming, false), (&outgoing, true)];
    lists.retain(|(_, outward)| query.outward.is_none_or(|wanted| wanted == *outward));
    page_of_rows(network, snapshot, lists, asked, query, |_| true)
}

fn told(list: &str, (rows, next): (Vec<Json>, Option<String>)) -> Json {
    Json::object([(list, Json::List(rows)), ("next_page", next.into())])
}

fn of_holder(
    network: &Network<'_>,
    holder: Option<Holder>,
    asked: &Asked,
    query: &Query,
) -> Result<Json, Refusal> {
    let page = match (holder, network.outputs(), network.accounts()) {
        (Some(holder), Some(snapshot), _) => of_outputs(network, snapshot, holder, asked, query)?,
        (Some(holder), None, Some(snapshot)) => {
            of_accounts(network, snapshot, holder, asked, query)?
        }
        _ => (Vec::new(), None),
    };
    Ok(told("address_txs", page))
}

/// `GET /{currency}/addresses/{address}/txs`.
pub(super) fn of_address(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    let query = Query::asked(asked);
    asked.check()?;
    let network = desk.network(&code)?;
    let holder = network.holder(&text)?;
    of_holder(&network, Some(holder), asked, &query)
}

/// `GET /{currency}/clusters/{cluster}/txs`; an unknown cluster has none.
pub(super) fn of_cluster(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, number) = (asked.needed("currency"), super::clusters::number(asked));
    let query = Query::asked(asked);
    asked.check()?;
    let network = desk.network(&code)?;
    of_holder(&network, network.cluster(number)?, asked, &query)
}

/// Transactions in which one holder pays another.
fn between(
    network: &Network<'_>,
    (from, to): (Holder, Holder),
    asked: &Asked,
    query: &Query,
) -> Result<Json, Refusal> {
    if let Some(snapshot) = network.outputs() {
        return between_outputs(network, snapshot, (from, to), asked, query);
    }
    let (Some(snapshot), Some(from), Some(to)) = (network.accounts(), from.id(), to.id()) else {
        return Ok(told("links", (Vec::new(), None)));
    };
    let (sent, received) = (snapshot.outgoing(from)?, snapshot.incoming(to)?);
    // The shorter list is read; a row stands in both.
    let list = if sent.len() <= received.len() { &sent } else { &received };
    let fits = |transfer: &Transfer| transfer.row.from == from && transfer.row.to == to;
    let page = page_of_rows(network, snapshot, vec![(list, false)], asked, query, fits)?;
    Ok(told("links", page))
}

fn between_outputs(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    (from, to): (Holder, Holder),
    asked: &Asked,
    query: &Query,
) -> Result<Json, Refusal> {
    let (sent, _) = transactions(network, snapshot, from, MOST_OF_ONE)?;
    let (received, _) = transactions(network, snapshot, to, MOST_OF_ONE)?;
    let mut both = sent;
    both.retain(|id| received.binary_search(id).is_ok());
    let heights = query.limits.heights(network)?;
    let cursor = transaction_cursor(asked)?;
    let ids = in_order(snapshot, both, &heights, query.rising, cursor)?;
    let page = page_of(ids, query.size, |id| {
        let change = |holder| -> Result<i128, Refusal> {
            let found = payments(network, snapshot, holder, id)?;
            Ok(found.changes.get(&party(holder)).copied().unwrap_or(0))
        };
        let (paid, got) = (change(from)?, change(to)?);
        if paid >= 0 || got <= 0 {
            return Ok(None);
        }
        let at = placed(snapshot, id)?;
        let values = |change: i128| {
            let amount = Amount::from_u128(change.unsigned_abs());
            network.rates.signed(amount, change < 0, at.time)
        };
        Ok(Some(Json::object([
            ("tx_type", "utxo".into()),
            ("tx_hash", snapshot.hash(id)?.to_plain_hex().into()),
            ("currency", network.code.as_str().into()),
            ("height", at.height.0.into()),
            ("timestamp", at.time.0.into()),
            ("input_value", values(paid)),
            ("output_value", values(got)),
        ])))
    })?;
    Ok(told("links", page))
}

/// `GET /{currency}/addresses/{address}/links`.
pub(super) fn address_links(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    let neighbour = asked.needed("neighbor");
    let query = Query::asked(asked);
    asked.check()?;
    let network = desk.network(&code)?;
    let ends = (network.holder(&text)?, network.holder(&neighbour)?);
    between(&network, ends, asked, &query)
}

/// `GET /{currency}/clusters/{cluster}/links`.
pub(super) fn cluster_links(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, number) = (asked.needed("currency"), super::clusters::number(asked));
    let neighbour = asked.needed_number("neighbor", super::blocks::ANY);
    let query = Query::asked(asked);
    asked.check()?;
    let network = desk.network(&code)?;
    let known = |number: i128| {
        let missing = || Refusal::cluster(&network.code, &number.to_string());
        network.cluster(number)?.ok_or_else(missing)
    };
    between(&network, (known(number)?, known(neighbour)?), asked, &query)
}
