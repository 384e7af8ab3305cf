//! Rows of one address in one direction, as slices of the index.

use crate::RowId;

/// Ascending rows of one address in one direction.
///
/// Most addresses appear in one segment, so one part is held in place and
/// only more of them need memory of their own.
#[derive(Clone, Debug, Default)]
pub struct RowList<'a> {
    first: (u64, &'a [u32]),
    more: Vec<(u64, &'a [u32])>,
    length: usize,
}

impl<'a> RowList<'a> {
    /// Appends the rows of a later segment that begins at row `base`.
    #[inline]
    pub(crate) fn push_part(&mut self, base: u64, rows: &'a [u32]) {
        if rows.is_empty() {
            return;
        }
        if self.length == 0 {
            self.first = (base, rows);
        } else {
            self.more.push((base, rows));
        }
        self.length += rows.len();
    }

    fn parts(&self) -> impl DoubleEndedIterator<Item = (u64, &'a [u32])> + '_ {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The row at `index`.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<RowId> {
        let mut index = index;
        for (base, rows) in self.parts() {
            if let Some(row) = rows.get(index) {
                return Some(RowId(base + u64::from(*row)));
            }
            index -= rows.len();
        }
        None
    }

    /// Index of the first row at or after `row` (`len()` if none).
    #[must_use]
    #[inline]
    pub fn first_at_or_after(&self, row: RowId) -> usize {
        let mut before = 0;
        for (base, rows) in self.parts() {
            let local = row.0.saturating_sub(base);
            let place = rows.partition_point(|candidate| u64::from(*candidate) < local);
            if place < rows.len() {
                return before + place;
            }
            before += rows.len();
        }
        before
    }

    /// All rows, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = RowId> + '_ {
        self.parts()
            .flat_map(|(base, rows)| rows.iter().map(move |row| RowId(base + u64::from(*row))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_behave_as_one_list() {
        let (a, b, c) = ([1, 4], [0, 9], [2]);
        let mut list = RowList::default();
        assert!(list.is_empty() && list.get(0).is_none());
        assert_eq!(list.first_at_or_after(RowId(0)), 0);
        for (base, rows) in [(0, &a[..]), (10, &[]), (20, &b), (1 << 40, &c)] {
            list.push_part(base, rows);
        }
        let all: Vec<RowId> = [1, 4, 20, 29, (1 << 40) + 2].map(RowId).to_vec();
        assert_eq!(list.iter().collect::<Vec<_>>(), all);
        assert_eq!(
            list.iter().rev().collect::<Vec<_>>(),
            all.iter().rev().copied().collect::<Vec<_>>()
        );
        for index in 0..=all.len() {
            assert_eq!(list.get(index), all.get(index).copied());
        }
        for row in (0..40).chain([1 << 40, u64::MAX]) {
            let naive = all.iter().filter(|known| known.0 < row).count();
            assert_eq!(list.first_at_or_after(RowId(row)), naive, "row {row}");
        }
    }
}
