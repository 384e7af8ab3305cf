//! Runs the target `tag_table` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::tag_table::target(data));
