//! Names against the lists: hits for a person to look at, with their reasons.

use crate::arguments::{Common, Screen};
use crate::verbs::screening;
use crate::{Finish, output, place};
use anyhow::bail;
use tracehound_lists::Lists;
use tracehound_model::{PartialDate, Timestamp};
use tracehound_screen::names::NameQuery;
use tracehound_screen::{NAME_THRESHOLD, NameAnswer, NameFound, NameScreener, Policy, Remembered};

/// Answers and prints; every answer goes to the log first.
pub(super) fn run(
    common: &Common,
    arguments: &Screen,
    lists: &Lists,
    policy: &Policy,
    now: Timestamp,
) -> anyhow::Result<Finish> {
    let as_of = arguments.as_of.as_deref();
    let screener = NameScreener::open(lists, &policy.required_lists, as_of, now)?;
    if screener.is_empty() {
        bail!("no list is kept, so nothing can be said of a name; `tracehound lists import FILE`");
    }
    let decisions = place::home(common)?.decisions()?;
    let threshold = arguments.threshold.unwrap_or(NAME_THRESHOLD);
    let ask = |name: &String| {
        let (born, country) = (arguments.born.clone(), arguments.country.clone());
        let query = NameQuery { name: name.clone(), born, country };
        screener.answer(&query, threshold, now).with_decisions(&decisions)
    };
    let answers: Vec<NameAnswer> = arguments.name.iter().map(ask).collect();
    place::home(common)?.audit_log(screening::now())?.append_all(
        now,
        tracehound_screen::NAME,
        answers.iter(),
    )?;
    if common.json {
        output::json(&answers)?;
    } else {
        answers.iter().for_each(print);
    }
    let adverse = answers.iter().any(|answer| is_open(answer) || !answer.complete);
    Ok(if adverse { Finish::Adverse } else { Finish::Done })
}

/// Whether a person has to look at any hit.
fn is_open(answer: &NameAnswer) -> bool {
    answer.hits.iter().any(NameFound::is_open)
}

fn print(answer: &NameAnswer) {
    let word = match (answer.hits.is_empty(), is_open(answer)) {
        (true, _) => "NO HIT",
        (false, true) => "REVIEW",
        (false, false) => "DECIDED",
    };
    println!("{word}  {}", answer.asked.name);
    answer.hits.iter().for_each(print_hit);
    if answer.hits.is_empty() {
        println!("  no name on the lists reaches {}; that does not mean clean", answer.threshold);
    }
    if !answer.complete {
        println!("  INCOMPLETE: `tracehound lists status` says which list is missing or stale");
    }
    let names = answer
        .lists
        .iter()
        .filter_map(|list| Some(format!("{} of {}", list.list, list.published.as_ref()?)));
    println!("  lists: {}", names.collect::<Vec<_>>().join(", "));
    println!("  answer {}", answer.id);
}

fn print_hit(hit: &NameFound) {
    println!(
        "  {:.2} (OFAC {})  {}  {} entry {}, {}",
        hit.score,
        hit.ofac,
        hit.name,
        hit.list,
        hit.entry,
        hit.programmes.join(", ")
    );
    if let Some(Remembered { decision, reason, at, reopened }) = &hit.decided {
        let again = reopened.as_ref().map_or(String::new(), |why| format!("; OPEN AGAIN: {why}"));
        println!("       decided {at}: {} ({reason}){again}", decision.name());
    }
    let primary = hit.party.primary_name().map_or("", |name| name.text.as_str());
    let born: Vec<String> = hit.party.birth_dates.iter().map(date).collect();
    let mut about = Vec::new();
    if primary != hit.name {
        about.push(format!("listed as {primary}"));
    }
    if !born.is_empty() {
        about.push(format!("born {}", born.join(" or ")));
    }
    if !hit.party.countries.is_empty() {
        about.push(hit.party.countries.join(", "));
    }
    if !about.is_empty() {
        println!("       {}", about.join("; "));
    }
    let reasons = hit.features.iter().map(|feature| match feature.name.as_ref() {
        "pair" => format!("{} {:.2}", feature.words, feature.value),
        name => format!("{name}: {}", feature.words),
    });
    println!("       by {}", reasons.collect::<Vec<_>>().join(", "));
}

fn date(date: &PartialDate) -> String {
    let about = if date.approximate { "about " } else { "" };
    match date.from == date.to {
        true => format!("{about}{}", date.from),
        false => format!("{about}{} to {}", date.from, date.to),
    }
}
