//! Who may touch a map now: the bookkeeping behind [`crate::object`].
//!
//! All of it is read and written with the GIL held, so plain cells do. An
//! operation that keeps the GIL needs no entry of its own: nobody else runs
//! while it does. One that detaches leaves a *pin* here, and whoever does not
//! get along with the pins sleeps, detached, until they are gone:
//!
//! | wants | waits for |
//! |---|---|
//! | to read, attached | a detached writer |
//! | to read, detached | the same, and writers that wait already |
//! | to write, resize or close | every pin, writers that wait already, and readers that waited for the writer before |
//!
//! The second halves keep a stream of readers from starving a writer, and a
//! stream of writers from starving a reader or another writer.
//!
//! A pin is only held while no user code can run, so its holder always gets
//! on, and nobody who waits holds one: there is no cycle to deadlock in.
//!
//! After a fork the threads behind the pins do not exist in the child. The
//! gate knows by the count of forks, and forgets these pins before it says whether
//! a pin is in the way; a map that was being resized just then is in no known
//! state, and counts as closed.

use std::cell::{Cell, RefCell};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::system::forks;

/// No map any more.
const CLOSED: u32 = 1;
/// A detached writer is at work.
const WRITER: u32 = 2;
/// The writer changes the region itself.
const RESIZER: u32 = 4;
/// One detached reader; the bits from here on count them.
const READER: u32 = 8;

/// What an operation wants to do with the map.
#[derive(Clone, Copy)]
pub(crate) enum Intent {
    Read,
    ReadDetached,
    Write,
}

#[derive(Default)]
pub(crate) struct Gate {
    state: Cell<u32>,
    waiting_writers: Cell<u32>,
    waiting_readers: Cell<u32>,
    /// A writer has left, and readers waited for it: they go before the next.
    readers_turn: Cell<bool>,
    /// [`forks::count`] when the pins were taken.
    forks: Cell<u32>,
    sleepers: RefCell<Vec<Thread>>,
    /// A fork left the region in a state that nobody knows.
    lost: Cell<bool>,
}

impl Gate {
    #[inline]
    pub(crate) fn may_read(&self) -> bool {
        self.state.get() & (CLOSED | WRITER) == 0
    }

    #[inline]
    pub(crate) fn may_write(&self) -> bool {
        self.state.get() == 0
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.state.get() & CLOSED != 0
    }

    /// Whether the map is open and has no pin.
    #[cold]
    pub(crate) fn is_unused(&self) -> bool {
        self.forget_before_fork();
        self.may_write()
    }

    /// True when the region must not be touched, not even to unmap it.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.get()
    }

    /// Whether nobody is in the way.
    pub(crate) fn is_free_for(&self, intent: Intent) -> bool {
        match intent {
            Intent::Read | Intent::ReadDetached => self.may_read(),
            Intent::Write => self.may_write(),
        }
    }

    /// Whether a thread that just came may go on: nobody is in the way, and
    /// nobody waits that came before it. (Short work of readers is let by.)
    pub(crate) fn admits(&self, intent: Intent) -> bool {
        let first = match intent {
            Intent::Read => true,
            Intent::ReadDetached | Intent::Write => self.waiting_writers.get() == 0,
        };
        first && self.admits_waiting(intent)
    }

    /// Whether a thread among the waiting may go on: nobody is in the way, and
    /// it is the turn of its kind.
    pub(crate) fn admits_waiting(&self, intent: Intent) -> bool {
        let turn = match intent {
            Intent::Read => true,
            Intent::ReadDetached => self.waiting_writers.get() == 0 || self.readers_turn.get(),
            Intent::Write => !self.readers_turn.get(),
        };
        turn && self.is_free_for(intent)
    }

    pub(crate) fn close(&self) {
        self.state.set(self.state.get() | CLOSED);
    }

    pub(crate) fn enter_reader(&self) {
        self.enter(READER);
    }

    pub(crate) fn leave_reader(&self) {
        self.leave(READER);
    }

    pub(crate) fn enter_writer(&self) {
        self.enter(WRITER);
    }

    pub(crate) fn leave_writer(&self) {
        self.give_readers_their_turn();
        self.leave(WRITER);
    }

    pub(crate) fn enter_resizer(&self) {
        self.enter(WRITER | RESIZER);
    }

    pub(crate) fn leave_resizer(&self) {
        self.give_readers_their_turn();
        self.leave(WRITER | RESIZER);
    }

    fn give_readers_their_turn(&self) {
        self.readers_turn.set(self.waiting_readers.get() > 0);
    }

    fn enter(&self, pin: u32) {
        self.forget_before_fork();
        self.state.set(self.state.get() + pin);
    }

    fn leave(&self, pin: u32) {
        self.state.set(self.state.get() - pin);
        self.wake();
    }

    fn wake(&self) {
        for sleeper in self.sleepers.borrow().iter() {
            sleeper.unpark();
        }
    }

    /// Drops what a fork carried over: pins and sleepers of threads that this
    /// process does not have. True if there was anything of the kind.
    pub(crate) fn forget_before_fork(&self) -> bool {
        let now = forks::count();
        if self.forks.replace(now) == now {
            return false;
        }
        if self.state.get() & RESIZER != 0 {
            self.lost.set(true);
            self.close();
        }
        self.state.set(self.state.get() & CLOSED);
        self.waiting_writers.set(0);
        self.waiting_readers.set(0);
        self.readers_turn.set(false);
        self.sleepers.borrow_mut().clear();
        true
    }

    /// Puts this thread on the list of those to wake. The caller then sleeps,
    /// detached, and drops the entry when it is attached again.
    pub(crate) fn sleep(&self, intent: Intent) -> Sleep<'_> {
        let waiting = self.waiting(intent);
        waiting.set(waiting.get() + 1);
        Sleep {
            gate: self,
            intent,
            listed: self.list_this_thread(),
        }
    }

    /// False if there is no memory for the list, or for what std keeps of a thread.
    fn list_this_thread(&self) -> bool {
        let mut sleepers = self.sleepers.borrow_mut();
        let has_room = Vec::<u8>::new().try_reserve(OF_A_THREAD).is_ok();
        let listed = has_room && sleepers.try_reserve(1).is_ok();
        if listed {
            sleepers.push(thread::current());
        }
        listed
    }

    fn waiting(&self, intent: Intent) -> &Cell<u32> {
        match intent {
            Intent::Write => &self.waiting_writers,
            Intent::Read | Intent::ReadDetached => &self.waiting_readers,
        }
    }
}

/// More bytes than std keeps of a thread.
const OF_A_THREAD: usize = 256;

pub(crate) struct Sleep<'a> {
    gate: &'a Gate,
    intent: Intent,
    listed: bool,
}

impl Sleep<'_> {
    /// What the thread does, detached: it sleeps until it is woken, or so long.
    pub(crate) fn way(&self) -> fn(Duration) {
        match self.listed {
            true => thread::park_timeout,
            false => thread::sleep,
        }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if self.listed {
            let me = thread::current().id();
            self.gate.sleepers.borrow_mut().retain(|t| t.id() != me);
        }
        let waiting = self.gate.waiting(self.intent);
        waiting.set(waiting.get() - 1);
        if self.gate.waiting_readers.get() == 0 {
            self.gate.readers_turn.set(false);
        }
        // Those who let this one go first look again.
        self.gate.wake();
    }
}
