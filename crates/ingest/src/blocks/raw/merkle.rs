//! What the header and the coinbase promise about a block's transactions.
//!
//! Sources: Bitcoin's merkle tree, with the check against repeated
//! transactions (CVE-2012-2459); BIP 141 for the commitment to witnesses.

use super::hash_twice;

/// Root of a merkle tree, hashes in the order computed; `None` if the list
/// repeats a part of itself, which would have the root of the shorter list.
/// `hashes` is used up.
pub(crate) fn root(hashes: &mut Vec<[u8; 32]>) -> Option<[u8; 32]> {
    while hashes.len() > 1 {
        let count = hashes.len();
        for place in 0..count.div_ceil(2) {
            let left = hashes[2 * place];
            let right = hashes.get(2 * place + 1).copied();
            if right == Some(left) {
                return None;
            }
            hashes[place] = hash_twice(&[&left, &right.unwrap_or(left)]);
        }
        hashes.truncate(count.div_ceil(2));
    }
    hashes.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_end_is_not_the_shorter_list() {
        let three = [[1; 32], [2; 32], [3; 32]];
        let four = [[1; 32], [2; 32], [3; 32], [3; 32]];
        assert!(root(&mut three.to_vec()).is_some());
        assert_eq!(root(&mut four.to_vec()), None);
        assert_eq!(root(&mut vec![[7; 32]]), Some([7; 32]));
        assert_eq!(root(&mut Vec::new()), None);
    }
}
