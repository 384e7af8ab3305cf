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

#[derive(Clone, Copy, Debug, Default)]
struct Sum<N> {
    direct: N,
    indirect: N,
    first: u64,
    last: u64,
    hops: u8,
}

/// Holdings and figures of all slots of one width of numbers.
pub(super) struct Book<N> {
    width: usize,
    dust: usize,
    policy: Policy,
    balance: Vec<N>,
    /// Block of a slot's holdings, counted from 1; 0 for none.
    block: Vec<u32>,
    held: Vec<N>,
    hops: Vec<u8>,
    total: Vec<N>,
    /// Block of a slot's figures, counted from 1; 0 for none.
    sums_of: Vec<u32>,
    sums: Vec<Sum<N>>,
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
            balance: Vec::new(),
            block: Vec::new(),
            held: Vec::new(),
            hops: Vec::new(),
            total: Vec::new(),
            sums_of: Vec::new(),
            sums: Vec::new(),
            moved: vec![N::default(); width],
            moved_hops: vec![0; width],
        }
    }

    /// A new slot with nothing in it.
    pub(super) fn slot(&mut self) -> u32 {
        self.balance.push(N::default());
        self.block.push(0);
        self.total.push(N::default());
        self.sums_of.push(0);
        // Slots are pairs of 32-bit numbers met in a log of fewer rows.
        u32::try_from(self.balance.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn balance(&self, slot: u32) -> N {
        self.balance[slot as usize]
    }

    /// What a slot holds before its first payment, all of one label.
    pub(super) fn open(&mut self, slot: u32, amount: N, label: usize) -> Result<(), AmountError> {
        if amount.is_zero() {
            return Ok(());
        }
        self.balance[slot as usize] = self.balance[slot as usize].add(amount)?;
        let place = self.block_of(slot) + label;
        self.held[place] = self.held[place].add(amount)?;
        Ok(())
    }

    /// Moves an amount on.
    #[inline]
    pub(super) fn pay(
        &mut self,
        payment: Payment<N>,
        observer: &mut impl Observe<N>,
    ) -> Result<(), AmountError> {
        let Payment { row, from, to, from_tag, to_tagged, amount, is_dust } = payment;
        let total = &mut self.total[to as usize];
        *total = total.add(amount)?;
        let mut labelled = match from_tag {
            Some(_) => false,
            None => self.draw(from, amount)?,
        };
        if is_dust {
            self.arrive(row, to, self.dust, amount, 1, from_tag.is_some(), observer)?;
            labelled = false;
        } else if let Some(tag) = from_tag {
            self.arrive(row, to, usize::from(tag), amount, 1, true, observer)?;
        } else if labelled {
            for label in 0..self.width {
                let (moved, hops) = (self.moved[label], self.moved_hops[label].saturating_add(1));
                if !moved.is_zero() {
                    self.arrive(row, to, label, moved, hops, false, observer)?;
                }
            }
        }
        if to_tagged {
            return Ok(());
        }
        self.balance[to as usize] = self.balance[to as usize].add(amount)?;
        match (from_tag, is_dust) {
            (_, true) => {}
            (Some(tag), false) => self.put(to, usize::from(tag), amount, 1)?,
            (None, false) if labelled => {
                for label in 0..self.width {
                    let moved = self.moved[label];
                    if !moved.is_zero() {
                        self.put(to, label, moved, self.moved_hops[label].saturating_add(1))?;
                    }
                }
            }
            (None, false) => {}
        }
        Ok(())
    }

    /// Takes an amount out of a slot; the labelled part is in `moved`, if
    /// there is any.
    #[inline]
    fn draw(&mut self, slot: u32, amount: N) -> Result<bool, AmountError> {
        let balance = self.balance[slot as usize];
        let drawable = amount.min(balance);
        self.balance[slot as usize] = balance.less(drawable);
        let block = self.block[slot as usize];
        if block == 0 {
            return Ok(false);
        }
        let start = (block as usize - 1) * self.width;
        let (mut wanted, mut whole) = (drawable, balance);
        for label in 0..self.width {
            let held = self.held[start + label];
            if held.is_zero() {
                self.moved[label] = held;
                continue;
            }
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
            self.moved[label] = taken;
            self.moved_hops[label] = self.hops[start + label];
        }
        Ok(true)
    }

    fn put(&mut self, slot: u32, label: usize, amount: N, hops: u8) -> Result<(), AmountError> {
        let place = self.block_of(slot) + label;
        let held = self.held[place];
        let fewest = if held.is_zero() { hops } else { self.hops[place].min(hops) };
        self.hops[place] = fewest;
        self.held[place] = held.add(amount)?;
        Ok(())
    }

    fn block_of(&mut self, slot: u32) -> usize {
        let block = &mut self.block[slot as usize];
        if *block == 0 {
            let start = self.held.len();
            self.held.resize(start + self.width, N::default());
            self.hops.resize(start + self.width, 0);
            // No more blocks than slots.
            *block = u32::try_from(start / self.width + 1).unwrap_or(u32::MAX);
        }
        (*block as usize - 1) * self.width
    }

    #[allow(clippy::too_many_arguments)] // one arrival, told once
    #[inline]
    fn arrive(
        &mut self,
        row: u64,
        slot: u32,
        label: usize,
        amount: N,
        hops: u8,
        direct: bool,
        observer: &mut impl Observe<N>,
    ) -> Result<(), AmountError> {
        let block = &mut self.sums_of[slot as usize];
        if *block == 0 {
            let start = self.sums.len();
            self.sums.resize(start + self.width, Sum::default());
            *block = u32::try_from(start / self.width + 1).unwrap_or(u32::MAX);
        }
        let sum = &mut self.sums[(*block as usize - 1) * self.width + label];
        if sum.hops == 0 {
            (sum.first, sum.hops) = (row, hops);
        }
        sum.last = row;
        sum.hops = sum.hops.min(hops);
        let side = if direct { &mut sum.direct } else { &mut sum.indirect };
        *side = side.add(amount)?;
        observer.arrived(row, slot, label, amount, hops);
        Ok(())
    }

    /// Whether anything of any label arrived.
    pub(super) fn has_figures(&self, slot: u32) -> bool {
        self.sums_of[slot as usize] != 0
    }

    /// Everything that arrived at a slot.
    pub(super) fn total(&self, slot: u32) -> Amount {
        self.total[slot as usize].to_amount()
    }

    /// The figures of a slot. `row_of` turns a place in the order of the
    /// question into a row.
    pub(super) fn figures(
        &self,
        slot: u32,
        row_of: impl Fn(u64) -> RowId,
    ) -> impl Iterator<Item = RawFigure> {
        let block = self.sums_of[slot as usize] as usize;
        let start = block.saturating_sub(1) * self.width;
        let sums = if block == 0 { &[][..] } else { &self.sums[start..start + self.width] };
        // A width is at most 252.
        let some = (0u8..).zip(sums).filter(|(_, sum)| sum.hops != 0);
        some.map(move |(label, sum)| RawFigure {
            label,
            direct: sum.direct.to_amount(),
            indirect: sum.indirect.to_amount(),
            first: row_of(sum.first),
            last: row_of(sum.last),
            hops: sum.hops,
        })
    }
}
