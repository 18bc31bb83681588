//! Compares searches with a naive one.

use arbitrary::Arbitrary;
use ironmap::Mmap;

#[derive(Arbitrary, Debug)]
struct Search<'a> {
    needle: Needle<'a>,
    /// The pieces of the text, each with how often it is repeated.
    pieces: Vec<(u8, &'a [u8])>,
    from: u16,
    to: u16,
}

#[derive(Arbitrary, Debug)]
enum Needle<'a> {
    Bytes(&'a [u8]),
    /// A piece of the text, so that a match exists.
    OfText(u16, u8),
}

pub fn run(bytes: &[u8]) {
    let Some(search) = crate::value::<Search<'_>>(bytes) else {
        return;
    };
    let text = crate::text(&search.pieces, 100_000);
    let needle = match search.needle {
        Needle::Bytes(bytes) => bytes.to_vec(),
        Needle::OfText(at, len) => {
            let rest = text.get(usize::from(at)..).unwrap_or_default();
            rest[..rest.len().min(len.into())].to_vec()
        }
    };
    let map = crate::map_of(&text);
    let (from, to) = (usize::from(search.from), usize::from(search.to));
    compare(&map, &text, &needle, 0..text.len());
    if from <= to && to <= text.len() {
        compare(&map, &text, &needle, from..to);
    }
}

fn compare(map: &Mmap, text: &[u8], needle: &[u8], range: std::ops::Range<usize>) {
    let places = crate::naive(text, needle, range.clone());
    assert_eq!(
        map.find(needle, range.clone()).unwrap(),
        places.first().copied()
    );
    assert_eq!(
        map.rfind(needle, range.clone()).unwrap(),
        places.last().copied()
    );
    let overlapping = map.find_all_overlapping(needle, range.clone());
    assert_eq!(overlapping.unwrap(), places);
    let apart = crate::apart(&places, needle);
    assert_eq!(map.count(needle, range.clone()).unwrap(), apart.len());
    assert_eq!(map.find_all(needle, range).unwrap(), apart);
}
