//! Runs the examples.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// Returns a command for an example, built in the folder `examples` above this test's.
fn example(name: &str) -> Command {
    let mut path = env::current_exe().unwrap();
    path.pop();
    path.set_file_name("examples");
    path.push(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(path.exists(), "cargo build --examples makes {path:?}");
    Command::new(path)
}

fn run(name: &str, arguments: &[&OsStr]) -> (i32, Vec<u8>, String) {
    let out = example(name).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).replace('\r', "");
    (out.status.code().unwrap(), out.stdout, said)
}

/// Returns a file in its own temporary folder.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn cat_prints_files() {
    let (_folder, path) = file(b"first\nsecond\0\xff");
    let (_empty, empty) = file(b"");
    let (status, out, said) = run("cat", &[path.as_ref(), empty.as_ref(), path.as_ref()]);
    assert_eq!((status, &*said), (0, ""));
    assert_eq!(out, b"first\nsecond\0\xfffirst\nsecond\0\xff");
    let (status, _, said) = run("cat", &["not there".as_ref()]);
    assert_eq!(status, 1);
    assert!(said.starts_with("cat: not there: opening "), "{said}");
}

#[test]
fn wc_counts_lines() {
    let (_folder, path) = file(&b"a line\n".repeat(3_000_000));
    let (_empty, empty) = file(b"");
    let (status, out, _) = run("wc", &[path.as_ref(), empty.as_ref()]);
    let expected = format!("3000000 {}\n0 {}\n", path.display(), empty.display());
    assert_eq!((status, String::from_utf8(out).unwrap()), (0, expected));
}

#[test]
fn grep_numbers_lines() {
    let (_folder, path) = file(b"one needle needle\n\nno\nneedle\nno\nlast needle");
    let (status, out, _) = run("grep", &["needle".as_ref(), path.as_ref()]);
    let expected = "1:one needle needle\n4:needle\n6:last needle\n";
    assert_eq!((status, &*String::from_utf8(out).unwrap()), (0, expected));
    assert_eq!(run("grep", &["absent".as_ref(), path.as_ref()]).0, 1);
    assert_eq!(run("grep", &["needle".as_ref()]).0, 2);
}

#[test]
fn patch_writes_copy_and_keeps_file() {
    let (folder, path) = file(b"old, older, oldest");
    let copy = folder.path().join("copy");
    let arguments = ["old".as_ref(), "new".as_ref(), copy.as_ref()];
    let (status, out, said) = run("patch", &[&[path.as_os_str()], &arguments[..]].concat());
    assert_eq!((status, &*said), (0, ""));
    assert_eq!(String::from_utf8(out).unwrap(), "3 places\n");
    assert_eq!(fs::read(&path).unwrap(), b"old, older, oldest");
    assert_eq!(fs::read(&copy).unwrap(), b"new, newer, newest");
}

#[cfg(unix)]
#[test]
fn patch_keeps_permissions() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = file(b"old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.path().join("copy");
    let arguments = [path.as_ref(), "old".as_ref(), "new".as_ref(), copy.as_ref()];
    assert_eq!(run("patch", &arguments).0, 0);
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o755
    );
}

/// A truncated file reads as zeros, so the ring must not wait for them to change.
#[cfg(unix)]
#[test]
fn ring_truncated_ends() {
    let folder = tempfile::tempdir().unwrap();
    let ring = example("ring")
        .env("TMPDIR", folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let path = folder.path().join(format!("ring-{}", ring.id()));
    while fs::metadata(&path).map_or(0, |metadata| metadata.len()) == 0 {
        std::thread::yield_now();
    }
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    let ended = ring.wait_with_output().unwrap();
    assert!(!ended.status.success());
    assert!(!ended.stderr.is_empty() && !path.exists());
}

#[test]
fn ring_two_processes_share_it() {
    let (status, out, said) = run("ring", &[]);
    assert_eq!((status, &*said), (0, ""));
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.matches("a sum of 499999500000").count(), 2, "{out}");
}

#[test]
fn tail_follows_a_log() {
    let lines: Vec<_> = (0..30).map(|number| format!("line {number}\n")).collect();
    let (folder, path) = file(lines.concat().as_bytes());
    let printed = folder.path().join("printed");
    let mut tail = example("tail")
        .arg(&path)
        .stdout(Stdio::from(fs::File::create(&printed).unwrap()))
        .spawn()
        .unwrap();
    wait_for(&printed, &lines[20..].concat());
    append(&path, "added\n");
    wait_for(&printed, "line 29\nadded\n");
    // Windows does not allow cutting a mapped file.
    if cfg!(unix) {
        fs::write(&path, "again\n").unwrap();
        wait_for(&printed, "added\nagain\n");
    }
    tail.kill().unwrap();
    tail.wait().unwrap();
}

fn append(path: &Path, text: &str) {
    use std::io::Write;
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Waits until the file ends with `end`; the harness has the timeout.
fn wait_for(path: &Path, end: &str) {
    while !fs::read(path).unwrap().ends_with(end.as_bytes()) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
