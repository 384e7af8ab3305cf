//! What every verb of `mixer` reads, and which rules it runs.

use crate::Finish;
use crate::arguments::{Common, MixerSources};
use crate::progress::Spinner;
use anyhow::Context;
use serde::Serialize;
use tracehound_mixer::{
    ClaimKind, LinkRule, MixerEvents, NamedLinks, Problem, RULES, RuleAnswer, RuleInput,
    RuleParameters, SideData, read_claims, read_depositors, read_events, read_funders,
    read_transactions, read_transfers,
};

/// What was read.
pub(super) struct Sources {
    pub(super) events: MixerEvents,
    pub(super) side: SideData,
    /// The bounds that rules run with.
    pub(super) parameters: RuleParameters,
    problems: Vec<Problem>,
    named_depositors: usize,
    /// The known depositors came out of a file of published links.
    pub(super) depositors_are_links: bool,
}

/// The same in figures.
#[derive(Serialize)]
pub(super) struct SourceRecord<'a> {
    pools: usize,
    pub(super) deposits: usize,
    pub(super) withdrawals: usize,
    /// Deposits whose depositor is known.
    pub(super) named_depositors: usize,
    problems: &'a [Problem],
}

/// What one rule answered.
pub(super) struct Answered {
    pub(super) rule: LinkRule,
    pub(super) answer: RuleAnswer,
}

impl Answered {
    /// Name with version.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.rule.rule.name, self.rule.rule.version)
    }
}

/// Reads everything.
pub(super) fn read(common: &Common, arguments: &MixerSources) -> anyhow::Result<Sources> {
    let spinner = Spinner::start(common, "reading the events");
    let mut read = read_events(&arguments.events)?;
    let mut side = SideData::default();
    if let Some(file) = &arguments.transactions {
        read_transactions(file, &mut side)?;
    }
    if let Some(file) = &arguments.transfers {
        read_transfers(file, &mut side)?;
    }
    if let Some(file) = &arguments.funders {
        read_funders(file, &mut side)?;
    }
    if let Some(file) = &arguments.claims {
        read_claims(file, &mut side)?;
    }
    let depositors = arguments.depositors.as_ref();
    let depositors_are_links =
        depositors.map(|file| read_depositors(file, &mut side)).transpose()?.unwrap_or(false);
    read.learn_times(side.times.iter().copied());
    let named_depositors = side.name_depositors(&mut read.events);
    drop(spinner);
    for problem in &read.problems {
        eprintln!("{}: {} {}", problem.pool, problem.count, problem.what);
    }
    Ok(Sources {
        events: read.events,
        side,
        parameters: RuleParameters::default(),
        problems: read.problems,
        named_depositors,
        depositors_are_links,
    })
}

impl Sources {
    pub(super) fn record(&self) -> SourceRecord<'_> {
        SourceRecord {
            pools: self.events.pools.len(),
            deposits: self.events.deposits().count(),
            withdrawals: self.events.withdrawals().count(),
            named_depositors: self.named_depositors,
            problems: &self.problems,
        }
    }

    /// Events that do not fit are told by the exit code.
    pub(super) fn finish(&self) -> Finish {
        if self.problems.is_empty() { Finish::Done } else { Finish::Adverse }
    }

    /// Runs rules.
    pub(super) fn run(&self, common: &Common, rules: &[LinkRule]) -> Vec<Answered> {
        let _spinner = Spinner::start(common, "looking for links");
        let input =
            RuleInput { events: &self.events, side: &self.side, parameters: &self.parameters };
        rules.iter().map(|rule| Answered { rule: *rule, answer: rule.run(input) }).collect()
    }
}

/// The rules asked for.
pub(super) fn rules(names: &[String]) -> anyhow::Result<Vec<LinkRule>> {
    if names.is_empty() {
        let sound = RULES.iter().filter(|rule| rule.kind != ClaimKind::Baseline);
        return Ok(sound.copied().collect());
    }
    if names.iter().any(|name| name == "all") {
        return Ok(RULES.to_vec());
    }
    let known = || RULES.map(|rule| rule.rule.name).join(", ");
    let rule = |name: &String| {
        let bare = name.split('/').next().unwrap_or(name);
        let found = RULES.iter().find(|rule| rule.rule.name == bare).copied();
        found.with_context(|| format!("\"{name}\" is not a rule; choose from all, {}", known()))
    };
    names.iter().map(rule).collect()
}

/// Links of those that could run.
pub(super) fn named_links(answered: &[Answered]) -> Vec<NamedLinks> {
    let links = |one: &Answered| match &one.answer {
        RuleAnswer::Links(links) => Some((one.name(), links.clone())),
        RuleAnswer::NotApplicable(_) => None,
    };
    answered.iter().filter_map(links).collect()
}

/// Links of every rule but the baselines as one.
pub(super) fn together(answered: &[Answered]) -> NamedLinks {
    let sound = answered.iter().filter(|one| one.rule.kind != ClaimKind::Baseline);
    let links = sound.filter_map(|one| match &one.answer {
        RuleAnswer::Links(links) => Some(links.clone()),
        RuleAnswer::NotApplicable(_) => None,
    });
    ("together, without baselines".to_owned(), links.flatten().collect())
}

/// Rules that could not run, and why.
pub(super) fn not_applicable(answered: &[Answered]) -> Vec<(String, &'static str)> {
    let why = |one: &Answered| match one.answer {
        RuleAnswer::NotApplicable(why) => Some((one.name(), why)),
        RuleAnswer::Links(_) => None,
    };
    answered.iter().filter_map(why).collect()
}
