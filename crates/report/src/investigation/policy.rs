//! One policy's trace as a [`PolicyReport`].

use super::build::victim_of;
use super::exchanges::exchanges;
use super::facts::ChainFacts;
use super::gather::Catalogue;
use super::money::difference_text;
use super::rest::{group_of, kind_name, stopped_by};
use super::totals::entity_of;
use super::{
    AssetRecord, AssetTotals, CleanInflowRecord, ClosingRecord, GapRecord, Money, PolicyReport,
    RestGroup, Share, TaintRecord, Terminal,
};
use crate::ReportError;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_analysis::trace::{Booking, PolicyTrace, SeedId, TraceOutcome};
use tracehound_model::Amount;
use tracehound_model::tag::StoppedBy;

/// `by_seed` as shares per victim; empty where there is only one victim.
fn shares(
    outcome: &TraceOutcome,
    asset: &Arc<AssetRecord>,
    by_seed: &[(SeedId, Amount)],
) -> Result<Vec<Share>, ReportError> {
    let first = outcome.seeds.first().map(|seed| seed.victim.as_str());
    if outcome.seeds.iter().all(|seed| Some(seed.victim.as_str()) == first) {
        return Ok(Vec::new());
    }
    let mut shares: BTreeMap<&str, Money> = BTreeMap::new();
    for (seed, amount) in by_seed {
        shares
            .entry(victim_of(outcome, *seed))
            .or_insert_with(|| Money::zero(asset))
            .add(*amount, "a victim's share")?;
    }
    let share = |(victim, amount): (&str, Money)| Share { victim: victim.to_owned(), amount };
    Ok(shares.into_iter().map(share).collect())
}

pub(super) fn policy_report<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    assets: &[Arc<AssetRecord>],
    trace: &PolicyTrace,
) -> Result<PolicyReport, ReportError> {
    let conserves = trace.policy.conserves();
    let mut terminals = Vec::with_capacity(trace.bookings.len());
    for booking in trace.bookings.iter().filter(|b| !b.amount.is_zero()) {
        terminals.push(terminal(catalogue, outcome, booking)?);
    }
    largest_first(&mut terminals, assets, |t| (&t.tainted, &t.address.address, &t.kind));
    let mut gaps = gaps(catalogue, trace)?;
    largest_first(&mut gaps, assets, |gap| (&gap.unexplained, &gap.address.address, ""));
    let mut clean_inflows = clean_inflows(catalogue, trace)?;
    largest_first(&mut clean_inflows, assets, |c| (&c.amount, &c.address.address, ""));
    let closings = closings(catalogue, outcome, trace)?;
    let exchanges = exchanges(catalogue, trace)?;
    let transfers = taints(catalogue, outcome, trace)?;
    let mut totals = Vec::with_capacity(assets.len());
    for asset in assets {
        let (mut stolen, mut received) = (Money::zero(asset), Money::zero(asset));
        for closing in closings.iter().filter(|c| c.stolen.asset.id == asset.id) {
            stolen.add(closing.stolen.units, "what was stolen")?;
            received.add(closing.received.units, "what was got in exchanges")?;
        }
        let reached = transfers.iter().filter(|t| t.tainted.asset.id == asset.id).count();
        let entering = (stolen, received, reached);
        totals.push(AssetTotals::add_up(asset, entering, conserves, &terminals, &gaps)?);
    }
    let (policy, touched) = (trace.policy, trace.touched);
    Ok(PolicyReport {
        policy,
        conserves,
        touched,
        totals,
        closings,
        exchanges,
        legs: super::leg::legs(outcome.direction, &transfers, &terminals, &catalogue.transfers),
        terminals,
        gaps,
        clean_inflows,
        transfers,
    })
}

/// Sorts by asset, then amount downwards, then the two texts.
fn largest_first<T>(
    list: &mut [T],
    assets: &[Arc<AssetRecord>],
    key: impl Fn(&T) -> (&Money, &str, &str),
) {
    let place = |money: &Money| assets.iter().position(|a| a.id == money.asset.id);
    list.sort_by(|a, b| {
        let ((a, a_text, a_kind), (b, b_text, b_kind)) = (key(a), key(b));
        (place(a), b.units, a_text, a_kind).cmp(&(place(b), a.units, b_text, b_kind))
    });
}

fn terminal<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    booking: &Booking,
) -> Result<Terminal, ReportError> {
    let tainted = catalogue.money(booking.asset, booking.amount)?;
    let last_transfer = catalogue.index(booking.last_row)?;
    let stopped_by = stopped_by(booking.rest, tainted.asset.freezing_issuer);
    let mut terminal = Terminal {
        address: catalogue.address(booking.address)?,
        group: group_of(booking.rest),
        kind: kind_name(booking.rest),
        by_victim: shares(outcome, &tainted.asset, &booking.by_seed)?,
        arrivals: booking.arrivals,
        last_transfer,
        last_seen: catalogue.transfers[last_transfer].time,
        stopped_by,
        ask: None,
        tainted,
    };
    terminal.ask = match stopped_by {
        StoppedBy::Issuer if terminal.group != RestGroup::Service => {
            terminal.tainted.asset.freezing_issuer.map(str::to_owned)
        }
        _ if stopped_by.is_actionable() => Some(entity_of(&terminal).0),
        _ => None,
    };
    Ok(terminal)
}

fn gaps<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    trace: &PolicyTrace,
) -> Result<Vec<GapRecord>, ReportError> {
    let mut gaps = Vec::with_capacity(trace.gaps.len());
    for gap in trace.gaps.iter().filter(|gap| !gap.unexplained.is_zero()) {
        let rows = gap.rows.iter().map(|row| catalogue.index(*row)).collect::<Result<_, _>>()?;
        gaps.push(GapRecord {
            address: catalogue.address(gap.address)?,
            inflow: catalogue.money(gap.asset, gap.inflow)?,
            outflow: catalogue.money(gap.asset, gap.outflow)?,
            unexplained: catalogue.money(gap.asset, gap.unexplained)?,
            transfers: rows,
        });
    }
    Ok(gaps)
}

fn clean_inflows<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    trace: &PolicyTrace,
) -> Result<Vec<CleanInflowRecord>, ReportError> {
    let mixed = trace.clean_inflows.iter().filter(|clean| !clean.amount.is_zero());
    mixed
        .map(|clean| {
            Ok(CleanInflowRecord {
                address: catalogue.address(clean.address)?,
                amount: catalogue.money(clean.asset, clean.amount)?,
                opening: catalogue.money(clean.asset, clean.opening)?,
                credits: clean.credits,
            })
        })
        .collect()
}

fn closings<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    trace: &PolicyTrace,
) -> Result<Vec<ClosingRecord>, ReportError> {
    let mut records = Vec::with_capacity(trace.closings.len());
    for closing in &trace.closings {
        let asset = catalogue.asset(closing.asset)?;
        let stolen = Money::of(&asset, closing.stolen);
        let received = Money::of(&asset, closing.received);
        let mut entered = stolen.clone();
        entered.add(received.units, "a closing line")?;
        let mut booked = Money::zero(&asset);
        let mut rests: BTreeMap<String, Money> = BTreeMap::new();
        for (rest, amount) in &closing.rests {
            booked.add(*amount, "a closing line")?;
            rests
                .entry(kind_name(*rest))
                .or_insert_with(|| Money::zero(&asset))
                .add(*amount, "a closing line")?;
        }
        records.push(ClosingRecord {
            seed: closing.seed.0,
            victim: victim_of(outcome, closing.seed).to_owned(),
            difference: difference_text(&entered, &booked),
            closes: entered.units == booked.units,
            rests,
            stolen,
            received,
        });
    }
    Ok(records)
}

fn taints<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    trace: &PolicyTrace,
) -> Result<Vec<TaintRecord>, ReportError> {
    let mut records = Vec::with_capacity(trace.transfers.len());
    for tainted in &trace.transfers {
        let transfer = catalogue.index(tainted.row)?;
        let asset = Arc::clone(&catalogue.transfers[transfer].value.asset);
        records.push(TaintRecord {
            transfer,
            tainted: Money::of(&asset, tainted.tainted),
            seeded: Money::of(&asset, tainted.seeded),
            unexplained: Money::of(&asset, tainted.unexplained),
            hops: tainted.hops,
            by_victim: shares(outcome, &asset, &tainted.by_seed)?,
        });
    }
    // A backward trace lists them latest first; a table reads in chain order.
    records.sort_by_key(|record| record.transfer);
    Ok(records)
}
