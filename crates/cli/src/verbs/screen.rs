//! `tracehound screen`: addresses against sanctions lists, one by one or a table of them.

mod batch;
mod name;
mod transaction;

use super::exposure;
use super::screening;
use crate::arguments::{Common, Screen};
use crate::progress::Spinner;
use crate::{Finish, interrupt, output, place};
use std::sync::Arc;
use tracehound_model::{Address, Amount, Timestamp, TransactionHash};
use tracehound_screen::exposures::Exposures;
use tracehound_screen::{
    Decision, ExposureFact, ListInput, Reason, Role, Screener, Side, Tags, TakenFrom, Verdict,
};

/// Screens and prints; every verdict goes to the log first.
pub(crate) fn run(common: &Common, arguments: &Screen) -> anyhow::Result<Finish> {
    let now = screening::now();
    let policy = place::home(common)?.policy(arguments.policy.as_deref())?;
    let lists = place::home(common)?.lists();
    if !arguments.name.is_empty() {
        return name::run(common, arguments, &lists, &policy, now);
    }
    let mut screener = Screener::open(&lists, policy, arguments.as_of.as_deref(), now)?;
    let packs = place::home(common)?.tags();
    // The packs of the past are not known by day, so the past is asked of lists alone.
    if arguments.as_of.is_none() && screener.policy().asks_for_tags() && packs.holds_any()? {
        screener = screener.with_tags(Arc::new(Tags::open(&packs)?));
    }
    if let Some(file) = &arguments.batch {
        return batch::run(common, arguments, file, &screener, now);
    }
    let verdicts = verdicts(common, arguments, &screener, now)?;
    place::home(common)?.audit_log(screening::now())?.append_all(
        now,
        tracehound_screen::VERDICT,
        verdicts.iter(),
    )?;
    if common.json {
        output::json(&verdicts)?;
    } else {
        verdicts.iter().for_each(print);
        print_basis(&screener);
        verdicts.iter().take(1).for_each(print_coverage);
    }
    // Whatever a policy makes of it, an answer without a required list is not whole.
    let adverse =
        verdicts.iter().any(|verdict| verdict.decision > Decision::Allow || !verdict.complete);
    Ok(if adverse { Finish::Adverse } else { Finish::Done })
}

fn verdicts(
    common: &Common,
    arguments: &Screen,
    screener: &Screener,
    now: Timestamp,
) -> anyhow::Result<Vec<Verdict>> {
    let place = &arguments.store;
    let opened = match arguments.exposure {
        true => Some(exposure::account_store(common, place)?),
        false => None,
    };
    let exposures = match &opened {
        Some(snapshot) => {
            Some(Exposures::new(snapshot, screener.tag_index(), screener.addresses())?)
        }
        None => None,
    };
    let stop = interrupt::flag();
    let mut verdicts: Vec<Verdict> = Vec::new();
    for subject in &arguments.subjects {
        match (subject.parse::<TransactionHash>(), subject.parse::<Address>(), &exposures) {
            // A list may hold a text that has the form of a transaction's name.
            (Ok(hash), _, _) if !screener.is_listed(subject) => {
                verdicts.extend(transaction::screen(common, place, &hash, screener, now)?);
            }
            (_, Ok(address), Some(exposures)) => {
                let spinner = Spinner::start(common, "following the address's money");
                let found = exposures.of(&address, &stop)?;
                drop(spinner);
                verdicts.push(screener.address_with(subject, None, Some(found), now));
            }
            _ => verdicts.push(screener.address(subject, now)),
        }
    }
    Ok(verdicts)
}

fn print(verdict: &Verdict) {
    let subject = &verdict.subject;
    let decision = verdict.decision.name().to_uppercase();
    println!("{decision}  {}  ({})", subject.address, subject.family);
    if let Some(TakenFrom { transaction, role, .. }) = &subject.taken_from {
        let role = match role {
            Role::Payer => "pays",
            Role::Receiver => "is paid",
            Role::PayerAndReceiver => "pays and is paid",
        };
        println!("  {role} in {transaction}");
    }
    for reason in &verdict.reasons {
        println!("  [{}] {}", reason.rule, reason.text);
        if let Some(listing) = &reason.listing {
            let since =
                listing.listed_on.as_ref().map_or(String::new(), |day| format!(", listed {day}"));
            println!(
                "      filed under {} as {}, list of {}{since}",
                listing.label, listing.address, listing.published
            );
        }
    }
    for path in verdict.reasons.iter().filter_map(|reason| reason.exposure.as_ref()) {
        println!("      largest path of {}: {}", path.label, path.path.join(" "));
    }
    verdict.exposure.iter().flat_map(|exposure| &exposure.facts).for_each(print_fact);
    let said = |reason: &Reason| reason.text.contains("INCOMPLETE");
    if !verdict.complete && !verdict.reasons.iter().any(said) {
        println!("  INCOMPLETE: `tracehound lists status` says which list is missing or stale");
    }
    if verdict.reasons.is_empty() {
        println!("  no rule was triggered; that does not mean clean");
    }
    println!("  verdict {}", verdict.id);
}

fn print_fact(fact: &ExposureFact) {
    let side = match fact.side {
        Side::Received => "received from",
        Side::Sent => "sent to",
    };
    let amount = |amount: Amount| amount.to_decimal(fact.decimals);
    let ExposureFact { label, symbol, direct, indirect, total, entity, .. } = fact;
    let who = entity.as_ref().map_or(String::new(), |name| format!(" (such as {name})"));
    println!(
        "  {side} {label}{who}: {} {symbol} directly, {} through others, of {}; {} away",
        amount(*direct),
        amount(*indirect),
        amount(*total),
        fact.distance()
    );
}

fn print_coverage(verdict: &Verdict) {
    println!("limits of this answer:");
    verdict.coverage.iter().for_each(|line| println!("  {line}"));
}

fn print_basis(screener: &Screener) {
    println!();
    for ListInput { list, published, digest, addresses, stale, .. } in screener.inputs() {
        let state = if *stale { "  STALE OR MISSING" } else { "" };
        match (published, digest) {
            (Some(published), Some(digest)) => {
                let digest = output::short(digest);
                println!("list {list} of {published}, {addresses} addresses ({digest}){state}");
            }
            _ => println!("list {list}: never imported{state}"),
        }
    }
    match screener.tags() {
        Some(tags) => {
            let digest = output::short(&tags.digest);
            println!("{} packs of {} tags ({digest})", tags.packs, tags.tags);
        }
        None => println!("no pack of tags was asked"),
    }
    let policy = screener.policy();
    println!("policy {} ({})", policy.name, output::short(&policy.digest));
}
