//! Which arguments say what, and reading them.

use super::Log;
use super::argument::{Arguments, asset};
use crate::event::BridgeEvent;
use crate::numbering::Numbering;
use tracehound_model::Asset;

/// Paths of arguments; names between dots go into tuples. `this` is the
/// contract that wrote the log.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The chain at the other end, and how its number is to be read.
    pub other_chain: Option<(&'static str, Numbering)>,
    /// What is moved here.
    pub token: Option<&'static str>,
    /// What is moved there.
    pub other_token: Option<&'static str>,
    /// How much is moved here.
    pub amount: Option<&'static str>,
    /// How much is moved there.
    pub other_amount: Option<&'static str>,
    /// Who pays in.
    pub sender: Option<&'static str>,
    /// Who is paid.
    pub receiver: Option<&'static str>,
}

impl Fields {
    pub(super) fn read(&self, log: &Log, arguments: &Arguments<'_>, event: &mut BridgeEvent) {
        event.other_chain =
            self.other_chain.and_then(|(path, numbering)| numbering.chain(arguments.number(path)?));
        event.token = self.token.and_then(|path| token(log, arguments, path));
        // No contract named on the other side means that none was asked for.
        event.other_token = self
            .other_token
            .and_then(|path| arguments.asset(path))
            .filter(|token| *token != Asset::Native);
        event.amount = self.amount.and_then(|path| arguments.amount(path));
        event.other_amount = self.other_amount.and_then(|path| arguments.amount(path));
        event.sender = self.sender.and_then(|path| arguments.address(path));
        event.receiver = self.receiver.and_then(|path| arguments.address(path));
    }
}

fn token(log: &Log, arguments: &Arguments<'_>, path: &str) -> Option<Asset> {
    if path == "this" { Some(asset(log.contract)) } else { arguments.asset(path) }
}
