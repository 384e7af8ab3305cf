//! A theft hidden in a background, as one chain in chain order.
//!
//! Blocks of the same height become one block: transactions of both sides are
//! mixed, each side keeping its own order, and positions are assigned anew.
//! Streams the background, so 100 M transfers need no more memory than one block.

use crate::random::Random;
use std::collections::VecDeque;
use tracehound_model::Transfer;

/// Merges `planted` (any number of thefts, in any order) into `background`
/// (in chain order). Both must keep one [`crate::Schedule`], so that a height
/// has one time. Where the background gives no positions, the planted
/// transfers lose theirs.
pub fn interleave(
    background: impl IntoIterator<Item = Transfer>,
    planted: impl IntoIterator<Item = Transfer>,
) -> impl Iterator<Item = Transfer> {
    let mut planted: Vec<Transfer> = planted.into_iter().collect();
    // Stable: transfers of one theft and height keep their order.
    planted.sort_by_key(|transfer| transfer.height);
    Interleave {
        background: background.into_iter().peekable(),
        planted: planted.into(),
        ready: VecDeque::new(),
    }
}

struct Interleave<B: Iterator<Item = Transfer>> {
    background: std::iter::Peekable<B>,
    planted: VecDeque<Transfer>,
    ready: VecDeque<Transfer>,
}

impl<B: Iterator<Item = Transfer>> Iterator for Interleave<B> {
    type Item = Transfer;

    fn next(&mut self) -> Option<Transfer> {
        if let Some(transfer) = self.ready.pop_front() {
            return Some(transfer);
        }
        let Some(planted_height) = self.planted.front().map(|t| t.height) else {
            return self.background.next();
        };
        match self.background.peek().map(|t| t.height) {
            Some(height) if height < planted_height => self.background.next(),
            _ => {
                let ours: Vec<Transfer> =
                    std::iter::from_fn(|| self.background.next_if(|t| t.height == planted_height))
                        .collect();
                let split = self.planted.iter().take_while(|t| t.height == planted_height).count();
                let theirs: Vec<Transfer> = self.planted.drain(..split).collect();
                self.ready = mix_block(ours, theirs);
                self.ready.pop_front()
            }
        }
    }
}

/// One block out of two, transaction by transaction.
fn mix_block(background: Vec<Transfer>, planted: Vec<Transfer>) -> VecDeque<Transfer> {
    let places = background.iter().all(|transfer| transfer.position.is_some());
    let height = planted.first().map_or(0, |transfer| transfer.height.0);
    let mut random = Random::new(height);
    let mut sides = [by_transaction(background), by_transaction(planted)];
    let mut mixed = VecDeque::new();
    let mut position = 0;
    loop {
        let (a, b) = (sides[0].len() as u64, sides[1].len() as u64);
        if a + b == 0 {
            return mixed;
        }
        let side = usize::from(random.below(a + b) >= a);
        for mut transfer in sides[side].pop_front().unwrap_or_default() {
            transfer.position = places.then_some(position);
            transfer.ordinal = transfer.ordinal.filter(|_| places);
            mixed.push_back(transfer);
        }
        position += 1;
    }
}

fn by_transaction(transfers: Vec<Transfer>) -> VecDeque<Vec<Transfer>> {
    let mut groups: VecDeque<Vec<Transfer>> = VecDeque::new();
    for transfer in transfers {
        match groups.back_mut() {
            Some(group) if group[0].transaction == transfer.transaction => group.push(transfer),
            _ => groups.push_back(vec![transfer]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::{self, PlantOptions};
    use crate::{ChainConfig, Schedule};

    #[test]
    fn a_hidden_theft_keeps_its_order_and_the_chain_keeps_its_places() {
        let config = ChainConfig::sized(1, 3_000);
        let options = PlantOptions { first_block: 2, block_gap: 0, ..PlantOptions::default() };
        let theft = plant::equal_split(&options, 40);
        let chain: Vec<Transfer> = interleave(config.generate(), theft.transfers.clone()).collect();
        assert_eq!(chain.len(), 3_000 + theft.transfers.len());
        let place = |t: &Transfer| (t.height, t.position, t.ordinal);
        assert!(chain.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])));
        assert!(chain.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp));
        let hashes = |transfers: &[Transfer]| -> Vec<_> {
            let theft = transfers
                .iter()
                .filter(|t| theft.transfers.iter().any(|p| p.transaction == t.transaction));
            theft.map(|t| (t.transaction, t.from, t.to, t.amount)).collect()
        };
        assert_eq!(hashes(&chain), hashes(&theft.transfers));
        // Really mixed: background stands between the first and the last planted transfer.
        let first = chain.iter().position(|t| t.transaction == theft.transfers[0].transaction);
        let last = theft.transfers.last().unwrap().transaction;
        let last = chain.iter().position(|t| t.transaction == last);
        assert!(last.unwrap() - first.unwrap() > theft.transfers.len());
    }

    #[test]
    fn thefts_before_within_and_after_the_background_all_appear() {
        let usual = Schedule::default();
        let config = ChainConfig {
            places: false,
            schedule: Schedule {
                first_height: usual.first_height + 6,
                first_timestamp: usual.first_timestamp + 72,
                ..usual
            },
            ..ChainConfig::sized(1, 1_000)
        };
        let options = PlantOptions { first_block: 0, block_gap: 9, ..PlantOptions::default() };
        let theft = plant::pass_through(&options, 10);
        let chain: Vec<Transfer> = interleave(config.generate(), theft.transfers.clone()).collect();
        assert_eq!(chain.len(), 1_000 + theft.transfers.len());
        assert!(chain.windows(2).all(|pair| pair[0].height <= pair[1].height));
        assert_eq!(chain[0].transaction, theft.transfers[0].transaction);
        let last = theft.transfers.last().unwrap();
        assert_eq!(chain.last().unwrap().transaction, last.transaction);
    }
}
