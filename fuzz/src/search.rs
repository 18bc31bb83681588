//! Any needle in any bytes, beside a search that nobody can get wrong.

use arbitrary::Arbitrary;
use ironmap::{Access, Mmap, MmapOptions};

#[derive(Arbitrary, Debug)]
struct Search<'a> {
    needle: Needle<'a>,
    /// The text is the pieces, each as often as it says.
    pieces: Vec<(u8, &'a [u8])>,
    from: u16,
    to: u16,
}

#[derive(Arbitrary, Debug)]
enum Needle<'a> {
    Bytes(&'a [u8]),
    /// A piece of the text, so that there is something to find.
    OfText(u16, u8),
}

pub fn run(bytes: &[u8]) {
    let Some(search) = crate::value::<Search<'_>>(bytes) else {
        return;
    };
    let mut text = Vec::new();
    for (times, piece) in search.pieces.iter().take(64) {
        text.extend(piece.repeat(usize::from(*times)));
    }
    text.truncate(100_000);
    let needle = match search.needle {
        Needle::Bytes(bytes) => bytes.to_vec(),
        Needle::OfText(at, len) => {
            let rest = text.get(usize::from(at)..).unwrap_or_default();
            rest[..rest.len().min(len.into())].to_vec()
        }
    };
    let mut map = MmapOptions::new()
        .access(Access::Copy)
        .len(text.len())
        .anonymous()
        .unwrap();
    map.write_at(0, &text).unwrap();
    let (from, to) = (usize::from(search.from), usize::from(search.to));
    compare(&map, &text, &needle, 0..text.len());
    if from <= to && to <= text.len() {
        compare(&map, &text, &needle, from..to);
    }
}

fn compare(map: &Mmap, text: &[u8], needle: &[u8], range: std::ops::Range<usize>) {
    let places: Vec<usize> = if needle.is_empty() {
        (range.start..=range.end).collect()
    } else {
        let windows = text[range.clone()].windows(needle.len()).enumerate();
        let matches = windows.filter(|&(_, window)| window == needle);
        matches.map(|(at, _)| range.start + at).collect()
    };
    assert_eq!(
        map.find(needle, range.clone()).unwrap(),
        places.first().copied()
    );
    assert_eq!(
        map.rfind(needle, range.clone()).unwrap(),
        places.last().copied()
    );
    let mut free = range.start;
    let mut apart = places;
    apart.retain(|&at| {
        let fits = at >= free;
        free = if fits { at + needle.len() } else { free };
        fits
    });
    assert_eq!(map.count(needle, range.clone()).unwrap(), apart.len());
    assert_eq!(map.find_all(needle, range).unwrap(), apart);
}
