//! Calls of a node, by JSON-RPC or REST, repeated while that may help.

use super::fault::{Fault, RpcError};
use super::http::Http;
use super::options::{NodeAuth, NodeOptions};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tracehound_model::BlockHash;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause while a node starts.
const WARM_UP_PAUSE: Duration = Duration::from_secs(5);

/// Which chain a node is on, and how far.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(super) struct ChainInfo {
    pub(super) chain: String,
    /// Height of its tip.
    pub(super) blocks: u64,
    #[serde(default)]
    pub(super) headers: u64,
    #[serde(default)]
    pub(super) pruned: bool,
    /// Lowest block that it has, if it is pruned.
    pub(super) pruneheight: Option<u64>,
    #[serde(default)]
    pub(super) initialblockdownload: bool,
}

/// See the module.
pub(super) struct Client {
    http: Http,
    rest: bool,
    retries: u32,
    pause: Duration,
    warm_up: Duration,
    /// Set when nobody wants an answer any more.
    pub(super) stop: AtomicBool,
}

/// One call: a method and its parameters as JSON.
type Call = (&'static str, String);

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<RpcError>,
    id: Option<u64>,
}

impl Client {
    pub(super) fn new(options: &NodeOptions) -> Result<Self, String> {
        Ok(Self {
            http: Http::new(options)?,
            rest: options.auth == NodeAuth::Rest,
            retries: options.retries,
            pause: options.pause,
            warm_up: options.warm_up,
            stop: AtomicBool::new(false),
        })
    }

    pub(super) fn base(&self) -> &str {
        self.http.base()
    }

    pub(super) fn chain_info(&self) -> Result<ChainInfo, Fault> {
        self.patiently(|| {
            if self.rest {
                return json(&self.http.get("/rest/chaininfo.json")?);
            }
            let mut info = None;
            self.batch(&[("getblockchaininfo", String::new())], &mut |_, text| {
                info = Some(json(text)?);
                Ok(())
            })?;
            info.ok_or_else(|| Fault::Passing("the answer is empty".to_owned()))
        })
    }

    /// Hashes of the best chain at some heights.
    pub(super) fn hashes(&self, heights: &[u64]) -> Result<Vec<BlockHash>, Fault> {
        self.patiently(|| {
            if self.rest {
                return heights.iter().map(|height| self.rest_hash(*height)).collect();
            }
            let calls: Vec<Call> =
                heights.iter().map(|height| ("getblockhash", height.to_string())).collect();
            let mut hashes = vec![BlockHash::default(); heights.len()];
            self.batch(&calls, &mut |place, text| {
                hashes[place] = hash(&json::<String>(text)?)?;
                Ok(())
            })?;
            Ok(hashes)
        })
    }

    fn rest_hash(&self, height: u64) -> Result<BlockHash, Fault> {
        #[derive(Deserialize)]
        struct Given {
            blockhash: String,
        }
        let body = self.http.get(&format!("/rest/blockhashbyheight/{height}.json"))?;
        let given: Given = json(&body)?;
        hash(&given.blockhash)
    }

    /// Hands each block of a list to `visit`, by its place in the list, in
    /// any order; after a repetition some come twice. Verbosity 3 tells what
    /// inputs spend; nodes before version 23 take it for 2.
    pub(super) fn blocks(
        &self,
        hashes: &[BlockHash],
        visit: &mut dyn FnMut(usize, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.patiently(|| {
            if self.rest {
                for (place, hash) in hashes.iter().enumerate() {
                    visit(place, &self.http.get(&format!("/rest/block/{hash}.json"))?)?;
                }
                return Ok(());
            }
            let calls: Vec<Call> =
                hashes.iter().map(|hash| ("getblock", format!("\"{hash}\",3"))).collect();
            self.batch(&calls, visit)
        })
    }

    /// Sends calls in one request and hands out the results, which may come
    /// in any order.
    fn batch(
        &self,
        calls: &[Call],
        visit: &mut dyn FnMut(usize, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut request = String::from("[");
        for (id, (method, parameters)) in calls.iter().enumerate() {
            let comma = if id > 0 { "," } else { "" };
            let written = write!(
                request,
                r#"{comma}{{"jsonrpc":"1.0","id":{id},"method":"{method}","params":[{parameters}]}}"#
            );
            written.map_err(|error| Fault::Final(error.to_string()))?;
        }
        request.push(']');
        let body = self.http.post(&request)?;
        // A node may refuse a batch as a whole, with one error.
        let answers: Vec<Answer<'_>> = match body.trim_start().starts_with('[') {
            true => json(&body)?,
            false => vec![json(&body)?],
        };
        // What concerns the node as a whole decides, whichever call it answers.
        let faults: Vec<Fault> = answers
            .iter()
            .filter_map(|answer| answer.error.as_ref())
            .map(RpcError::fault)
            .collect();
        let whole = |fault: &&Fault| matches!(fault, Fault::WarmUp(_) | Fault::Passing(_));
        if let Some(fault) = faults.iter().find(whole).or(faults.first()) {
            return Err(fault.clone());
        }
        let mut missing = vec![true; calls.len()];
        for answer in answers {
            let place = answer.id.and_then(|id| usize::try_from(id).ok());
            let (Some(place), Some(result)) = (place, answer.result) else { continue };
            if let Some(missing) = missing.get_mut(place) {
                *missing = false;
                visit(place, result.get())?;
            }
        }
        match missing.iter().position(|missing| *missing) {
            Some(place) => {
                Err(Fault::Passing(format!("call {place} of {} was not answered", calls.len())))
            }
            None => Ok(()),
        }
    }

    /// Repeats a call as long as that may help.
    fn patiently<T>(&self, mut call: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        let started = Instant::now();
        let (mut tries, mut cookies) = (0, 0);
        let mut pause = self.pause;
        loop {
            match call() {
                Err(Fault::NewCookie) if cookies <= self.retries => cookies += 1,
                Err(Fault::NewCookie) => {
                    return Err(Fault::Final(
                        "the cookie changes with every try; is more than one node writing it?"
                            .to_owned(),
                    ));
                }
                Err(Fault::WarmUp(doing)) => {
                    if started.elapsed() > self.warm_up {
                        return Err(Fault::Final(format!(
                            "the node is still starting after {} s (\"{doing}\"); see its log and try again when it is ready",
                            started.elapsed().as_secs()
                        )));
                    }
                    self.wait(pause.min(WARM_UP_PAUSE))?;
                    pause = (pause * 2).min(WARM_UP_PAUSE.max(self.pause));
                }
                Err(Fault::Passing(reason)) if tries >= self.retries => {
                    return Err(Fault::Final(format!(
                        "{reason}; tried {} times in {} s",
                        tries + 1,
                        started.elapsed().as_secs()
                    )));
                }
                Err(Fault::Passing(_)) => {
                    tries += 1;
                    self.wait(pause)?;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                other => return other,
            }
        }
    }

    /// Sleeps in short pieces, so that a run that is given up ends soon.
    fn wait(&self, pause: Duration) -> Result<(), Fault> {
        let end = Instant::now() + pause;
        while Instant::now() < end {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Fault::Final("stopped".to_owned()));
            }
            let left = end.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
        Ok(())
    }
}

fn hash(text: &str) -> Result<BlockHash, Fault> {
    text.parse()
        .map_err(|_| Fault::Final(format!("the node gives \"{text}\" for the hash of a block")))
}

/// An answer that does not parse was cut or garbled on its way.
fn json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text)
        .map_err(|error| Fault::Passing(format!("the answer is not what was asked for: {error}")))
}
