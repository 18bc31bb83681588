//! Long operations on a file that is not in memory read it in large requests, where faults would
//! wait for the disk too often.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::ops::{ControlFlow, Range};
use std::process::Command;

use ironmap::jobs::{Count, Deadline, EachPart, Find, Job};
use ironmap::{Advice, Mmap, MmapOptions};

const MIB: usize = 1 << 20;
const LEN: usize = 48 * MIB;

type Work<'a> = &'a dyn Fn(&Mmap);

/// Returns a file of lines on a disk.
fn file_of_lines() -> File {
    let file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let block = [&b"x".repeat(MIB - 1)[..], b"\n"].concat();
    for _ in 0..LEN / MIB {
        (&file).write_all(&block).unwrap();
    }
    file.sync_all().unwrap();
    file
}

/// Returns how often faults of this thread have waited for a disk.
fn faults() -> usize {
    let status = fs::read_to_string("/proc/thread-self/stat").unwrap();
    // The first two fields, of which a name may have spaces, end with a bracket.
    let fields = status.rsplit_once(") ").unwrap().1;
    fields.split(' ').nth(9).unwrap().parse().unwrap()
}

/// Runs `work` on a map that is not in memory, of which each page is a fault of its own. Returns
/// the number of faults that waited; none if the file system keeps the file in memory.
#[allow(clippy::print_stderr, reason = "says why it does nothing")]
fn faults_of(map: &Mmap, work: impl FnOnce(&Mmap)) -> Option<usize> {
    map.advise(Advice::Random, ..).unwrap();
    map.drop_pages(..).unwrap();
    if map.resident(..).unwrap() > 0.1 {
        eprintln!("skipped: this file system keeps dropped pages in memory");
        return None;
    }
    let before = faults();
    work(map);
    Some(faults() - before)
}

fn run<J: Job>(map: &Mmap, mut job: J) -> J::Output {
    loop {
        if let ControlFlow::Break(output) = job.step(map, Deadline::NEVER).unwrap() {
            return output;
        }
    }
}

#[test]
fn long_operations_wait_for_few_faults() {
    let file = file_of_lines();
    // A mapping that begins before the file offset.
    let map = MmapOptions::new().file_offset(100).map(&file).unwrap();
    let len = map.len();
    let works: [(&str, Work<'_>); 4] = [
        ("find", &|map| {
            assert_eq!(run(map, Find::first(b"absent", 0..len)), None);
        }),
        ("rfind", &|map| {
            assert_eq!(run(map, Find::last(b"absent", 0..len)), None);
        }),
        ("copy", &|map| {
            let mut copy = vec![0; len];
            let part = |map: &Mmap, part: Range<usize>| map.read_at(part.start, &mut copy[part]);
            run(map, EachPart::of_places(0, len, 1, part));
        }),
        ("lines", &|map| {
            let mut lines = map.lines(..).unwrap();
            let mut count = 0;
            while lines.next_line().unwrap().is_some() {
                count += 1;
            }
            assert_eq!(count, LEN / MIB);
        }),
    ];
    for (name, work) in works {
        let Some(faults) = faults_of(&map, work) else {
            return;
        };
        // Those before the second look, and no others.
        assert!(faults * Mmap::page_size() < LEN / 4, "{name}: {faults}");
    }
}

#[test]
fn count_in_steps_waits_for_few_faults() {
    let file = file_of_lines();
    let map = MmapOptions::new().map(&file).unwrap();
    let waited = faults_of(&map, |map| {
        assert_eq!(run(map, Count::new(b"\n", 0..LEN)), LEN / MIB);
    });
    // Other threads, whose faults are not counted here, do their share.
    if let Some(faults) = waited {
        assert!(faults * Mmap::page_size() < LEN / 4, "{faults}");
    }
}

#[test]
fn count_on_one_core_waits_for_few_faults() {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let cores = status.split("Cpus_allowed_list:").nth(1).unwrap().trim();
    let first = cores.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    let done = Command::new("taskset")
        .args(["--cpu-list", first])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "read_first::count_in_steps_waits_for_few_faults"])
        .output()
        .unwrap();
    let ran = String::from_utf8_lossy(&done.stdout).contains("1 passed");
    assert!(done.status.success() && ran, "{done:?}");
}

#[test]
fn file_in_memory_is_not_read_first() {
    let file = file_of_lines();
    let map = MmapOptions::new().map(&file).unwrap();
    map.populate(..).unwrap();
    let read = || -> usize {
        let counts = fs::read_to_string("/proc/thread-self/io").unwrap();
        let read = counts.lines().find_map(|line| line.strip_prefix("rchar: "));
        read.unwrap().parse().unwrap()
    };
    let before = read();
    assert_eq!(run(&map, Find::first(b"absent", 0..LEN)), None);
    assert!(read() - before < MIB, "{}", read() - before);
}
