//! A declaration made ready: its selector, and its arguments from a log.

use super::argument::Arguments;
use super::declaration::{self, Parameter};
use super::key::Reading;
use super::{DecodeError, Log, Shape};
use crate::event::{Bridge, BridgeEvent};
use alloy_dyn_abi::{DynSolEvent, Specifier};
use alloy_json_abi::Event;
use alloy_primitives::B256;

/// A shape whose declaration is understood.
pub(super) struct Known {
    shape: Shape,
    parameters: Vec<Parameter>,
    selector: B256,
    resolved: DynSolEvent,
}

impl Known {
    /// `None` if the declaration is broken; a test holds that none is.
    pub(super) fn new(shape: &Shape) -> Option<Self> {
        let (parameters, plain) = declaration::read(shape.declaration)?;
        let event = Event::parse(&plain).ok()?;
        let resolved = event.resolve().ok()?;
        Some(Self { shape: *shape, parameters, selector: event.selector(), resolved })
    }

    pub(super) fn selector(&self) -> B256 {
        self.selector
    }

    /// Topics of such a log: the selector and the indexed arguments.
    pub(super) fn topics(&self) -> usize {
        1 + self.parameters.iter().filter(|one| one.indexed).count()
    }

    pub(super) fn read(&self, log: &Log) -> Result<Option<BridgeEvent>, DecodeError> {
        let arguments = self.arguments(log)?;
        let shape = &self.shape;
        let mut event = BridgeEvent::bare(Bridge::new(shape.bridge), shape.side, log.chain.clone());
        event.transaction = Some(log.transaction);
        event.position = log.position;
        event.block = log.block;
        event.time = log.time;
        shape.fields.read(log, &arguments, &mut event);
        match shape.key.read(log, &arguments, &mut event)? {
            Reading::Key(key) => event.key = key,
            Reading::NoCrossing => return Ok(None),
        }
        Ok(Some(event))
    }

    fn arguments(&self, log: &Log) -> Result<Arguments<'_>, DecodeError> {
        let topics = log.topics.iter().map(|topic| B256::from(*topic));
        let decoded = self.resolved.decode_log_parts(topics, &log.data).map_err(|error| {
            DecodeError::Arguments { signature: self.shape.declaration, problem: error.to_string() }
        })?;
        let (mut indexed, mut body) = (decoded.indexed.into_iter(), decoded.body.into_iter());
        let next = |one: &Parameter| if one.indexed { indexed.next() } else { body.next() };
        let values: Vec<_> = self.parameters.iter().filter_map(next).collect();
        Ok(Arguments::new(&self.parameters, values))
    }
}
