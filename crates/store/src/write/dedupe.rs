//! Which rows of one transaction are the same transfer.
//!
//! A row with an ordinal is named by it (native and internal value share one
//! numbering): two rows with one name are one transfer, and if they differ in
//! content the first is kept and the other counted as a conflict. A row
//! without an ordinal is named by its content and its occurrence within its
//! source: two sources that both list a payment twice mean the same two
//! payments. A row without an ordinal is also the same as one with an ordinal
//! and equal content, matched one to one; rows with ordinals win.
//!
//! So for each content with `m` rows with ordinals, where the most generous
//! source lists `n` rows without, `max(0, n - m)` rows without are kept. What
//! was published counts as a source: if it holds `u > 0` rows without
//! ordinals beside `m` with, its source had listed `u + m` of them. (With
//! `u = 0` it listed at most `m`, which can never matter again.) Hence
//! batch and incremental writing agree.

use super::block::PUBLISHED;
use tracehound_model::{Address, Amount, Asset, Transfer, TransferKind};

/// What two rows must share to be the same payment.
pub(crate) type Content = (u8, Address, Address, Asset, Amount);

/// Native and internal value are one class: sources disagree about which the
/// outermost call is.
fn class(kind: TransferKind) -> u8 {
    match kind {
        TransferKind::Internal => TransferKind::Native as u8,
        // The discriminant of a `repr(u8)` enum.
        other => other as u8,
    }
}

/// The content of a row.
pub(crate) fn content(row: &Transfer) -> Content {
    (class(row.kind), row.from, row.to, row.asset, row.amount)
}

/// A row and its source.
pub(crate) type Sourced = (Transfer, u32);

/// Appends to `kept` what is left of the rows of one transaction, which come
/// in order of arrival; returns how many contradicted an earlier one.
pub(crate) fn dedupe(rows: &[Sourced], kept: &mut Vec<Transfer>) -> u64 {
    if let [(only, _)] = rows {
        kept.push(*only);
        return 0;
    }
    let (with, mut without): (Vec<&Sourced>, Vec<&Sourced>) =
        rows.iter().partition(|(row, _)| row.ordinal.is_some());
    let (named, conflicts) = keep_named(with);
    kept.extend(named.iter().map(|(row, _)| *row));
    if !without.is_empty() {
        let mut contents: Vec<(Content, u32)> =
            named.iter().map(|(row, source)| (content(row), *source)).collect();
        contents.sort_unstable();
        without.sort_by_cached_key(|(row, source)| (content(row), *source, row.kind));
        for group in without.chunk_by(|a, b| content(&a.0) == content(&b.0)) {
            keep_unnamed(group, &contents, kept);
        }
    }
    conflicts
}

/// Rows with ordinals, one for each name.
fn keep_named(mut rows: Vec<&Sourced>) -> (Vec<Sourced>, u64) {
    // Stable: rows of one name stay in order of arrival.
    rows.sort_by_key(|(row, _)| (class(row.kind), row.ordinal));
    let (mut kept, mut conflicts) = (Vec::<Sourced>::new(), 0);
    for (row, source) in rows {
        match kept.last_mut() {
            Some((first, _))
                if class(first.kind) == class(row.kind) && first.ordinal == row.ordinal =>
            {
                if content(first) == content(row) {
                    // Whichever source came first, the outermost kind is kept.
                    first.kind = first.kind.min(row.kind);
                } else {
                    conflicts += 1;
                }
            }
            _ => kept.push((*row, *source)),
        }
    }
    (kept, conflicts)
}

/// Rows of one content without ordinals, sorted by source and kind, that
/// those with ordinals do not account for.
fn keep_unnamed(group: &[&Sourced], named: &[(Content, u32)], kept: &mut Vec<Transfer>) {
    let Some((example, _)) = group.first() else { return };
    let wanted = content(example);
    let start = named.partition_point(|(content, _)| *content < wanted);
    let equal = &named[start..];
    let equal = &equal[..equal.partition_point(|(content, _)| *content == wanted)];
    let published = equal.iter().filter(|(_, source)| *source == PUBLISHED).count();
    // The kind of each occurrence: the outermost that any source gives it.
    let mut kinds: Vec<Option<TransferKind>> = Vec::new();
    for source in group.chunk_by(|a, b| a.1 == b.1) {
        let hidden = if source[0].1 == PUBLISHED { published } else { 0 };
        for (occurrence, (row, _)) in (hidden..).zip(source.iter().copied()) {
            if kinds.len() <= occurrence {
                kinds.resize(occurrence + 1, None);
            }
            kinds[occurrence] = Some(kinds[occurrence].map_or(row.kind, |k| k.min(row.kind)));
        }
    }
    for kind in kinds.iter().skip(equal.len()).flatten() {
        kept.push(Transfer { kind: *kind, ..*example });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracehound_model::{Height, Timestamp, TransactionHash};

    fn row(ordinal: Option<u32>, kind: TransferKind, amount: u64, source: u32) -> Sourced {
        let transfer = Transfer {
            height: Height(1),
            timestamp: Timestamp(1),
            position: None,
            transaction: TransactionHash([1; 32]),
            ordinal,
            kind,
            from: Address::evm([1; 20]),
            to: Address::evm([2; 20]),
            asset: Asset::Native,
            amount: Amount::from_u64(amount),
        };
        (transfer, source)
    }

    fn kept(rows: &[Sourced]) -> (Vec<(Option<u32>, TransferKind, Amount)>, u64) {
        let mut kept = Vec::new();
        let conflicts = dedupe(rows, &mut kept);
        (kept.iter().map(|row| (row.ordinal, row.kind, row.amount)).collect(), conflicts)
    }

    use TransferKind::{Internal, Native, Token};

    #[test]
    fn the_same_ordinal_is_the_same_transfer() {
        let five = Amount::from_u64(5);
        let rows = [row(Some(3), Internal, 5, 1), row(Some(3), Native, 5, 2)];
        assert_eq!(kept(&rows), (vec![(Some(3), Native, five)], 0));
        let rows = [row(Some(3), Native, 5, 1), row(Some(3), Native, 6, 2)];
        assert_eq!(kept(&rows), (vec![(Some(3), Native, five)], 1));
        let rows = [row(Some(3), Native, 5, 1), row(Some(3), Token, 5, 1)];
        assert_eq!(kept(&rows).0.len(), 2);
    }

    #[test]
    fn occurrences_are_counted_within_a_source() {
        let once = row(None, Native, 5, 1);
        assert_eq!(kept(&[once, once]).0.len(), 2);
        assert_eq!(kept(&[once, row(None, Native, 5, 2)]).0.len(), 1);
        assert_eq!(kept(&[once, once, row(None, Native, 5, 2)]).0.len(), 2);
    }

    #[test]
    fn ordinals_account_for_rows_without() {
        let named = row(Some(1), Native, 5, 1);
        let plain = row(None, Native, 5, 2);
        assert_eq!(kept(&[plain, named]).0, [(Some(1), Native, Amount::from_u64(5))]);
        assert_eq!(kept(&[plain, plain, named]).0.len(), 2);
        // Published before: one with and one without, so its source listed two without.
        let published = [row(Some(1), Native, 5, 0), row(None, Native, 5, 0)];
        let again = [published[0], published[1], plain, plain];
        assert_eq!(kept(&again).0.len(), 2);
        let more = [published[0], published[1], plain, plain, plain];
        assert_eq!(kept(&more).0.len(), 3);
        let replaced = [published[0], published[1], row(Some(2), Native, 5, 1)];
        assert_eq!(kept(&replaced).0.len(), 2);
    }
}
