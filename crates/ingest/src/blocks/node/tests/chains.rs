//! Nodes that are on another chain, or do not have all of theirs.

use super::fake::Reply;
use super::*;

#[test]
fn pruned_blocks_and_other_chains_are_explained() {
    let (node, _folder, options) = world(9);
    node.change(|state| state.pruned = Some(5));
    let said = read(&options).unwrap_err();
    assert!(
        said.contains("block 0: the node has blocks from 5 on only") && said.contains("prune=0"),
        "{said}"
    );
    let from = NodeOptions { from: Some(Height(5)), ..options.clone() };
    assert_eq!(heights(&read(&from).unwrap()), [5, 6, 7, 8, 9]);
    // Pruned further while it is read: one error inside a batch.
    node.change(|state| {
        for _ in 0..4 {
            state.then(|_| None);
        }
        state.then(|state| {
            state.pruned = Some(8);
            None
        });
    });
    let said = read(&from).unwrap_err();
    assert!(said.contains("pruned data") && said.contains("start higher"), "{said}");
    for (chain, says) in [
        ("bitcoin", "the node is on bitcoin-regtest (it calls it \"regtest\""),
        ("litecoin", "use its block files"),
        ("ethereum", "no chain of Bitcoin's family"),
    ] {
        let said =
            read(&NodeOptions { chain: chain.parse().unwrap(), ..options.clone() }).unwrap_err();
        assert!(said.contains(says), "{said}");
    }
}

/// Answers as a node of Bitcoin's first chain would whose block 478559 is this.
fn forked(fork: &str, chain: &str) -> String {
    let (node, _folder, options) = world(0);
    let genesis = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
    let info = json!({"chain": "main", "blocks": 800_000, "headers": 800_000, "pruned": false});
    node.change(|state| {
        for result in [info, json!(genesis), json!(fork)] {
            let answer = json!([{"result": result, "error": null, "id": 0}]).to_string();
            state.then(move |_| Some(Reply::Status(200, answer)));
        }
    });
    let connected = NodeSource::connect(NodeOptions { chain: chain.parse().unwrap(), ..options });
    assert_eq!(node.state.lock().unwrap().script.len(), 0);
    connected.map(|source| source.chain().short_name().to_owned()).unwrap_or_else(|e| e.to_string())
}

#[test]
fn bitcoin_and_bitcoin_cash_are_told_apart_where_they_part() {
    let cash = "000000000000000000651ef99cb9fcbe0dadde1d424bd9f15ff20136191a5eec";
    let bitcoin = "00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148";
    assert_eq!(forked(bitcoin, "bitcoin"), "bitcoin");
    assert_eq!(forked(cash, "bitcoin-cash"), "bitcoin-cash");
    assert!(forked(cash, "bitcoin").contains("a node of Bitcoin Cash, and bitcoin was asked for"));
    assert!(forked(bitcoin, "bitcoin-cash").contains("no node of Bitcoin Cash"));
}

#[test]
fn sources_can_move_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<NodeSource>();
    is_send::<crate::blocks::JsonBlocks>();
}

#[test]
fn connections_are_kept_and_may_be_closed_without_a_word() {
    let (node, _folder, options) = world(20);
    node.change(|state| state.keep_alive = Some(3));
    let blocks = read(&NodeOptions { connections: 2, ..options }).unwrap();
    assert_eq!(heights(&blocks), (0..=20).collect::<Vec<_>>());
}
