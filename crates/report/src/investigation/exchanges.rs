//! Exchanges inside one transaction, as explicit entries: gave this, got that.

use super::facts::ChainFacts;
use super::gather::Catalogue;
use super::{AddressRecord, Money};
use crate::ReportError;
use serde::Serialize;
use std::sync::Arc;
use tracehound_analysis::trace::{Exchanged, PolicyTrace};

/// Tainted money exchanged for other assets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ExchangeRecord {
    /// Index of the transaction's first transfer in [`super::Investigation::transfers`].
    pub transfer: usize,
    /// What was given to the markets.
    pub gave: Vec<ExchangedRecord>,
    /// What was got from them.
    pub got: Vec<ExchangedRecord>,
    /// The markets.
    pub markets: Vec<MarketRecord>,
    /// Whether taint went over to what was got; if not, the trail was cut here.
    pub carried: bool,
}

/// One side of an exchange.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ExchangedRecord {
    /// Who gave or got it.
    #[serde(serialize_with = "super::address::text")]
    pub address: Arc<AddressRecord>,
    /// The net amount.
    pub amount: Money,
    /// The tainted part.
    pub tainted: Money,
    /// Index of the transfer that shows it.
    pub transfer: usize,
}

/// A market, with why it is taken for one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MarketRecord {
    /// Its address.
    #[serde(serialize_with = "super::address::text")]
    pub address: Arc<AddressRecord>,
    /// `wrapped-coin`, `issuer`, `event`, `tag` (an attribution) or `behaviour`.
    pub reason: &'static str,
}

impl ExchangeRecord {
    /// `100 USDC` or `100 USDC, 1 ETH`: one side in words.
    pub(crate) fn side(side: &[ExchangedRecord]) -> String {
        side.iter().map(|exchanged| exchanged.amount.text()).collect::<Vec<_>>().join(", ")
    }
}

pub(super) fn exchanges<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    trace: &PolicyTrace,
) -> Result<Vec<ExchangeRecord>, ReportError> {
    let mut records = Vec::with_capacity(trace.conversions.len());
    for conversion in &trace.conversions {
        let gave = sides(catalogue, &conversion.gave)?;
        let got = sides(catalogue, &conversion.got)?;
        let mut markets = Vec::with_capacity(conversion.markets.len());
        for (address, reason) in &conversion.markets {
            markets.push(MarketRecord {
                address: catalogue.address(*address)?,
                reason: reason.name(),
            });
        }
        let transfer = catalogue.index(conversion.row)?;
        records.push(ExchangeRecord { transfer, gave, got, markets, carried: conversion.carried });
    }
    records.sort_by_key(|record| record.transfer);
    Ok(records)
}

fn sides<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    sides: &[Exchanged],
) -> Result<Vec<ExchangedRecord>, ReportError> {
    let record = |side: &Exchanged| {
        Ok(ExchangedRecord {
            address: catalogue.address(side.address)?,
            amount: catalogue.money(side.asset, side.amount)?,
            tainted: catalogue.money(side.asset, side.tainted)?,
            transfer: catalogue.index(side.row)?,
        })
    };
    sides.iter().map(record).collect()
}
