//! From the rows of one block, of any sources and in any order, to the rows
//! the store keeps, in the order it keeps them.
//!
//! The result does not depend on the order in which rows came, except that
//! of two that contradict each other the earlier is kept. Rows of one
//! transaction stay together. The order is that of known positions and
//! ordinals; where one is missing and matters it follows funding.

use super::block::SourcedRows;
use super::dedupe::{Sourced, content, dedupe};
use super::funding::{self, Nodes};
use crate::StoreError;
use hashbrown::HashMap;
use std::ops::Range;
use tracehound_model::{Address, Asset, Transfer};

/// A block ready to be written.
#[derive(Debug, Default)]
pub(crate) struct Assembled {
    /// Its rows in order; all rows of a transaction carry its position.
    pub(crate) rows: Vec<Transfer>,
    /// Whether any of the order was derived from funding.
    pub(crate) by_funding: bool,
    /// Rows left out because they contradict an earlier one.
    pub(crate) contradicting_rows: u64,
    /// Transactions that were given more than one position.
    pub(crate) contradicting_positions: u64,
}

/// Assembles the rows of one block, in order of arrival.
pub(crate) fn assemble(block: &SourcedRows) -> Result<Assembled, StoreError> {
    refuse_two_times(&block.transfers)?;
    let mut arrived: Vec<usize> = (0..block.len()).collect();
    // Stable: rows of one transaction stay in order of arrival.
    arrived.sort_by_key(|index| block.transfers[*index].transaction);
    let mut result = Assembled::default();
    let mut kept = Vec::with_capacity(block.len());
    let mut transactions: Vec<Range<usize>> = Vec::new();
    let mut rows: Vec<Sourced> = Vec::new();
    let same =
        |a: &usize, b: &usize| block.transfers[*a].transaction == block.transfers[*b].transaction;
    for group in arrived.chunk_by(same) {
        rows.clear();
        rows.extend(group.iter().map(|index| (block.transfers[*index], block.sources[*index])));
        result.contradicting_positions += u64::from(agree_on_position(&mut rows));
        let start = kept.len();
        result.contradicting_rows += dedupe(&rows, &mut kept);
        result.by_funding |= order_rows(&mut kept[start..]);
        transactions.push(start..kept.len());
    }
    result.by_funding |= order_transactions(&kept, &mut transactions);
    result.rows.reserve_exact(kept.len());
    for transaction in transactions {
        result.rows.extend_from_slice(&kept[transaction]);
    }
    Ok(result)
}

fn refuse_two_times(rows: &[Transfer]) -> Result<(), StoreError> {
    let Some(first) = rows.first() else { return Ok(()) };
    match rows.iter().find(|row| row.timestamp != first.timestamp) {
        None => Ok(()),
        Some(second) => Err(StoreError::TwoTimes {
            height: first.height,
            first: first.timestamp,
            first_transaction: first.transaction,
            second: second.timestamp,
            second_transaction: second.transaction,
        }),
    }
}

/// Gives every row of a transaction the first position any of them has;
/// returns whether another was given too.
fn agree_on_position(rows: &mut [Sourced]) -> bool {
    let position = rows.iter().find_map(|(row, _)| row.position);
    let differs = rows.iter().any(|(row, _)| row.position.is_some() && row.position != position);
    for (row, _) in rows {
        row.position = position;
    }
    differs
}

/// Orders the rows of one transaction; returns whether by funding.
fn order_rows(rows: &mut [Transfer]) -> bool {
    if rows.len() < 2 {
        return false;
    }
    // Equal keys are equal rows, so an unstable sort has one result.
    rows.sort_unstable_by_key(|row| (row.ordinal, content(row), row.kind));
    if rows.iter().all(|row| row.ordinal.is_some()) {
        return false;
    }
    // Without ordinals, ties are broken by content.
    rows.sort_unstable_by_key(|row| (row.kind, content(row), row.ordinal));
    let mut flows = Flows::default();
    for row in rows.iter() {
        flows.add(row.ordinal, std::slice::from_ref(row));
    }
    let ordered: Vec<Transfer> =
        funding::order(flows.nodes).into_iter().map(|index| rows[index]).collect();
    rows.copy_from_slice(&ordered);
    true
}

/// Orders the transactions of a block, which come by hash; returns whether by funding.
fn order_transactions(rows: &[Transfer], transactions: &mut Vec<Range<usize>>) -> bool {
    if transactions.len() < 2 {
        return false;
    }
    let position = |transaction: &Range<usize>| rows[transaction.start].position;
    if transactions.iter().all(|transaction| position(transaction).is_some()) {
        // Stable: should two transactions claim one position, their hashes decide.
        transactions.sort_by_key(position);
        return false;
    }
    let mut flows = Flows::default();
    for transaction in transactions.iter() {
        flows.add(position(transaction), &rows[transaction.clone()]);
    }
    let order = funding::order(flows.nodes);
    *transactions = order.into_iter().map(|index| transactions[index].clone()).collect();
    true
}

/// What the rows of a block credit and debit.
#[derive(Default)]
struct Flows {
    nodes: Nodes,
    keys: HashMap<(Address, Asset), usize>,
}

impl Flows {
    /// Adds a node for a group of rows. Nothing moves in a row of amount zero
    /// or from an address to itself, and the zero address, to which tokens
    /// are burnt and from which they are minted, needs no funds.
    fn add(&mut self, place: Option<u32>, rows: &[Transfer]) {
        let node = self.nodes.places.len();
        self.nodes.places.push(place);
        for row in rows.iter().filter(|row| !row.amount.is_zero() && row.from != row.to) {
            if !row.to.is_zero() {
                let key = self.key(row.to, row.asset);
                self.nodes.credits.push((node, key));
            }
            if !row.from.is_zero() {
                let key = self.key(row.from, row.asset);
                self.nodes.debits.push((node, key));
            }
        }
    }

    fn key(&mut self, address: Address, asset: Asset) -> usize {
        let next = self.nodes.keys;
        let key = *self.keys.entry((address, asset)).or_insert(next);
        self.nodes.keys += usize::from(key == next);
        key
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // Test numbers are below 8 bits.
mod tests {
    use super::super::block::PUBLISHED;
    use super::*;
    use proptest::prelude::*;
    use tracehound_model::{Amount, Height, Timestamp, TransactionHash, TransferKind};

    fn row(hash: u8, position: Option<u32>, ordinal: Option<u32>, from: u8, to: u8) -> Transfer {
        Transfer {
            height: Height(7),
            timestamp: Timestamp(70),
            position,
            transaction: TransactionHash([hash; 32]),
            ordinal,
            kind: TransferKind::Native,
            from: Address::evm([from; 20]),
            to: Address::evm([to; 20]),
            asset: Asset::Native,
            amount: Amount::from_u64(5),
        }
    }

    fn assembled(rows: &[Transfer]) -> Assembled {
        let mut block = SourcedRows::default();
        block.extend(rows, 1);
        assemble(&block).unwrap()
    }

    fn hashes(assembled: &Assembled) -> Vec<u8> {
        assembled.rows.iter().map(|row| row.transaction.0[0]).collect()
    }

    #[test]
    fn a_chain_of_payments_without_positions_follows_the_money() {
        let block = assembled(&[
            row(1, None, None, 3, 4),
            row(2, None, None, 2, 3),
            row(3, None, None, 1, 2),
        ]);
        assert_eq!(hashes(&block), [3, 2, 1]);
        assert!(block.by_funding);
    }

    #[test]
    fn positions_are_followed_and_single_rows_need_no_ordinal() {
        let block = assembled(&[row(1, Some(0), None, 3, 4), row(2, Some(1), None, 2, 3)]);
        assert_eq!(hashes(&block), [1, 2]);
        assert!(!block.by_funding);
        assert!(!assembled(&[row(1, None, None, 3, 4)]).by_funding);
    }

    #[test]
    fn a_position_known_to_one_row_holds_for_its_transaction() {
        let block = assembled(&[row(1, None, Some(1), 1, 2), row(1, Some(9), Some(2), 2, 3)]);
        assert!(block.rows.iter().all(|row| row.position == Some(9)) && !block.by_funding);
        let two = assembled(&[row(1, Some(8), Some(1), 1, 2), row(1, Some(9), Some(2), 2, 3)]);
        assert_eq!((two.contradicting_positions, two.rows[1].position), (1, Some(8)));
    }

    #[test]
    fn rows_of_a_transaction_without_ordinals_follow_the_money() {
        let block = assembled(&[row(1, Some(0), None, 2, 3), row(1, Some(0), None, 1, 2)]);
        assert_eq!(block.rows[0].from, Address::evm([1; 20]));
        assert!(block.by_funding);
    }

    #[test]
    fn two_times_name_both_rows() {
        let mut other = row(2, None, None, 1, 2);
        other.timestamp = Timestamp(71);
        let mut block = SourcedRows::default();
        block.extend(&[row(1, None, None, 1, 2), other], 1);
        let message = assemble(&block).unwrap_err().to_string();
        assert!(message.contains("height 7") && message.contains("70") && message.contains("71"));
    }

    fn any_row() -> impl Strategy<Value = Transfer> {
        let known = || prop::option::of(0_u32..3);
        (0_u8..4, known(), 0_u8..5, 0_u8..5, 0_u64..3).prop_map(
            |(hash, ordinal, from, to, amount)| {
                // One position a transaction, none for some: contradictions depend on arrival.
                let position = (hash % 2 == 0).then_some(u32::from(hash));
                // An ordinal names one content, else arrival would decide.
                let (from, to, amount) =
                    ordinal.map_or((from, to, amount), |o| (o as u8, hash, u64::from(o)));
                Transfer {
                    amount: Amount::from_u64(amount),
                    ..row(hash, position, ordinal, from, to)
                }
            },
        )
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(rows in prop::collection::vec(any_row(), 0..12), seed: u64) {
            let forward = assembled(&rows);
            let mut shuffled = rows.clone();
            let mut state = seed | 1;
            for place in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                shuffled.swap(place, (state >> 33) as usize % (place + 1));
            }
            let other = assembled(&shuffled);
            prop_assert_eq!(&forward.rows, &other.rows);
            prop_assert_eq!(forward.by_funding, other.by_funding);
            // What was published and comes again changes nothing.
            let mut again = SourcedRows::default();
            again.extend(&forward.rows, PUBLISHED);
            again.extend(&rows, 1);
            prop_assert_eq!(&forward.rows, &assemble(&again).unwrap().rows);
        }
    }
}
