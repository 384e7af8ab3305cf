//! What a holder received and spent, and with whom it dealt.
//!
//! A holder may have millions of transactions. So many are looked at, from
//! the first on; past that the sums are floors, and the answer says so in
//! GraphSense's own fields for it.

use super::desk::{Desk, Holder, Network};
use super::json::Json;
use super::money::{Rates, Worth};
use super::refusal::Refusal;
use super::{accounts, outputs};
use std::collections::BTreeMap;
use tracehound_model::Timestamp;

/// Transactions looked at for one holder.
pub(super) const MOST_OF_ONE: usize = 100_000;
/// Transactions looked at for one of many, such as the neighbours of a page.
pub(super) const MOST_OF_MANY: usize = 5_000;

/// Where a holder took part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub(super) height: u64,
    pub(super) time: Timestamp,
    /// As GraphSense writes it.
    pub(super) hash: String,
}

impl Part {
    /// As the interface gives it.
    pub(super) fn told(&self) -> Json {
        Json::object([
            ("height", self.height.into()),
            ("timestamp", self.time.0.into()),
            ("tx_hash", self.hash.as_str().into()),
        ])
    }
}

/// What went between two holders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Edge {
    pub(super) transactions: u64,
    pub(super) worth: Worth,
    /// Tokens by ticker.
    pub(super) tokens: BTreeMap<String, Worth>,
}

impl Edge {
    pub(super) fn none(rates: &Rates<'_>) -> Self {
        Self { transactions: 0, worth: Worth::none(rates), tokens: BTreeMap::new() }
    }
}

/// A side of a holder's dealings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Side {
    pub(super) transactions: u64,
    pub(super) worth: Worth,
    pub(super) tokens: BTreeMap<String, Worth>,
    /// Whom it dealt with.
    pub(super) others: BTreeMap<Holder, Edge>,
}

impl Side {
    pub(super) fn none(rates: &Rates<'_>) -> Self {
        let (worth, tokens) = (Worth::none(rates), BTreeMap::new());
        Self { transactions: 0, worth, tokens, others: BTreeMap::new() }
    }
}

/// How a holder stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Standing {
    pub(super) first: Option<Part>,
    pub(super) last: Option<Part>,
    pub(super) received: Side,
    pub(super) spent: Side,
    /// Whether there was more than was looked at.
    pub(super) truncated: bool,
}

impl Standing {
    /// Reads at most so many transactions.
    pub(super) fn read(
        network: &Network<'_>,
        holder: Holder,
        most: usize,
    ) -> Result<Self, Refusal> {
        match (network.outputs(), network.accounts()) {
            (Some(snapshot), _) => outputs::standing(network, snapshot, holder, most),
            (None, Some(snapshot)) => accounts::standing(network, snapshot, holder, most),
            (None, None) => Err(Refusal::network(&network.code)),
        }
    }

    /// How many transactions it cost.
    pub(super) fn looked_at(&self) -> usize {
        let sum = self.received.transactions.saturating_add(self.spent.transactions).max(1);
        usize::try_from(sum).unwrap_or(usize::MAX)
    }

    /// The fields that addresses and clusters share.
    fn fields(&self, network: &Network<'_>) -> Vec<(String, Json)> {
        let (now, rates) = (network.tip_time(), &network.rates);
        let balance = self.received.worth.value.saturating_subtract(self.spent.worth.value);
        // A list has fewer than 2^64 items.
        let degree = |side: &Side| Json::from(side.others.len());
        let fields = [
            ("balance", rates.values(balance, now)),
            ("total_received", self.received.worth.told(rates)),
            ("total_spent", self.spent.worth.told(rates)),
            ("first_tx", self.first.as_ref().map_or(Json::Null, Part::told)),
            ("last_tx", self.last.as_ref().map_or(Json::Null, Part::told)),
            ("in_degree", degree(&self.received)),
            ("out_degree", degree(&self.spent)),
            ("no_incoming_txs", self.received.transactions.into()),
            ("no_outgoing_txs", self.spent.transactions.into()),
            ("token_balances", self.token_balances(rates, now)),
            ("total_tokens_received", tokens(&self.received.tokens, rates)),
            ("total_tokens_spent", tokens(&self.spent.tokens, rates)),
        ];
        fields.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    fn token_balances(&self, rates: &Rates<'_>, now: Timestamp) -> Json {
        let spent = |ticker: &String| self.spent.tokens.get(ticker).map(|worth| worth.value);
        let held = self.received.tokens.iter().filter_map(|(ticker, received)| {
            let held = received.value.saturating_subtract(spent(ticker).unwrap_or_default());
            (!held.is_zero()).then(|| (ticker.clone(), rates.values(held, now)))
        });
        let held: Vec<(String, Json)> = held.collect();
        if held.is_empty() { Json::Null } else { Json::Object(held) }
    }
}

/// Sums of tokens by ticker; nothing where there are none.
pub(super) fn tokens(sums: &BTreeMap<String, Worth>, rates: &Rates<'_>) -> Json {
    if sums.is_empty() {
        return Json::Null;
    }
    let told = |(ticker, worth): (&String, &Worth)| (ticker.clone(), worth.told(rates));
    Json::Object(sums.iter().map(told).collect())
}

/// An address, from how it stands.
pub(super) fn address(
    desk: &Desk<'_>,
    network: &Network<'_>,
    holder: Holder,
    standing: &Standing,
    with_actors: bool,
) -> Result<Json, Refusal> {
    let text = network.text(holder)?;
    let number = network.number(holder)?;
    let actors = if with_actors { desk.actors_of(network, &text) } else { Json::Null };
    let mut fields = vec![
        ("currency".to_owned(), network.code.as_str().into()),
        ("address".to_owned(), text.into()),
        ("entity".to_owned(), number.into()),
        ("cluster".to_owned(), number.into()),
        ("fresh_cluster_id".to_owned(), Json::Null),
    ];
    fields.extend(standing.fields(network));
    fields.extend([
        ("actors".to_owned(), actors),
        ("is_contract".to_owned(), Json::Null),
        ("is_possible_service".to_owned(), Json::Null),
        ("qualifiers".to_owned(), Json::Null),
        ("status".to_owned(), "clean".into()),
        ("aggregates_truncated".to_owned(), standing.truncated.then_some(true).into()),
        ("cutoff".to_owned(), cutoff(standing.truncated)),
    ]);
    Ok(Json::Object(fields))
}

/// Which fields of an address are only floors.
fn cutoff(truncated: bool) -> Json {
    if !truncated {
        return Json::Null;
    }
    let floors = [
        "total_received",
        "total_spent",
        "in_degree",
        "out_degree",
        "no_incoming_txs",
        "no_outgoing_txs",
    ];
    Json::object([
        ("floor_fields", floors.to_vec().into()),
        ("approximate_fields", vec!["balance", "token_balances", "last_tx"].into()),
    ])
}

/// A cluster, from how it stands.
pub(super) fn cluster(
    desk: &Desk<'_>,
    network: &Network<'_>,
    holder: Holder,
    standing: &Standing,
    wanted: Told,
) -> Result<Json, Refusal> {
    let number = network.number(holder)?;
    let members = holder.id().map_or(1, |id| network.members(id).len());
    let tags = desk.tags_of_cluster(network, holder)?;
    let best = match (wanted.best_tag, tags.best()) {
        (true, Some(tag)) => desk.told(tag, Some(network))?,
        _ => Json::Null,
    };
    let mut fields = vec![
        ("currency".to_owned(), network.code.as_str().into()),
        ("entity".to_owned(), number.into()),
        ("cluster".to_owned(), number.into()),
        ("root_address".to_owned(), network.text(holder)?.into()),
    ];
    fields.extend(standing.fields(network));
    fields.extend([
        ("no_addresses".to_owned(), members.into()),
        ("no_address_tags".to_owned(), tags.count().into()),
        ("actors".to_owned(), if wanted.actors { tags.actors(desk) } else { Json::Null }),
        ("best_address_tag".to_owned(), best),
    ]);
    // The interface wants both transactions of every cluster.
    let none = Part { height: 0, time: Timestamp(0), hash: String::new() }.told();
    for (name, value) in &mut fields {
        if (name == "first_tx" || name == "last_tx") && *value == Json::Null {
            value.clone_from(&none);
        }
    }
    Ok(Json::Object(fields))
}

/// What is told of a cluster besides its sums.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) best_tag: bool,
    pub(super) actors: bool,
}
