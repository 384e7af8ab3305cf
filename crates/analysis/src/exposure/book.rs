//! The engine: what every holder has of every label, and what arrived.
//!
//! A *slot* is an address with an asset. Its holdings are dealt out by the
//! policy as [`crate::trace`] does it: each label in turn takes the floor of
//! its share of what is left, and money of no label takes the rest. Labels
//! are kept only for slots that have any, in blocks of one width.

use super::ExposureRequest;
use super::figures::RawFigure;
use super::number::Number;
use tracehound_model::{Amount, AmountError, Policy};
use tracehound_store::RowId;

/// Told of every portion that arrives somewhere.
pub(super) trait Observe<N> {
    /// `hops` counts the transfer itself.
    fn arrived(&mut self, row: u64, slot: u32, label: usize, amount: N, hops: u8);
}

/// Nobody listens.
impl<N> Observe<N> for () {
    #[inline]
    fn arrived(&mut self, _: u64, _: u32, _: usize, _: N, _: u8) {}
}

/// A slot that need not be kept: nothing of any label ever comes to it.
pub(super) const NOBODY: u32 = u32::MAX;

/// Some of a label at its new place.
#[derive(Clone, Copy, Debug)]
struct Arrival<N> {
    row: u64,
    slot: u32,
    label: usize,
    amount: N,
    hops: u8,
}

/// One transfer, as the engine needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payment<N> {
    pub(super) row: u64,
    pub(super) from: u32,
    pub(super) to: u32,
    /// Category of the payer.
    pub(super) from_tag: Option<u8>,
    /// Whether the payee is tagged, and so absorbs.
    pub(super) to_tagged: bool,
    pub(super) amount: N,
    pub(super) is_dust: bool,
}

/// What arrived of one label at one slot; cells of a slot form a list.
#[derive(Clone, Copy, Debug)]
struct Cell<N> {
    direct: N,
    indirect: N,
    first: u64,
    last: u64,
    /// The next cell of the slot, counted from 1; 0 for none.
    next: u32,
    label: u8,
    hops: u8,
}

/// One address with one asset.
#[derive(Clone, Copy, Debug, Default)]
struct Slot<N> {
    balance: N,
    total: N,
    /// Block of its holdings, counted from 1; 0 for none.
    block: u32,
    /// Its first cell, counted from 1; 0 for none.
    cells: u32,
}

/// Holdings and figures of all slots of one width of numbers.
pub(super) struct Book<N> {
    width: usize,
    dust: usize,
    policy: Policy,
    slots: Vec<Slot<N>>,
    /// Of each block, how much of every label is held, and by how few hops.
    held: Vec<N>,
    hops: Vec<u8>,
    /// Of each block, a bit for every label held.
    masks: Vec<u64>,
    cells: Vec<Cell<N>>,
    moved: Vec<N>,
    moved_hops: Vec<u8>,
}

impl<N: Number> Book<N> {
    pub(super) fn new(request: &ExposureRequest, policy: Policy) -> Self {
        let width = request.width();
        Self {
            width,
            dust: request.dust_label(),
            policy,
            slots: Vec::new(),
            held: Vec::new(),
            hops: Vec::new(),
            masks: Vec::new(),
            cells: Vec::new(),
            moved: vec![N::default(); width],
            moved_hops: vec![0; width],
        }
    }

    /// A new slot with nothing in it.
    pub(super) fn slot(&mut self) -> u32 {
        self.slots.push(Slot::default());
        // Slots are pairs of 32-bit numbers met in a log of fewer rows.
        u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn balance(&self, slot: u32) -> N {
        self.slots[slot as usize].balance
    }

    /// Looks at what payments will need, so that it is all fetched at once.
    pub(super) fn touch(&self, payments: &[Payment<N>]) -> u64 {
        let mut seen = 0_u64;
        for payment in payments {
            for slot in [payment.from, payment.to] {
                if let Some(slot) = self.slots.get(slot as usize) {
                    seen = seen.wrapping_add(u64::from(slot.block) ^ u64::from(slot.cells));
                }
            }
        }
        for payment in payments {
            for slot in [payment.from, payment.to] {
                let Some(slot) = self.slots.get(slot as usize) else { continue };
                if let Some(cell) = self.cells.get((slot.cells as usize).wrapping_sub(1)) {
                    seen = seen.wrapping_add(cell.last);
                }
                let block = (slot.block as usize).wrapping_sub(1);
                if let Some(mask) = self.masks.get(block) {
                    let held = self.held.get(block * self.width).is_some_and(|held| held.is_zero());
                    seen = seen.wrapping_add(*mask ^ u64::from(held));
                }
            }
        }
        seen
    }

    /// What a slot holds before its first payment, all of one label or of none.
    pub(super) fn open(
        &mut self,
        slot: u32,
        amount: N,
        label: Option<usize>,
    ) -> Result<(), AmountError> {
        if amount.is_zero() {
            return Ok(());
        }
        let balance = &mut self.slots[slot as usize].balance;
        *balance = balance.add(amount)?;
        match label {
            Some(label) => self.put(slot, label, amount, 0),
            None => Ok(()),
        }
    }

    /// Moves an amount on.
    #[inline]
    pub(super) fn pay(
        &mut self,
        payment: Payment<N>,
        observer: &mut impl Observe<N>,
    ) -> Result<(), AmountError> {
        let Payment { row, from, to, from_tag, to_tagged, amount, is_dust } = payment;
        let mut labels = match from_tag {
            Some(_) => 0,
            None if from == NOBODY => 0,
            None => self.draw(from, amount)?,
        };
        if to == NOBODY {
            return Ok(());
        }
        let slot = &mut self.slots[to as usize];
        slot.total = slot.total.add(amount)?;
        if !to_tagged {
            slot.balance = slot.balance.add(amount)?;
        }
        if let (Some(tag), false) = (from_tag, is_dust) {
            labels = 1 << tag;
            (self.moved[usize::from(tag)], self.moved_hops[usize::from(tag)]) = (amount, 0);
        }
        if is_dust {
            labels = 0;
            let arrival = Arrival { row, slot: to, label: self.dust, amount, hops: 1 };
            self.arrive(arrival, from_tag.is_some(), observer)?;
        }
        while labels != 0 {
            let label = labels.trailing_zeros() as usize;
            labels &= labels - 1;
            let (amount, hops) = (self.moved[label], self.moved_hops[label].saturating_add(1));
            let arrival = Arrival { row, slot: to, label, amount, hops };
            self.arrive(arrival, from_tag.is_some(), observer)?;
            if !to_tagged {
                self.put(to, label, amount, hops)?;
            }
        }
        Ok(())
    }

    /// Takes an amount out of a slot; gives a bit for each label of which
    /// any is in `moved`.
    #[inline]
    fn draw(&mut self, slot: u32, amount: N) -> Result<u64, AmountError> {
        let slot = &mut self.slots[slot as usize];
        let (balance, block) = (slot.balance, slot.block);
        let drawable = amount.min(balance);
        slot.balance = balance.less(drawable);
        if block == 0 {
            return Ok(0);
        }
        let block = block as usize - 1;
        let start = block * self.width;
        let (mut wanted, mut whole) = (drawable, balance);
        let (mut left, mut labels, mut kept) = (self.masks[block], 0, 0);
        while left != 0 {
            let label = left.trailing_zeros() as usize;
            left &= left - 1;
            let held = self.held[start + label];
            let taken = match self.policy {
                Policy::DirtyFirst => held.min(drawable),
                Policy::CleanFirst => drawable.less(balance.less(held)),
                // All of it goes: nothing is to be divided.
                _ if wanted == whole => held,
                _ => held.share(wanted, whole)?,
            };
            whole = whole.less(held);
            wanted = wanted.less(taken);
            self.held[start + label] = held.less(taken);
            kept |= u64::from(taken < held) << label;
            labels |= u64::from(!taken.is_zero()) << label;
            self.moved[label] = taken;
            self.moved_hops[label] = self.hops[start + label];
        }
        self.masks[block] = kept;
        Ok(labels)
    }

    fn put(&mut self, slot: u32, label: usize, amount: N, hops: u8) -> Result<(), AmountError> {
        let block = &mut self.slots[slot as usize].block;
        if *block == 0 {
            self.held.resize(self.held.len() + self.width, N::default());
            self.hops.resize(self.hops.len() + self.width, 0);
            self.masks.push(0);
            // No more blocks than slots.
            *block = u32::try_from(self.masks.len()).unwrap_or(u32::MAX);
        }
        let block = *block as usize - 1;
        let place = block * self.width + label;
        let is_new = self.masks[block] >> label & 1 == 0;
        self.masks[block] |= 1 << label;
        self.hops[place] = if is_new { hops } else { self.hops[place].min(hops) };
        self.held[place] = self.held[place].add(amount)?;
        Ok(())
    }

    #[inline]
    fn arrive(
        &mut self,
        arrival: Arrival<N>,
        direct: bool,
        observer: &mut impl Observe<N>,
    ) -> Result<(), AmountError> {
        let Arrival { row, slot, label, amount, hops } = arrival;
        let cell = self.cell(slot, label, row, hops);
        cell.last = row;
        cell.hops = cell.hops.min(hops);
        let side = if direct { &mut cell.direct } else { &mut cell.indirect };
        *side = side.add(amount)?;
        observer.arrived(row, slot, label, amount, hops);
        Ok(())
    }

    /// The cell of a label, made if it is not there.
    #[inline]
    fn cell(&mut self, slot: u32, label: usize, row: u64, hops: u8) -> &mut Cell<N> {
        // Labels are below 64.
        let label = u8::try_from(label).unwrap_or(u8::MAX);
        let mut at = self.slots[slot as usize].cells as usize;
        while at != 0 && self.cells[at - 1].label != label {
            at = self.cells[at - 1].next as usize;
        }
        if at == 0 {
            let (direct, indirect) = (N::default(), N::default());
            let next = self.slots[slot as usize].cells;
            self.cells.push(Cell { direct, indirect, first: row, last: row, next, label, hops });
            at = self.cells.len();
            self.slots[slot as usize].cells = u32::try_from(at).unwrap_or(u32::MAX);
        }
        &mut self.cells[at - 1]
    }

    /// Whether anything of any label arrived.
    pub(super) fn has_figures(&self, slot: u32) -> bool {
        self.slots[slot as usize].cells != 0
    }

    /// Everything that arrived at a slot.
    pub(super) fn total(&self, slot: u32) -> Amount {
        self.slots[slot as usize].total.to_amount()
    }

    /// The figures of a slot, by label. `row_of` turns a place in the order
    /// of the question into a row.
    pub(super) fn figures(&self, slot: u32, row_of: impl Fn(u64) -> RowId) -> Vec<RawFigure> {
        let mut figures = Vec::new();
        let mut at = self.slots[slot as usize].cells as usize;
        while at != 0 {
            let cell = &self.cells[at - 1];
            figures.push(RawFigure {
                label: cell.label,
                direct: cell.direct.to_amount(),
                indirect: cell.indirect.to_amount(),
                first: row_of(cell.first),
                last: row_of(cell.last),
                hops: cell.hops,
            });
            at = cell.next as usize;
        }
        figures.sort_unstable_by_key(|figure| figure.label);
        figures
    }
}
