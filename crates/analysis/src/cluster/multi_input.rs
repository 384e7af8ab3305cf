//! Whoever signs for several addresses in one transaction controls them all.
//!
//! Source: the multi-input heuristic (Nakamoto 2008, section 10; Reid and
//! Harrigan 2011). Left out: coinbases, CoinJoins, and bare multisignature
//! inputs (as GraphSense does; the other inputs of the transaction are still
//! merged); if asked, transactions shaped like a payjoin.

use super::index;
use std::collections::BTreeSet;
use tracehound_model::Rule;
use tracehound_model::address::AddressKind;
use tracehound_store::utxo::{OutputLedger, TransactionId, TransactionView};
use tracehound_store::{AddressId, StoreError};

/// Name and version of the rule.
pub const MULTI_INPUT: Rule = Rule { name: "multi-input", version: 1 };

/// Who says that a transaction is a CoinJoin.
#[derive(Clone, Copy)]
pub struct CoinJoinFilter<'a> {
    /// Name and version of the detector.
    pub rule: Rule,
    /// Whether a transaction is one.
    pub detect: &'a (dyn Fn(&TransactionView<'_>) -> bool + Sync),
}

/// The shape of a payjoin (BIP 78), in which payer and payee both give
/// inputs: exactly two outputs, and an input too many: without the smallest
/// one, the others still pay the larger output and the fee (the
/// "unnecessary input heuristic"). A heuristic: wallets that tidy up small
/// outputs make the same shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payjoin {
    /// Transactions with more inputs are not taken for payjoins.
    pub most_inputs: u32,
}

/// The rule with its options.
#[derive(Clone, Default)]
pub struct MultiInput<'a> {
    /// Leave out CoinJoins that this detector finds.
    pub coinjoin: Option<CoinJoinFilter<'a>>,
    /// Merge bare multisignature inputs too.
    pub merge_multisig: bool,
    /// Leave out what looks like a payjoin.
    pub payjoin: Option<Payjoin>,
    /// Transactions whose evidence was withdrawn.
    pub withdrawn: BTreeSet<TransactionId>,
    /// Whether the whole rule was withdrawn.
    pub off: bool,
}

/// What the rule says of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Its input addresses are controlled together.
    Merge,
    /// Fewer than two addresses are left to merge.
    Single,
    /// It is a CoinJoin.
    CoinJoin,
    /// It looks like a payjoin.
    Payjoin,
    /// It or the rule was withdrawn.
    Withdrawn,
}

impl MultiInput<'_> {
    /// The rule and its options in one line; equal lines decide alike.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = format!("{}/{}", MULTI_INPUT.name, MULTI_INPUT.version);
        if let Some(filter) = &self.coinjoin {
            text += &format!(" without:{}/{}", filter.rule.name, filter.rule.version);
        }
        if self.merge_multisig {
            text += " with:multisig";
        }
        if let Some(payjoin) = self.payjoin {
            text += &format!(" without:payjoin<={}", payjoin.most_inputs);
        }
        if self.off {
            text += " withdrawn:all";
        }
        for transaction in &self.withdrawn {
            text += &format!(" withdrawn:{}", transaction.0);
        }
        text
    }

    /// Decides, and fills `addresses` with what a merge would join, each once.
    ///
    /// # Errors
    /// If an address cannot be read.
    pub fn decide<L: OutputLedger + ?Sized>(
        &self,
        ledger: &L,
        transaction: &TransactionView<'_>,
        addresses: &mut Vec<AddressId>,
    ) -> Result<Decision, StoreError> {
        self.decide_knowing(ledger, transaction, addresses, None)
    }

    /// As [`MultiInput::decide`]; which addresses are bare multisignatures
    /// may be known beforehand, which spares a look at each.
    pub(super) fn decide_knowing<L: OutputLedger + ?Sized>(
        &self,
        ledger: &L,
        transaction: &TransactionView<'_>,
        addresses: &mut Vec<AddressId>,
        multisig: Option<&Multisig>,
    ) -> Result<Decision, StoreError> {
        addresses.clear();
        if transaction.inputs.len() < 2 || transaction.fields.coinbase {
            return Ok(Decision::Single);
        }
        addresses.extend(transaction.inputs.iter().filter_map(|input| input.address()));
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.len() > 1 && !self.merge_multisig {
            match multisig {
                Some(known) => addresses.retain(|address| !known.contains(*address)),
                None => self.drop_multisig(ledger, addresses)?,
            }
        }
        let decision = if addresses.len() < 2 {
            Decision::Single
        } else if self.off || self.withdrawn.contains(&transaction.id) {
            Decision::Withdrawn
        } else if self.coinjoin.is_some_and(|filter| (filter.detect)(transaction)) {
            Decision::CoinJoin
        } else if self.payjoin.is_some_and(|payjoin| payjoin.fits(transaction)) {
            Decision::Payjoin
        } else {
            Decision::Merge
        };
        if decision != Decision::Merge {
            addresses.clear();
        }
        Ok(decision)
    }

    fn drop_multisig<L: OutputLedger + ?Sized>(
        &self,
        ledger: &L,
        addresses: &mut Vec<AddressId>,
    ) -> Result<(), StoreError> {
        let mut kept = Vec::with_capacity(addresses.len());
        for address in addresses.iter() {
            if ledger.address_kind(*address)? != AddressKind::Multisig {
                kept.push(*address);
            }
        }
        *addresses = kept;
        Ok(())
    }
}

/// Which addresses are bare multisignatures: one bit each, read off the
/// addresses in their order, which is far faster than one by one.
pub(super) struct Multisig(Vec<u64>);

impl Multisig {
    /// Reads all addresses of a chain on so many threads.
    ///
    /// # Errors
    /// If an address cannot be read.
    pub(super) fn read<L: OutputLedger + ?Sized>(
        ledger: &L,
        threads: usize,
    ) -> Result<Self, StoreError> {
        let count = ledger.address_count();
        let mut words = vec![0_u64; index(count).div_ceil(64)];
        // A machine has far fewer threads than 32 bits.
        let stretch = count.div_ceil(u32::try_from(threads.max(1)).unwrap_or(1)).max(1);
        let starts = (0..count).step_by(index(stretch)).map(AddressId);
        let parts: Vec<Vec<AddressId>> = std::thread::scope(|scope| {
            let read = |start: AddressId| {
                let end = AddressId(start.0.saturating_add(stretch));
                ledger.addresses_of_kind(AddressKind::Multisig, start..end)
            };
            let running: Vec<_> = starts.map(|start| scope.spawn(move || read(start))).collect();
            let joined = running.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect::<Result<_, _>>()
        })?;
        for address in parts.into_iter().flatten() {
            words[index(address.0) / 64] |= 1 << (address.0 % 64);
        }
        Ok(Self(words))
    }

    fn contains(&self, address: AddressId) -> bool {
        let word = self.0.get(index(address.0) / 64).copied().unwrap_or(0);
        word >> (address.0 % 64) & 1 == 1
    }
}

impl Payjoin {
    /// Whether a transaction has the shape; no, if a value is not known.
    #[must_use]
    pub fn fits(self, transaction: &TransactionView<'_>) -> bool {
        let inputs = transaction.inputs;
        if transaction.outputs.len() != 2 || inputs.len() > index(self.most_inputs) {
            return false;
        }
        let values: Option<Vec<u64>> =
            inputs.iter().map(|input| input.value().map(|value| value.0)).collect();
        let Some(values) = values else { return false };
        let total: u128 = values.iter().map(|value| u128::from(*value)).sum();
        let smallest = values.iter().min().copied().unwrap_or(0);
        let outputs = transaction.outputs.iter().map(|output| output.value().0);
        let paid: u128 = outputs.clone().map(u128::from).sum();
        let largest = outputs.max().unwrap_or(0);
        let fee = total.saturating_sub(paid);
        total - u128::from(smallest) >= u128::from(largest) + fee
    }
}
