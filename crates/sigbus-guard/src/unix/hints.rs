//! Guesses at the slot that has an address, so that a handler need not scan all slots while
//! thousands of regions are open.
//!
//! The handler checks a guess as it checks any slot, and scans all slots if no guess is right.
//! A guess that is wrong, lost, or read during a write costs only time.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The number of places in the table: twice the mappings that Linux gives a process
/// (`vm.max_map_count`). Pages of the table take memory only once they are used. (Miri looks at each
/// place at each borrow of the table.)
const PLACES: usize = if cfg!(miri) { 1 << 7 } else { 1 << 17 };

/// A region of `1 << class` bytes or more, and less than twice that, is noted at each block of
/// `1 << class` bytes that it overlaps: three at most. A place has two halves: one for the
/// region with the first byte of the block, one for a region that begins inside it.
pub(super) struct Hints {
    /// A bit for each class that was ever used.
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

    /// Notes the slot that has these addresses.
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

    /// Returns the numbers of slots that may have an address.
    pub(super) fn guesses(&self, address: usize) -> impl Iterator<Item = u32> {
        let classes = self.classes.load(Ordering::Relaxed);
        (0..usize::BITS)
            .filter(move |class| classes & 1 << class != 0)
            .flat_map(move |class| self.place(class, address >> class))
            .filter_map(|number| number.load(Ordering::Relaxed).checked_sub(1))
    }

    fn place(&self, class: u32, block: usize) -> &[AtomicU32; 2] {
        // Neighbours are adjacent; classes are far apart.
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
    fn guesses_has_every_noted_address() {
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

    /// The address below which a system begins to map.
    const TOP: usize = usize::MAX / 2 / PAGE * PAGE;

    #[test]
    fn guesses_of_neighbours_do_not_collide() {
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
