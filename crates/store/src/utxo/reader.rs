//! What an analysis asks a published state.

use super::index::Unit;
use super::segment::UtxoSegment;
use super::snapshot::block_place;
use super::tables::KEY_WIDTH;
use super::{BlockPlace, OutputId, OutputLedger, TransactionId, TransactionView, UtxoSnapshot};
use crate::segment::key_hash;
use crate::{AddressId, StoreError, widen};
use std::ops::Range;
use tracehound_model::address::AddressKind;
use tracehound_model::{Address, Chain, Height, TransactionHash};

impl UtxoSnapshot {
    /// The place of the segment of a transaction, and its number there.
    #[inline]
    pub(crate) fn locate(&self, id: TransactionId) -> Result<(usize, u32), StoreError> {
        let segments = self.segments();
        let number = u64::from(id.0);
        let place = segments.partition_point(|s| s.entry.end_transaction() <= number);
        match segments.get(place) {
            Some(segment) => Ok((place, id.0 - segment.first_transaction())),
            None => {
                let count = u64::from(self.transaction_count());
                Err(StoreError::NoSuch { what: "transaction", number, count })
            }
        }
    }

    /// The segment of an output and its number there.
    fn locate_output(&self, output: OutputId) -> Result<(usize, usize), StoreError> {
        let (place, local) = self.locate(output.transaction)?;
        let (_, _, outputs) = self.segments()[place].ranges(widen::index(local))?;
        let number = outputs.start.saturating_add(widen::index(output.index));
        if number < outputs.end {
            return Ok((place, number));
        }
        let count = widen::count(outputs.len());
        Err(StoreError::NoSuch { what: "output", number: u64::from(output.index), count })
    }

    /// The spender of the output with a local number of a segment.
    pub(crate) fn spender_of(
        &self,
        output: OutputId,
        place: usize,
        number: usize,
    ) -> Result<Option<TransactionId>, StoreError> {
        let own = &self.segments()[place];
        if let Some(local) = own.own_spender(number)? {
            return Ok(Some(TransactionId(own.first_transaction().saturating_add(local))));
        }
        for segment in &self.segments()[place + 1..] {
            if let Some(local) = segment.spender_below(output.transaction.0, output.index)? {
                return Ok(Some(TransactionId(segment.first_transaction().saturating_add(local))));
            }
        }
        Ok(None)
    }

    /// The place of the segment of the transaction with a name, and its
    /// number there; the latest if there are several. `key` is the name's [`key_hash`].
    pub(crate) fn locate_hash(
        &self,
        key: u64,
        hash: &[u8; 32],
    ) -> Result<Option<(usize, u32)>, StoreError> {
        for unit in self.state.units.iter().rev() {
            let found = match *unit {
                Unit::Segment(place) => {
                    self.segments()[place].find(key, hash)?.map(|local| (place, local))
                }
                Unit::Merged(place) => self.find_merged(place, key, hash)?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// As [`Self::locate_hash`], in one merged index.
    fn find_merged(
        &self,
        place: usize,
        key: u64,
        hash: &[u8; 32],
    ) -> Result<Option<(usize, u32)>, StoreError> {
        let index = &self.state.indexes[place];
        let first = self.segments()[index.entry.range().start].first_transaction();
        let mut last = None;
        // Entries with equal hash bits are sorted by number.
        index.names.find(key, |number| {
            let (place, local) = self.locate(TransactionId(first.saturating_add(number)))?;
            if self.segments()[place].hash(widen::index(local))? == hash {
                last = Some((place, local));
            }
            Ok(false)
        })?;
        Ok(last)
    }

    /// The number of the address with a key; `hash` is its [`key_hash`].
    pub(crate) fn find_key(&self, hash: u64, key: &[u8]) -> Result<Option<u32>, StoreError> {
        for unit in self.state.units.iter().rev() {
            let found = match *unit {
                Unit::Segment(place) => self.segments()[place].find_address(hash, key)?,
                Unit::Merged(place) => {
                    let index = &self.state.indexes[place];
                    let first = self.segments()[index.entry.range().start].first_address();
                    let is_key = |number: u32| {
                        Ok(self.key_of(AddressId(first.saturating_add(number)))?.1 == key)
                    };
                    index.addresses.find(hash, is_key)?.map(|number| first.saturating_add(number))
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The segment in which an address first appears, and its key.
    fn key_of(&self, id: AddressId) -> Result<(&UtxoSegment, &[u8]), StoreError> {
        let number = u64::from(id.0);
        let segments = self.segments();
        let place = segments.partition_point(|segment| segment.entry.end_address() <= number);
        let Some(segment) = segments.get(place) else {
            let count = u64::from(self.address_count());
            return Err(StoreError::NoSuch { what: "address", number, count });
        };
        Ok((segment, segment.address_key(widen::index(id.0 - segment.first_address()))?))
    }
}

impl OutputLedger for UtxoSnapshot {
    fn chain(&self) -> &Chain {
        &self.state.chain
    }

    fn transaction_count(&self) -> u32 {
        // The manifest's check keeps the count within 32 bits.
        self.segments().last().map_or(0, |segment| widen::low(segment.entry.end_transaction()))
    }

    fn address_count(&self) -> u32 {
        // As above.
        self.segments().last().map_or(0, |segment| widen::low(segment.entry.end_address()))
    }

    #[inline]
    fn transaction(&self, id: TransactionId) -> Result<TransactionView<'_>, StoreError> {
        let (place, local) = self.locate(id)?;
        self.segments()[place].view(widen::index(local))
    }

    fn hash(&self, id: TransactionId) -> Result<TransactionHash, StoreError> {
        let (place, local) = self.locate(id)?;
        Ok(TransactionHash(*self.segments()[place].hash(widen::index(local))?))
    }

    fn find(&self, hash: &TransactionHash) -> Result<Option<TransactionId>, StoreError> {
        let found = self.locate_hash(key_hash(0, &hash.0), &hash.0)?;
        let id = |(place, local): (usize, u32)| {
            TransactionId(self.segments()[place].first_transaction().saturating_add(local))
        };
        Ok(found.map(id))
    }

    fn spender(&self, output: OutputId) -> Result<Option<TransactionId>, StoreError> {
        let (place, number) = self.locate_output(output)?;
        self.spender_of(output, place, number)
    }

    fn block(&self, id: TransactionId) -> Result<BlockPlace, StoreError> {
        let (place, local) = self.locate(id)?;
        let segment = &self.segments()[place];
        block_place(segment, segment.block_of(local)?)
    }

    fn first_above(&self, height: Height) -> Result<TransactionId, StoreError> {
        let end = TransactionId(self.transaction_count());
        let first = self.segments().first().map_or(0, |segment| segment.entry.first_height);
        let Some(next) = height.0.checked_add(1) else { return Ok(end) };
        let block = self.block_at(Height(next.max(first)))?;
        Ok(block.map_or(end, |block| block.transactions.start))
    }

    fn address(&self, id: AddressId) -> Result<Address, StoreError> {
        let (segment, key) = self.key_of(id)?;
        match Address::from_key(key) {
            Ok(address) => Ok(address.on(&self.state.chain)),
            Err(error) => Err(segment.addresses.damaged(format!("number {}: {error}", id.0))),
        }
    }

    #[inline]
    fn address_kind(&self, id: AddressId) -> Result<AddressKind, StoreError> {
        let (segment, key) = self.key_of(id)?;
        AddressKind::of_key(key)
            .map_err(|error| segment.addresses.damaged(format!("number {}: {error}", id.0)))
    }

    fn addresses_of_kind(
        &self,
        kind: AddressKind,
        range: Range<AddressId>,
    ) -> Result<Vec<AddressId>, StoreError> {
        let mut found = Vec::new();
        let (start, end) = (u64::from(range.start.0), u64::from(range.end.0));
        for segment in self.segments() {
            let first = start.max(u64::from(segment.first_address()));
            let last = end.min(segment.entry.end_address());
            if first >= last {
                continue;
            }
            let local = |number: u64| number - u64::from(segment.first_address());
            let keys = segment.address_keys(local(first)..local(last))?;
            // Numbers of addresses have 32 bits.
            let ids = (widen::low(first)..).map(AddressId);
            let of_kind = |key: &&[u8]| key.first() == Some(&kind.number());
            let mine = keys.zip(ids).filter(|(key, _)| of_kind(key));
            found.extend(mine.map(|(_, id)| id));
        }
        Ok(found)
    }

    fn address_id(&self, address: &Address) -> Result<Option<AddressId>, StoreError> {
        const { assert!(tracehound_model::address::KEY_LENGTH == KEY_WIDTH as usize) };
        let key = address.to_key();
        Ok(self.find_key(key_hash(0, &key), &key)?.map(AddressId))
    }

    fn outputs_to(&self, address: AddressId) -> Result<Vec<OutputId>, StoreError> {
        let mut found = Vec::new();
        for segment in self.with_address(address) {
            let base = segment.first_transaction();
            let rows = segment.received.rows_of(address.0)?;
            segment.transactions_of(
                rows,
                |record| record.first_output,
                |local, index| {
                    let transaction = TransactionId(base.saturating_add(local));
                    found.push(OutputId { transaction, index });
                },
            )?;
        }
        Ok(found)
    }

    fn spends_from(&self, address: AddressId) -> Result<Vec<TransactionId>, StoreError> {
        let mut found = Vec::new();
        for segment in self.with_address(address) {
            let base = segment.first_transaction();
            let rows = segment.spent.rows_of(address.0)?;
            segment.transactions_of(
                rows,
                |record| record.first_input,
                |local, _| {
                    let id = TransactionId(base.saturating_add(local));
                    if found.last() != Some(&id) {
                        found.push(id);
                    }
                },
            )?;
        }
        Ok(found)
    }

    fn payload(&self, output: OutputId) -> Result<&[u8], StoreError> {
        let (place, number) = self.locate_output(output)?;
        // Outputs of a segment are counted in 32 bits.
        self.segments()[place].payload(widen::low(widen::count(number)))
    }

    fn scan(
        &self,
        range: Range<TransactionId>,
        visit: &mut dyn FnMut(TransactionView<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.scan_segments(range, visit)
    }
}

impl UtxoSnapshot {
    /// Segments that an address can appear in; in others its number stands
    /// for rows without an address.
    fn with_address(&self, address: AddressId) -> impl Iterator<Item = &UtxoSegment> {
        let number = u64::from(address.0);
        self.segments()
            .iter()
            .map(AsRef::as_ref)
            .filter(move |segment| number < segment.entry.end_address())
    }
}
