//! Packs of tags in every form, told by content.
//!
//! What is read must read the same again, and must survive being written as a
//! TagPack: every word of every tag.

use std::collections::BTreeMap;
use tracehound_tags::{Assumed, Pack, read_pack, write_actorpack, write_tagpack};

/// Reads `data` as a pack.
///
/// # Panics
/// If a promise is broken.
pub fn target(data: &[u8]) {
    match read(data) {
        Ok(pack) => {
            assert_eq!(pack, read(data).expect("it was read once"));
            comes_back(&pack);
        }
        Err(message) => assert!(message.contains("input"), "the message names no file: {message}"),
    }
}

/// Reads a pack.
///
/// # Errors
/// The message.
pub fn read(data: &[u8]) -> Result<Pack, String> {
    let (folder, path) = crate::file_of(data);
    let assumed = Assumed { network: Some("ETH".to_owned()), ..Assumed::default() };
    read_pack(&path, folder.path(), &assumed).map_err(|error| error.to_string())
}

fn comes_back(pack: &Pack) {
    let mut text = Vec::new();
    if pack.actors().is_empty() {
        let left_out = write_tagpack(pack, &mut text).expect("memory takes it");
        if left_out > 0 {
            return;
        }
    } else {
        write_actorpack(pack, &mut text).expect("memory takes it");
    }
    let again = read(&text).unwrap_or_else(|error| {
        panic!("{error} in\n{}", String::from_utf8_lossy(&text));
    });
    assert_eq!(said(pack), said(&again));
    assert_eq!(pack.actors(), again.actors());
}

fn said(pack: &Pack) -> Vec<BTreeMap<&'static str, &str>> {
    let mut all = Vec::new();
    for tag in pack.tags() {
        all.push(tag.iter().map(|(field, text)| (field.name(), text)).collect());
    }
    all
}
