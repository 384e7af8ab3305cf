//! Runs the target `name` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::name::target(data));
