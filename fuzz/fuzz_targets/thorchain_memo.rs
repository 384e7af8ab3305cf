//! Runs the target `thorchain_memo` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::thorchain_memo::target(data));
