//! Following stolen coins output by output, on chains of unspent outputs.
