#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ironmap_fuzz::parts::run(bytes));
