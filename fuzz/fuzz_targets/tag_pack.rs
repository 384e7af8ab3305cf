//! Runs the target `tag_pack` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::tag_pack::target(data));
