//! `tracehound key`: who may ask the service.

use super::screening::now;
use crate::arguments::{Common, KeyNew, KeyVerb, RoleArgument};
use crate::{Finish, output, place};
use serde::Serialize;
use tracehound_server::{KeptKey, Role, key_file, make_key, read_keys, revoke_key};

/// Makes, shows or revokes.
pub(crate) fn run(common: &Common, verb: &KeyVerb) -> anyhow::Result<Finish> {
    let file = key_file(place::home(common)?.folder());
    match verb {
        KeyVerb::New(new) => {
            let kept = kept(new);
            let key = make_key(&file, kept)?;
            if common.json {
                output::json(&serde_json::json!({ "name": new.name, "key": key }))?;
            } else {
                println!("{key}");
                eprintln!(
                    "this is the only time it is shown; a running service takes it on SIGHUP or POST /v1/reload"
                );
            }
        }
        KeyVerb::List => list(common, &read_keys(&file)?)?,
        KeyVerb::Revoke { name } => {
            revoke_key(&file, name)?;
            eprintln!("{name} is revoked; tell a running service by SIGHUP or POST /v1/reload");
        }
    }
    Ok(Finish::Done)
}

fn kept(new: &KeyNew) -> KeptKey {
    let role = |role: &RoleArgument| match role {
        RoleArgument::Read => Role::Read,
        RoleArgument::Screen => Role::Screen,
        RoleArgument::Investigate => Role::Investigate,
        RoleArgument::Administer => Role::Administer,
    };
    KeptKey {
        name: new.name.clone(),
        sha256: String::new(),
        roles: new.role.iter().map(role).collect(),
        made_at: now(),
        until: new.until,
        per_second: new.per_second,
        per_day: new.per_day,
    }
}

#[derive(Serialize)]
struct Shown<'k> {
    name: &'k str,
    roles: Vec<&'static str>,
    made_at: String,
    until: Option<String>,
    per_second: Option<u32>,
    per_day: Option<u64>,
}

fn list(common: &Common, keys: &[KeptKey]) -> anyhow::Result<()> {
    let shown = keys.iter().map(|key| Shown {
        name: &key.name,
        roles: key.roles.iter().map(|role| role.name()).collect(),
        made_at: key.made_at.to_string(),
        until: key.until.map(|until| until.to_string()),
        per_second: key.per_second.map(u32::from),
        per_day: key.per_day,
    });
    let shown: Vec<Shown<'_>> = shown.collect();
    if common.json {
        return output::json(&shown);
    }
    let header = ["name", "roles", "made", "good until", "a second", "a day"];
    let mut table = output::table(&header, &[4, 5]);
    let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
    for key in &shown {
        table.add_row([
            key.name.to_owned(),
            key.roles.join(", "),
            key.made_at.clone(),
            key.until.clone().unwrap_or_else(|| "-".to_owned()),
            number(key.per_second.map(u64::from)),
            number(key.per_day),
        ]);
    }
    println!("{table}");
    Ok(())
}
