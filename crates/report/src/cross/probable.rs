//! What is probable behind CoinJoins, in figures of its own.
#![allow(clippy::float_arithmetic)] // a probability for reading; amounts stay integers

use super::build::Builder;
use super::{MixRecord, ProbablePlace, ProbableRecord};
use crate::investigation::kind_name;
use crate::{Investigation, Money, ReportError};
use std::collections::BTreeMap;
use tracehound_analysis::cross::{ChainData, ProbableLeg};
use tracehound_analysis::output_trace::Holder;
use tracehound_analysis::trace::Rest;
use tracehound_model::{Address, Amount, Asset};
use tracehound_store::utxo::OutputLedger;

impl Builder<'_> {
    pub(super) fn probable(&mut self) -> Result<Vec<ProbableRecord>, ReportError> {
        let mut records = Vec::new();
        for (number, leg) in self.input.probable {
            let chain = &self.input.chains[*number];
            let ChainData::Outputs(ledger, _) = &chain.data else { continue };
            let coin = self.asset(&chain.chain, Asset::Native)?;
            let money = |satoshi: u64| Money::of(&coin, Amount::from_u64(satoshi));
            let mut mixes = Vec::with_capacity(leg.mixes.len());
            for mix in &leg.mixes {
                let hash = ledger.hash(mix.transaction)?;
                mixes.push(MixRecord {
                    transaction: chain.chain.transaction_text(&hash),
                    denomination: money(mix.denomination),
                    anonymity_set: mix.equal_outputs,
                    probability: 1.0 / f64::from(mix.equal_outputs.max(1)),
                    inputs: mix.inputs,
                    tainted: money(mix.tainted),
                    expected: money(mix.expected),
                    unplaced: money(mix.unplaced),
                });
            }
            let rests = leg.rests().into_iter();
            let told = &self.input.told[*number];
            records.push(ProbableRecord {
                chain: chain.chain.to_string(),
                from_policy: leg.from_policy,
                followed_by: leg.trace.policy,
                tainted: money(leg.mixes.iter().map(|mix| mix.tainted).sum()),
                unplaced: money(leg.mixes.iter().map(|mix| mix.unplaced).sum()),
                rests: rests.map(|(rest, amount)| (kind_name(rest), money(amount))).collect(),
                places: places(*ledger, told, leg, &money)?,
                closes: leg.closes(),
                mixes,
            });
        }
        Ok(records)
    }
}

/// Expected amounts by address, largest first.
fn places(
    ledger: &dyn OutputLedger,
    told: &Investigation,
    leg: &ProbableLeg,
    money: &dyn Fn(u64) -> Money,
) -> Result<Vec<ProbablePlace>, ReportError> {
    let mut sums: BTreeMap<(Holder, Rest), u64> = BTreeMap::new();
    for booking in &leg.trace.bookings {
        *sums.entry((booking.holder, booking.rest)).or_default() += booking.amount;
    }
    let mut places = Vec::with_capacity(sums.len());
    for ((holder, rest), amount) in sums {
        let address = match holder {
            Holder::Address(id) => ledger.address(id)?.to_string(),
            Holder::Transaction(id) => {
                Address::of_transaction(&ledger.hash(id)?).on(ledger.chain()).to_string()
            }
        };
        let known = told.addresses.iter().find(|known| known.address == address);
        places.push(ProbablePlace {
            entity: known.and_then(|known| known.entity.clone().or_else(|| known.label.clone())),
            address,
            kind: kind_name(rest),
            expected: money(amount),
        });
    }
    places.sort_by(|one, other| {
        let by_amount = one.expected.larger_first(&other.expected);
        by_amount.then_with(|| one.address.cmp(&other.address))
    });
    Ok(places)
}
