//! `count LITERAL PATH`: prints how often a literal occurs in a file.

use ironmap::{Mmap, Result};

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().collect();
    let [_, literal, path] = &arguments[..] else {
        panic!("count LITERAL PATH");
    };
    println!(
        "{}",
        Mmap::open(path)?.count(literal.as_encoded_bytes(), ..)?
    );
    Ok(())
}
