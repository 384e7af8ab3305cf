//! Every operation: how it is asked, and what answers it. Bulk requests find
//! operations here by name.

use super::asked::Asked;
use super::desk::Desk;
use super::json::Json;
use super::refusal::Refusal;
use super::{
    blocks, clusters, compare, flows, general, graph, listing, neighbours, tags, taxonomies, txs,
};

/// What answers an operation.
type Run = fn(&Desk<'_>, &mut Asked) -> Result<Json, Refusal>;

/// How long an operation will be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// As long as the interface.
    Long,
    /// It is deprecated; the date of its end, where GraphSense names one.
    Deprecated(Option<&'static str>),
}

/// When GraphSense takes away what goes by `entity`.
const ENTITIES_END: Life = Life::Deprecated(Some("Sat, 31 Oct 2026 00:00:00 GMT"));
const DEPRECATED: Life = Life::Deprecated(None);

/// One operation.
pub(super) struct Operation {
    /// Its name in the interface's description.
    pub(super) name: &'static str,
    /// Where it is asked.
    pub(super) path: &'static str,
    /// Parameters besides those of the path that it cannot do without.
    pub(super) needs: &'static [&'static str],
    pub(super) life: Life,
    pub(super) run: Run,
}

impl Operation {
    const fn new(name: &'static str, path: &'static str, run: Run) -> Self {
        Self { name, path, needs: &[], life: Life::Long, run }
    }

    const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    const fn life(self, life: Life) -> Self {
        Self { life, ..self }
    }

    /// Parameters that a bulk request has to give, the currency aside.
    pub(super) fn needed(&self) -> impl Iterator<Item = &'static str> {
        let of_path = self.path.split('/').filter_map(|part| {
            part.strip_prefix('{')?.strip_suffix('}').filter(|name| *name != "currency")
        });
        of_path.chain(self.needs.iter().copied())
    }

    /// Whether bulk requests may ask for it.
    fn in_bulk(&self) -> bool {
        let alone = ["get_statistics", "get_capabilities", "search", "list_supported_tokens"];
        !alone.contains(&self.name)
    }
}

const SEARCHED: &[&str] = &["direction", "key", "value", "depth", "breadth"];

/// Every operation that is asked with GET.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("get_statistics", "/stats", general::statistics),
    Operation::new("get_capabilities", "/capabilities", general::capabilities),
    Operation::new("search", "/search", general::search).needs(&["q"]),
    Operation::new("list_address_tags", "/tags", tags::by_label).needs(&["label"]),
    Operation::new("get_actor", "/tags/actors/{actor}", tags::actor),
    Operation::new("get_actor_tags", "/tags/actors/{actor}/tags", tags::by_actor),
    Operation::new("list_taxonomies", "/tags/taxonomies", taxonomies::all),
    Operation::new("list_concepts", "/tags/taxonomies/{taxonomy}/concepts", taxonomies::concepts),
    Operation::new("get_address", "/{currency}/addresses/{address}", clusters::get_address),
    Operation::new(
        "get_address_cluster",
        "/{currency}/addresses/{address}/cluster",
        clusters::of_address,
    ),
    Operation::new(
        "get_address_entity",
        "/{currency}/addresses/{address}/entity",
        clusters::of_address,
    )
    .life(ENTITIES_END),
    Operation::new(
        "get_tag_summary_by_address",
        "/{currency}/addresses/{address}/tag_summary",
        tags::summary_of,
    ),
    Operation::new(
        "list_tags_by_address",
        "/{currency}/addresses/{address}/tags",
        tags::by_address,
    ),
    Operation::new("list_address_txs", "/{currency}/addresses/{address}/txs", listing::of_address),
    Operation::new(
        "list_address_neighbors",
        "/{currency}/addresses/{address}/neighbors",
        neighbours::of_address,
    )
    .needs(&["direction"]),
    Operation::new(
        "list_address_links",
        "/{currency}/addresses/{address}/links",
        listing::address_links,
    )
    .needs(&["neighbor"]),
    Operation::new(
        "list_related_addresses",
        "/{currency}/addresses/{address}/related_addresses",
        clusters::related,
    ),
    Operation::new("get_block", "/{currency}/blocks/{height}", blocks::block),
    Operation::new("list_block_txs", "/{currency}/blocks/{height}/txs", blocks::transactions),
    Operation::new("get_block_by_date", "/{currency}/block_by_date/{date}", blocks::by_date),
    Operation::new("get_cluster", "/{currency}/clusters/{cluster}", clusters::get_cluster),
    Operation::new(
        "list_cluster_addresses",
        "/{currency}/clusters/{cluster}/addresses",
        clusters::addresses,
    ),
    Operation::new(
        "list_cluster_neighbors",
        "/{currency}/clusters/{cluster}/neighbors",
        neighbours::of_cluster,
    )
    .needs(&["direction"])
    .life(DEPRECATED),
    Operation::new(
        "list_cluster_links",
        "/{currency}/clusters/{cluster}/links",
        listing::cluster_links,
    )
    .needs(&["neighbor"])
    .life(DEPRECATED),
    Operation::new(
        "list_address_tags_by_cluster",
        "/{currency}/clusters/{cluster}/tags",
        clusters::tags,
    )
    .life(DEPRECATED),
    Operation::new("list_cluster_txs", "/{currency}/clusters/{cluster}/txs", listing::of_cluster)
        .life(DEPRECATED),
    Operation::new(
        "search_cluster_neighbors",
        "/{currency}/clusters/{cluster}/search",
        neighbours::search,
    )
    .needs(SEARCHED)
    .life(DEPRECATED),
    Operation::new("get_entity", "/{currency}/entities/{entity}", clusters::get_cluster)
        .life(ENTITIES_END),
    Operation::new(
        "list_entity_addresses",
        "/{currency}/entities/{entity}/addresses",
        clusters::addresses,
    )
    .life(ENTITIES_END),
    Operation::new(
        "list_entity_neighbors",
        "/{currency}/entities/{entity}/neighbors",
        neighbours::of_cluster,
    )
    .needs(&["direction"])
    .life(ENTITIES_END),
    Operation::new(
        "list_entity_links",
        "/{currency}/entities/{entity}/links",
        listing::cluster_links,
    )
    .needs(&["neighbor"])
    .life(ENTITIES_END),
    Operation::new(
        "list_address_tags_by_entity",
        "/{currency}/entities/{entity}/tags",
        clusters::tags,
    )
    .life(ENTITIES_END),
    Operation::new("list_entity_txs", "/{currency}/entities/{entity}/txs", listing::of_cluster)
        .life(ENTITIES_END),
    Operation::new(
        "search_entity_neighbors",
        "/{currency}/entities/{entity}/search",
        neighbours::search,
    )
    .needs(SEARCHED)
    .life(ENTITIES_END),
    Operation::new("list_token_txs", "/{currency}/token_txs/{tx_hash}", flows::token_transfers)
        .life(DEPRECATED),
    Operation::new("get_tx", "/{currency}/txs/{tx_hash}", txs::transaction),
    Operation::new("get_spent_in_txs", "/{currency}/txs/{tx_hash}/spent_in", txs::spent_in),
    Operation::new("get_spending_txs", "/{currency}/txs/{tx_hash}/spending", txs::spending),
    Operation::new(
        "get_tx_conversions",
        "/{currency}/txs/{tx_hash}/conversions",
        flows::conversions,
    ),
    Operation::new("list_tx_flows", "/{currency}/txs/{tx_hash}/flows", flows::flows),
    Operation::new("get_tx_io", "/{currency}/txs/{tx_hash}/{io}", txs::in_or_out),
    Operation::new("get_exchange_rates", "/{currency}/rates/{height}", blocks::rates),
    Operation::new("list_supported_tokens", "/{currency}/supported_tokens", general::tokens),
];

/// Every operation that is asked with POST and a body, bulk requests aside.
pub(super) const WITH_BODY: &[Operation] = &[
    Operation::new("report_tag", "/tags/report-tag", super::report::check),
    Operation::new("graph_summary", "/graph/summary", graph::summary),
    Operation::new("graph_compare", "/graph/compare", compare::compare),
];

/// The operation of a name, for bulk requests.
pub(super) fn named(name: &str) -> Option<&'static Operation> {
    // Rates go by the name of the function that bulk requests call there.
    let name = if name == "get_rates" { "get_exchange_rates" } else { name };
    OPERATIONS.iter().find(|operation| operation.name == name && operation.in_bulk())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_the_interface_has() {
        // Two more are the bulk requests themselves.
        assert_eq!(OPERATIONS.len() + WITH_BODY.len() + 2, 48);
        let deprecated = OPERATIONS.iter().filter(|one| one.life != Life::Long).count();
        assert_eq!(deprecated, 14);
    }

    #[test]
    fn bulk_requests_find_operations_and_what_they_need() {
        assert_eq!(named("get_block").unwrap().needed().collect::<Vec<_>>(), ["height"]);
        assert_eq!(named("get_rates").unwrap().name, "get_exchange_rates");
        let io: Vec<_> = named("get_tx_io").unwrap().needed().collect();
        assert_eq!(io, ["tx_hash", "io"]);
        assert!(named("search").is_none() && named("no such").is_none());
    }
}
