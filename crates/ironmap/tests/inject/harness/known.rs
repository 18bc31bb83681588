//! Allocations whose failure ends the process, which stable Rust cannot catch.

/// A known allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Known {
    pub(crate) owner: &'static str,
    /// The name of a function in its backtrace.
    pub(crate) by: &'static str,
    pub(crate) reason: &'static str,
}

impl Known {
    pub(crate) fn by(&self) -> &'static str {
        self.by
    }

    pub(crate) fn of(by: &str) -> Known {
        let mut all = KNOWN.iter().copied();
        all.find(|known| known.by == by).unwrap()
    }
}

pub(crate) const KNOWN: &[Known] = &[
    Known {
        owner: "std",
        by: "std::thread::available_parallelism",
        reason: "the text of small files; called once, and only if there is far more memory",
    },
    Known {
        owner: "std",
        by: "std::io::error::Error",
        reason: "two small boxes; called only if there is more memory",
    },
    Known {
        owner: "std",
        by: "alloc::sync::Arc",
        reason: "a small block with the reference counts",
    },
    Known {
        owner: "aho-corasick",
        by: "aho_corasick::",
        reason: "the automaton; made only after a check that there is memory for all of it",
    },
];

/// Finds the owner of an allocation by its backtrace, up to the first function of this crate.
pub(crate) fn who_asked(backtrace: &str) -> Option<Known> {
    let ours = backtrace.find("ironmap::").unwrap_or(backtrace.len());
    KNOWN
        .iter()
        .copied()
        .find(|known| backtrace[..ours].contains(known.by))
}

/// Returns the functions between the allocator and the operation, by name.
pub(crate) fn brief(backtrace: &str) -> String {
    let is_name = |line: &&str| line.contains(": ") && !line.trim_start().starts_with("at ");
    let names = backtrace
        .lines()
        .filter(is_name)
        .filter_map(|line| line.split_once(": "));
    let names = names.map(|(_, name)| name.trim());
    let passed_over = [
        "inject::",
        "alloc::",
        "<alloc::",
        "core::",
        "<core::",
        "__rust",
        "<inject::",
    ];
    let others = names.filter(|name| !passed_over.iter().any(|start| name.starts_with(start)));
    others
        .take(6)
        .fold(String::new(), |all, name| all + "\n        " + name)
}
