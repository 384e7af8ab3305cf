//! `tracehound lists update`: lists from their publishers.

use super::print_import;
use crate::arguments::{Common, ListsUpdate};
use crate::progress::Spinner;
use crate::verbs::screening;
use crate::{Finish, interrupt, output, place};
use anyhow::{Context, bail, ensure};
use tracehound_ingest::{PUBLISHERS, Publisher, fetch};
use tracehound_lists::{ImportOptions, Imported};

/// Fetched where nothing is named: what everybody is expected to keep.
const USUAL: [&str; 4] = ["ofac-sdn", "un", "eu", "uk"];

/// Fetches each; one that fails keeps none of the others out, and what is
/// stored stays as it is.
pub(crate) fn update(common: &Common, arguments: &ListsUpdate) -> anyhow::Result<Finish> {
    let wanted: Vec<&str> = match arguments.lists.is_empty() {
        true => USUAL.to_vec(),
        false => arguments.lists.iter().map(String::as_str).collect(),
    };
    ensure!(
        arguments.url.is_none() || wanted.len() == 1,
        "--url is the address of one list, and {} are named",
        wanted.len()
    );
    let publishers: anyhow::Result<Vec<&Publisher>> =
        wanted.iter().map(|list| find(list)).collect();
    let (mut taken, mut failed) = (Vec::new(), 0);
    for publisher in publishers? {
        match one(common, arguments, publisher) {
            Ok(imported) => {
                if !common.json {
                    print_import(&imported);
                }
                taken.push(imported);
            }
            Err(error) => {
                failed += 1;
                eprintln!("error: {}: {error:#}", publisher.list);
            }
        }
    }
    if common.json {
        output::json(&taken)?;
    }
    if failed > 0 {
        bail!(
            "{failed} of {} lists were not updated; `tracehound lists status` shows what is kept",
            wanted.len()
        );
    }
    Ok(Finish::Done)
}

fn find(list: &str) -> anyhow::Result<&'static Publisher> {
    PUBLISHERS.iter().find(|publisher| publisher.list == list).with_context(|| {
        let known: Vec<&str> = PUBLISHERS.iter().map(|publisher| publisher.list).collect();
        format!(
            "no publisher of a list \"{list}\" is known; known are {}; other lists are imported from files",
            known.join(", ")
        )
    })
}

fn one(
    common: &Common,
    arguments: &ListsUpdate,
    publisher: &Publisher,
) -> anyhow::Result<Imported> {
    let url = arguments.url.as_deref().unwrap_or(publisher.url);
    // Beside the lists, so that a full disk shows before a list is touched.
    let home = place::home(common)?;
    std::fs::create_dir_all(home.folder())
        .with_context(|| format!("cannot make {}", home.folder().display()))?;
    let folder = tempfile::tempdir_in(home.folder()).context("cannot make a folder to fetch to")?;
    let file = folder.path().join(publisher.file);
    let spinner = Spinner::start(common, &format!("fetching {}", publisher.list));
    let stop = interrupt::flag();
    fetch(url, &file, &stop, &|got, promised| {
        let of = promised.map_or(String::new(), |all| format!(" of {} MB", all / 1_000_000));
        spinner.say(&format!("fetching {}: {} MB{of}", publisher.list, got / 1_000_000));
    })?;
    spinner.say(&format!("reading {}", publisher.list));
    let options = ImportOptions {
        force: arguments.force,
        now: screening::now(),
        date: None,
        only: Some(publisher.list.to_owned()),
    };
    let imported = home.lists().import(&file, &options);
    drop(spinner);
    // The folder of a moment is nothing to the reader.
    let shown = format!("{}/", folder.path().display());
    imported.map_err(|error| anyhow::anyhow!("{}", error.to_string().replace(&shown, "")))
}
