//! Views, beside slices of the same bytes.

use std::cmp::Ordering;
use std::thread;

use ironmap::{ErrorKind, Mmap, MmapOptions, Result, View, ViewMut};
use proptest::prelude::*;

use crate::{cases, contents, file_with, pattern, writable};

/// Longer than some chunks, and no multiple of one.
const LEN: usize = if cfg!(miri) { 1 } else { 3 } * 4096 + 100;

/// Returns memory with these bytes: Miri has no maps of files.
fn memory(bytes: &[u8]) -> Mmap {
    let mut map = Mmap::anonymous(bytes.len()).unwrap();
    map.write_at(0, bytes).unwrap();
    map
}

/// Runs `f` on a view of memory with these bytes.
fn viewed<R>(bytes: &[u8], f: impl FnOnce(View<'_>) -> R) -> R {
    memory(bytes).view(.., f).unwrap()
}

/// Runs `f` on a writable view of memory with these bytes, and returns them afterwards.
fn changed(bytes: &[u8], f: impl FnOnce(ViewMut<'_>) -> Result<()>) -> Vec<u8> {
    let mut map = memory(bytes);
    map.view_mut(.., f).unwrap().unwrap();
    map.to_vec(..).unwrap()
}

/// Compares reads and writes of numbers at every offset with those of the map.
macro_rules! agree {
    ($($read:ident $write:ident $number:ident $from:ident;)*) => {
        $({
            const SIZE: usize = size_of::<$number>();
            let bytes = pattern(300);
            let numbers = |at: usize| $number::$from(bytes[at..at + SIZE].try_into().unwrap());
            viewed(&bytes, |view| {
                for at in 0..=300 - SIZE {
                    assert_eq!(view.$read(at).unwrap(), numbers(at));
                }
                assert!(view.$read(300 - SIZE + 1).unwrap_err().is_out_of_bounds());
            });
            let copy = changed(&[0; 300], |mut view| {
                assert!(view.$write(300 - SIZE + 1, numbers(0)).unwrap_err().is_out_of_bounds());
                (0..=300 - SIZE).try_for_each(|at| view.$write(at, numbers(at)))
            });
            assert_eq!(copy, bytes);
        })*
    };
}

#[test]
fn view_numbers_every_offset_agree() {
    agree! {
        read_u16_le write_u16_le u16 from_le_bytes;
        read_u16_be write_u16_be u16 from_be_bytes;
        read_u16_ne write_u16_ne u16 from_ne_bytes;
        read_u32_le write_u32_le u32 from_le_bytes;
        read_u32_be write_u32_be u32 from_be_bytes;
        read_u32_ne write_u32_ne u32 from_ne_bytes;
        read_u64_le write_u64_le u64 from_le_bytes;
        read_u64_be write_u64_be u64 from_be_bytes;
        read_u64_ne write_u64_ne u64 from_ne_bytes;
        read_i16_le write_i16_le i16 from_le_bytes;
        read_i16_be write_i16_be i16 from_be_bytes;
        read_i32_le write_i32_le i32 from_le_bytes;
        read_i32_be write_i32_be i32 from_be_bytes;
        read_i64_le write_i64_le i64 from_le_bytes;
        read_i64_be write_i64_be i64 from_be_bytes;
    }
    // As bits: some are no numbers.
    let bytes = pattern(8);
    viewed(&bytes, |view| {
        let eight: [u8; 8] = bytes[..].try_into().unwrap();
        let four: [u8; 4] = bytes[..4].try_into().unwrap();
        assert_eq!(view.read_f64_le(0).unwrap().to_le_bytes(), eight);
        assert_eq!(view.read_f64_be(0).unwrap().to_be_bytes(), eight);
        assert_eq!(view.read_f32_le(0).unwrap().to_le_bytes(), four);
        assert_eq!(view.read_f32_be(0).unwrap().to_be_bytes(), four);
    });
    let floats = changed(&[0; 24], |mut view| {
        view.write_f64_le(0, 1.5)?;
        view.write_f64_be(8, 1.5)?;
        view.write_f32_le(16, 1.5)?;
        view.write_f32_be(20, 1.5)
    });
    let eight = [1.5f64.to_le_bytes(), 1.5f64.to_be_bytes()].concat();
    let four = [1.5f32.to_le_bytes(), 1.5f32.to_be_bytes()].concat();
    assert_eq!(floats, [eight, four].concat());
}

#[test]
fn view_outside_is_error_with_its_numbers() {
    let text = |error: ironmap::Error| {
        assert_eq!(error.kind(), ErrorKind::OutOfBounds);
        error.to_string()
    };
    let map = memory(&pattern(100));
    let outside = map
        .view(90..101, |_| panic!("outside the map"))
        .unwrap_err();
    assert_eq!(
        text(outside),
        "range 90..101 is out of bounds of a map of 100 bytes"
    );
    map.view(50..60, |view| {
        let view_of_ten = "is out of bounds of a view of 10 bytes";
        let outside =
            |error, place: &str| assert_eq!(text(error), format!("{place} {view_of_ten}"));
        outside(view.byte(10).unwrap_err(), "byte 10");
        outside(view.read_u64_le(3).unwrap_err(), "range 3..11");
        outside(view.read_at(9, &mut [0; 2]).unwrap_err(), "range 9..11");
        outside(view.slice(5..11).unwrap_err(), "range 5..11");
        outside(view.split_at(11).unwrap_err(), "position 11");
        assert!(view.read_array::<0>(10).is_ok());
        assert!(view.slice(10..).unwrap().is_empty());
    })
    .unwrap();
    let mut map = Mmap::anonymous(10).unwrap();
    map.view_mut(.., |mut view| {
        assert!(view.set_byte(10, 1).unwrap_err().is_out_of_bounds());
        assert!(view.write_at(9, b"ab").unwrap_err().is_out_of_bounds());
        assert!(view.slice_mut(3..11).unwrap_err().is_out_of_bounds());
        assert!(view.split_at(11).unwrap_err().is_out_of_bounds());
    })
    .unwrap();
    assert_eq!(map.to_vec(..).unwrap(), [0; 10]);
}

#[test]
#[cfg_attr(miri, ignore = "a map of a file")]
fn view_mut_of_a_read_only_map_is_refused() {
    let mut map = MmapOptions::new().map(file_with(b"text")).unwrap();
    let error = map.view_mut(.., |_| panic!("read-only")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotWritable);
}

#[test]
fn empty_view_has_nothing() {
    viewed(b"", |view| {
        assert_eq!((view.len(), view.bytes().next()), (0, None));
        assert_eq!(
            (view.find(b"a"), view.find(b""), view.rfind(b"")),
            (None, Some(0), Some(0))
        );
        assert_eq!(view.compare(b""), Ordering::Equal);
        view.for_each_chunk(|_| panic!("no bytes"));
        view.check().unwrap();
    });
}

proptest! {
    #![proptest_config(cases(50))]

    #[test]
    fn view_reads_what_a_slice_has(bytes in prop::collection::vec(any::<u8>(), 0..LEN), at in 0..LEN) {
        let at = at.min(bytes.len());
        viewed(&bytes, |view| {
            let (left, right) = view.split_at(at).unwrap();
            assert_eq!((left.len(), right.to_vec().unwrap()), (at, bytes[at..].to_vec()));
            assert_eq!(right.bytes().next(), bytes.get(at).copied());
            let mut copy = vec![0; bytes.len() - at];
            view.read_at(at, &mut copy).unwrap();
            assert_eq!(copy, bytes[at..]);
        });
    }

    #[test]
    fn view_folds_what_iterators_yield(bytes in prop::collection::vec(any::<u8>(), 0..LEN)) {
        // Depends on the order.
        let mix = |sum: u64, byte: u8| sum.wrapping_mul(31) + u64::from(byte);
        let mixed = bytes.iter().fold(0, |sum, &byte| mix(sum, byte));
        viewed(&bytes, |view| {
            assert_eq!(view.bytes().fold(0, mix), mixed);
            // `by_ref` takes them one by one.
            assert_eq!(view.bytes().by_ref().fold(0, mix), mixed);
            assert_eq!(view.bytes().len(), bytes.len());
            let mut chunks = Vec::new();
            view.for_each_chunk(|chunk| chunks.push(chunk.to_vec()));
            assert!(chunks.iter().rev().skip(1).all(|chunk| chunk.len() == 4096));
            assert_eq!(chunks.concat(), bytes);
        });
    }

    #[test]
    fn view_chunks_are_those_of_a_slice(bytes in prop::collection::vec(any::<u8>(), 0..LEN)) {
        fn check<const N: usize>(view: View<'_>, bytes: &[u8]) {
            let whole = bytes.chunks_exact(N);
            let rest = view.chunks::<N>().remainder().to_vec().unwrap();
            assert_eq!(rest, whole.remainder());
            assert_eq!(view.chunks::<N>().len(), whole.len());
            let mut folded = Vec::new();
            view.chunks::<N>().for_each(|chunk| folded.extend(chunk));
            assert_eq!(folded, bytes[..bytes.len() - rest.len()]);
            let single: Vec<u8> = view.chunks::<N>().by_ref().flatten().collect();
            assert_eq!(single, folded);
        }
        viewed(&bytes, |view| {
            check::<1>(view, &bytes);
            check::<7>(view, &bytes);
            check::<8>(view, &bytes);
            check::<5000>(view, &bytes);
        });
    }

    #[test]
    fn view_compares_like_a_slice(
        bytes in prop::collection::vec(0..3u8, 0..40),
        other in prop::collection::vec(0..3u8, 0..40),
        common in 0..40usize,
    ) {
        let mut other = other;
        let common = common.min(bytes.len()).min(other.len());
        other[..common].copy_from_slice(&bytes[..common]);
        viewed(&bytes, |view| {
            assert_eq!(view.compare(&other), bytes[..].cmp(&other[..]));
            assert_eq!(view.starts_with(&other), bytes.starts_with(&other));
            assert!(view.starts_with(&bytes[..common]));
        });
    }

    #[test]
    fn view_finds_what_the_map_finds(
        bytes in prop::collection::vec(0..3u8, 0..300),
        needle in prop::collection::vec(0..3u8, 0..5),
    ) {
        let map = memory(&bytes);
        let found = map.view(.., |view| (view.find(&needle), view.rfind(&needle))).unwrap();
        assert_eq!(found, (map.find(&needle, ..).unwrap(), map.rfind(&needle, ..).unwrap()));
    }

    #[test]
    fn view_mut_writes_what_a_slice_would(
        bytes in prop::collection::vec(any::<u8>(), 1..LEN),
        part in prop::collection::vec(any::<u8>(), 0..100),
        at in 0..LEN,
    ) {
        let mut expected = bytes.clone();
        let at = at % bytes.len();
        let part = &part[..part.len().min(bytes.len() - at)];
        expected[at..at + part.len()].copy_from_slice(part);
        expected[..at].fill(b'.');
        let written = changed(&bytes, |mut view| {
            view.write_at(at, part)?;
            let (mut left, _) = view.split_at(at)?;
            left.fill(b'.');
            Ok(())
        });
        assert_eq!(written, expected);
        expected.iter_mut().for_each(|byte| *byte ^= 1);
        let flip = |chunk: &mut [u8]| chunk.iter_mut().for_each(|byte| *byte ^= 1);
        let flipped = changed(&written, |mut view| {
            view.for_each_chunk_mut(flip);
            Ok(())
        });
        assert_eq!(flipped, expected);
    }
}

#[test]
#[cfg_attr(miri, ignore = "a map of a file")]
fn view_mut_stores_reach_the_file() {
    let file = file_with(&pattern(5000));
    let mut map = writable(&file);
    map.view_mut(10..4110, |mut view| {
        view.set_byte(0, 255)?;
        view.write_array(4090, [254; 10])?;
        assert_eq!(view.as_view().read_u16_le(4098)?, 0xFEFE);
        view.check()
    })
    .unwrap()
    .unwrap();
    let mut expected = pattern(5000);
    expected[10] = 255;
    expected[4100..4110].fill(254);
    assert_eq!(contents(&file), expected);
}

#[test]
fn view_is_shared_by_threads() {
    let bytes = pattern(1 << 16);
    let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
    let sums = viewed(&bytes, |view| {
        let (left, right) = view.split_at(1000).unwrap();
        thread::scope(|scope| {
            let sum = |view: View<'_>| view.bytes().map(u64::from).sum::<u64>();
            let other = scope.spawn(move || sum(right));
            (sum(left), other.join().unwrap())
        })
    });
    assert_eq!(sums, (sum(&bytes[..1000]), sum(&bytes[1000..])));
}

#[test]
fn views_nest_and_unwind() {
    let map = memory(b"one two");
    let inner = map.view(.., |outer| {
        map.view(4.., |inner| outer.byte(0).unwrap() + inner.byte(0).unwrap())
    });
    assert_eq!(inner.unwrap().unwrap(), b'o' + b't');
    let panicking = std::panic::AssertUnwindSafe(|| map.view(.., |_| panic!("by the user")));
    assert!(std::panic::catch_unwind(panicking).is_err());
    assert_eq!(map.view(.., |view| view.byte(0)).unwrap().unwrap(), b'o');
}

/// Files that become shorter than their maps.
#[cfg(all(unix, not(miri)))]
mod damage {
    use super::*;

    use ironmap::{Error, FaultReason};

    fn pages(count: usize) -> usize {
        count * Mmap::page_size()
    }

    /// Returns a map of eight pages of a file that was then cut to three.
    fn cut() -> Mmap {
        let file = file_with(&pattern(pages(8)));
        let map = writable(&file);
        file.set_len(pages(3) as u64).unwrap();
        map
    }

    #[track_caller]
    fn assert_fault(error: &Error, at: usize) {
        let fault = error.fault().expect("a fault");
        assert_eq!((fault.at, fault.reason), (at, FaultReason::FileTooShort));
        assert_eq!(fault.file_size, Some(pages(3) as u64));
    }

    /// Runs `f`, which must see zeros past the cut, and checks that the view is a fault.
    #[track_caller]
    fn sees_zeros<R>(f: impl Fn(View<'_>) -> R) {
        let map = cut();
        let mut ran = false;
        let result = map.view(.., |view| {
            f(view);
            ran = true;
        });
        assert_fault(&result.unwrap_err(), pages(3));
        assert!(ran && map.faults() == 1);
        // The bytes before the cut are as good as before.
        let kept = map.view(..pages(3), |view| view.to_vec()).unwrap().unwrap();
        assert_eq!(kept, pattern(pages(3)));
    }

    #[test]
    fn view_damage_is_zeros_and_an_error() {
        sees_zeros(|view| assert_eq!(view.byte(pages(4)).unwrap(), 0));
        sees_zeros(|view| assert_eq!(view.read_u64_le(pages(4) - 4).unwrap(), 0));
        sees_zeros(|view| {
            assert_eq!(
                view.slice(pages(3)..).unwrap().compare(&[0; 10]),
                Ordering::Greater
            )
        });
        sees_zeros(|view| assert_eq!(view.slice(pages(3)..).unwrap().find(&[0; 10]), Some(0)));
        sees_zeros(|view| assert_eq!(view.find(b"\xff"), None));
        sees_zeros(|view| assert_eq!(view.rfind(b"\xff\xff"), None));
        sees_zeros(|view| {
            let tail = view.slice(pages(3)..).unwrap();
            assert_eq!(tail.bytes().map(u64::from).sum::<u64>(), 0);
        });
        sees_zeros(|view| assert_eq!(view.chunks::<8>().last(), Some([0; 8])));
        sees_zeros(|view| view.for_each_chunk(|_| ()));
        sees_zeros(|view| assert_eq!(view.to_vec().unwrap()[pages(3)..], vec![0; pages(5)]));
    }

    #[test]
    fn view_check_looks_in_between() {
        let map = cut();
        let stopped = map.view(.., |view| {
            let (head, tail) = view.split_at(pages(3))?;
            assert_eq!(tail.byte(5)?, 0);
            head.check()?;
            assert_fault(&tail.check().unwrap_err(), pages(3));
            assert_fault(&view.check().unwrap_err(), pages(3));
            view.check()
        });
        assert_fault(&stopped.unwrap_err(), pages(3));
    }

    #[test]
    fn view_fault_comes_before_the_result() {
        let map = cut();
        let result = map.view(.., |view| match view.byte(pages(5)) {
            Ok(0) => Err("a record of no bytes"),
            _ => Ok(()),
        });
        assert_fault(&result.unwrap_err(), pages(3));
    }

    #[test]
    fn view_of_intact_pages_is_no_fault() {
        let map = cut();
        assert!(map.byte(pages(7)).is_err());
        assert_eq!(
            map.view(..pages(3), |view| view.byte(7)).unwrap().unwrap(),
            7
        );
        assert!(map.view(.., |view| view.byte(7)).unwrap_err().is_fault());
    }

    #[test]
    fn view_faults_of_other_threads_are_seen() {
        let map = cut();
        let result = map.view(.., |view| {
            thread::scope(|scope| scope.spawn(|| view.byte(pages(6)).unwrap()).join().unwrap())
        });
        assert_fault(&result.unwrap_err(), pages(3));
    }

    #[test]
    fn view_panic_after_damage_leaves_it_recorded() {
        let map = cut();
        let panicking = std::panic::AssertUnwindSafe(|| {
            map.view(.., |view| panic!("{}", view.byte(pages(5)).unwrap()))
        });
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert!(map.is_damaged() && map.byte(pages(5)).unwrap_err().is_fault());
    }

    #[test]
    fn view_mut_damage_loses_stores_and_is_an_error() {
        let stores: [fn(&mut ViewMut<'_>) -> Result<()>; 5] = [
            |view| view.set_byte(pages(5), 1),
            |view| view.write_u64_le(pages(5), 1),
            |view| view.write_at(pages(5), b"lost"),
            |view| {
                view.fill(1);
                Ok(())
            },
            |view| {
                view.for_each_chunk_mut(|chunk| chunk.fill(1));
                Ok(())
            },
        ];
        for store in stores {
            let mut map = cut();
            let result = map.view_mut(.., |mut view| {
                view.set_byte(0, 255)?;
                view.check()?;
                store(&mut view)?;
                assert_fault(&view.check().unwrap_err(), pages(3));
                Ok::<(), Error>(())
            });
            assert_fault(&result.unwrap_err(), pages(3));
            // What reached intact pages stays.
            assert_ne!(map.byte(0).unwrap(), 0);
        }
    }
}
