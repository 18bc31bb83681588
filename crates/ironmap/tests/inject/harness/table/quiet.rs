//! Functions that make no system call and allocate nothing, so nothing can fail.
//!
//! # Safety
//!
//! Nothing else uses the memory of the slices.
#![allow(unsafe_code)]

use std::hint::black_box;
use std::io::Write as _;

use ironmap::raw::{LineWindow, Matches, MmapExt, MmapOptionsExt, Reserved};
use ironmap::{
    Access, Cursor, Error, Mmap, MmapOptions, Needles, Snapshot, StableMmap, View, ViewMut,
};

/// Types of plain values, whose traits are derived.
pub(crate) const PLAIN: &[&str] = &[
    "Access",
    "Advice",
    "ErrorKind",
    "Fault",
    "FaultGuard",
    "FaultReason",
    "Match",
];
pub(crate) const DERIVED: &[&str] = &["clone", "eq", "fmt", "hash"];

/// The objects of the calls, made before counting starts.
pub(crate) struct Things {
    map: Mmap,
    cursor: Cursor<Mmap>,
    window: LineWindow,
    matches: Matches,
    needles: Needles,
    options: MmapOptions,
    snapshot: Snapshot,
    stable: StableMmap,
    error: Error,
}

impl Things {
    pub(crate) fn new() -> Things {
        let map = || {
            let mut map = Mmap::anonymous(10_000).unwrap();
            map.write_at(0, b"a\nline").unwrap();
            map
        };
        let mut window = LineWindow::new(0..10_000);
        window.read_on(&map()).unwrap();
        Things {
            map: map(),
            cursor: Cursor::new(map()),
            window,
            matches: Matches::new(b"line", 0..10_000).unwrap(),
            needles: Needles::new(["a", "b"]).unwrap(),
            options: MmapOptions::new(),
            snapshot: map().into_snapshot().unwrap(),
            // SAFETY: the map is this test's alone.
            stable: unsafe { map().assume_stable() },
            error: map().byte(10_000).unwrap_err(),
        }
    }
}

impl Things {
    fn view<R>(&self, f: impl FnOnce(View<'_>) -> R) -> R {
        self.map.view(.., f).unwrap()
    }

    fn view_mut<R>(&mut self, f: impl FnOnce(ViewMut<'_>) -> R) -> R {
        self.map.view_mut(.., f).unwrap()
    }
}

/// A function of the public API, and a call of it.
pub(crate) type Quiet = (&'static str, fn(&mut Things));

macro_rules! quiet {
    ($($name:literal |$things:ident| $call:expr;)*) => {
        &[$(($name, |$things| { let _ = black_box($call); })),*]
    };
}

macro_rules! numbers {
    ($($read:ident $write:ident $type:ident;)*) => {
        &[$(
            (concat!("Mmap::", stringify!($read)), |t| { black_box(t.map.$read(5)).unwrap(); }),
            (concat!("Mmap::", stringify!($write)), |t| t.map.$write(5, 7 as $type).unwrap()),
        )*]
    };
}

pub(crate) const NUMBERS: &[Quiet] = numbers! {
    read_f32_be write_f32_be f32; read_f32_le write_f32_le f32;
    read_f64_be write_f64_be f64; read_f64_le write_f64_le f64;
    read_i16_be write_i16_be i16; read_i16_le write_i16_le i16;
    read_i32_be write_i32_be i32; read_i32_le write_i32_le i32;
    read_i64_be write_i64_be i64; read_i64_le write_i64_le i64;
    read_u16_be write_u16_be u16; read_u16_le write_u16_le u16;
    read_u32_be write_u32_be u32; read_u32_le write_u32_le u32;
    read_u64_be write_u64_be u64; read_u64_le write_u64_le u64;
};

macro_rules! view_numbers {
    ($($read:ident $write:ident $type:ident;)*) => {
        &[$(
            (concat!("View::", stringify!($read)), |t| { black_box(t.view(|v| v.$read(5).unwrap())); }),
            (concat!("ViewMut::", stringify!($write)), |t| {
                t.view_mut(|mut v| v.$write(5, 7 as $type).unwrap());
            }),
        )*]
    };
}

pub(crate) const VIEW_NUMBERS: &[Quiet] = view_numbers! {
    read_f32_be write_f32_be f32; read_f32_le write_f32_le f32;
    read_f64_be write_f64_be f64; read_f64_le write_f64_le f64;
    read_i16_be write_i16_be i16; read_i16_le write_i16_le i16;
    read_i32_be write_i32_be i32; read_i32_le write_i32_le i32;
    read_i64_be write_i64_be i64; read_i64_le write_i64_le i64;
    read_u16_be write_u16_be u16; read_u16_le write_u16_le u16; read_u16_ne write_u16_ne u16;
    read_u32_be write_u32_be u32; read_u32_le write_u32_le u32; read_u32_ne write_u32_ne u32;
    read_u64_be write_u64_be u64; read_u64_le write_u64_le u64; read_u64_ne write_u64_ne u64;
};

/// The calls of a view. The error of one past the end allocates, so none is.
pub(crate) const VIEWS: &[Quiet] = quiet! {
    "View::byte" |t| t.view(|v| v.byte(5).unwrap());
    "View::bytes" |t| t.view(|v| v.bytes().len());
    "View::check" |t| t.view(|v| v.check().unwrap());
    "View::chunks" |t| t.view(|v| v.chunks::<8>().len());
    "View::clone" |t| t.view(|v| Clone::clone(&v).len());
    "View::compare" |t| t.view(|v| v.compare(b"a\nlinen"));
    "View::find" |t| t.view(|v| (v.find(b"n"), v.find(b"li")));
    "View::fmt" |t| t.view(|v| write!(std::io::sink(), "{v:?}").unwrap());
    "View::for_each_chunk" |t| t.view(|v| v.for_each_chunk(|chunk| _ = black_box(chunk)));
    "View::is_empty" |t| t.view(|v| v.is_empty());
    "View::len" |t| t.view(|v| v.len());
    "View::read_array" |t| t.view(|v| v.read_array::<7>(5).unwrap());
    "View::read_at" |t| t.view(|v| v.read_at(5, &mut [0; 50]).unwrap());
    "View::rfind" |t| t.view(|v| (v.rfind(b"n"), v.rfind(b"li")));
    "View::slice" |t| t.view(|v| v.slice(5..).unwrap().len());
    "View::split_at" |t| t.view(|v| v.split_at(5).unwrap().0.len());
    "View::starts_with" |t| t.view(|v| v.starts_with(b"a\nline"));
    "ViewMut::as_view" |t| t.view_mut(|v| v.as_view().len());
    "ViewMut::check" |t| t.view_mut(|v| v.check().unwrap());
    "ViewMut::fill" |t| t.view_mut(|mut v| v.fill(7));
    "ViewMut::fmt" |t| t.view_mut(|v| write!(std::io::sink(), "{v:?}").unwrap());
    "ViewMut::for_each_chunk_mut" |t| t.view_mut(|mut v| v.for_each_chunk_mut(|chunk| chunk.fill(7)));
    "ViewMut::set_byte" |t| t.view_mut(|mut v| v.set_byte(5, 7).unwrap());
    "ViewMut::slice_mut" |t| t.view_mut(|mut v| v.slice_mut(5..).unwrap().fill(7));
    "ViewMut::split_at" |t| t.view_mut(|v| v.split_at(5).unwrap().0.fill(7));
    "ViewMut::write_array" |t| t.view_mut(|mut v| v.write_array(5, [7; 7]).unwrap());
    "ViewMut::write_at" |t| t.view_mut(|mut v| v.write_at(5, &[7; 50]).unwrap());
    "ViewBytes::clone" |t| t.view(|v| v.bytes().clone().len());
    "ViewBytes::fmt" |t| t.view(|v| write!(std::io::sink(), "{:?}", v.bytes()).unwrap());
    "ViewBytes::fold" |t| t.view(|v| v.bytes().fold(0, |sum, byte| sum ^ byte));
    "ViewBytes::next" |t| t.view(|v| v.bytes().next());
    "ViewBytes::size_hint" |t| t.view(|v| v.bytes().size_hint());
    "ViewChunks::clone" |t| t.view(|v| v.chunks::<8>().clone().len());
    "ViewChunks::fmt" |t| t.view(|v| write!(std::io::sink(), "{:?}", v.chunks::<8>()).unwrap());
    "ViewChunks::fold" |t| t.view(|v| v.chunks::<8>().fold(0, |sum, chunk| sum ^ chunk[0]));
    "ViewChunks::next" |t| t.view(|v| v.chunks::<8>().next());
    "ViewChunks::remainder" |t| t.view(|v| v.chunks::<8>().remainder().len());
    "ViewChunks::size_hint" |t| t.view(|v| v.chunks::<8>().size_hint());
};

pub(crate) const QUIET: &[Quiet] = quiet! {
    "LineWindow::has_line" |t| t.window.has_line();
    "LineWindow::new" |_t| LineWindow::new(0..5);
    "LineWindow::next_end" |t| t.window.next_end();
    "LineWindow::next_line" |t| t.window.next_line().is_some();
    "LineWindow::position" |t| t.window.position();
    "LineWindow::resume_at" |t| t.window.resume_at(7);
    "LineWindow::skip_lines" |t| t.window.skip_lines(1);
    "LineWindow::unread" |t| t.window.unread(10_000);
    "Matches::needle_len" |t| t.matches.needle_len();
    "Matches::next_len" |t| t.matches.next_len();
    "Reserved::is_empty" |t| t.map.reserved().is_empty();
    "Reserved::default" |_t| Reserved::default();
    "Mmap::lend_address" |t| t.map.lend_address();
    "Mmap::load_u32" |t| t.map.load_u32(4).unwrap();
    "Mmap::load_u64" |t| t.map.load_u64(8).unwrap();
    "Mmap::load_u8" |t| t.map.load_u8(5).unwrap();
    "Mmap::needs_attention" |t| t.map.needs_attention();
    "Mmap::stands_in_for_shared" |t| t.map.stands_in_for_shared();
    "Mmap::reserved" |t| t.map.reserved().is_empty();
    "MmapOptions::past_end" |_t| MmapOptions::new().past_end();
    "MmapOptions::raw_file_offset" |_t| MmapOptions::new().raw_file_offset(0);
    // SAFETY: no flags, and nothing is mapped.
    "MmapOptions::raw_flags" |_t| unsafe { MmapOptions::new().raw_flags(0) };
    "MmapOptions::raw_protection" |_t| MmapOptions::new().raw_protection(1);
    "MmapOptions::shared_or_private" |_t| MmapOptions::new().shared_or_private();
    "Cursor::get_mut" |t| t.cursor.get_mut().len();
    "Cursor::get_ref" |t| t.cursor.get_ref().len();
    "Cursor::into_inner" |t| Cursor::new(&t.map).into_inner().len();
    "Cursor::new" |t| Cursor::new(&t.map).position();
    "Cursor::position" |t| t.cursor.position();
    "Cursor::flush" |t| std::io::Write::flush(&mut t.cursor).unwrap();
    "Cursor::clone" |t| t.map.reader().clone().position();
    "Lines::clone" |t| t.map.reader().lines().clone();
    "Error::fault" |t| t.error.fault();
    "Error::file_size" |t| t.error.file_size();
    "Error::is_fault" |t| t.error.is_fault();
    "Error::is_not_resizable" |t| t.error.is_not_resizable();
    "Error::is_out_of_bounds" |t| t.error.is_out_of_bounds();
    "Error::is_past_end" |t| t.error.is_past_end();
    "Error::is_protected" |t| t.error.is_protected();
    "Error::is_unsupported" |t| t.error.is_unsupported();
    "Error::kind" |t| t.error.kind();
    "Error::raw_os_error" |t| t.error.raw_os_error();
    "Fault::raw_os_error" |t| t.error.fault().map(|fault| fault.raw_os_error());
    "LineReader::longest" |t| t.map.lines(..).unwrap().longest(5).position();
    "LineReader::position" |t| t.map.lines(..).unwrap().position();
    "Windows::fmt" |t| write!(std::io::sink(), "{:?}", t.map.windows(.., 9, 1).unwrap()).unwrap();
    "Windows::position" |t| t.map.windows(.., 9, 1).unwrap().position();
    "Windows::repeated" |t| t.map.windows(.., 9, 1).unwrap().repeated();
    "Mmap::allocation_granularity" |_t| Mmap::allocation_granularity();
    "Mmap::file_offset" |t| t.map.file_offset();
    "Mmap::is_anonymous" |t| t.map.is_anonymous();
    "Mmap::is_empty" |t| t.map.is_empty();
    "Mmap::is_private" |t| t.map.is_private();
    "Mmap::is_readable" |t| t.map.is_readable();
    "Mmap::is_writable" |t| t.map.is_writable();
    "Mmap::len" |t| t.map.len();
    "Mmap::page_size" |_t| Mmap::page_size();
    "Mmap::tracks_file" |t| t.map.tracks_file();
    "Mmap::as_mut_ptr" |t| t.map.as_mut_ptr();
    // SAFETY: the map is this test's alone.
    "Mmap::as_mut_slice" |t| unsafe { t.map.as_mut_slice() }.len();
    "Mmap::as_ptr" |t| t.map.as_ptr();
    // SAFETY: the map is this test's alone.
    "Mmap::as_slice" |t| unsafe { t.map.as_slice() }.len();
    // SAFETY: the map is this test's alone.
    "Mmap::with_slice" |t| unsafe { t.map.with_slice(<[u8]>::len) }.unwrap();
    "Mmap::try_as_mut_slice" |t| t.map.try_as_mut_slice().map(|bytes| bytes.len());
    "Mmap::try_as_slice" |t| t.map.try_as_slice().map(<[u8]>::len);
    // SAFETY: the map is this test's alone.
    "Mmap::assume_stable" |_t| unsafe { Mmap::anonymous(0).unwrap().assume_stable() }.len();
    // SAFETY: as above.
    "StableMmap::into_inner" |_t| unsafe { Mmap::anonymous(0).unwrap().assume_stable() }.into_inner();
    "Snapshot::as_ref" |t| t.snapshot.as_ref().len();
    "Snapshot::clone" |t| t.snapshot.clone().len();
    "Snapshot::deref" |t| t.snapshot.len();
    "Snapshot::fmt" |t| write!(std::io::sink(), "{:?}", t.snapshot).unwrap();
    "StableMmap::as_ref" |t| t.stable.as_ref().len();
    "StableMmap::check" |t| t.stable.check(..).unwrap();
    "StableMmap::deref" |t| t.stable.len();
    "StableMmap::fmt" |t| write!(std::io::sink(), "{:?}", t.stable).unwrap();
    "StableMmap::get_ref" |t| t.stable.get_ref().len();
    "Mmap::cursor" |t| t.map.cursor().position();
    "Mmap::reader" |t| t.map.reader().position();
    "Mmap::faults" |t| t.map.faults();
    "Mmap::is_damaged" |t| t.map.is_damaged();
    "MmapOptions::access" |_t| MmapOptions::new().access(Access::Read);
    "MmapOptions::file_offset" |_t| MmapOptions::new().file_offset(5);
    "MmapOptions::len" |_t| MmapOptions::new().len(5);
    "MmapOptions::new" |_t| MmapOptions::new();
    "MmapOptions::reserve_space" |_t| MmapOptions::new().reserve_space(true);
    "MmapOptions::track_file" |_t| MmapOptions::new().track_file(true);
    "MmapOptions::huge" |_t| MmapOptions::new().huge(Some(21));
    "MmapOptions::no_reserve_swap" |_t| MmapOptions::new().no_reserve_swap();
    "MmapOptions::stack" |_t| MmapOptions::new().stack();
    "MmapOptions::clone" |t| t.options.clone();
    "MmapOptions::default" |_t| MmapOptions::default();
    "Needles::longest" |t| t.needles.longest();
};
