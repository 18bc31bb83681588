//! Each crate reads a file through a [`StableMmap`], and then through a [`Snapshot`].

use std::fs;
use std::path::Path;

use ironmap::{Mmap, Snapshot, StableMmap};
use tempfile::NamedTempFile;

fn file_with(bytes: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

fn stable(path: &Path) -> StableMmap {
    let map = Mmap::open(path).unwrap();
    // SAFETY: nothing changes the files of these tests while they are mapped.
    unsafe { map.assume_stable() }
}

#[test]
fn bytes_own_a_map() {
    use bytes::Bytes;

    let file = file_with(b"head body");
    for whole in [
        Bytes::from_owner(stable(file.path())),
        Bytes::from_owner(Snapshot::open(file.path()).unwrap()),
    ] {
        let body = whole.slice(5..);
        drop(whole);
        let read = std::thread::spawn(move || body == b"body"[..]);
        assert!(read.join().unwrap());
    }
}

#[test]
fn fst_searches_a_map() {
    use fst::{Map, MapBuilder};

    let mut built = MapBuilder::memory();
    for (number, word) in ["bar", "baz", "foo"].iter().enumerate() {
        built.insert(word, number as u64).unwrap();
    }
    let file = file_with(&built.into_inner().unwrap());
    assert_eq!(Map::new(stable(file.path())).unwrap().get("baz"), Some(1));
    let copied = Snapshot::open(file.path()).unwrap();
    assert_eq!(Map::new(copied).unwrap().get("qux"), None);
}

#[test]
fn object_parses_a_map() {
    use object::{Object, ObjectSection};

    let program = std::env::current_exe().unwrap();
    let bytes = stable(&program);
    let parsed = object::File::parse(&*bytes).unwrap();
    assert!(parsed.sections().any(|section| section.size() > 0));
    bytes.check(..).unwrap();
}

#[test]
fn owning_ref_keeps_a_map_and_its_part() {
    use owning_ref::OwningRef;

    let file = file_with(b"head body");
    let body = OwningRef::new(stable(file.path())).map(|bytes| &bytes[5..]);
    assert_eq!(&*body, b"body");
    let body = OwningRef::new(Snapshot::open(file.path()).unwrap()).map(|bytes| &bytes[5..]);
    assert_eq!(&*body.clone(), b"body");
}

#[test]
fn rkyv_accesses_a_map() {
    use rkyv::rancor::Error;
    use rkyv::{Archive, Serialize};

    #[derive(Archive, Serialize)]
    struct Record {
        name: String,
        counts: Vec<u32>,
    }

    let record = Record {
        name: "mapped".into(),
        counts: vec![1, 2, 3],
    };
    let file = file_with(&rkyv::to_bytes::<Error>(&record).unwrap());
    let bytes = stable(file.path());
    let archived = rkyv::access::<ArchivedRecord, Error>(&bytes).unwrap();
    assert_eq!(archived.name, "mapped");
    assert_eq!(archived.counts[2], 3);
}

#[test]
fn safetensors_are_views_of_a_map() {
    use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

    let data: Vec<u8> = [1f32, 2.0].iter().flat_map(|n| n.to_le_bytes()).collect();
    let tensor = TensorView::new(Dtype::F32, vec![2], &data).unwrap();
    let file = file_with(&serialize([("weights", tensor)], None).unwrap());
    let bytes = stable(file.path());
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.tensor("weights").unwrap().data(), data);
}

/// No slice is needed to read plain structures.
#[test]
fn zerocopy_structures_are_read_safely() {
    use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

    #[derive(Clone, Copy, Debug, PartialEq, FromBytes, Immutable, IntoBytes)]
    #[repr(C)]
    struct Entry {
        key: u32,
        value: u32,
    }

    let entries = [Entry { key: 1, value: 10 }, Entry { key: 2, value: 20 }];
    let map = Mmap::open(file_with(entries.as_bytes()).path()).unwrap();
    let mut read = [Entry::new_zeroed(); 2];
    map.read_at(0, read.as_mut_bytes()).unwrap();
    assert_eq!(read, entries);
    let last: [u8; 8] = map.view(.., |view| view.read_array(8)).unwrap().unwrap();
    let last: Entry = zerocopy::transmute!(last);
    assert_eq!(last, entries[1]);
}
