//! Guesses at which slot has an address, so that a handler does not look through all of
//! them while thousands of maps are open.
//!
//! A guess is checked as any other slot is, and where none is right all slots are looked
//! through. So a guess that is wrong, lost, or read while it is written costs time and
//! nothing else.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How many blocks have a place of their own: twice as many as Linux lets a process have
/// maps (`vm.max_map_count`). The table is memory only where it is used.
const PLACES: usize = 1 << 17;

/// Regions of at least `1 << class` bytes, and less than twice as many, are noted at each
/// block of `1 << class` bytes that they reach into: three at most. A block's first byte is in
/// one region, and one more can begin in it, which has the other half of its place.
pub(super) struct Hints {
    /// A bit for each class that there ever was.
    classes: AtomicU64,
    /// Numbers of slots, plus one; 0 for none.
    places: [[AtomicU32; 2]; PLACES],
}

impl Hints {
    pub(super) const fn none() -> Hints {
        Hints {
            classes: AtomicU64::new(0),
            places: [const { [const { AtomicU32::new(0) }; 2] }; PLACES],
        }
    }

    /// Notes which slot has these addresses.
    pub(super) fn note(&self, addresses: &Range<usize>, number: u32) {
        let Some(class) = addresses.len().checked_ilog2() else {
            return;
        };
        if self.classes.load(Ordering::Relaxed) & 1 << class == 0 {
            self.classes.fetch_or(1 << class, Ordering::Relaxed);
        }
        let [first, last] = [addresses.start, addresses.end - 1].map(|at| at >> class);
        for block in first..=last {
            let begins_inside = block << class < addresses.start;
            self.place(class, block)[usize::from(begins_inside)]
                .store(number + 1, Ordering::Relaxed);
        }
    }

    /// The numbers of slots that may have an address.
    pub(super) fn guesses(&self, address: usize) -> impl Iterator<Item = u32> {
        let classes = self.classes.load(Ordering::Relaxed);
        (0..usize::BITS)
            .filter(move |class| classes & 1 << class != 0)
            .flat_map(move |class| self.place(class, address >> class))
            .filter_map(|number| number.load(Ordering::Relaxed).checked_sub(1))
    }

    fn place(&self, class: u32, block: usize) -> &[AtomicU32; 2] {
        // Neighbours beside one another, and each class away from the others.
        let away = (class as usize).wrapping_mul(0x9e37);
        &self.places[block.wrapping_add(away) % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 4096;

    fn is_guessed(hints: &Hints, address: usize, number: u32) -> bool {
        hints.guesses(address).any(|guess| guess == number)
    }

    static ALONE: Hints = Hints::none();

    #[test]
    fn every_address_is_guessed() {
        let mut number = 0;
        for start in [PAGE, 7 * PAGE, usize::MAX / 2 / PAGE * PAGE] {
            for pages in [1, 2, 3, 4, 5, 1000, 1 << 16] {
                let addresses = start..start + pages * PAGE;
                ALONE.note(&addresses, number);
                for address in addresses.clone().step_by(pages.div_ceil(10) * PAGE) {
                    assert!(is_guessed(&ALONE, address, number), "{addresses:x?}");
                }
                assert!(is_guessed(&ALONE, addresses.end - 1, number));
                number += 1;
            }
        }
    }

    static CROWDED: Hints = Hints::none();

    /// Where a system begins to map, downwards.
    const TOP: usize = usize::MAX / 2 / PAGE * PAGE;

    #[test]
    fn neighbours_do_not_take_each_others_places() {
        let maps = if cfg!(miri) { 30 } else { 3_000 };
        for (pages, gap) in [(1, 0), (1, 1), (2, 0), (3, 0), (3, 1), (16, 1), (100, 0)] {
            let addresses = |number: u32| {
                let start = TOP - number as usize * (pages + gap) * PAGE;
                start..start + pages * PAGE
            };
            (0..maps).for_each(|number| CROWDED.note(&addresses(number), number));
            for number in 0..maps {
                for page in addresses(number).step_by(PAGE) {
                    assert!(is_guessed(&CROWDED, page, number), "{number} of {pages}");
                }
            }
        }
    }
}
