//! Says `cfg(loom)` to this crate, and so to the core's files that it includes.

fn main() {
    println!("cargo::rustc-cfg=loom");
}
