//! One operation, and all failures to inject into it.

use std::collections::BTreeSet;
use std::fs::File;

use ironmap::Mmap;

use crate::harness::calls::Call;
use crate::harness::judge::{self, Usual};
use crate::harness::known::{self, Known};
use crate::harness::memory;
use crate::harness::plan::{Point, Seen, meeting};
use crate::harness::process::{Belongings, Ended, Shared, in_child};
use crate::harness::subject::{LEN, Said, Subject, describe};

/// An operation: its setup, the call, and allowed differences.
pub(crate) struct Row {
    /// The function of the public API, or `drop`.
    pub(crate) api: &'static str,
    /// The case of the function.
    pub(crate) case: &'static str,
    /// Other functions that the call covers.
    pub(crate) also: &'static [&'static str],
    pub(crate) set_up: fn() -> Subject,
    pub(crate) call: fn(&mut Subject) -> Said,
    /// Runs in a process that has made no map.
    pub(crate) cold: bool,
    /// Runs as the first use of the map.
    pub(crate) first_use: bool,
    /// The differences that are allowed after a refusal, with reasons.
    pub(crate) excuses: &'static [Excuse],
}

/// A documented exception, after a failure of one call or of any.
pub(crate) struct Excuse {
    pub(crate) call: Option<Call>,
    pub(crate) of: Of,
    pub(crate) reason: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// The map or the file has changed.
    State,
    /// The error is not that of the call.
    Error,
    /// The next call gives another result.
    Repeat,
    /// Memory or descriptors that could not be released stay.
    Leak,
    /// The result differs.
    Result,
}

impl Row {
    pub(crate) const fn new(
        api: &'static str,
        case: &'static str,
        set_up: fn() -> Subject,
        call: fn(&mut Subject) -> Said,
    ) -> Row {
        Row {
            api,
            case,
            also: &[],
            set_up,
            call,
            cold: false,
            first_use: false,
            excuses: &[],
        }
    }

    pub(crate) const fn also(mut self, also: &'static [&'static str]) -> Row {
        self.also = also;
        self
    }

    pub(crate) const fn cold(mut self) -> Row {
        self.cold = true;
        self.first_use()
    }

    pub(crate) const fn first_use(mut self) -> Row {
        self.first_use = true;
        self
    }

    pub(crate) const fn excuses(mut self, excuses: &'static [Excuse]) -> Row {
        self.excuses = excuses;
        self
    }

    pub(crate) fn name(&self) -> String {
        match self.case {
            "" => self.api.to_owned(),
            case => format!("{}, {case}", self.api),
        }
    }

    pub(crate) fn excuse(&self, point: Point, of: Of) -> bool {
        let refused = match point {
            Point::Call(_, call, _) | Point::Signal(_, call) => Some(call),
            _ => None,
        };
        let fits =
            |excuse: &&Excuse| excuse.of == of && (excuse.call.is_none() || excuse.call == refused);
        self.excuses.iter().any(|excuse| fits(&excuse))
    }
}

/// The results of all points of one row.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) calls: usize,
    pub(crate) allocations: usize,
    pub(crate) points: usize,
    /// Not reached: threads took another order.
    pub(crate) missed: usize,
    pub(crate) deaths: usize,
    pub(crate) known: Vec<Known>,
    pub(crate) wrong: usize,
    pub(crate) losses: usize,
    pub(crate) leaks: usize,
    pub(crate) messages: Vec<String>,
}

impl Tally {
    pub(crate) fn is_good(&self) -> bool {
        self.deaths + self.wrong + self.losses + self.leaks == 0
    }

    fn numbers(&mut self) -> [&mut usize; 8] {
        [
            &mut self.calls,
            &mut self.allocations,
            &mut self.points,
            &mut self.missed,
            &mut self.deaths,
            &mut self.wrong,
            &mut self.losses,
            &mut self.leaks,
        ]
    }

    pub(crate) fn add(&mut self, mut other: Tally) {
        for (sum, number) in self.numbers().into_iter().zip(other.numbers()) {
            *sum += *number;
        }
        self.known.append(&mut other.known);
    }

    fn pack(mut self) -> String {
        let numbers = self.numbers().map(|number| number.to_string()).join(" ");
        let known: Vec<_> = self.known.iter().map(Known::by).collect();
        format!(
            "{numbers}\0{}\0{}",
            known.join(" "),
            self.messages.join("\0")
        )
    }

    fn unpack(packed: &str) -> Tally {
        let mut tally = Tally::default();
        let mut fields = packed.split('\0');
        let numbers = fields.next().unwrap().split(' ');
        for (place, number) in tally.numbers().into_iter().zip(numbers) {
            *place = number.parse().unwrap();
        }
        let known = fields.next().unwrap().split_whitespace();
        tally.known = known.map(Known::of).collect();
        tally.messages = fields
            .filter(|m| !m.is_empty())
            .map(str::to_owned)
            .collect();
        tally
    }
}

/// The time limit of a child, which makes only a few system calls.
const SECONDS: u32 = 120;

/// The number of points to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Quick,
    Whole,
}

/// Prepares a process before others are forked from it.
pub(crate) fn rehearse(row: &Row) {
    if row.cold {
        return;
    }
    drop(Mmap::map(File::open("/proc/self/exe").unwrap()).unwrap());
    let mut cut = Subject::shared();
    assert_eq!(cut.fault(), None);
    assert_eq!(cut.map().len(), LEN);
    drop(cut);
    for _ in 0..2 {
        let mut subject = (row.set_up)();
        let said = (row.call)(&mut subject);
        subject.state();
        subject.fault();
        drop(describe(&said));
    }
    drop(Belongings::now());
}

/// Tries all points of a row in its own process.
pub(crate) fn run_apart(row: &Row, form: Form) -> Tally {
    let shared = Shared::new();
    let ended = in_child(&shared, 100 * SECONDS, || {
        run(row, form, &Shared::new()).pack()
    });
    match ended {
        Ended::Said(packed) => Tally::unpack(&packed),
        Ended::Died(how) => Tally {
            deaths: 1,
            messages: vec![format!("all of it: {how}")],
            ..Tally::default()
        },
    }
}

fn run(row: &Row, form: Form, shared: &Shared) -> Tally {
    rehearse(row);
    let mut tally = Tally::default();
    let (usual, seen) = match usual(row, shared) {
        Ok(usual) => usual,
        Err(death) => {
            tally.deaths += 1;
            tally
                .messages
                .push(format!("with nothing refused: {death}"));
            return tally;
        }
    };
    (tally.calls, tally.allocations) = (seen.calls.len(), seen.allocations);
    if !usual.left.is_empty() && !row.cold && !row.excuse(Point::Count, Of::Leak) {
        tally.leaks += 1;
        tally
            .messages
            .push(format!("with nothing refused: left {}", usual.left));
    }
    let mut deadly = None;
    for point in points(&seen, form) {
        // It would fail at the same first allocation.
        if matches!(point, Point::Allocations(number) if deadly == Some(number)) {
            continue;
        }
        tally.points += 1;
        let ended = in_child(shared, SECONDS, || judge::try_point(row, point, &usual));
        match ended {
            Ended::Said(verdict) => tally.note(point, &verdict),
            Ended::Died(how) => {
                if let Point::Allocation(number) = point {
                    deadly = Some(number);
                }
                tally.note_death(row, point, &how, shared);
            }
        }
    }
    tally
}

impl Tally {
    fn note(&mut self, point: Point, verdict: &str) {
        for line in verdict.lines() {
            match line.split_once(": ").map_or(line, |(kind, _)| kind) {
                "missed" => self.missed += 1,
                "wrong" => self.wrong += 1,
                "lost" => self.losses += 1,
                "left" => self.leaks += 1,
                other => unreachable!("{other}"),
            }
            self.messages.push(format!("{point:?}: {line}"));
        }
    }

    fn note_death(&mut self, row: &Row, point: Point, how: &str, shared: &Shared) {
        let refused = match point {
            Point::Allocation(_) | Point::Allocations(_) => refusal(row, point, shared),
            _ => String::new(),
        };
        match known::who_asked(&refused) {
            Some(known) => self.known.push(known),
            None => {
                self.deaths += 1;
                self.messages
                    .push(format!("{point:?}: died: {how}{}", known::brief(&refused)));
            }
        }
    }
}

/// Runs the row with nothing refused. Returns its results and its calls.
fn usual(row: &Row, shared: &Shared) -> Result<(Usual, Seen), String> {
    let mut seen = Seen::default();
    let ended = in_child(shared, SECONDS, || {
        let (usual, seen) = judge::record(row);
        let calls: Vec<_> = seen
            .calls
            .iter()
            .map(|&call| (call as u8).to_string())
            .collect();
        let fields = [usual.said, usual.before, usual.after, usual.left];
        format!(
            "{}\0{}\0{}",
            fields.join("\0"),
            seen.allocations,
            calls.join(" ")
        )
    });
    let said = match ended {
        Ended::Said(said) => said,
        Ended::Died(how) => return Err(how),
    };
    let fields: Vec<_> = said.split('\0').collect();
    let [said, before, after, left, allocations, calls] = fields[..] else {
        return Err(format!("said {said:?}"));
    };
    seen.allocations = allocations.parse().unwrap();
    let numbers = calls
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    seen.calls = numbers.map(Call::of).collect();
    let [said, before, after, left] = [said, before, after, left].map(str::to_owned);
    let usual = Usual {
        said,
        before,
        after,
        left,
    };
    Ok((usual, seen))
}

/// Returns all points of an operation with these calls, or a selection: each call's first
/// occurrence with its first error, and a few allocations.
fn points(seen: &Seen, form: Form) -> Vec<Point> {
    let whole = form == Form::Whole;
    let (mut points, mut met) = (Vec::new(), BTreeSet::new());
    for (number, &call) in seen.calls.iter().enumerate() {
        if !met.insert(call) && !whole {
            continue;
        }
        let most = if whole { usize::MAX } else { 1 };
        let refusals = call.refusals().take(most);
        points.extend(refusals.map(|refusal| Point::Call(number, call, refusal)));
        points.push(Point::Signal(number, call));
    }
    for number in 0..seen.allocations {
        // The first ones, and the last.
        let chosen = whole || number < 3 || number + 1 == seen.allocations;
        if chosen {
            points.push(Point::Allocation(number));
            points.push(Point::Allocations(number));
        }
    }
    points
}

/// Returns the backtrace of the last allocation before a death.
fn refusal(row: &Row, point: Point, shared: &Shared) -> String {
    let ended = in_child(shared, SECONDS, || {
        memory::explain_refusals();
        let mut subject = (row.set_up)();
        drop(meeting(point, || (row.call)(&mut subject)));
        String::new()
    });
    match ended {
        Ended::Said(said) | Ended::Died(said) => said,
    }
}
