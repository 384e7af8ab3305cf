//! Findings of other rules, and the rules that spoke.

use super::facts::ChainFacts;
use super::gather::Catalogue;
use super::{AssetRecord, EvidenceRecord, FindingRecord, Money, RuleRecord};
use std::collections::BTreeSet;
use std::sync::Arc;
use tracehound_model::{Asset, Finding, Rule, Tag, genuine, service};

pub(super) fn finding<F: ChainFacts>(
    catalogue: &Catalogue<'_, F>,
    facts: &F,
    finding: &Finding,
) -> FindingRecord {
    let evidence = finding.evidence.iter().map(|evidence| EvidenceRecord {
        transaction: facts.chain().transaction_text(&evidence.transaction),
        height: evidence.height,
        timestamp: evidence.timestamp,
        ordinal: evidence.ordinal,
        from: evidence.from,
        to: evidence.to,
        asset: evidence.asset.clone(),
        amount: evidence.amount,
        amount_text: evidence_amount(facts, evidence),
    });
    FindingRecord {
        rule: finding.rule,
        parameters: finding.parameters.clone(),
        claim: finding.claim.clone(),
        subjects: finding.subjects.clone(),
        evidence: evidence.collect(),
        subject_names: finding.subjects.iter().map(|a| catalogue.name_of(a)).collect(),
    }
}

/// Amount of one piece of evidence, for people.
fn evidence_amount<F: ChainFacts>(facts: &F, evidence: &tracehound_model::Evidence) -> String {
    let chain = facts.chain();
    let stored = Asset::parse(&evidence.asset, chain).ok().map(|asset| {
        let (symbol, decimals) = match asset {
            Asset::Token(contract) => match genuine::find(chain, &contract) {
                Some(token) => (Some(token.symbol.to_owned()), Some(token.decimals)),
                None => (None, None),
            },
            _ => (None, None),
        };
        tracehound_store::AssetRecord { asset, symbol, decimals }
    });
    match stored {
        Some(stored) => {
            let asset = Arc::new(AssetRecord::describe(&stored, chain));
            let unnamed = asset.symbol == "token";
            let text = Money::of(&asset, evidence.amount).text();
            if unnamed { format!("{text} (base units)") } else { text }
        }
        None => format!("{} base units of {}", evidence.amount, evidence.asset),
    }
}

/// Rules that spoke: those of the findings, of the labels and of the tokens.
pub(super) fn rules(
    engine: Rule,
    findings: &[FindingRecord],
    tags: &[Tag],
    tokens_judged: bool,
    ordered_by_funding: bool,
) -> Vec<RuleRecord> {
    let mut rules: BTreeSet<RuleRecord> = BTreeSet::new();
    let mut add = |name: &str, version: String, decides: &str| {
        rules.insert(RuleRecord { name: name.to_owned(), version, decides: decides.to_owned() });
    };
    add(
        engine.name,
        engine.version.to_string(),
        "how money is followed, where it stops and what is booked",
    );
    for record in findings {
        let rule = record.rule;
        add(rule.name, rule.version.to_string(), "a finding of this report");
    }
    let mut constant = |rule: &str, decides: &str| {
        let (name, version) = rule.split_once('/').unwrap_or((rule, "1"));
        add(name, version.to_owned(), decides);
    };
    if tags.iter().any(|tag| tag.source.contains(service::RULE)) {
        constant(service::RULE, "the entity and kind that the words of a label name");
    }
    if ordered_by_funding {
        constant(tracehound_store::FUNDING_ORDER, "the order inside a block without positions");
    }
    if tokens_judged {
        constant(genuine::RULE, "which tokens are counterfeit, genuine or unknown");
    }
    rules.into_iter().collect()
}
