//! The checks after a refusal.

use std::fmt::Write;

use ironmap::{Mmap, MmapOptions};

use crate::harness::memory;
use crate::harness::plan::{Point, Seen, meeting};
use crate::harness::points::{Of, Row};
use crate::harness::process::{Belongings, heard};
use crate::harness::subject::{Failed, Said, Subject, describe};

/// The results of a row with nothing refused.
pub(crate) struct Usual {
    pub(crate) said: String,
    /// The state that users see, before and after.
    pub(crate) before: String,
    pub(crate) after: String,
    /// The resources that the process has more afterwards.
    pub(crate) left: String,
}

/// Runs a row with nothing refused.
pub(crate) fn record(row: &Row) -> (Usual, Seen) {
    let had = Belongings::now();
    let allocated = memory::live();
    let mut subject = (row.set_up)();
    let before = state_before(row, &subject);
    let (said, seen) = meeting(Point::Count, || (row.call)(&mut subject));
    let mut usual = Usual {
        said: describe(&said),
        before,
        after: subject.state(),
        left: String::new(),
    };
    drop(said);
    subject.fault();
    drop(subject);
    let texts = usual.said.capacity() + usual.before.capacity() + usual.after.capacity();
    let seen_bytes = seen.calls.capacity() * size_of::<crate::harness::calls::Call>();
    usual.left = left(
        &had,
        memory::live() as isize - (allocated + texts + seen_bytes) as isize,
    );
    (usual, seen)
}

/// Returns the state, or an empty text if the operation must be the map's first use.
fn state_before(row: &Row, subject: &Subject) -> String {
    if row.first_use {
        String::new()
    } else {
        subject.state()
    }
}

fn left(had: &Belongings, allocated: isize) -> String {
    let mut left = Belongings::now().since(had);
    if allocated != 0 {
        write!(left, "allocated {allocated:+}; ").unwrap();
    }
    left
}

/// Tries one point. Returns a line for each failed check.
pub(crate) fn try_point(row: &Row, point: Point, usual: &Usual) -> String {
    let mut wrong = String::with_capacity(1 << 16);
    let had = Belongings::now();
    let allocated = memory::live();
    {
        let mut subject = (row.set_up)();
        drop(state_before(row, &subject));
        let (said, seen) = meeting(point, || (row.call)(&mut subject));
        if !seen.hit {
            return "missed".to_owned();
        }
        wrong += &look(row, point, usual, &mut subject, &said);
        drop(said);
        if let Some(survived) = subject.fault() {
            writeln!(wrong, "wrong: {survived}").unwrap();
        }
    }
    let left = left(&had, memory::live() as isize - allocated as isize);
    if left != usual.left && !row.excuse(point, Of::Leak) && !is_unmapping(point) {
        writeln!(wrong, "left: {left} where it would leave {:?}", usual.left).unwrap();
    }
    if let Some(slots) = slots_are_missing() {
        writeln!(wrong, "left: {slots}").unwrap();
    }
    wrong
}

/// Returns whether the call unmaps: memory that could not be unmapped stays, harmlessly.
fn is_unmapping(point: Point) -> bool {
    use crate::harness::calls::Call;
    matches!(point, Point::Call(_, Call::Munmap, _))
}

/// The failed checks of a point, one line each.
struct Complaints<'a> {
    row: &'a Row,
    point: Point,
    lines: String,
}

impl Complaints<'_> {
    fn note(&mut self, of: Of, kind: &str, text: &dyn std::fmt::Display) {
        if !self.row.excuse(self.point, of) {
            writeln!(self.lines, "{kind}: {text}").unwrap();
        }
    }
}

fn look(row: &Row, point: Point, usual: &Usual, subject: &mut Subject, said: &Said) -> String {
    let lines = String::new();
    let mut wrong = Complaints { row, point, lines };
    let now = subject.state();
    let described = describe(said);
    if matches!(point, Point::Signal(..)) && heard() != 1 {
        wrong.note(Of::Result, "wrong", &format!("{} signals came", heard()));
    }
    match said {
        _ if described == usual.said => {
            if now != usual.after {
                let text = format!("{now} instead of {}", usual.after);
                wrong.note(Of::State, "lost", &text);
            }
        }
        Ok(_) => {
            let text = format!("{described} instead of {}", usual.said);
            wrong.note(Of::Result, "wrong", &text);
        }
        Err(failed) => {
            if let Some(error) = wrong_error(point, failed) {
                wrong.note(Of::Error, "wrong", &error);
            }
            if now != usual.before && !row.first_use {
                let text = format!("{now} instead of {}", usual.before);
                wrong.note(Of::State, "lost", &text);
            }
            look_again(&mut wrong, usual, subject);
        }
    }
    wrong.lines
}

/// Repeats the call without the refusal.
fn look_again(wrong: &mut Complaints<'_>, usual: &Usual, subject: &mut Subject) {
    let again = describe(&(wrong.row.call)(subject));
    if again != usual.said {
        let text = format!("again: {again} instead of {}", usual.said);
        wrong.note(Of::Repeat, "wrong", &text);
    }
    let now = subject.state();
    if now != usual.after {
        let text = format!("again: {now} instead of {}", usual.after);
        wrong.note(Of::Repeat, "lost", &text);
    }
}

/// Returns the fault of an error: it is not the error that was injected, or its text does not
/// name the call.
fn wrong_error(point: Point, failed: &Failed) -> Option<String> {
    let error = match failed {
        Failed::Ours(error) => Some(error),
        Failed::Std(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
    };
    let Some(error) = error else {
        // An error of std without memory keeps only its kind.
        let Failed::Std(error) = failed else {
            unreachable!()
        };
        let expected = match point {
            Point::Allocation(_) | Point::Allocations(_) => std::io::ErrorKind::OutOfMemory,
            _ => return Some(format!("{error:?}")),
        };
        return (error.kind() != expected).then(|| format!("{error:?}"));
    };
    let right = match point {
        Point::Call(_, call, refusal) => {
            let errno = error.raw_os_error() == Some(refusal.errno);
            errno && error.to_string().contains(call.word())
        }
        Point::Allocation(_) | Point::Allocations(_) => {
            error.kind() == ironmap::ErrorKind::OutOfMemory
                && error.to_string().contains("no memory for ")
        }
        Point::Signal(..) | Point::Count => false,
    };
    (!right).then(|| format!("{error:?}"))
}

/// Makes as many maps of files as have a slot without an allocation. An allocation means that a
/// slot was lost.
fn slots_are_missing() -> Option<String> {
    const PLACES: usize = 64;
    let file = std::fs::File::open("/proc/self/exe").unwrap();
    let options = MmapOptions::new().len(1).track_file(false);
    // The first map of a process allocates.
    drop(options.map(&file).unwrap());
    let mut maps: Vec<Mmap> = Vec::with_capacity(PLACES);
    let allocated = memory::live();
    for _ in 0..PLACES {
        maps.push(options.map(&file).unwrap());
    }
    (memory::live() > allocated).then(|| "a place among those that the handler knows".to_owned())
}
