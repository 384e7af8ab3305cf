//! Addresses and clusters by themselves.

use super::asked::Asked;
use super::blocks::ANY;
use super::desk::{Desk, Holder, Network};
use super::json::Json;
use super::page::{Cursor, place};
use super::refusal::Refusal;
use super::standing::{MOST_OF_MANY, MOST_OF_ONE, Standing, Told, address, cluster};
use super::tags;

/// Members of a cluster on a page where none is asked for.
const PAGE: usize = 100;

/// The cluster asked for, under either of its names.
pub(super) fn number(asked: &mut Asked) -> i128 {
    let name = if asked.text("cluster").is_some() { "cluster" } else { "entity" };
    asked.needed_number(name, ANY)
}

/// `GET /{currency}/addresses/{address}`.
pub(super) fn get_address(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    let actors = asked.flag("include_actors", true);
    asked.check()?;
    let network = desk.network(&code)?;
    let holder = network.holder(&text)?;
    let standing = Standing::read(&network, holder, MOST_OF_ONE)?;
    address(desk, &network, holder, &standing, actors)
}

/// `GET /{currency}/addresses/{address}/cluster`.
pub(super) fn of_address(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    let actors = asked.flag("include_actors", true);
    asked.check()?;
    let network = desk.network(&code)?;
    let holder = match network.holder(&text)? {
        Holder::Address(id) => Holder::Cluster(network.cluster_of(id)),
        other => other,
    };
    told(desk, &network, holder, Told { best_tag: true, actors })
}

fn told(
    desk: &Desk<'_>,
    network: &Network<'_>,
    holder: Holder,
    wanted: Told,
) -> Result<Json, Refusal> {
    let standing = Standing::read(network, holder, MOST_OF_ONE)?;
    cluster(desk, network, holder, &standing, wanted)
}

/// `GET /{currency}/clusters/{cluster}`.
pub(super) fn get_cluster(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, number) = (asked.needed("currency"), number(asked));
    let best_tag = !asked.flag("exclude_best_address_tag", false);
    let actors = asked.flag("include_actors", false);
    asked.check()?;
    let network = desk.network(&code)?;
    let missing = || Refusal::cluster(&network.code, &number.to_string());
    let holder = network.cluster(number)?.ok_or_else(missing)?;
    told(desk, &network, holder, Told { best_tag, actors })
}

/// `GET /{currency}/clusters/{cluster}/addresses`; an unknown cluster has none.
pub(super) fn addresses(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, number) = (asked.needed("currency"), number(asked));
    let size = asked.page_size(PAGE);
    asked.check()?;
    let network = desk.network(&code)?;
    let start = place(asked, size)?;
    let members = match network.cluster(number)? {
        Some(holder) => match holder.id() {
            Some(id) => network.members(id).into_iter().map(Holder::Address).collect(),
            None => vec![holder],
        },
        None => Vec::new(),
    };
    let (mut told, mut looked, mut at) = (Vec::new(), 0, start);
    for member in members.iter().skip(start) {
        if told.len() == size || looked > MOST_OF_ONE {
            break;
        }
        let standing = Standing::read(&network, *member, MOST_OF_MANY)?;
        looked += standing.looked_at();
        told.push(address(desk, &network, *member, &standing, false)?);
        at += 1;
    }
    // A place in a list fits 64 bits.
    let next = (at < members.len()).then(|| Cursor::Place(at as u64).to_token());
    Ok(Json::object([("addresses", Json::List(told)), ("next_page", next.into())]))
}

/// `GET /{currency}/clusters/{cluster}/tags`; an unknown cluster has none.
pub(super) fn tags(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, number) = (asked.needed("currency"), number(asked));
    let size = asked.page_size(tags::PAGE);
    asked.check()?;
    let network = desk.network(&code)?;
    let found = match network.cluster(number)? {
        Some(holder) => desk.tags_of_cluster(&network, holder)?.tags,
        None => Vec::new(),
    };
    desk.page_of_tags(asked, found, size, Some(&network))
}

/// `GET /{currency}/addresses/{address}/related_addresses`: which keys are
/// behind addresses of several chains is not held.
pub(super) fn related(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("address"));
    asked.one_of("address_relation_type", &["pubkey"]);
    asked.page_size(PAGE);
    asked.check()?;
    let network = desk.network(&code)?;
    network.holder(&text)?;
    Ok(Json::object([("related_addresses", Json::List(Vec::new()))]))
}
