//! What happened often enough to be counted rather than named one by one.

use crate::blocks::{LeftOut, SourcePlace};
use tracehound_model::Height;

/// See the module.
#[derive(Default)]
pub(super) struct Notes {
    guessed_order: u64,
    shielded: u64,
    stated_dropped: u64,
    unchecked_join: Option<Height>,
    without_block: Counted,
    off_chain: Counted,
    empty: Counted,
}

/// How often, and where first.
#[derive(Default)]
struct Counted {
    count: u64,
    first: Option<SourcePlace>,
    height: u64,
}

impl Counted {
    fn add(&mut self, place: impl FnOnce() -> SourcePlace) {
        self.count += 1;
        self.first.get_or_insert_with(place);
    }

    fn take(&mut self, broken: bool, reason: impl Fn(&Self) -> String) -> Option<LeftOut> {
        let taken = std::mem::take(self);
        let place = taken.first.clone()?;
        Some(LeftOut { place, reason: reason(&taken), broken })
    }
}

impl Notes {
    pub(super) fn guessed_order(&mut self) {
        self.guessed_order += 1;
    }

    pub(super) fn shielded(&mut self, parts: u64) {
        self.shielded += parts;
    }

    pub(super) fn stated_dropped(&mut self, inputs: usize) {
        self.stated_dropped += u64::try_from(inputs).unwrap_or(u64::MAX);
    }

    pub(super) fn unchecked_join(&mut self, height: Height) {
        self.unchecked_join = Some(height);
    }

    pub(super) fn without_block(&mut self, place: impl FnOnce() -> SourcePlace) {
        self.without_block.add(place);
    }

    pub(super) fn off_chain(&mut self, place: impl FnOnce() -> SourcePlace) {
        self.off_chain.add(place);
    }

    pub(super) fn empty(&mut self, height: u64, place: impl FnOnce() -> SourcePlace) {
        if self.empty.count == 0 {
            self.empty.height = height;
        }
        self.empty.add(place);
    }

    pub(super) fn take_left_out(&mut self) -> Vec<LeftOut> {
        let without_block = self.without_block.take(true, |counted| {
            let count = counted.count;
            format!("{count} transactions are of blocks that no file of blocks names; give the blocks of the same range (this is the first)")
        });
        let off_chain = self.off_chain.take(false, |counted| {
            let count = counted.count;
            format!("{count} transactions are of blocks that were replaced by others at their height (this is the first)")
        });
        let empty = self.empty.take(true, |counted| {
            let (count, height) = (counted.count, counted.height);
            format!("{count} blocks have no transaction in the files, the first of them block {height}; give the transactions of the same range")
        });
        [without_block, off_chain, empty].into_iter().flatten().collect()
    }

    /// Notes since last asked.
    pub(super) fn take(&mut self) -> Vec<String> {
        let mut notes = Vec::new();
        let Self { guessed_order, shielded, stated_dropped, unchecked_join, .. } = self;
        if let Some(height) = unchecked_join.take() {
            notes.push(format!("the files do not name the block before their first, so that they go on from block {} of the store is taken as given", height.0));
        }
        if *guessed_order > 0 {
            notes.push(format!("the transactions of {guessed_order} blocks carry no index; they stand as in the file, each behind those it spends from"));
        }
        if *shielded > 0 {
            notes.push(format!("{shielded} inputs and outputs are parts of shielded pools, which no tracing sees into; they were left out"));
        }
        if *stated_dropped > 0 {
            notes.push(format!("values and addresses of {stated_dropped} inputs were not used, because other inputs of their blocks have none; enrich the file as a whole"));
        }
        (*guessed_order, *shielded, *stated_dropped) = (0, 0, 0);
        notes
    }
}
