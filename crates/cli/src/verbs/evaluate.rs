//! `tracehound evaluate`: how far tags agree with labelled data.

use super::tag;
use crate::arguments::{Common, Evaluate};
use crate::{Finish, output, place};
use std::path::Path;
use tracehound_tags::{
    Evaluation, Pack, PackManifest, Share, TagIndex, TagStore, evaluate, quartiles,
};

/// Reads both, compares and prints.
pub(crate) fn run(common: &Common, arguments: &Evaluate) -> anyhow::Result<Finish> {
    let store = place::home(common)?.tags();
    let claims = packs(&store, &arguments.claims)?;
    let truth = packs(&store, &arguments.truth)?;
    let truth: Vec<Pack> = truth.into_iter().map(|(_, pack)| pack).collect();
    let evaluation = evaluate(&TagIndex::new(claims), &truth);
    if common.json {
        output::json(&evaluation)?;
    } else {
        print(&evaluation);
    }
    Ok(Finish::Done)
}

fn packs(store: &TagStore, names: &[String]) -> anyhow::Result<Vec<(PackManifest, Pack)>> {
    let one = |name: &String| match Path::new(name).is_file() {
        true => tag::unkept(Path::new(name)),
        false => Ok(store.pack(name)?),
    };
    names.iter().map(one).collect()
}

fn print(evaluation: &Evaluation) {
    let mut table = output::table(&["", "share", "95 % interval", "of"], &[1, 3]);
    let mut add = |name: String, share: &Share| {
        let value = |part: f64| format!("{part:.4}");
        let interval = format!("{} to {}", value(share.low), value(share.high));
        let shown = if share.of == 0 { "-".to_owned() } else { value(share.value()) };
        table.add_row([name, shown, interval, share.of.to_string()]);
    };
    add("covered".to_owned(), &evaluation.coverage);
    add("same category, where both name one".to_owned(), &evaluation.category);
    add("same entity, where both name one".to_owned(), &evaluation.entity);
    for of in &evaluation.categories {
        add(format!("{}: recall", of.category), &of.recall);
        add(format!("{}: precision", of.category), &of.precision);
    }
    println!("{} addresses in the labelled data", evaluation.addresses);
    println!("{table}");
    match quartiles(&evaluation.days_to_label) {
        Some([early, middle, late]) => println!(
            "days from event to label: median {middle}, quarters {early} and {late}, of {}",
            evaluation.days_to_label.len()
        ),
        None => println!("days from event to label: no address has both dates (`since`)"),
    }
    println!("only addresses that the labelled data name are judged");
}
