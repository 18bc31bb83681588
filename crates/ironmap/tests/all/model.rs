//! Random operations on a map and on a vector give the same bytes in the map, the vector and the
//! file.

use ironmap::raw::MmapExt;
use ironmap::{Access, Mmap, MmapOptions};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{cases, contents, file_with, pattern, writable};

#[derive(Clone, Debug)]
enum Operation {
    SetByte(Index, u8),
    Write(Index, Vec<u8>),
    WriteStrided(Index, isize, Vec<u8>),
    CopyWithin(Index, Index, Index),
    Resize(usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..50);
    prop_oneof![
        any::<(Index, u8)>().prop_map(|(at, byte)| Operation::SetByte(at, byte)),
        (any::<Index>(), bytes()).prop_map(|(at, bytes)| Operation::Write(at, bytes)),
        (any::<Index>(), -9isize..10, bytes())
            .prop_map(|(at, step, bytes)| Operation::WriteStrided(at, step, bytes)),
        any::<(Index, Index, Index)>().prop_map(|(a, b, to)| Operation::CopyWithin(a, b, to)),
        (0usize..20_000).prop_map(Operation::Resize),
    ]
}

/// Applies the operation to the vector. Returns false if it is out of bounds.
fn apply(model: &mut Vec<u8>, operation: &Operation) -> bool {
    let len = model.len();
    match operation {
        Operation::SetByte(at, byte) => match model.get_mut(at.index(len + 1)) {
            Some(place) => *place = *byte,
            None => return false,
        },
        Operation::Write(at, bytes) => {
            let at = at.index(len + 1);
            match model.get_mut(at..at + bytes.len()) {
                Some(place) => place.copy_from_slice(bytes),
                None => return false,
            }
        }
        Operation::WriteStrided(at, step, bytes) => {
            let places: Option<Vec<usize>> = (0..bytes.len() as isize)
                .map(|i| {
                    at.index(len + 1)
                        .checked_add_signed(i * step)
                        .filter(|&at| at < len)
                })
                .collect();
            let Some(places) = places else { return false };
            for (place, byte) in places.into_iter().zip(bytes) {
                model[place] = *byte;
            }
        }
        Operation::CopyWithin(a, b, to) => {
            let (a, b, to) = (a.index(len + 1), b.index(len + 1), to.index(len + 1));
            if to + a.abs_diff(b) > len {
                return false;
            }
            model.copy_within(a.min(b)..a.max(b), to);
        }
        Operation::Resize(len) => model.resize(*len, 0),
    }
    true
}

fn apply_to_map(map: &mut Mmap, operation: &Operation) -> Result<(), ironmap::Error> {
    let len = map.len();
    match operation {
        Operation::SetByte(at, byte) => map.set_byte(at.index(len + 1), *byte),
        Operation::Write(at, bytes) => map.write_at(at.index(len + 1), bytes),
        Operation::WriteStrided(at, step, bytes) => {
            map.write_strided(at.index(len + 1), *step, bytes)
        }
        Operation::CopyWithin(a, b, to) => {
            let (a, b, to) = (a.index(len + 1), b.index(len + 1), to.index(len + 1));
            map.copy_within(a.min(b)..a.max(b), to)
        }
        Operation::Resize(len) => map.resize(*len),
    }
}

fn check(map: &mut Mmap, model: &mut Vec<u8>, operation: &Operation) {
    let fits = apply(model, operation);
    match apply_to_map(map, operation) {
        Ok(()) => assert!(fits, "{operation:?} should be out of bounds"),
        Err(error) => assert!(!fits && error.is_out_of_bounds(), "{operation:?}: {error}"),
    }
    assert_eq!(map.to_vec(..).unwrap(), *model);
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn file_map_random_operations_agree_with_vec(
        operations in prop::collection::vec(operation(), 1..30),
    ) {
        let mut model = pattern(3000);
        let file = file_with(&model);
        let mut map = writable(&file);
        for operation in &operations {
            check(&mut map, &mut model, operation);
            assert_eq!(contents(&file), model);
        }
    }

    #[test]
    fn anonymous_random_operations_agree_with_vec(
        operations in prop::collection::vec(operation(), 1..30),
    ) {
        let mut model = vec![0; 3000];
        let mut map = MmapOptions::new().access(Access::Copy).len(3000).anonymous().unwrap();
        for operation in &operations {
            check(&mut map, &mut model, operation);
        }
    }
}
