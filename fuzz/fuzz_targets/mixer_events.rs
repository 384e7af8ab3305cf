//! Runs the target `mixer_events` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::mixer_events::target(data));
