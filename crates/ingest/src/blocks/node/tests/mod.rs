//! The client against a node that misbehaves on purpose.

mod chains;
mod fake;
mod store;

use super::*;
use crate::blocks::{BlockError, BlockSource};
use fake::{FakeNode, Reply, chain, hash};
use serde_json::{Value, json};
use std::time::Duration;
use tracehound_model::{BlockHash, Height, Satoshi, UtxoBlock};

/// A node at block 9, its cookie file, and options that are in a hurry.
fn world(tip: u64) -> (FakeNode, tempfile::TempDir, NodeOptions) {
    let node = FakeNode::start(chain(tip, 99, 1));
    let folder = tempfile::tempdir().unwrap();
    let cookie = folder.path().join(".cookie");
    std::fs::write(&cookie, "__cookie__:first").unwrap();
    let options = NodeOptions {
        confirmations: 1,
        retries: 3,
        pause: Duration::from_millis(2),
        timeout: Duration::from_secs(5),
        batch: 4,
        connections: 1,
        ..NodeOptions::new(&node.url, NodeAuth::Cookie(cookie), "bitcoin-regtest".parse().unwrap())
    };
    (node, folder, options)
}

fn drain(source: &mut NodeSource) -> Result<Vec<UtxoBlock>, BlockError> {
    let mut blocks = Vec::new();
    let mut block = UtxoBlock::default();
    while source.next_block(&mut block)? {
        blocks.push(block.clone());
    }
    Ok(blocks)
}

fn read(options: &NodeOptions) -> Result<Vec<UtxoBlock>, String> {
    let mut source = NodeSource::connect(options.clone()).map_err(|error| error.to_string())?;
    drain(&mut source).map_err(|error| error.to_string())
}

fn heights(blocks: &[UtxoBlock]) -> Vec<u64> {
    blocks.iter().map(|block| block.height.0).collect()
}

fn known(heights: std::ops::RangeInclusive<u64>, branch: u8) -> Vec<(Height, BlockHash)> {
    heights.map(|height| (Height(height), hash(height, branch).parse().unwrap())).collect()
}

#[test]
fn blocks_come_whole_and_in_order_by_both_interfaces() {
    let (node, _folder, mut options) = world(20);
    node.change(|state| state.backwards = true);
    let mut source = NodeSource::connect(options.clone()).unwrap();
    assert_eq!(source.chain().short_name(), "bitcoin-regtest");
    let blocks = drain(&mut source).unwrap();
    assert_eq!(heights(&blocks), (0..=20).collect::<Vec<_>>());
    assert_eq!((source.notes(), source.left_out()), (vec![], vec![]));
    let progress = source.progress();
    assert_eq!((progress.done, progress.total), (21, Some(21)));
    let last = blocks.last().unwrap();
    assert_eq!(last.hash.to_string(), hash(20, 1));
    assert_eq!(last.previous.to_string(), hash(19, 1));
    assert_eq!(last.timestamp.0, 1_300_000_020);
    let values: Vec<_> = last.outputs.iter().map(|output| output.value.0).collect();
    assert_eq!(values, [5_000_000_000, 0, 30_000_000, 4_969_999_999]);
    assert_eq!((last.payloads.as_slice(), last.outputs[1].address), (&b"\x02hi"[..], None));
    let address = last.outputs[0].address.unwrap();
    assert!(address.to_string().starts_with(['m', 'n']), "{address}");
    assert_eq!(last.stated[0].value, Satoshi(5_000_000_000));
    assert_eq!(last.stated[0].address, Some(address));
    let [coinbase, spend] = last.transactions[..] else { panic!() };
    assert!(coinbase.coinbase && !coinbase.replaceable && spend.replaceable && !spend.coinbase);
    assert_eq!((spend.version, spend.virtual_size, spend.lock_time), (-1, 141, 7));
    assert_eq!(node.asked("getblock "), 21, "each block once");

    options.connections = 3;
    assert_eq!(read(&options).as_ref(), Ok(&blocks));
    assert_eq!(node.asked("getblock "), 42);

    node.change(|state| state.rest = true);
    options.auth = NodeAuth::Rest;
    assert_eq!(read(&options), Ok(blocks));
    assert_eq!(node.asked("/rest/block/"), 21);
}

#[test]
fn ranges_and_confirmations_bound_what_is_read() {
    let (_node, _folder, options) = world(9);
    let read = |from: Option<u64>, to: Option<u64>, confirmations| {
        let (from, to) = (from.map(Height), to.map(Height));
        heights(&read(&NodeOptions { from, to, confirmations, ..options.clone() }).unwrap())
    };
    assert_eq!(read(Some(3), Some(5), 1), [3, 4, 5]);
    assert_eq!(read(Some(8), None, 1), [8, 9]);
    assert_eq!(read(Some(3), Some(99), 6), [3, 4]);
    assert_eq!(read(Some(7), None, 6), [0_u64; 0]);
    assert_eq!(read(None, None, 11), [0_u64; 0]);
}

#[test]
fn passing_failures_are_repeated() {
    let (node, _folder, options) = world(9);
    let reply = |status, text: &str| Some(Reply::Status(status, text.to_owned()));
    node.change(|state| {
        // The start: warm-up as one error and as a batch of them, a full queue.
        state.then(move |_| {
            reply(
                200,
                r#"[{"result":null,"error":{"code":-28,"message":"Loading block index…"},"id":0}]"#,
            )
        });
        state.then(move |_| {
            reply(
                500,
                r#"{"result":null,"error":{"code":-28,"message":"Verifying blocks…"},"id":null}"#,
            )
        });
        state.then(move |_| reply(503, "Work queue depth exceeded"));
        state.then(|_| Some(Reply::Cut));
        for _ in 0..3 {
            state.then(|_| None);
        }
        // Then in the middle: cut off, nonsense, an answer that lacks an entry.
        state.then(|_| Some(Reply::Cut));
        state.then(move |_| reply(200, "[{\"res"));
        state.then(move |_| reply(200, "[]"));
    });
    assert_eq!(heights(&read(&options).unwrap()), (0..=9).collect::<Vec<_>>());
    assert!(node.state.lock().unwrap().script.is_empty());
}

#[test]
fn what_does_not_pass_ends_with_a_reason() {
    let (node, _folder, options) = world(9);
    let always = |status: u16, text: &'static str| {
        node.change(|state| {
            state.script.clear();
            for _ in 0..9 {
                state.then(move |_| Some(Reply::Status(status, text.to_owned())));
            }
        });
        let said = read(&options).unwrap_err();
        let left = node.state.lock().unwrap().script.len();
        node.change(|state| state.script.clear());
        (said, 9 - left)
    };
    let (said, tries) = always(503, "Work queue depth exceeded");
    assert!(said.contains("rpcworkqueue") && said.contains("tried 4 times"), "{said}");
    assert_eq!(tries, 4);
    for (status, text, cure, expected) in [
        (403, "", "rpcallowip", 1),
        (404, "", "check host, port", 1),
        (418, "teapot", "does not look like", 1),
        (
            200,
            r#"[{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":0}]"#,
            "rpcwhitelist",
            1,
        ),
        (
            500,
            r#"{"result":null,"error":{"code":-32600,"message":"batches are off"},"id":null}"#,
            "batches are off",
            1,
        ),
    ] {
        let (said, tries) = always(status, text);
        assert!(said.contains(cure), "{said}");
        assert_eq!(tries, expected, "{said}");
    }
    let warm = r#"[{"result":null,"error":{"code":-28,"message":"Rewinding"},"id":0}]"#;
    let impatient = NodeOptions { warm_up: Duration::ZERO, ..options.clone() };
    node.change(|state| state.then(move |_| Some(Reply::Status(200, warm.to_owned()))));
    node.change(|state| state.then(move |_| Some(Reply::Status(200, warm.to_owned()))));
    let said = read(&impatient).unwrap_err();
    assert!(said.contains("still starting") && said.contains("Rewinding"), "{said}");
    let nobody = NodeOptions { url: "http://127.0.0.1:1".to_owned(), retries: 1, ..options };
    let said = read(&nobody).unwrap_err();
    assert!(said.contains("server=1") && said.contains("tried 2 times"), "{said}");
}

#[test]
fn a_restarted_node_has_a_new_cookie() {
    let (node, folder, options) = world(9);
    let path = folder.path().join(".cookie");
    node.change(|state| {
        for _ in 0..3 {
            state.then(|_| None);
        }
        let path = path.clone();
        state.then(move |state| {
            state.cookie = "__cookie__:second".to_owned();
            std::fs::write(path, "__cookie__:second\n").unwrap();
            None
        });
    });
    assert_eq!(read(&options).unwrap().len(), 10);
    assert_eq!(node.asked("refused"), 1);
    // The file is late: refused with the old cookie until it is there.
    let late = path.clone();
    node.change(|state| {
        state.cookie = "__cookie__:third".to_owned();
        state.then(|_| None);
        state.then(move |_| {
            std::fs::write(late, "__cookie__:third").unwrap();
            None
        });
    });
    assert_eq!(read(&options).unwrap().len(), 10);
    // It never comes.
    node.change(|state| state.cookie = "__cookie__:fourth".to_owned());
    assert!(read(&options).unwrap_err().contains("refuses these credentials"));
    std::fs::remove_file(&path).unwrap();
    assert!(read(&options).unwrap_err().contains("no cookie file"));
    let wrong = NodeAuth::Password { user: "u".to_owned(), password: "secret".to_owned() };
    let said = read(&NodeOptions { auth: wrong.clone(), ..options.clone() }).unwrap_err();
    assert!(said.contains("rpcpassword") && !said.contains("secret"), "{said}");
    assert!(!format!("{wrong:?}").contains("secret"));
    let right = NodeAuth::Password { user: "__cookie__".to_owned(), password: "fourth".to_owned() };
    assert_eq!(read(&NodeOptions { auth: right, ..options }).unwrap().len(), 10);
}

#[test]
fn a_run_goes_on_above_the_last_block_that_both_have() {
    let (node, _folder, options) = world(9);
    let from = |known: &[(Height, BlockHash)]| {
        let mut source = NodeSource::connect(options.clone()).unwrap();
        let above = source.start_above(known).map_err(|error| error.to_string())?;
        Ok::<_, String>((above.map(|height| height.0), heights(&drain(&mut source).unwrap())))
    };
    assert_eq!(from(&[]), Ok((None, (0..=9).collect())));
    assert_eq!(from(&known(4..=7, 1)), Ok((Some(7), vec![8, 9])));
    // The store followed another branch from block 6 on.
    let mut branch = known(4..=5, 1);
    branch.extend(known(6..=8, 7));
    assert_eq!(from(&branch), Ok((Some(5), vec![6, 7, 8, 9])));
    assert_eq!(from(&known(6..=8, 7)), Ok((None, (0..=9).collect())));
    // The node is behind on the same chain, on another, and far behind.
    assert_eq!(from(&known(8..=11, 1)), Ok((Some(11), vec![])));
    let mut behind = known(7..=8, 1);
    behind.extend(known(9..=11, 7));
    assert_eq!(from(&behind), Ok((Some(8), vec![9])));
    assert!(from(&known(11..=12, 1)).unwrap_err().contains("wait until the node has caught up"));
    let gap = NodeOptions { from: Some(Height(6)), ..options.clone() };
    let error = NodeSource::connect(gap).unwrap().start_above(&known(2..=3, 1)).unwrap_err();
    assert!(error.to_string().contains("the store ends at 3"), "{error}");
    drop(node);
}

#[test]
fn a_reorganisation_during_the_run_ends_it() {
    for (fork, tip) in [(3, 12), (3, 2)] {
        let (node, _folder, options) = world(9);
        let mut source = NodeSource::connect(NodeOptions { batch: 2, ..options }).unwrap();
        let mut block = UtxoBlock::default();
        // Hashes, blocks 0, hashes, blocks 1 and 2, hashes, blocks 3 and 4: then another branch.
        node.change(|state| {
            for _ in 0..6 {
                state.then(|_| None);
            }
            state.then(move |state| {
                state.blocks = chain(tip, fork, 7);
                None
            });
        });
        let mut given = Vec::new();
        while source.next_block(&mut block).unwrap() {
            given.push(block.hash.to_string());
        }
        assert_eq!(given, (0..=4).map(|height| hash(height, 1)).collect::<Vec<_>>());
        let left_out = source.left_out();
        let [end] = left_out.as_slice() else { panic!("{left_out:?}") };
        assert!(!end.broken && end.reason.contains("at or below block 4"), "{}", end.reason);
        assert!(!source.next_block(&mut block).unwrap());
    }
}

#[test]
fn hashes_asked_for_during_a_reorganisation_are_asked_for_again() {
    let (node, _folder, options) = world(9);
    // The hashes of blocks 1 and 2 come from a branch that is given up at once.
    node.change(|state| {
        for _ in 0..4 {
            state.then(|_| None);
        }
        let other = json!([
            {"result": hash(1, 1), "error": null, "id": 0},
            {"result": hash(2, 7), "error": null, "id": 1},
        ]);
        state.then(move |state| {
            state.blocks.push(fake::block(2, 7, 7));
            Some(Reply::Status(200, other.to_string()))
        });
    });
    let blocks = read(&NodeOptions { batch: 2, to: Some(Height(9)), ..options }).unwrap();
    let hashes: Vec<_> = blocks.iter().map(|block| block.hash.to_string()).collect();
    assert_eq!(hashes, (0..=9).map(|height| hash(height, 1)).collect::<Vec<_>>());
}

#[test]
fn a_node_that_contradicts_itself_is_not_believed() {
    for (change, says) in [
        (("merkleroot", json!(hash(5, 9))), "Merkle root"),
        (("hash", json!(hash(5, 9))), ""),
        (("height", json!(6)), "was asked for block 5"),
        (("tx", json!(["ab", "cd"])), "too old"),
        (("tx", Value::Null), "not a block"),
    ] {
        let (node, _folder, options) = world(9);
        node.change(|state| {
            for _ in 0..3 {
                state.then(|_| None);
            }
            let (field, value) = change;
            state.blocks[5][field] = value;
        });
        let result = read(&NodeOptions { from: Some(Height(5)), ..options });
        if says.is_empty() {
            // A hash that the block above does not name: no chain.
            assert!(result.unwrap_err().contains("do not follow one another"));
        } else {
            let said = result.unwrap_err();
            assert!(said.contains(says) && said.contains("block 5"), "{said}");
        }
    }
}

#[test]
fn an_old_node_states_nothing_of_inputs() {
    let (node, _folder, options) = world(4);
    node.change(|state| {
        for block in &mut state.blocks {
            for transaction in block["tx"].as_array_mut().unwrap() {
                transaction["vin"][0].as_object_mut().unwrap().remove("prevout");
            }
        }
    });
    let mut source = NodeSource::connect(options).unwrap();
    let blocks = drain(&mut source).unwrap();
    assert!(blocks.iter().all(|block| block.stated.is_empty()));
    assert!(blocks[4].inputs.len() == 1);
    let notes = source.notes();
    assert!(notes.len() == 1 && notes[0].contains("since version 23"), "{notes:?}");
}

#[test]
fn rest_says_when_it_is_off_or_starting() {
    let (node, _folder, options) = world(3);
    let options = NodeOptions { auth: NodeAuth::Rest, ..options };
    assert!(read(&options).unwrap_err().contains("rest=1"));
    node.change(|state| {
        state.rest = true;
        let text = "Service temporarily unavailable: Loading block index…";
        state.then(move |_| Some(Reply::Status(503, text.to_owned())));
    });
    assert_eq!(read(&options).unwrap().len(), 4);
    let bad = NodeOptions { url: "https://127.0.0.1:8332".to_owned(), ..options };
    assert!(read(&bad).unwrap_err().contains("ssh -L"));
}
