//! What a node says when it does not give what was asked, and what to do.

use serde::Deserialize;

/// Why a call gave nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// It may work in a moment.
    Passing(String),
    /// The node is starting; this is what it does.
    WarmUp(String),
    /// The credentials were read anew: call again at once.
    NewCookie,
    /// There is no block at this height (yet).
    OutOfRange,
    /// It will not work; the text says what to do.
    Final(String),
}

/// An error as JSON-RPC gives it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(super) struct RpcError {
    pub(super) code: i64,
    #[serde(default)]
    pub(super) message: String,
}

/// Codes of Bitcoin Core's `rpc/protocol.h`.
const MISC_ERROR: i64 = -1;
const INVALID_ADDRESS_OR_KEY: i64 = -5;
const INVALID_PARAMETER: i64 = -8;
const IN_WARMUP: i64 = -28;
const METHOD_NOT_FOUND: i64 = -32601;

impl RpcError {
    /// What follows from it.
    pub(super) fn fault(&self) -> Fault {
        let said = format!("the node answers \"{}\" (code {})", self.message, self.code);
        let pruned = self.message.contains("pruned");
        match self.code {
            IN_WARMUP => Fault::WarmUp(self.message.clone()),
            INVALID_PARAMETER if self.message.contains("out of range") => Fault::OutOfRange,
            _ if pruned => Fault::Final(format!("{said}. {PRUNED}")),
            MISC_ERROR if self.message.contains("not fully downloaded") => Fault::Final(format!(
                "{said}. It knows the block by its header only; wait until it has downloaded it, or end lower"
            )),
            MISC_ERROR
                if self.message.contains("read block") || self.message.contains("on disk") =>
            {
                Fault::Final(format!(
                    "{said}. Its block files are damaged or away; check its disk and restart it with -reindex"
                ))
            }
            INVALID_ADDRESS_OR_KEY => {
                Fault::Passing(format!("{said}: it gave this block up just now"))
            }
            METHOD_NOT_FOUND => Fault::Final(format!(
                "{said}. This is no node of Bitcoin's family, or a call is taken away by rpcwhitelist; getblockchaininfo, getblockhash and getblock are needed"
            )),
            _ => Fault::Final(format!("{said}. See the log of the node")),
        }
    }
}

pub(super) const PRUNED: &str = "It is pruned, which means that it threw old blocks away; start higher, or use a node with all blocks (prune=0, which downloads the chain again)";

/// What an HTTP status other than success means. The body is the node's text.
pub(super) fn of_status(status: u16, body: &str, rest: bool) -> Fault {
    let text = body.trim();
    let said = format!("HTTP {status} \"{}\"", text.chars().take(200).collect::<String>());
    match status {
        // REST says so during the start, JSON-RPC has a code for it.
        503 if text.contains("Service temporarily unavailable") => {
            let doing = text.split_once(':').map_or(text, |(_, doing)| doing.trim());
            Fault::WarmUp(doing.to_owned())
        }
        404 if rest && text.contains("out of range") => Fault::OutOfRange,
        404 if rest && text.contains("pruned") => Fault::Final(format!("{said}. {PRUNED}")),
        404 if rest && text.contains("not found") => Fault::Passing(said),
        404 if rest => Fault::Final(format!(
            "{said}. Its REST interface is off; start the node with rest=1, or give a cookie file or user and password"
        )),
        401 => Fault::Final(format!(
            "{said}: the node refuses these credentials; give its .cookie file (in its data folder) or the rpcuser and rpcpassword of its configuration"
        )),
        403 => Fault::Final(format!(
            "{said}: the node does not serve this address, or not this call; see rpcallowip and rpcwhitelist in its configuration"
        )),
        404 | 405 => {
            Fault::Final(format!("{said}. No JSON-RPC is served there; check host, port and path"))
        }
        503 => Fault::Passing(format!(
            "{said}: the node has too much to do; raise rpcworkqueue if this happens often"
        )),
        500..=599 | 408 | 429 => Fault::Passing(said),
        _ => Fault::Final(format!("{said}. This does not look like a node of Bitcoin's family")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_to_do() {
        let fault = |code, message: &str| RpcError { code, message: message.to_owned() }.fault();
        let text = |fault: Fault| match fault {
            Fault::Final(text) => text,
            other => panic!("{other:?}"),
        };
        assert!(text(fault(-1, "Block not available (pruned data)")).contains("start higher"));
        assert!(text(fault(-1, "Block not available (not fully downloaded)")).contains("wait"));
        assert!(text(fault(-1, "Can't read block from disk")).contains("-reindex"));
        assert!(text(fault(-32601, "Method not found")).contains("rpcwhitelist"));
        assert!(text(fault(-7, "Out of memory")).contains("code -7"));
        assert_eq!(fault(-8, "Block height out of range"), Fault::OutOfRange);
        assert_eq!(fault(-28, "Verifying blocks…"), Fault::WarmUp("Verifying blocks…".into()));
        let warm = "Service temporarily unavailable: Loading block index…";
        assert_eq!(of_status(503, warm, true), Fault::WarmUp("Loading block index…".into()));
        assert!(matches!(of_status(503, "Work queue depth exceeded", false), Fault::Passing(_)));
        assert!(text(of_status(404, "", true)).contains("rest=1"));
        assert!(text(of_status(403, "", false)).contains("rpcallowip"));
        assert!(text(of_status(401, "", false)).contains(".cookie"));
    }
}
