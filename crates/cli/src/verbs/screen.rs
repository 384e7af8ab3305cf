//! `tracehound screen`: addresses against sanctions lists, one by one or a table of them.

mod batch;
mod name;
mod transaction;

use super::{screening, tag};
use crate::arguments::{Common, Screen};
use crate::{Finish, output};
use tracehound_model::TransactionHash;
use tracehound_screen::{Decision, ListInput, Role, Screener, Tags, TakenFrom, Verdict};

/// Screens and prints; every verdict goes to the log first.
pub(crate) fn run(common: &Common, arguments: &Screen) -> anyhow::Result<Finish> {
    let now = screening::now();
    let policy = screening::policy(common, arguments.policy.as_deref())?;
    let lists = screening::lists(common)?;
    if !arguments.name.is_empty() {
        return name::run(common, arguments, &lists, &policy, now);
    }
    let mut screener = Screener::open(&lists, policy, arguments.as_of.as_deref(), now)?;
    let packs = tag::store(common)?;
    // The packs of the past are not known by day, so the past is asked of lists alone.
    if arguments.as_of.is_none() && screener.policy().asks_for_tags() && packs.holds_any()? {
        screener = screener.with_tags(Tags::open(&packs)?);
    }
    if let Some(file) = &arguments.batch {
        return batch::run(common, arguments, file, &screener, now);
    }
    let mut verdicts: Vec<Verdict> = Vec::new();
    for subject in &arguments.subjects {
        match subject.parse::<TransactionHash>() {
            // A list may hold a text that has the form of a transaction's name.
            Ok(hash) if !screener.is_listed(subject) => {
                let place = &arguments.store;
                verdicts.extend(transaction::screen(common, place, &hash, &screener, now)?);
            }
            _ => verdicts.push(screener.address(subject, now)),
        }
    }
    screening::audit_log(common)?.append_all(now, screening::VERDICT, verdicts.iter())?;
    if common.json {
        output::json(&verdicts)?;
    } else {
        verdicts.iter().for_each(print);
        print_basis(&screener);
    }
    // Whatever a policy makes of it, an answer without a required list is not whole.
    let adverse =
        verdicts.iter().any(|verdict| verdict.decision > Decision::Allow || !verdict.complete);
    Ok(if adverse { Finish::Adverse } else { Finish::Done })
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
    if !verdict.complete {
        println!("  INCOMPLETE: `tracehound lists status` says which list is missing or stale");
    }
    if verdict.reasons.is_empty() {
        println!("  no rule was triggered; that does not mean clean");
    }
    println!("  verdict {}", verdict.id);
}

fn print_basis(screener: &Screener) {
    println!();
    for ListInput { list, published, digest, addresses, stale, .. } in screener.inputs() {
        let state = if *stale { "  STALE OR MISSING" } else { "" };
        match (published, digest) {
            (Some(published), Some(digest)) => {
                let digest = digest.get(..16).unwrap_or(digest);
                println!("list {list} of {published}, {addresses} addresses ({digest}){state}");
            }
            _ => println!("list {list}: never imported{state}"),
        }
    }
    match screener.tags() {
        Some(tags) => {
            let digest = tags.digest.get(..16).unwrap_or(&tags.digest);
            println!("{} packs of {} tags ({digest})", tags.packs, tags.tags);
        }
        None => println!("no pack of tags was asked"),
    }
    let policy = screener.policy();
    let digest = policy.digest.get(..16).unwrap_or(&policy.digest);
    println!("policy {} ({digest})", policy.name);
    println!(
        "seen: what is said of the address itself; not seen: where its money came from (`tracehound exposure`)"
    );
}
