//! Runs the target `sanctions_list` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::sanctions_list::target(data));
