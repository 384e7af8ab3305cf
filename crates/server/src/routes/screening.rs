//! Verdicts on addresses, one by one and in bulk.

use super::Routes;
use super::addresses::parse;
use super::chains::store_of;
use super::exposure::accounts;
use crate::audit::{Basis, entry, now};
use crate::extract::{Body, Raw};
use crate::guard::Caller;
use crate::keys::Role;
use crate::problem::Problem;
use crate::service::Shared;
use crate::work::{aside, heavy};
use crate::world::World;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_model::hash::to_hex;
use tracehound_screen::exposures::Exposures;
use tracehound_screen::{
    ANSWERED, Answered, AuditEntry, ListInput, PolicyInput, SCREENING_RULES, TagInput, VERDICT,
    Written,
};
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Longest text that is screened as an address.
const LONGEST: usize = 512;

pub(super) fn add(routes: Routes) -> Routes {
    let (schemas, paths, methods) = routes!(bulk);
    let limit = routes.bulk_bytes();
    let bulk = (schemas, paths, methods.layer(DefaultBodyLimit::max(limit)));
    routes.role(Role::Screen, routes!(screen)).role(Role::Screen, bulk)
}

/// An address to screen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScreenRequest {
    /// The address, of any chain.
    #[schema(max_length = 512)]
    address: String,
    /// Also follow its money in the store of this chain, and apply the rules
    /// on exposure.
    #[serde(default)]
    exposure_on: Option<String>,
}

/// Who asks for a verdict.
pub(crate) struct Asked<'a> {
    pub(crate) by: &'a str,
    pub(crate) request: &'a str,
}

impl<'a> From<&'a Caller> for Asked<'a> {
    fn from(caller: &'a Caller) -> Self {
        Self { by: &caller.name, request: &caller.request.0 }
    }
}

/// A verdict on an address: what is to be done, by which rules, on which evidence, made from which lists and tags. `allow` without reasons is no statement that the address is clean.
#[utoipa::path(post, path = "/v1/screen", request_body = ScreenRequest,
    responses((status = 200, description = "The verdict", body = Object, content_type = "application/json")))]
async fn screen(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<ScreenRequest>,
) -> Result<Response, Problem> {
    let world = service.world()?;
    if asked.address.len() > LONGEST {
        return Err(Problem::bad("the address is too long to be one").value(&asked.address));
    }
    let verdict = match asked.exposure_on {
        None => world.screener.written(&asked.address, None, now()),
        Some(chain) => with_exposure(&service, Arc::clone(&world), chain, asked.address).await?,
    };
    written(&service, &world, &Asked::from(&caller), &verdict).await?;
    // The same bytes as in the log.
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind)], verdict.bytes).into_response())
}

async fn with_exposure(
    service: &Shared,
    world: Arc<World>,
    chain: String,
    text: String,
) -> Result<Written, Problem> {
    heavy(service, move |stop| {
        let kept = store_of(&world, &chain)?;
        let address = parse(kept, &text)?;
        let ledger = accounts(kept)?;
        let exposures = Exposures::asking(&ledger.snapshot, Arc::clone(&ledger.question))?;
        let found = exposures.of(&address, stop)?;
        Ok(world.screener.written(&text, Some(found), now()))
    })
    .await
}

/// Writes a verdict to the log: whole where it has reasons, short where it has none.
pub(crate) async fn written(
    service: &Shared,
    world: &World,
    asked: &Asked<'_>,
    made: &Written,
) -> Result<(), Problem> {
    service.metrics.decided(made.decision.name());
    let (basis, lines) = lines(world, asked, made)?;
    service.audit.write_after(basis, lines).await
}

/// Who asked for an answer that stands whole in the log.
#[derive(Serialize)]
struct By<'a> {
    by: &'a str,
    request: &'a str,
    answer: &'a str,
}

/// Lines of a verdict, and the basis that a short one needs before it.
type Lines = (Option<Arc<Basis>>, Vec<AuditEntry>);

fn lines(world: &World, asked: &Asked<'_>, made: &Written) -> Result<Lines, Problem> {
    let (by, request) = (asked.by, asked.request);
    if !made.reasons.is_empty() || made.has_exposure {
        let asked = By { by, request, answer: &made.id };
        let whole = AuditEntry::of_json(now(), VERDICT, &made.bytes);
        return Ok((None, vec![whole, entry("asked", &asked)?]));
    }
    let short = Answered {
        id: made.id.clone(),
        basis: world.kept_basis.id.clone(),
        address: made.address.clone(),
        decided_at: made.decided_at,
        decision: made.decision,
        by: Some(by.to_owned()),
        request: Some(request.to_owned()),
    };
    Ok((Some(Arc::clone(&world.kept_basis)), vec![entry(ANSWERED, &short)?]))
}

/// One address of a bulk request.
#[derive(Serialize, ToSchema)]
struct BulkRow {
    address: String,
    decision: &'static str,
    /// Rules that applied, with the list and entry or the pack and concept behind each.
    reasons: Vec<BulkReason>,
    /// The verdict's id, by which it can be asked for again; absent where no
    /// rule applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct BulkReason {
    rule: String,
    text: String,
}

#[derive(Serialize, ToSchema)]
struct BulkAnswer {
    /// How many of each decision.
    decisions: BTreeMap<&'static str, u64>,
    /// Whether every list that the policy requires was there and fresh.
    complete: bool,
    /// In the order asked.
    rows: Vec<BulkRow>,
}

/// What the log keeps of a bulk request.
#[derive(Serialize)]
struct BulkRecord<'a> {
    by: &'a str,
    request: &'a str,
    /// Of the body.
    sha256: String,
    rules: &'static str,
    rows: usize,
    decisions: &'a BTreeMap<&'static str, u64>,
    complete: bool,
    lists: &'a [ListInput],
    tags: Option<&'a TagInput>,
    policy: PolicyInput,
}

/// Many addresses at once: a JSON array of texts, or lines of text or CSV whose first column is the address.
#[utoipa::path(post, path = "/v1/screen/bulk",
    request_body(content((Vec<String> = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = BulkAnswer)))]
async fn bulk(
    State(service): State<Shared>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<BulkAnswer>, Problem> {
    let world = service.world()?;
    let most = service.config.limits.bulk_rows;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let json = kind.is_none_or(|kind| kind.contains("json"));
    let made = Arc::clone(&world);
    let (answer, mut entries, sha256) = aside(move || {
        use sha2::{Digest, Sha256};
        let addresses = addresses(&body, json, most)?;
        let (answer, entries) = answer(&made, addresses)?;
        Ok((answer, entries, to_hex(&Sha256::digest(&body))))
    })
    .await?;
    let policy = world.screener.policy();
    let record = BulkRecord {
        by: &caller.name,
        request: &caller.request.0,
        sha256,
        rules: SCREENING_RULES,
        rows: answer.rows.len(),
        decisions: &answer.decisions,
        complete: answer.complete,
        lists: world.screener.inputs(),
        tags: world.screener.tags(),
        policy: PolicyInput { name: policy.name.clone(), digest: policy.digest.clone() },
    };
    entries.push(entry("batch", &record)?);
    service.audit.write(entries).await?;
    Ok(Json(answer))
}

fn addresses(body: &[u8], json: bool, most: usize) -> Result<Vec<String>, Problem> {
    let bad = |detail: String| Problem::bad(detail);
    let addresses: Vec<String> = if json {
        serde_json::from_slice(body)
            .map_err(|e| bad(format!("not a JSON array of addresses: {e}")))?
    } else {
        let text = std::str::from_utf8(body).map_err(|e| bad(format!("not UTF-8: {e}")))?;
        let first =
            |line: &str| line.split(',').next().unwrap_or("").trim_matches([' ', '"']).to_owned();
        let rows = text.lines().map(first).filter(|cell| !cell.is_empty());
        rows.enumerate()
            .filter(|(place, cell)| *place > 0 || !cell.eq_ignore_ascii_case("address"))
            .map(|(_, cell)| cell)
            .collect()
    };
    if addresses.len() > most {
        let detail = format!("{} addresses at once; at most {most} are taken", addresses.len());
        return Err(Problem::refused(detail).cure("send them in several requests"));
    }
    match addresses.iter().find(|address| address.len() > LONGEST) {
        Some(long) => Err(Problem::bad("an address is too long to be one").value(long)),
        None => Ok(addresses),
    }
}

fn answer(world: &World, addresses: Vec<String>) -> Result<(BulkAnswer, Vec<AuditEntry>), Problem> {
    let (mut decisions, mut entries) = (BTreeMap::new(), Vec::new());
    let mut rows = Vec::with_capacity(addresses.len());
    let now = now();
    for address in addresses {
        let reasons = world.screener.reasons(&address);
        let decision = reasons.iter().map(|reason| reason.decision).max().unwrap_or_default();
        *decisions.entry(decision.name()).or_insert(0) += 1;
        let mut verdict = None;
        if reasons.iter().any(|reason| reason.listing.is_some() || reason.tag.is_some()) {
            let made = world.screener.written(&address, None, now);
            entries.push(AuditEntry::of_json(now, VERDICT, &made.bytes));
            verdict = Some(made.id);
        }
        let told =
            |reason: tracehound_screen::Reason| BulkReason { rule: reason.rule, text: reason.text };
        let reasons = reasons.into_iter().map(told).collect();
        rows.push(BulkRow { address, decision: decision.name(), reasons, verdict });
    }
    let complete = world.screener.is_complete();
    Ok((BulkAnswer { decisions, complete, rows }, entries))
}
