//! Times two ways to do the same, in turn.
//!
//! Criterion and divan finish one function before they begin the next. In between the speed of a
//! machine changes by more than the differences measured here. So every round times both, and
//! the ratio is the median of the rounds' ratios.

use std::fmt::Debug;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The name of a comparison, and its goal.
pub struct Row {
    group: &'static str,
    name: String,
    beside: &'static str,
    goal: Goal,
    size: usize,
    times: usize,
}

/// The goal of a row.
enum Goal {
    /// No goal.
    None,
    /// At most this part of the other's time.
    Ratio(f64),
    /// At least so many GB/s.
    Rate(f64),
}

impl Row {
    pub fn new(group: &'static str, name: impl Into<String>, beside: &'static str) -> Row {
        Row {
            group,
            name: name.into(),
            beside,
            goal: Goal::Ratio(1.05),
            size: 0,
            times: 1,
        }
    }

    /// Sets no goal.
    pub fn no_goal(mut self) -> Row {
        self.goal = Goal::None;
        self
    }

    /// Sets the highest ratio to the other's time.
    pub fn ratio(mut self, ratio: f64) -> Row {
        self.goal = Goal::Ratio(ratio);
        self
    }

    /// Sets the lowest rate, in GB/s.
    pub fn rate(mut self, rate: f64) -> Row {
        self.goal = Goal::Rate(rate);
        self
    }

    /// Sets how many bytes one run processes.
    pub fn size(mut self, size: usize) -> Row {
        self.size = size;
        self
    }

    /// Sets how often one run does what is measured.
    pub fn times(mut self, times: usize) -> Row {
        self.times = times;
        self
    }
}

/// The options of a run.
pub struct Bench {
    pub full: bool,
    /// Leaves out rows without this text in their group or name.
    pub only: String,
}

impl Bench {
    /// Runs both in turn and prints their row. Panics if their results differ.
    pub fn compare<T: PartialEq + Debug>(
        &self,
        row: Row,
        mut theirs: impl FnMut() -> T,
        mut ours: impl FnMut() -> T,
    ) {
        if !row.group.contains(&self.only) && !row.name.contains(&self.only) {
            return;
        }
        assert_eq!(theirs(), ours(), "{}", row.name);
        let (seconds, most) = if self.full { (2.0, 15) } else { (0.2, 9) };
        let once = time(1, &mut theirs) + time(1, &mut ours);
        let rounds = ((seconds / once) as usize).clamp(3, most);
        let number = (seconds / once) as usize / rounds;
        let (mut theirs, mut ours): (Vec<f64>, Vec<f64>) = (0..rounds)
            .map(|_| (time(number, &mut theirs), time(number, &mut ours)))
            .unzip();
        let scale = 1e9 / (number.max(1) * row.times) as f64;
        theirs.iter_mut().for_each(|time| *time *= scale);
        ours.iter_mut().for_each(|time| *time *= scale);
        print(&row, &theirs, &ours);
    }
}

/// Returns the seconds that `number` runs take, or one if `number` is 0.
fn time<T>(number: usize, run: &mut impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..number.max(1) {
        black_box(run());
    }
    start.elapsed().max(Duration::from_nanos(1)).as_secs_f64()
}

/// Prints a line of JSON, with the keys of `bench/stdlib/measure.py`.
fn print(row: &Row, theirs: &[f64], ours: &[f64]) {
    let ratios = sorted(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs));
    let quarter = ratios.len() / 4;
    let (goal, floor) = match row.goal {
        Goal::None => ("null".into(), 0.0),
        Goal::Ratio(ratio) => (ratio.to_string(), 0.0),
        Goal::Rate(rate) => ("null".into(), rate),
    };
    let (theirs, ours) = (sorted(theirs.iter().copied()), sorted(ours.iter().copied()));
    println!(
        "{{\"group\": {:?}, \"statement\": {:?}, \"beside\": {:?}, \"goal\": {goal}, \"floor\": {floor}, \
         \"size\": {}, \"theirs\": {}, \"ours\": {}, \"their_fastest\": {}, \"our_fastest\": {}, \
         \"ratio\": {}, \"spread\": [{}, {}]}}",
        row.group,
        row.name,
        row.beside,
        row.size,
        median(&theirs),
        median(&ours),
        theirs[0],
        ours[0],
        median(&ratios),
        ratios[quarter],
        ratios[ratios.len() - 1 - quarter],
    );
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    }
}
