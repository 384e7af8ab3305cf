//! A node that says what a test tells it to.

use crate::blocks::parts::merkle_root;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tracehound_model::TransactionHash;

/// Hash of regtest's first block.
const GENESIS: &str = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";
const SCRIPT: &str = "76a914b5cd7aaed869cd5ccb45868e8666e7e934a2373688ac";

/// What is sent back.
#[derive(Clone)]
pub(super) enum Reply {
    /// A status and a text.
    Status(u16, String),
    /// The right answer, cut in the middle.
    Cut,
}

type Step = Box<dyn FnOnce(&mut State) -> Option<Reply> + Send>;

/// What the node is and does.
pub(super) struct State {
    pub(super) chain: String,
    pub(super) blocks: Vec<Value>,
    pub(super) cookie: String,
    /// Lowest block it has.
    pub(super) pruned: Option<u64>,
    pub(super) rest: bool,
    /// Requests on one connection before it is closed without a word; if not
    /// given, every answer says that it is the last.
    pub(super) keep_alive: Option<usize>,
    /// Answers of a batch are turned round.
    pub(super) backwards: bool,
    /// What happens at the next requests, one each.
    pub(super) script: VecDeque<Step>,
    /// Methods and paths that were asked for.
    pub(super) log: Vec<String>,
}

impl State {
    /// Answers the next request otherwise.
    pub(super) fn then(&mut self, step: impl FnOnce(&mut Self) -> Option<Reply> + Send + 'static) {
        self.script.push_back(Box::new(step));
    }
}

/// Hash of a block of a branch.
pub(super) fn hash(height: u64, branch: u8) -> String {
    if height == 0 { GENESIS.to_owned() } else { format!("{branch:02x}{height:062x}") }
}

/// A block: a coinbase, and from the second on a transaction that spends the
/// coinbase below.
pub(super) fn block(height: u64, branch: u8, parent: u8) -> Value {
    let id = |kind: u8, height: u64| format!("{kind:02x}{height:062x}");
    let output = json!({"hex": SCRIPT});
    let mut transactions = vec![json!({
        "txid": id(0xcb, height), "version": 2, "vsize": 100, "locktime": 0,
        "vin": [{"coinbase": "00", "sequence": 4_294_967_295_u32}],
        "vout": [{"value": 50.0, "n": 0, "scriptPubKey": output},
                 {"value": 0.0, "n": 1, "scriptPubKey": {"hex": "6a026869"}}],
    })];
    if height > 1 {
        transactions.push(json!({
            "txid": id(0xab, height), "version": 4_294_967_295_u32, "vsize": 141, "locktime": 7,
            "vin": [{"txid": id(0xcb, height - 1), "vout": 0, "sequence": 4_294_967_293_u32,
                     "prevout": {"generated": true, "value": 50.0, "scriptPubKey": output}}],
            "vout": [{"value": 0.3, "n": 0, "scriptPubKey": output},
                     {"value": 49.699_999_99, "n": 1, "scriptPubKey": output}],
        }));
    }
    let ids = transactions.iter().map(|t| t["txid"].as_str().unwrap().parse().unwrap());
    let root = TransactionHash(merkle_root(ids).unwrap());
    let mut block = json!({
        "hash": hash(height, branch), "height": height, "time": 1_300_000_000 + height,
        "merkleroot": root.to_plain_hex(), "tx": transactions,
    });
    if height > 0 {
        block["previousblockhash"] = Value::String(hash(height - 1, parent));
    }
    block
}

/// Blocks up to a height; from `fork` on of another branch.
pub(super) fn chain(tip: u64, fork: u64, branch: u8) -> Vec<Value> {
    let of = |height| if height < fork { 1 } else { branch };
    (0..=tip).map(|height| block(height, of(height), of(height.saturating_sub(1)))).collect()
}

/// The node; it ends when dropped.
pub(super) struct FakeNode {
    pub(super) url: String,
    pub(super) state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

impl FakeNode {
    pub(super) fn start(blocks: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            chain: "regtest".to_owned(),
            blocks,
            cookie: "__cookie__:first".to_owned(),
            pruned: None,
            rest: false,
            keep_alive: None,
            backwards: false,
            script: VecDeque::new(),
            log: Vec::new(),
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, stopped) = (Arc::clone(&state), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (stream, shared) = (stream.unwrap(), Arc::clone(&shared));
                let connection = move || {
                    let limit = shared.lock().unwrap().keep_alive;
                    for _ in 0..limit.unwrap_or(1) {
                        serve(&stream, limit.is_some(), &shared);
                    }
                };
                std::thread::spawn(connection);
            }
        });
        Self { url, state, stop }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    /// How often a method or path was asked for.
    pub(super) fn asked(&self, what: &str) -> usize {
        self.state.lock().unwrap().log.iter().filter(|line| line.contains(what)).count()
    }
}

impl Drop for FakeNode {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn serve(mut stream: &TcpStream, keep: bool, state: &Mutex<State>) {
    let Some((line, authorization, body)) = request(stream) else { return };
    let mut state = state.lock().unwrap();
    let step = state.script.pop_front().and_then(|step| step(&mut state));
    let cut = matches!(step, Some(Reply::Cut));
    let (status, text) = match step {
        Some(Reply::Status(status, text)) => (status, text),
        _ if line.starts_with("GET ") => rest(&mut state, line.split(' ').nth(1).unwrap()),
        _ => rpc(&mut state, &authorization, &body),
    };
    drop(state);
    let close = if keep { "" } else { "Connection: close\r\n" };
    let length = text.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{close}\r\n");
    let bytes = [head.as_bytes(), text.as_bytes()].concat();
    let end = if cut { bytes.len() - text.len() / 2 } else { bytes.len() };
    let _ = stream.write_all(&bytes[..end]);
}

/// First line, authorization and body.
fn request(stream: &TcpStream) -> Option<(String, String, String)> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut authorization, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "authorization" => authorization = value.trim().to_owned(),
            "content-length" => length = value.trim().parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, authorization, String::from_utf8(body).unwrap()))
}

fn rpc(state: &mut State, authorization: &str, body: &str) -> (u16, String) {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(&state.cookie);
    if authorization != format!("Basic {encoded}") {
        state.log.push("refused".to_owned());
        return (401, String::new());
    }
    let calls: Vec<Value> = serde_json::from_str(body).unwrap();
    let mut answers = Vec::new();
    for call in calls {
        let (result, error) = match answer(state, &call) {
            Ok(result) => (result, Value::Null),
            Err((code, message)) => (Value::Null, json!({"code": code, "message": message})),
        };
        answers.push(json!({"result": result, "error": error, "id": call["id"]}));
    }
    if state.backwards {
        answers.reverse();
    }
    (200, Value::Array(answers).to_string())
}

fn answer(state: &mut State, call: &Value) -> Result<Value, (i64, &'static str)> {
    let method = call["method"].as_str().unwrap();
    state.log.push(format!("{method} {}", call["params"]));
    let out_of_range = (-8, "Block height out of range");
    match method {
        "getblockchaininfo" => Ok(info(state)),
        "getblockhash" => {
            let height = usize::try_from(call["params"][0].as_u64().unwrap()).unwrap();
            state.blocks.get(height).map(|block| block["hash"].clone()).ok_or(out_of_range)
        }
        "getblock" => {
            assert_eq!(call["params"][1], 3);
            let block = state.blocks.iter().find(|block| block["hash"] == call["params"][0]);
            let block = block.ok_or((-5, "Block not found"))?;
            if state.pruned.is_some_and(|lowest| block["height"].as_u64().unwrap() < lowest) {
                return Err((-1, "Block not available (pruned data)"));
            }
            Ok(block.clone())
        }
        _ => Err((-32601, "Method not found")),
    }
}

fn info(state: &State) -> Value {
    let tip = state.blocks.len() - 1;
    let mut info = json!({"chain": state.chain, "blocks": tip, "headers": tip, "pruned": state.pruned.is_some()});
    if let Some(lowest) = state.pruned {
        info["pruneheight"] = json!(lowest);
    }
    info
}

fn rest(state: &mut State, path: &str) -> (u16, String) {
    state.log.push(path.to_owned());
    if !state.rest {
        return (404, String::new());
    }
    let name = path.rsplit('/').next().unwrap().trim_end_matches(".json").to_owned();
    if path == "/rest/chaininfo.json" {
        return (200, info(state).to_string());
    }
    if path.starts_with("/rest/blockhashbyheight/") {
        let found = state.blocks.get(name.parse::<usize>().unwrap());
        return match found {
            Some(block) => (200, json!({"blockhash": block["hash"]}).to_string()),
            None => (404, "Block height out of range\r\n".to_owned()),
        };
    }
    match state.blocks.iter().find(|block| block["hash"] == *name) {
        Some(block) => (200, block.to_string()),
        None => (404, format!("{name} not found\r\n")),
    }
}
