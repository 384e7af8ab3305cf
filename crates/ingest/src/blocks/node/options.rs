//! How a node is reached and what is asked of it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tracehound_model::{Chain, Height};

/// How to speak to a node.
#[derive(Clone, PartialEq, Eq)]
pub enum NodeAuth {
    /// JSON-RPC with the cookie file that a node writes when it starts; it
    /// is read again when the node refuses the old one.
    Cookie(PathBuf),
    /// JSON-RPC with the user and password of the node's configuration.
    Password {
        /// `rpcuser`, or the name in `rpcauth`.
        user: String,
        /// The password.
        password: String,
    },
    /// The REST interface, which asks for no authentication (`rest=1`).
    Rest,
}

/// Passwords do not belong in logs.
impl fmt::Debug for NodeAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cookie(path) => f.debug_tuple("Cookie").field(path).finish(),
            Self::Password { user, .. } => {
                f.debug_struct("Password").field("user", user).finish_non_exhaustive()
            }
            Self::Rest => f.write_str("Rest"),
        }
    }
}

/// What is asked of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeOptions {
    /// Where it is: `http://127.0.0.1:8332`. Only plain HTTP is spoken.
    pub url: String,
    /// How to speak to it.
    pub auth: NodeAuth,
    /// The chain it has to be on.
    pub chain: Chain,
    /// The first block; the genesis block if not given.
    pub from: Option<Height>,
    /// The last block; as far as the node has come if not given.
    pub to: Option<Height>,
    /// Blocks that must stand on a block for it to be taken, itself included:
    /// 1 takes the tip too.
    pub confirmations: u64,
    /// Blocks asked for in one request, at most. Fewer are while blocks are large.
    pub batch: usize,
    /// Requests for blocks under way at once. A node answers each on one
    /// thread, of `rpcthreads`.
    pub connections: usize,
    /// How often a call that failed in passing is tried again.
    pub retries: u32,
    /// The pause before the first repetition; it doubles, up to 30 seconds.
    pub pause: Duration,
    /// How long the node may be silent within a call.
    pub timeout: Duration,
    /// How long a node that is starting is waited for.
    pub warm_up: Duration,
}

impl NodeOptions {
    /// The defaults: everything that six blocks confirm, eight repetitions
    /// (a minute and a half), two minutes of silence, an hour of starting.
    #[must_use]
    pub fn new(url: impl Into<String>, auth: NodeAuth, chain: Chain) -> Self {
        Self {
            url: url.into(),
            auth,
            chain,
            from: None,
            to: None,
            confirmations: 6,
            batch: 64,
            connections: 4,
            retries: 8,
            pause: Duration::from_millis(500),
            timeout: Duration::from_secs(120),
            warm_up: Duration::from_secs(3600),
        }
    }
}
