//! Needles and texts that make a search compare much and find nothing.

use ironmap::{Access, MmapOptions};
use memchr::memmem;

use crate::data::{MIB, Random};
use crate::harness::{Bench, Row};

const SIZE: usize = 16 * MIB;

struct Case {
    name: &'static str,
    needle: Vec<u8>,
    /// Repeated to the size.
    text: Vec<u8>,
}

pub fn run(bench: &Bench) {
    for case in cases() {
        let text: Vec<u8> = case.text.iter().copied().cycle().take(SIZE).collect();
        both_ways(bench, &case, &text);
    }
}

fn cases() -> Vec<Case> {
    let case = |name, needle: Vec<u8>, text: Vec<u8>| Case { name, needle, text };
    let (a, b) = (b"a".as_slice(), b"b".as_slice());
    vec![
        case(
            "40 random of {a, b} in the same",
            random_of(b"ab", 40, 1),
            random_of(b"ab", SIZE, 2),
        ),
        case(
            "20 random of {A, C, G, T} in the same",
            random_of(b"ACGT", 20, 1),
            random_of(b"ACGT", SIZE, 2),
        ),
        case(
            "a*30 in (a*29 b)*",
            a.repeat(30),
            [&a.repeat(29), b].concat(),
        ),
        case("a*64 b in a*", [&a.repeat(64), b].concat(), a.to_vec()),
        case("b a*64 in a*", [b, &a.repeat(64)].concat(), a.to_vec()),
        case(
            "a*32 b a*32 in a*",
            [&a.repeat(32), b, &a.repeat(32)].concat(),
            a.to_vec(),
        ),
        case(
            "(ab)*500 in ((ab)*499 ba)*",
            b"ab".repeat(500),
            [&b"ab".repeat(499), b"ba".as_slice()].concat(),
        ),
        case("0 0 0 1 in zeros", vec![0, 0, 0, 1], vec![0]),
    ]
}

fn random_of(letters: &[u8], len: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed << 32 | 0x5DEE_CE66);
    (0..len)
        .map(|_| letters[random.below(letters.len())])
        .collect()
}

fn both_ways(bench: &Bench, case: &Case, text: &[u8]) {
    let mut theirs = memmap2::MmapMut::map_anon(SIZE).expect("mapped");
    theirs.copy_from_slice(text);
    let mut ours = MmapOptions::new()
        .access(Access::Copy)
        .len(SIZE)
        .anonymous()
        .expect("mapped");
    ours.write_at(0, text).expect("written");
    let row = |way, beside| {
        let name = format!("{way}: {}", case.name);
        Row::new("needles", name, beside).rate(1.5).size(SIZE)
    };
    bench.compare(
        row("find", "memmem::Finder"),
        || memmem::Finder::new(&case.needle).find(&theirs),
        || ours.find(&case.needle, ..).expect("searched"),
    );
    bench.compare(
        row("rfind", "memmem::FinderRev"),
        || memmem::FinderRev::new(&case.needle).rfind(&theirs),
        || ours.rfind(&case.needle, ..).expect("searched"),
    );
}
