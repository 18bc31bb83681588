//! The point to refuse and the calls seen, in statics that signal handlers and other threads can
//! read.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicUsize, Ordering::Relaxed};

use crate::harness::calls::Call;

/// The number of calls of an operation that are recorded.
pub(crate) const MOST: usize = 4000;

/// The failure to inject into one run of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// Nothing fails; calls and allocations are counted.
    Count,
    /// The call of this number fails.
    Call(usize, Call, Refusal),
    /// A signal arrives just before the call of this number.
    Signal(usize, Call),
    /// The allocation of this number fails.
    Allocation(usize),
    /// The allocation of this number and all later ones fail.
    Allocations(usize),
}

/// The way in which a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) errno: i32,
    pub(crate) effect: Effect,
}

/// The effect of a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    /// The whole effect: `close` closes the descriptor even if it reports a lost write.
    All,
    /// The memory that it was to map is unmapped.
    Hole,
    /// It has written half, and reports success.
    Half,
}

static ARMED: AtomicBool = AtomicBool::new(false);
static HIT: AtomicBool = AtomicBool::new(false);

static CALLS: AtomicUsize = AtomicUsize::new(0);
static SEQUENCE: [AtomicU8; MOST] = [const { AtomicU8::new(0) }; MOST];
static TARGET: AtomicUsize = AtomicUsize::new(usize::MAX);
static EXPECTED: AtomicU8 = AtomicU8::new(0);
static SIGNAL: AtomicBool = AtomicBool::new(false);
static ERRNO: AtomicI32 = AtomicI32::new(0);
static EFFECT: AtomicU8 = AtomicU8::new(0);

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static FIRST: AtomicUsize = AtomicUsize::new(usize::MAX);
static AND_ALL: AtomicBool = AtomicBool::new(false);

/// The calls seen while an operation ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) calls: Vec<Call>,
    pub(crate) allocations: usize,
    /// Set if the point was reached.
    pub(crate) hit: bool,
}

/// Runs an operation with an injected failure.
pub(crate) fn meeting<T>(point: Point, operation: impl FnOnce() -> T) -> (T, Seen) {
    arm(point);
    let said = operation();
    ARMED.store(false, Relaxed);
    let count = CALLS.load(Relaxed).min(MOST);
    let seen = Seen {
        calls: SEQUENCE[..count]
            .iter()
            .map(|call| Call::of(call.load(Relaxed)))
            .collect(),
        allocations: ALLOCATIONS.load(Relaxed),
        hit: HIT.load(Relaxed),
    };
    (said, seen)
}

/// Ends [`meeting`] after a panic.
pub(crate) fn disarm() {
    ARMED.store(false, Relaxed);
}

fn arm(point: Point) {
    let (mut target, mut first) = (usize::MAX, usize::MAX);
    match point {
        Point::Count => {}
        Point::Call(number, call, refusal) => {
            target = number;
            EXPECTED.store(call as u8, Relaxed);
            ERRNO.store(refusal.errno, Relaxed);
            EFFECT.store(refusal.effect as u8, Relaxed);
        }
        Point::Signal(number, call) => {
            target = number;
            EXPECTED.store(call as u8, Relaxed);
        }
        Point::Allocation(number) | Point::Allocations(number) => first = number,
    }
    SIGNAL.store(matches!(point, Point::Signal(..)), Relaxed);
    AND_ALL.store(matches!(point, Point::Allocations(_)), Relaxed);
    TARGET.store(target, Relaxed);
    FIRST.store(first, Relaxed);
    CALLS.store(0, Relaxed);
    ALLOCATIONS.store(0, Relaxed);
    HIT.store(false, Relaxed);
    ARMED.store(true, Relaxed);
}

/// The treatment of a call.
pub(crate) enum Act {
    Pass,
    Signal,
    Fail(Refusal),
}

/// Called first by each interposed function. Keeps `errno`.
pub(crate) fn next_call(call: Call) -> Act {
    if !ARMED.load(Relaxed) {
        return Act::Pass;
    }
    let number = CALLS.fetch_add(1, Relaxed);
    if let Some(place) = SEQUENCE.get(number) {
        place.store(call as u8, Relaxed);
    }
    // Threads may make calls in another order than when they were counted.
    if number != TARGET.load(Relaxed) || EXPECTED.load(Relaxed) != call as u8 {
        return Act::Pass;
    }
    HIT.store(true, Relaxed);
    if SIGNAL.load(Relaxed) {
        return Act::Signal;
    }
    let effects = [Effect::Nothing, Effect::All, Effect::Hole, Effect::Half];
    Act::Fail(Refusal {
        errno: ERRNO.load(Relaxed),
        effect: effects[usize::from(EFFECT.load(Relaxed))],
    })
}

/// Called by the allocator. Returns whether the allocation succeeds.
pub(crate) fn next_allocation() -> bool {
    if !ARMED.load(Relaxed) {
        return true;
    }
    let number = ALLOCATIONS.fetch_add(1, Relaxed);
    let first = FIRST.load(Relaxed);
    let refused = number == first || (number > first && AND_ALL.load(Relaxed));
    if refused {
        HIT.store(true, Relaxed);
    }
    !refused
}

/// Runs the test's own code during an operation, without failures.
pub(crate) fn unseen<T>(what: impl FnOnce() -> T) -> T {
    let armed = ARMED.swap(false, Relaxed);
    let done = what();
    ARMED.store(armed, Relaxed);
    done
}
