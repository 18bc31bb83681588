//! Programs that map files through memmap2, whose file is cut: by default they end with a message,
//! and go on over zeros where their owner asks for it. Each test runs itself again in a child.
//!
//! # Safety
//!
//! * The promise of memmap2's callers is broken on purpose: this shows what happens then.
#![cfg(unix)]
#![allow(unsafe_code)]

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use grep_regex::RegexMatcher;
use grep_searcher::{MmapChoice, SearcherBuilder, sinks};
use memmap2::ironmap;
use tantivy::collector::Count;
use tantivy::query::QueryParser;
use tantivy::schema::{STORED, Schema, TEXT};
use tantivy::{DocAddress, Index, ReloadPolicy, TantivyDocument, doc};

/// A variable that has the path of the child's file, or of the folder of its files.
const CHILD: &str = "MEMMAP2_TEST_FILE";

/// Exit codes of a child.
const REPORTED: i32 = 50;
const UNNOTICED: i32 = 51;

/// Runs `program` on a path, where it makes files and cuts one, in children.
fn test(name: &str, program: fn(&Path)) {
    if let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) {
        // Zeros can be anything to a program, also a reason to panic.
        let _ = catch_unwind(AssertUnwindSafe(|| program(&path)));
        let code = match ironmap::check() {
            Ok(()) => UNNOTICED,
            Err(fault) if fault.path().is_some_and(|lost| lost.starts_with(&path)) => REPORTED,
            Err(_) => 1,
        };
        std::process::exit(code);
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();

    let path = folder.join("aborts");
    let aborted = run(name, &path, "abort");
    assert_eq!(aborted.status.signal(), Some(libc::SIGABRT), "{aborted:?}");
    let text = String::from_utf8_lossy(&aborted.stderr);
    let message = text.lines().find(|line| line.starts_with("memmap2: "));
    let message = message.expect("a message");
    let (lost, size) = message.split_once(": the file has ").expect("its size");
    assert_eq!(size, "100 bytes now");
    let (_, lost) = lost.split_once(" of ").expect("its path");
    assert!(Path::new(lost).starts_with(&path), "{message}");
    println!("{name}: {message}");

    let survived = run(name, &folder.join("survives"), "zeros");
    assert_eq!(survived.status.code(), Some(REPORTED), "{survived:?}");
    println!("{name}: with zeros it goes on, and check() reports the fault");
}

fn run(name: &str, path: &Path, on_fault: &str) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([name, "--exact", "--nocapture"]);
    child.env(CHILD, path).env("IRONMAP_ON_FAULT", on_fault);
    child.output().unwrap()
}

/// Cuts the file.
fn cut(path: &Path) -> std::io::Result<()> {
    File::options().write(true).open(path)?.set_len(100)
}

/// ripgrep's search: the file is cut when it has found the first line.
#[test]
fn grep_searcher() {
    test("grep_searcher", |path| {
        std::fs::write(path, "a line of the file\n".repeat(1 << 20)).unwrap();
        let matcher = RegexMatcher::new("line").unwrap();
        // SAFETY: not given; this shows what happens then.
        let choice = unsafe { MmapChoice::auto() };
        let mut searcher = SearcherBuilder::new().memory_map(choice).build();
        let mut lines = 0;
        let sink = sinks::Bytes(|_, _| {
            if lines == 0 {
                cut(path)?;
            }
            lines += 1;
            Ok(true)
        });
        searcher.search_path(&matcher, path, sink).unwrap();
    });
}

/// A hash of a large file, which is cut meanwhile. It is tried again if the hash was faster.
#[test]
fn blake3() {
    test("blake3", |path| {
        for delay in 1..50 {
            File::create(path).unwrap().set_len(256 << 20).unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(delay));
                    cut(path).unwrap();
                });
                let mut hasher = blake3::Hasher::new();
                black_box(hasher.update_mmap(path).unwrap().finalize());
            });
            if ironmap::faults() > 0 {
                break;
            }
        }
    });
}

/// A database: the file is cut between two transactions.
#[test]
fn jammdb() {
    fn use_it(path: &Path) -> Result<(), Box<dyn Error>> {
        let database = jammdb::DB::open(path)?;
        let transaction = database.tx(true)?;
        let bucket = transaction.create_bucket("bucket")?;
        for number in 0..10_000u32 {
            bucket.put(number.to_be_bytes(), vec![7; 100])?;
        }
        transaction.commit()?;
        cut(path)?;
        let transaction = database.tx(false)?;
        let bucket = transaction.get_bucket("bucket")?;
        black_box(bucket.get(5000u32.to_be_bytes()).is_some());
        Ok(())
    }
    test("jammdb", |path| {
        let _ = use_it(path);
    });
}

/// A reader of data about addresses: the file is cut between two lookups.
#[test]
fn maxminddb() {
    test("maxminddb", |path| {
        std::fs::write(path, addresses()).unwrap();
        // SAFETY: not given; this shows what happens then.
        let reader = unsafe { maxminddb::Reader::open_mmap(path) }.unwrap();
        let value = || {
            let found = reader.lookup(Ipv4Addr::LOCALHOST.into())?;
            found.decode::<String>()
        };
        assert_eq!(value().unwrap().as_deref(), Some("of every address"));
        cut(path).unwrap();
        let _ = black_box(value());
    });
}

/// An index: the file of its documents is cut between two of them.
#[test]
fn tantivy() {
    fn use_it(folder: &Path) -> Result<(), Box<dyn Error>> {
        let mut schema = Schema::builder();
        let body = schema.add_text_field("body", TEXT | STORED);
        std::fs::create_dir(folder)?;
        let index = Index::create_in_dir(folder, schema.build())?;
        let mut writer = index.writer_with_num_threads(1, 50 << 20)?;
        for number in 0..10_000 {
            let text = format!("document {number} of an index that is cut");
            writer.add_document(doc!(body => text))?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;

        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader: tantivy::IndexReader = reader.try_into()?;
        let searcher = reader.searcher();
        let query = QueryParser::for_index(&index, vec![body]).parse_query("document")?;
        assert_eq!(searcher.search(&query, &Count)?, 10_000);
        let _: TantivyDocument = searcher.doc(DocAddress::new(0, 0))?;
        let mut files = std::fs::read_dir(folder)?.map(|file| file.map(|file| file.path()));
        let documents = files.find(|path| {
            let path = path.as_ref().ok().and_then(|path| path.extension());
            path.is_some_and(|extension| extension == "store")
        });
        cut(&documents.expect("a segment")?)?;
        let last: TantivyDocument = searcher.doc(DocAddress::new(0, 9_999))?;
        black_box(last);
        Ok(())
    }
    test("tantivy", |path| {
        let _ = use_it(path);
    });
}

/// Makes a database of one value, which is far from the file's start.
fn addresses() -> Vec<u8> {
    const DISTANCE: u32 = 64 << 10;
    let text = |text: &str| [&[0x40 | text.len() as u8], text.as_bytes()].concat();
    let u16 = |number: u8| vec![0xa1, number];

    // A node, both of whose records lead to the value; then a gap of 16 zeros.
    let record = &(1 + 16 + DISTANCE).to_be_bytes()[1..];
    let mut bytes = [record, record, &[0; 16], &[0; DISTANCE as usize]].concat();
    bytes.extend(text("of every address"));
    bytes.extend(b"\xab\xcd\xefMaxMind.com");
    let metadata = [
        ("binary_format_major_version", u16(2)),
        ("binary_format_minor_version", u16(0)),
        ("build_epoch", vec![0x01, 0x02, 1]),
        ("database_type", text("test")),
        ("description", vec![0xe0]),
        ("ip_version", u16(4)),
        ("languages", vec![0x00, 0x04]),
        ("node_count", vec![0xc1, 1]),
        ("record_size", u16(24)),
    ];
    bytes.push(0xe0 | metadata.len() as u8);
    for (key, value) in metadata {
        bytes.extend([text(key), value].concat());
    }
    bytes
}
