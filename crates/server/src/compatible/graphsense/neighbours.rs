//! Whom a holder dealt with.
//!
//! Each neighbour is told with how it stands itself, which is looked up for
//! those of the page only; a page ends early rather than late.

use super::asked::Asked;
use super::blocks::ANY;
use super::clusters::number;
use super::desk::{Desk, Holder, Network};
use super::json::Json;
use super::page::{Cursor, cursor};
use super::refusal::Refusal;
use super::standing::{Edge, MOST_OF_MANY, MOST_OF_ONE, Standing, Told, address, cluster, tokens};
use std::collections::BTreeSet;

/// Neighbours on a page where none is asked for.
const PAGE: usize = 100;
/// Transactions looked at for one page of neighbours.
const MOST_OF_PAGE: usize = 100_000;

/// What is asked of neighbours.
struct Query {
    outward: bool,
    labels: bool,
    actors: bool,
    size: usize,
}

impl Query {
    fn asked(asked: &mut Asked, actors: bool) -> Self {
        Self {
            outward: asked.outward(),
            labels: asked.flag("include_labels", false),
            actors: asked.flag("include_actors", actors),
            size: asked.page_size(PAGE),
        }
    }
}

/// The number of a holder as a neighbour, in the order of neighbours.
fn key(holder: Holder) -> u64 {
    holder.id().map_or(0, |id| u64::from(id.0) + 1)
}

/// Neighbours from the one the page begins with.
fn others(
    network: &Network<'_>,
    holder: Holder,
    outward: bool,
    asked: &Asked,
    only: Option<&BTreeSet<Holder>>,
) -> Result<(Vec<(Holder, Edge)>, bool), Refusal> {
    let from = cursor(asked, |cursor| match cursor {
        Cursor::Party(number) => Some(number),
        _ => None,
    })?;
    let standing = Standing::read(network, holder, MOST_OF_ONE)?;
    let side = if outward { standing.spent } else { standing.received };
    let wanted = |holder: &Holder| {
        only.is_none_or(|only| only.contains(holder))
            && from.is_none_or(|from| key(*holder) >= from)
    };
    let found = side.others.into_iter().filter(|(holder, _)| wanted(holder)).collect();
    Ok((found, standing.truncated))
}

/// Tells neighbours until the page is full or has cost enough.
fn page_of(
    found: Vec<(Holder, Edge)>,
    size: usize,
    mut tell: impl FnMut(Holder, &Edge, &mut usize) -> Result<Json, Refusal>,
) -> Result<(Vec<Json>, Option<String>), Refusal> {
    let (mut told, mut spent) = (Vec::new(), 0);
    for (holder, edge) in found {
        if told.len() == size || (spent > MOST_OF_PAGE && !told.is_empty()) {
            return Ok((told, Some(Cursor::Party(key(holder)).to_token())));
        }
        told.push(tell(holder, &edge, &mut spent)?);
    }
    Ok((told, None))
}

fn edge_fields(network: &Network<'_>, edge: &Edge) -> Vec<(String, Json)> {
    vec![
        ("value".to_owned(), edge.worth.told(&network.rates)),
        ("no_txs".to_owned(), edge.transactions.into()),
        ("token_values".to_owned(), tokens(&edge.tokens, &network.rates)),
    ]
}

/// `GET /{currency}/addresses/{address}/neighbors`.
pub(super) fn of_address(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    let query = Query::asked(asked, true);
    asked.check()?;
    let network = desk.network(&code)?;
    let holder = network.holder(&text)?;
    let only = asked.text("only_ids").map(|ids| only_addresses(&network, &ids));
    let (found, truncated) = others(&network, holder, query.outward, asked, only.as_ref())?;
    let (told, next) = page_of(found, query.size, |other, edge, spent| {
        let standing = Standing::read(&network, other, MOST_OF_MANY)?;
        *spent += standing.looked_at();
        let mut fields = edge_fields(&network, edge);
        fields
            .push(("address".to_owned(), address(desk, &network, other, &standing, query.actors)?));
        if query.labels {
            let labels = desk.labels_of(&network, &network.text(other)?);
            fields.push(("labels".to_owned(), labels));
        }
        Ok(Json::Object(fields))
    })?;
    Ok(Json::object([
        ("neighbors", Json::List(told)),
        ("next_page", next.into()),
        ("neighbors_truncated", truncated.then_some(true).into()),
    ]))
}

fn only_addresses(network: &Network<'_>, ids: &str) -> BTreeSet<Holder> {
    let texts = ids.split(',').map(str::trim).filter(|text| !text.is_empty());
    texts.filter_map(|text| network.holder(text).ok()).collect()
}

fn only_clusters(network: &Network<'_>, ids: &str) -> Result<BTreeSet<Holder>, Refusal> {
    let mut only = BTreeSet::new();
    for text in ids.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let number: i128 = text.parse().map_err(|_| {
            let words = "Invalid format for only_ids. Expected comma separated integers";
            Refusal::Bad(words.to_owned())
        })?;
        only.extend(network.cluster(number)?);
    }
    Ok(only)
}

/// A neighbouring cluster, with how it stands where that is asked for.
pub(super) fn told_cluster(
    desk: &Desk<'_>,
    network: &Network<'_>,
    (holder, edge): (Holder, &Edge),
    standing: Option<&Standing>,
    (wanted, labels): (Told, bool),
) -> Result<Json, Refusal> {
    let told = match standing {
        Some(standing) => cluster(desk, network, holder, standing, wanted)?,
        None => network.number(holder)?.into(),
    };
    let mut fields = edge_fields(network, edge);
    fields.push(("entity".to_owned(), told.clone()));
    fields.push(("cluster".to_owned(), told));
    if labels {
        let tags = desk.tags_of_cluster(network, holder)?.tags;
        fields.push(("labels".to_owned(), super::tags::labels(&tags)));
    }
    Ok(Json::Object(fields))
}

/// `GET /{currency}/clusters/{cluster}/neighbors`; an unknown cluster has none.
pub(super) fn of_cluster(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, number) = (asked.needed("currency"), number(asked));
    let query = Query::asked(asked, false);
    let only_relations = asked.flag("relations_only", false);
    let best_tag = !asked.flag("exclude_best_address_tag", false);
    asked.check()?;
    let network = desk.network(&code)?;
    let only = asked.text("only_ids").map(|ids| only_clusters(&network, &ids)).transpose()?;
    let Some(holder) = network.cluster(number)? else {
        return Ok(Json::object([("neighbors", Json::List(Vec::new()))]));
    };
    let (found, _) = others(&network, holder, query.outward, asked, only.as_ref())?;
    let wanted = Told { best_tag, actors: query.actors };
    let (told, next) = page_of(found, query.size, |other, edge, spent| {
        let standing = match only_relations {
            true => None,
            false => Some(Standing::read(&network, other, MOST_OF_MANY)?),
        };
        *spent += standing.as_ref().map_or(0, Standing::looked_at);
        told_cluster(desk, &network, (other, edge), standing.as_ref(), (wanted, query.labels))
    })?;
    Ok(Json::object([("neighbors", Json::List(told)), ("next_page", next.into())]))
}

/// What a search looks for.
enum Wanted {
    Category(Vec<String>),
    Clusters(Vec<u64>),
    Addresses(Vec<(u64, String)>),
    /// A sum between two bounds, in base units or hundredths of a currency.
    Sum {
        field: String,
        currency: String,
        least: i128,
        most: Option<i128>,
    },
}

/// Clusters that one search looks at.
const MOST_SEARCHED: usize = 200;
/// Fields that a search can ask for.
const KEYS: [&str; 7] =
    ["category", "addresses", "entities", "clusters", "total_received", "balance", "total_spent"];

impl Wanted {
    fn asked(network: &Network<'_>, key: &str, value: &str) -> Result<Self, Refusal> {
        let values: Vec<String> = value.split(',').map(|text| text.trim().to_owned()).collect();
        let bad = || Refusal::query("value", "Value error, not what this key takes", value);
        Ok(match key {
            "category" => Self::Category(values),
            "entities" | "clusters" => {
                Self::Clusters(values.iter().filter_map(|text| text.parse().ok()).collect())
            }
            "addresses" => {
                let mut found = Vec::new();
                for text in values {
                    if let Ok(holder) = network.holder(&text) {
                        found.push((network.number(holder)?, text));
                    }
                }
                Self::Addresses(found)
            }
            field => {
                let currency = values.first().cloned().unwrap_or_default().to_lowercase();
                let unit = if currency == "value" { 1 } else { 100 };
                let bound = |place: usize| {
                    let text = values.get(place).filter(|text| !text.is_empty());
                    let read = |text: &String| text.parse::<i128>().map_err(|_| bad());
                    text.map(read).transpose().map(|bound| bound.map(|b| b.saturating_mul(unit)))
                };
                let (least, most) = (bound(1)?.unwrap_or(0), bound(2)?);
                Self::Sum { field: field.to_owned(), currency, least, most }
            }
        })
    }

    /// Addresses that match in a cluster as it is told; `None` if it does not.
    fn matches(&self, told: &Json, number: u64) -> Option<Vec<String>> {
        let found = match self {
            Self::Category(names) => {
                let tag = told.get("best_address_tag")?;
                let Json::Text(category) = tag.get("category")? else { return None };
                names.contains(category)
            }
            Self::Clusters(numbers) => numbers.contains(&number),
            Self::Addresses(all) => {
                let own = all.iter().filter(|(cluster, _)| *cluster == number);
                let texts: Vec<String> = own.map(|(_, text)| text.clone()).collect();
                return (!texts.is_empty()).then_some(texts);
            }
            Self::Sum { field, currency, least, most } => {
                let sum = sum_of(told.get(field)?, currency)?;
                sum >= *least && most.is_none_or(|most| sum <= most)
            }
        };
        found.then(Vec::new)
    }
}

/// A sum in base units, or in hundredths of a currency.
fn sum_of(values: &Json, currency: &str) -> Option<i128> {
    let digits = |json: &Json| match json {
        Json::Number(digits) => Some(digits.clone()),
        _ => None,
    };
    if currency == "value" {
        return digits(values.get("value")?)?.parse().ok();
    }
    let Json::List(fiat) = values.get("fiat_values")? else { return None };
    let of = |one: &&Json| one.get("code") == Some(&Json::from(currency));
    let text = digits(fiat.iter().find(of)?.get("value")?)?;
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{rest:0<2}").parse().ok()
}

struct Search<'s, 'w> {
    desk: &'s Desk<'w>,
    network: &'s Network<'w>,
    outward: bool,
    wanted: Wanted,
    breadth: usize,
    most_addresses: Option<i128>,
    left: usize,
}

impl Search<'_, '_> {
    /// Paths to what is looked for, through a cluster's first neighbours.
    fn from(
        &mut self,
        holder: Holder,
        depth: i128,
        seen: &mut BTreeSet<Holder>,
    ) -> Result<Vec<Json>, Refusal> {
        let standing = Standing::read(self.network, holder, MOST_OF_MANY)?;
        let side = if self.outward { standing.spent } else { standing.received };
        let mut paths = Vec::new();
        for (other, edge) in side.others.into_iter().take(self.breadth) {
            if self.left == 0 || !seen.insert(other) {
                continue;
            }
            self.left -= 1;
            if let Some(path) = self.step(other, &edge, depth, seen)? {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    fn step(
        &mut self,
        other: Holder,
        edge: &Edge,
        depth: i128,
        seen: &mut BTreeSet<Holder>,
    ) -> Result<Option<Json>, Refusal> {
        let standing = Standing::read(self.network, other, MOST_OF_MANY)?;
        let all = (Told { best_tag: true, actors: false }, false);
        let told = told_cluster(self.desk, self.network, (other, edge), Some(&standing), all)?;
        let cluster = told.get("cluster").cloned().unwrap_or_default();
        let number = self.network.number(other)?;
        let matching = self.wanted.matches(&cluster, number);
        let members = other.id().map_or(1, |id| self.network.members(id).len());
        // A count of members fits 127 bits.
        let small = self.most_addresses.is_none_or(|most| members as i128 <= most);
        let paths = match (&matching, depth > 1 && small) {
            (None, true) => self.from(other, depth - 1, seen)?,
            _ => Vec::new(),
        };
        if matching.is_none() && paths.is_empty() {
            return Ok(None);
        }
        let mut addresses = Vec::new();
        for text in matching.unwrap_or_default() {
            let holder = self.network.holder(&text)?;
            let standing = Standing::read(self.network, holder, MOST_OF_MANY)?;
            addresses.push(address(self.desk, self.network, holder, &standing, false)?);
        }
        Ok(Some(Json::object([
            ("neighbor", told),
            ("matching_addresses", Json::List(addresses)),
            ("paths", Json::List(paths)),
        ])))
    }
}

/// `GET /{currency}/clusters/{cluster}/search`.
pub(super) fn search(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, number) = (asked.needed("currency"), number(asked));
    let outward = asked.outward();
    let (key, value) = (asked.needed("key"), asked.needed("value"));
    if !key.is_empty() && !KEYS.contains(&key.as_str()) {
        asked.not_one_of("query", "key", &KEYS, &key);
    }
    let depth = asked.needed_number("depth", (1, 7));
    let breadth = asked.needed_number("breadth", ANY);
    let most_addresses = asked.number("skip_num_addresses", ANY);
    asked.check()?;
    let network = desk.network(&code)?;
    let Some(holder) = network.cluster(number)? else { return Ok(Json::List(Vec::new())) };
    let wanted = Wanted::asked(&network, &key, &value)?;
    let breadth = usize::try_from(breadth.max(0)).unwrap_or(usize::MAX);
    let left = MOST_SEARCHED;
    let network = &network;
    let mut search = Search { desk, network, outward, wanted, breadth, most_addresses, left };
    Ok(Json::List(search.from(holder, depth, &mut BTreeSet::from([holder]))?))
}
