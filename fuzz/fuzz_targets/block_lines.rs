//! Runs the target `block_lines` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::block_lines::target(data));
