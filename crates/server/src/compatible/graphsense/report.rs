//! Tags that users report: noted in the log of answers, for a person to
//! judge. They are attributions by nobody yet, so they answer nothing.

use super::asked::Asked;
use super::desk::Desk;
use super::json::Json;
use super::refusal::Refusal;
use sha2::{Digest, Sha256};
use tracehound_model::TransactionHash;

/// Fields that a report has to have, and those that it may have.
const NEEDED: [&str; 3] = ["address", "network", "label"];
const ALLOWED: [&str; 2] = ["actor", "description"];
/// Letters of one field that are taken.
const LONGEST: usize = 2_000;

/// A report as it is noted.
#[derive(serde::Serialize)]
pub(super) struct Reported {
    pub(super) id: String,
    address: String,
    network: String,
    label: String,
    actor: Option<String>,
    description: Option<String>,
}

/// What a body reports.
pub(super) fn read(asked: &mut Asked) -> Result<Reported, Refusal> {
    let body = asked.body.clone();
    if !matches!(body, Json::Object(_)) {
        let words = "Input should be a valid dictionary or object to extract fields from";
        asked.wrong_body(Vec::new(), "model_attributes_type", words);
        asked.check()?;
    }
    let mut text = |name: &str, needed: bool| match body.get(name) {
        Some(Json::Text(text)) => Some(text.chars().take(LONGEST).collect::<String>()),
        None | Some(Json::Null) if !needed => None,
        found => {
            let (kind, words) = match found {
                None => ("missing", "Field required"),
                Some(_) => ("string_type", "Input should be a valid string"),
            };
            asked.wrong_body(vec![name.into()], kind, words);
            None
        }
    };
    let [address, network, label] = NEEDED.map(|name| text(name, true));
    let [actor, description] = ALLOWED.map(|name| text(name, false));
    asked.check()?;
    let digest = TransactionHash(Sha256::digest(body.to_text()).into()).to_plain_hex();
    let id = digest.get(..32).unwrap_or_default().to_owned();
    let known = |text: Option<String>| text.unwrap_or_default();
    let (address, network, label) = (known(address), known(network), known(label));
    Ok(Reported { id, address, network, label, actor, description })
}

/// `POST /tags/report-tag`, once it is noted: what was taken note of.
pub(super) fn check(_: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let reported = read(asked)?;
    Ok(Json::object([("id", reported.id.into())]))
}
