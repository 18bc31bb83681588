//! The objects of an operation, and its result.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use ironmap::raw::{LineWindow, Matches};
use ironmap::{Access, Cursor, Error, FaultGuard, Match, Mmap, MmapOptions, Needles};

/// All objects that an operation may need.
#[derive(Default)]
pub(crate) struct Subject {
    pub(crate) path: PathBuf,
    pub(crate) file: Option<File>,
    map: Option<Mmap>,
    pub(crate) cursor: Option<Cursor<Mmap>>,
    pub(crate) window: Option<LineWindow>,
    pub(crate) matches: Option<Matches>,
    pub(crate) needles: Option<Needles>,
    pub(crate) error: Option<Error>,
    pub(crate) room: Vec<u8>,
}

/// The size of the usual file, which ends inside a page.
pub(crate) const LEN: usize = 10_000;

/// Lines of different lengths.
pub(crate) fn text(len: usize) -> Vec<u8> {
    let lines = b"a line that has some words\nanother\n\nthe line of all lines\n";
    lines.iter().copied().cycle().take(len).collect()
}

impl Subject {
    /// A subject without a file.
    pub(crate) fn nothing() -> Subject {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("inject-{}", group()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("file");
        let _ = fs::remove_file(&path);
        Subject {
            path,
            ..Subject::default()
        }
    }

    /// A file with these bytes, not mapped.
    pub(crate) fn of_file(bytes: &[u8]) -> Subject {
        let mut made = Subject::nothing();
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create_new(true);
        let file = options.open(&made.path).unwrap();
        file.write_all_at(bytes, 0).unwrap();
        made.file = Some(file);
        made
    }

    pub(crate) fn mapped(options: &MmapOptions, bytes: &[u8]) -> Subject {
        let mut made = Subject::of_file(bytes);
        made.map = Some(options.map(made.file()).unwrap());
        made
    }

    /// A map that writes to a file.
    pub(crate) fn shared() -> Subject {
        Subject::mapped(&MmapOptions::new().access(Access::Write), &text(LEN))
    }

    pub(crate) fn with(map: Mmap) -> Subject {
        let mut made = Subject::nothing();
        made.map = Some(map);
        made
    }

    pub(crate) fn file(&self) -> &File {
        self.file.as_ref().unwrap()
    }

    pub(crate) fn map(&mut self) -> &mut Mmap {
        match &mut self.cursor {
            Some(cursor) => cursor.get_mut(),
            None => self.map.as_mut().unwrap(),
        }
    }

    pub(crate) fn maybe_map(&self) -> Option<&Mmap> {
        self.cursor
            .as_ref()
            .map(Cursor::get_ref)
            .or(self.map.as_ref())
    }

    pub(crate) fn take_map(&mut self) -> Option<Mmap> {
        self.map.take()
    }

    /// Returns all state that users can see.
    pub(crate) fn state(&self) -> String {
        let mut state = String::new();
        if let Ok(file) = File::open(&self.path) {
            let bytes = fs::read(&self.path).unwrap();
            write!(
                state,
                "file {} {:x} ",
                file.metadata().unwrap().len(),
                sum(&bytes)
            )
            .unwrap();
        }
        if let Some(map) = self.maybe_map() {
            let bytes = map.to_vec(..).map(|bytes| sum(&bytes));
            let bytes = bytes.map_err(|error| error.kind());
            write!(state, "map {} {bytes:x?} ", map.len()).unwrap();
            write!(state, "writable {} ", map.is_writable()).unwrap();
            write!(
                state,
                "damage {:?} ",
                map.damage().map(|fault| (fault.at, fault.reason))
            )
            .unwrap();
            write!(state, "locked {} ", locked()).unwrap();
        }
        if let Some(cursor) = &self.cursor {
            write!(state, "position {} ", cursor.position()).unwrap();
        }
        if let Some(window) = &self.window {
            write!(state, "window {} {} ", window.position(), window.has_line()).unwrap();
        }
        state
    }

    /// Cuts the file, if there is one, and touches the map. Returns the failure, if any.
    pub(crate) fn fault(&mut self) -> Option<String> {
        let file = self.file.take()?;
        let reads = self.maybe_map().is_some_and(|map| {
            !map.is_empty()
                && map.is_readable()
                && !map.is_anonymous()
                && map.try_as_slice().is_none()
        });
        file.set_len(0).ok()?;
        if !reads {
            return None;
        }
        let said = self.map().byte(0);
        (!said.as_ref().is_err_and(Error::is_fault)).then(|| format!("the file was cut: {said:?}"))
    }
}

/// The folder of all children of one run.
pub(crate) fn group() -> u32 {
    use std::sync::OnceLock;
    static GROUP: OnceLock<u32> = OnceLock::new();
    *GROUP.get_or_init(std::process::id)
}

/// Removes the files of the tests.
pub(crate) fn clean_up() {
    let made = Subject::nothing();
    let _ = fs::remove_dir_all(made.path.parent().unwrap());
}

/// Returns an FNV-1a hash, of a sample if there are many bytes.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let chosen = bytes.iter().step_by(bytes.len() / 50_000 + 1);
    chosen.fold(0xcbf2_9ce4_8422_2325, step)
}

/// Returns the locked memory of the process in KiB.
fn locked() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:"));
    line.unwrap().trim().to_owned()
}

/// The result of an operation, kept as it is because nothing may be allocated meanwhile.
#[derive(Debug)]
#[allow(dead_code, reason = "the values of some are compared by their text")]
#[allow(clippy::large_enum_variant, reason = "a box would be an allocation")]
pub(crate) enum Got {
    Nothing,
    Truth(bool),
    Number(u64),
    Place(Option<usize>),
    Byte(u8),
    Bytes(Vec<u8>),
    Places(Vec<usize>),
    Truths(Vec<bool>),
    Map(Mmap),
    Match(Option<Match>),
    Guard(FaultGuard),
    Needles(Needles),
    Window(LineWindow),
    Matches(Matches),
    Words(Error),
    /// A value that differs between runs.
    Something,
}

macro_rules! got {
    ($($variant:ident of $type:ty;)*) => {$(
        impl From<$type> for Got {
            fn from(value: $type) -> Got {
                Got::$variant(value)
            }
        }
    )*};
}
got! {
    Truth of bool; Number of u64; Place of Option<usize>; Byte of u8; Bytes of Vec<u8>;
    Places of Vec<usize>; Truths of Vec<bool>; Map of Mmap; Match of Option<Match>;
    Guard of FaultGuard; Needles of Needles; Window of LineWindow;
    Matches of Matches; Words of Error;
}

impl From<()> for Got {
    fn from((): ()) -> Got {
        Got::Nothing
    }
}

impl From<usize> for Got {
    fn from(value: usize) -> Got {
        Got::Number(value as u64)
    }
}

/// An error of ours, or of the traits of `std::io`.
#[derive(Debug)]
pub(crate) enum Failed {
    Ours(Error),
    Std(io::Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Ours(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        Failed::Std(error)
    }
}

pub(crate) type Said = Result<Got, Failed>;

/// Returns the comparable part of a result.
pub(crate) fn describe(said: &Said) -> String {
    match said {
        Ok(Got::Map(map)) => {
            let bytes = map
                .to_vec(..)
                .map(|bytes| sum(&bytes))
                .map_err(|error| error.kind());
            format!("a map of {} bytes: {bytes:x?}", map.len())
        }
        Ok(Got::Bytes(bytes)) => format!("{} bytes: {:x}", bytes.len(), sum(bytes)),
        Ok(Got::Needles(needles)) => format!("needles of {} bytes", needles.longest()),
        Ok(Got::Matches(matches)) => format!("matches of {} bytes", matches.needle_len()),
        Ok(Got::Words(error)) => format!("{:?}", error.kind()),
        Ok(got) => format!("{got:?}"),
        Err(Failed::Ours(error)) => format!("{:?} {:?}", error.kind(), error.raw_os_error()),
        Err(Failed::Std(error)) => format!("{:?}", error.kind()),
    }
}
