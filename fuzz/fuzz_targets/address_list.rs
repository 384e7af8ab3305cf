//! Runs the target `address_list` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tracehound_fuzz::address_list::target(data));
