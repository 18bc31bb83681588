//! Does the same operations on a map of a file and on a vector, and compares bytes and errors.

use std::io::{Read, Seek, SeekFrom, Write};
use std::mem::MaybeUninit;

use arbitrary::Arbitrary;
use ironmap::raw::MmapExt;
use ironmap::{Access, Error, Mmap, MmapOptions};

const LONGEST: usize = 20_000;

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    Byte(u16),
    SetByte(u16, u8),
    Read(u16, u16),
    ReadStrided(u16, i8, u8),
    Write(u16, &'a [u8]),
    WriteStrided(u16, i8, &'a [u8]),
    CopyWithin(u16, u16, u16),
    Resize(u16),
    Lines(u16, u16),
    Cursor(i16, &'a [u8]),
    Number(u16),
    Flush(u16, u16),
}

pub fn run(bytes: &[u8]) {
    let Some(operations) = crate::value::<Vec<Operation<'_>>>(bytes) else {
        return;
    };
    let file = tempfile::tempfile().unwrap();
    let mut model: Vec<u8> = (0..3000).map(|at| (at % 251) as u8).collect();
    (&file).write_all(&model).unwrap();
    let mut map = MmapOptions::new().access(Access::Write).map(&file).unwrap();
    for operation in operations.iter().take(50) {
        apply(operation, &mut map, &mut model);
        assert_eq!(map.len(), model.len(), "{operation:?}");
    }
    assert_eq!(map.to_vec(..).unwrap(), model);
    let mut content = Vec::new();
    (&file).rewind().unwrap();
    (&file).read_to_end(&mut content).unwrap();
    assert_eq!(content, model);
}

/// Compares a result with that of the vector, which is none out of bounds.
fn same<T: PartialEq + std::fmt::Debug>(map: Result<T, Error>, model: Option<T>) {
    match (map, model) {
        (Ok(map), Some(model)) => assert_eq!(map, model),
        (Err(error), None) => assert!(error.is_out_of_bounds(), "{error}"),
        (map, model) => panic!("{map:?} is not {model:?}"),
    }
}

fn apply(operation: &Operation<'_>, map: &mut Mmap, model: &mut Vec<u8>) {
    let len = model.len();
    match *operation {
        Operation::Byte(at) => same(map.byte(at.into()), model.get(usize::from(at)).copied()),
        Operation::SetByte(at, byte) => {
            let place = model.get_mut(usize::from(at));
            same(
                map.set_byte(at.into(), byte),
                place.map(|place| *place = byte),
            );
        }
        Operation::Read(a, b) => {
            let range = usize::from(a)..usize::from(b);
            let expected = model.get(range.clone()).map(<[u8]>::to_vec);
            same(map.to_vec(range), expected);
        }
        Operation::ReadStrided(at, step, count) => read_strided(map, model, (at, step), count),
        Operation::Write(at, bytes) => {
            let at = usize::from(at);
            let place = model.get_mut(at..at + bytes.len());
            let expected = place.map(|place| place.copy_from_slice(bytes));
            same(map.write_at(at, bytes), expected);
        }
        Operation::WriteStrided(at, step, bytes) => write_strided(map, model, (at, step), bytes),
        Operation::CopyWithin(a, b, to) => {
            let [a, b, to] = [a, b, to].map(usize::from);
            let fits = a <= b && b <= len && to + (b - a) <= len;
            let expected = fits.then(|| model.copy_within(a..b, to));
            same(map.copy_within(a..b, to), expected);
        }
        Operation::Resize(to) => {
            let to = usize::from(to) % LONGEST;
            map.resize(to).unwrap();
            model.resize(to, 0);
        }
        Operation::Lines(a, b) => lines(map, model, a.into()..b.into()),
        Operation::Cursor(distance, bytes) => cursor(map, model, distance, bytes),
        Operation::Number(at) => {
            let at = usize::from(at);
            let expected = model.get(at..at + 4);
            let expected = expected.map(|four| u32::from_le_bytes(four.try_into().unwrap()));
            same(map.read_u32_le(at), expected);
        }
        Operation::Flush(a, b) => {
            let (a, b) = (usize::from(a), usize::from(b));
            same(map.flush(a..b), (a <= b && b <= len).then_some(()));
        }
    }
}

fn read_strided(map: &Mmap, model: &[u8], (at, step): (u16, i8), count: u8) {
    let places = stride(at, step, count.into(), model.len());
    let mut read = vec![MaybeUninit::new(0); count.into()];
    let result = map.read_strided(at.into(), step.into(), &mut read);
    let expected = places.map(|places| places.iter().map(|&at| model[at]).collect());
    // SAFETY: they were initialised before the map had them.
    let read = read.iter().map(|byte| unsafe { byte.assume_init() });
    same(result.map(|()| read.collect::<Vec<u8>>()), expected);
}

fn write_strided(map: &mut Mmap, model: &mut [u8], (at, step): (u16, i8), bytes: &[u8]) {
    let places = stride(at, step, bytes.len(), model.len());
    let expected = places.map(|places| {
        let pairs = places.into_iter().zip(bytes);
        pairs.for_each(|(place, &byte)| model[place] = byte);
    });
    same(map.write_strided(at.into(), step.into(), bytes), expected);
}

/// Returns the places of a stride, or none if one is out of bounds.
fn stride(at: u16, step: i8, count: usize, len: usize) -> Option<Vec<usize>> {
    let place = |i| usize::from(at).checked_add_signed(i as isize * isize::from(step));
    let places = (0..count).map(|i| place(i).filter(|&place| place < len));
    places.collect()
}

fn lines(map: &Mmap, model: &[u8], range: std::ops::Range<usize>) {
    let Some(bytes) = model.get(range.clone()) else {
        assert!(map.lines(range).unwrap_err().is_out_of_bounds());
        return;
    };
    let mut lines = map.lines(range.clone()).unwrap();
    let mut expected = bytes.split_inclusive(|&byte| byte == b'\n');
    while let Some(line) = lines.next_line().unwrap() {
        assert_eq!(Some(line), expected.next());
    }
    assert_eq!(expected.next(), None);
    let newlines: Vec<_> = range.clone().filter(|&at| model[at] == b'\n').collect();
    assert_eq!(map.count(b"\n", range.clone()).unwrap(), newlines.len());
    assert_eq!(map.find_all(b"\n", range).unwrap(), newlines);
}

fn cursor(map: &mut Mmap, model: &mut [u8], distance: i16, bytes: &[u8]) {
    let target = model.len().checked_add_signed(distance.into());
    let mut cursor = map.cursor();
    let sought = cursor.seek(SeekFrom::End(distance.into()));
    let Some(at) = target.filter(|&at| at <= model.len()) else {
        assert!(sought.is_err());
        assert_eq!(cursor.position(), 0);
        return;
    };
    assert_eq!(sought.unwrap(), at as u64);
    let count = cursor.write(bytes).unwrap();
    assert_eq!(count, bytes.len().min(model.len() - at));
    model[at..at + count].copy_from_slice(&bytes[..count]);
    let mut rest = Vec::new();
    cursor.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, model[at + count..]);
}
