//! `tracehound decide`: what a person decided on a name hit.

use super::screening;
use crate::arguments::{Common, Decide, DecisionArgument};
use crate::{Finish, output, place};
use anyhow::Context;
use tracehound_screen::names::NameQuery;
use tracehound_screen::{HitDecision, NameDecision, NameScreener, entry_digest};

/// Keeps the decision, if the name does hit the entry.
pub(crate) fn run(common: &Common, arguments: &Decide) -> anyhow::Result<Finish> {
    let now = screening::now();
    let screener = NameScreener::open(&place::home(common)?.lists(), &[], None, now)?;
    let asked = NameQuery {
        name: arguments.name.clone(),
        born: arguments.born.clone(),
        country: arguments.country.clone(),
    };
    let answer = screener.answer(&asked, 0.0, now);
    let hit = answer
        .hits
        .iter()
        .find(|hit| (&hit.list, &hit.entry) == (&arguments.list, &arguments.entry));
    let hit = hit.with_context(|| {
        format!(
            "{} does not come near entry {} of {}; `tracehound screen --name` shows the hits",
            arguments.name, arguments.entry, arguments.list
        )
    })?;
    let decision = NameDecision {
        asked,
        list: hit.list.clone(),
        entry: hit.entry.clone(),
        entry_digest: entry_digest(hit),
        decision: match arguments.decision {
            DecisionArgument::NoMatch => HitDecision::NoMatch,
            DecisionArgument::Match => HitDecision::Match,
        },
        reason: arguments.reason.clone(),
        at: now,
    };
    place::home(common)?.audit_log(screening::now())?.append(now, "decision", &decision)?;
    place::home(common)?.decisions()?.keep(decision.clone())?;
    if common.json {
        output::json(&decision)?;
    } else {
        println!(
            "{} and entry {} of {}: {}; remembered until either changes",
            decision.asked.name,
            decision.entry,
            decision.list,
            decision.decision.name()
        );
    }
    Ok(Finish::Done)
}
