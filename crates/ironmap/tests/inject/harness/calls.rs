//! The system calls of this process, which fail on demand.
//!
//! This file defines the functions of the C library that make system calls. The linker prefers a
//! program's own functions, so the crate and `std` call these, which call the C library's. Calls
//! inside the C library are not seen; `trace.rs` lists them.
//!
//! # Safety
//!
//! * Each function has the signature of the C library's, and passes its arguments on. Variadic
//!   functions take the most arguments possible here, which come in the same registers; arguments
//!   that the caller did not pass are passed on unread.
//! * `dlsym` gives the C library's function of that name.
#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::mem::transmute;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::harness::plan::{Act, Effect, Refusal, next_call};

macro_rules! calls {
    ($($call:ident $kernel:literal $word:literal [$($errno:ident)*];)*) => {
        /// A system call: the kernel's name, the word in its error texts, and the errors of its
        /// manual page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(crate) enum Call { $($call),* }

        impl Call {
            const ALL: &[Call] = &[$(Call::$call),*];

            pub(crate) fn kernel_name(self) -> &'static str {
                match self { $(Call::$call => $kernel),* }
            }

            pub(crate) fn word(self) -> &'static str {
                match self { $(Call::$call => $word),* }
            }

            pub(crate) fn errnos(self) -> &'static [i32] {
                match self { $(Call::$call => &[$(libc::$errno),*]),* }
            }
        }
    };
}

calls! {
    Mmap "mmap" "mmap of" [ENOMEM EAGAIN EACCES ENODEV EPERM ENFILE EINVAL];
    MmapFixed "mmap" "mmap of" [ENOMEM EAGAIN EACCES ENODEV EPERM];
    Munmap "munmap" "munmap of" [ENOMEM EINVAL];
    Mremap "mremap" "mremap of" [ENOMEM EAGAIN EFAULT EINVAL];
    MremapFixed "mremap" "mremap of" [ENOMEM EAGAIN EFAULT EINVAL];
    Mprotect "mprotect" "mprotect of" [ENOMEM EACCES EINVAL];
    Madvise "madvise" "madvise of" [EAGAIN ENOMEM EIO EINVAL EBADF EPERM EFAULT];
    Msync "msync" "msync of" [EIO ENOMEM EBUSY EINVAL ENOSPC EINTR];
    Mincore "mincore" "mincore of" [EAGAIN ENOMEM EFAULT EINVAL];
    Mlock "mlock" "mlock of" [ENOMEM EAGAIN EPERM EINVAL];
    Mlock2 "mlock2" "mlock of" [ENOMEM EAGAIN EPERM ENOSYS];
    Munlock "munlock" "munlock of" [ENOMEM EAGAIN EPERM EINVAL];
    Prctl "prctl" "naming" [EINVAL ENOMEM EBADF];
    Fstat "newfstatat" "fstat of" [EIO ENOMEM EOVERFLOW EBADF ESTALE];
    Fstatfs "fstatfs" "fstatfs" [EIO ENOSYS EINTR ENOMEM EOVERFLOW EBADF];
    Close "close" "close of" [EIO EINTR ENOSPC EDQUOT];
    Ftruncate "ftruncate" "ftruncate to" [EIO EINTR EFBIG EPERM EINVAL ENOSPC ETXTBSY];
    Fallocate "fallocate" "fallocate of" [ENOSPC EINTR EOPNOTSUPP EIO EFBIG ENODEV EPERM ENOSYS EINVAL ETXTBSY];
    Pwrite "pwrite64" "writing" [EIO ENOSPC EINTR EFBIG EDQUOT EAGAIN EPERM];
    Fcntl "fcntl" "descriptor" [EMFILE EINVAL EBADF EAGAIN ENOLCK];
    Open "openat" "opening" [EMFILE ENFILE EINTR ENOMEM EACCES EIO ENOENT ENXIO ELOOP];
    Lseek "lseek" "moving descriptor" [EINVAL ESPIPE EOVERFLOW EBADF];
    Dup3 "dup3" "duplicating descriptor" [EMFILE EINTR EBUSY EBADF];
    Fadvise "fadvise64" "posix_fadvise of" [EBADF EINVAL ESPIPE];
    Read "read" "reading" [EIO EINTR EAGAIN ENOMEM];
    Statx "statx" "statx" [EIO ENOMEM ENOSYS EBADF];
    Sigaction "rt_sigaction" "SIGBUS" [ENOSYS EPERM EINVAL];
    Sigmask "rt_sigprocmask" "SIGBUS" [ENOSYS EPERM EINVAL];
    Sigpending "rt_sigpending" "SIGBUS" [ENOSYS EPERM];
    Sigtimedwait "rt_sigtimedwait" "SIGXFSZ" [EAGAIN EINTR ENOSYS];
    Getrlimit "prlimit64" "limit" [EPERM ENOSYS];
    Affinity "sched_getaffinity" "cores" [EINVAL EPERM ENOSYS];
    NewThread "clone3" "thread" [EAGAIN EPERM EINVAL];
    Atfork "" "pthread_atfork" [ENOMEM];
    Futex "futex" "waiting" [EINTR EAGAIN];
    Getrandom "getrandom" "getrandom" [ENOSYS EINTR];
    Getpid "getpid" "" [];
    IsOpen "fcntl" "" [];
    Geteuid "geteuid" "" [];
    Gettid "gettid" "" [];
    Yield "sched_yield" "" [];
    Raise "tgkill" "" [];
    Other "another" "" [ENOSYS];
}

impl Call {
    pub(crate) fn of(number: u8) -> Call {
        Call::ALL[usize::from(number)]
    }

    /// Returns all ways in which it may fail.
    pub(crate) fn refusals(self) -> impl Iterator<Item = Refusal> {
        let effect = if self == Call::Close {
            Effect::All
        } else {
            Effect::Nothing
        };
        let more = match self {
            Call::MmapFixed | Call::MremapFixed => Some((libc::ENOMEM, Effect::Hole)),
            Call::Pwrite => Some((0, Effect::Half)),
            _ => None,
        };
        let usual = self.errnos().iter().map(move |&errno| (errno, effect));
        usual
            .chain(more)
            .map(|(errno, effect)| Refusal { errno, effect })
    }
}

/// A function of the C library, by name. All are looked up in advance, because signal handlers
/// have little stack.
struct Real {
    name: &'static CStr,
    address: AtomicUsize,
}

impl Real {
    const fn new(name: &'static str) -> Real {
        let Ok(name) = CStr::from_bytes_with_nul(name.as_bytes()) else {
            panic!()
        };
        let address = AtomicUsize::new(0);
        Real { name, address }
    }

    fn address(&self) -> usize {
        let address = self.find();
        assert!(address != 0, "the C library has no {:?}", self.name);
        address
    }

    /// Returns the address, 0 if the C library lacks the function.
    fn find(&self) -> usize {
        let known = self.address.load(Relaxed);
        if known != 0 {
            return known;
        }
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) } as usize;
        self.address.store(found, Relaxed);
        found
    }
}

macro_rules! reals {
    ($($name:ident)*) => {
        #[allow(non_upper_case_globals)]
        mod real {
            use super::Real;
            $(pub(super) static $name: Real = Real::new(concat!(stringify!($name), "\0"));)*
            pub(super) static ALL: &[&Real] = &[$(&$name),*];
        }
    };
}

reals! {
    munmap mprotect madvise msync mincore mlock munlock prctl fstat64 fstatfs fstatvfs close
    ftruncate64 fallocate64 fcntl open open64 lseek64 dup3 posix_fadvise64 read statx sigaction
    pthread_sigmask sigpending sigtimedwait getrlimit getrlimit64 sched_getaffinity
    pthread_create getrandom getpid geteuid gettid sched_yield mmap64 mremap pwrite64 raise
    syscall __register_atfork
}

/// Looks up all functions.
pub(crate) fn look_up() {
    for real in real::ALL {
        real.find();
    }
}

/// The return value of a failed call.
trait Failing {
    fn failed(errno: i32) -> Self;
}

fn set_errno(errno: i32) {
    let place = unsafe { libc::__errno_location() };
    unsafe { *place = errno };
}

macro_rules! fails_with_minus_one {
    ($($type:ty),*) => {$(
        impl Failing for $type {
            fn failed(errno: i32) -> Self {
                set_errno(errno);
                -1
            }
        }
    )*};
}
fails_with_minus_one!(i32, i64);

impl Failing for *mut c_void {
    fn failed(errno: i32) -> Self {
        set_errno(errno);
        libc::MAP_FAILED
    }
}

/// The return type of functions that return an error number.
#[repr(transparent)]
struct Code(#[allow(dead_code, reason = "the caller in the C interface reads it")] c_int);

impl Failing for Code {
    fn failed(errno: i32) -> Self {
        Code(errno)
    }
}

/// Passes a call on, or makes it fail.
fn pass<R: Failing>(call: Call, go: impl FnOnce() -> R) -> R {
    pass_over(call, None, go)
}

/// Passes a call on, or makes it fail; the call may replace a mapping.
fn pass_over<R: Failing>(
    call: Call,
    place: Option<(*mut c_void, usize)>,
    go: impl FnOnce() -> R,
) -> R {
    match next_call(call) {
        Act::Pass => go(),
        Act::Signal => {
            signal_comes();
            go()
        }
        Act::Fail(Refusal { errno, effect }) => {
            match (effect, place) {
                (Effect::All, _) => drop(go()),
                (Effect::Hole, Some((start, len))) => {
                    crate::harness::plan::unseen(|| unsafe { munmap(start, len) });
                }
                _ => {}
            }
            R::failed(errno)
        }
    }
}

/// Raises a signal in this thread, at once.
fn signal_comes() {
    crate::harness::plan::unseen(|| unsafe { libc::raise(libc::SIGUSR1) });
}

macro_rules! interposed {
    ($($call:ident $name:ident($($argument:ident: $type:ty),*) -> $returned:ty;)*) => {$(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> $returned {
            type Function = unsafe extern "C" fn($($type),*) -> $returned;
            pass(Call::$call, || {
                let real: Function = unsafe { transmute(real::$name.address()) };
                unsafe { real($($argument),*) }
            })
        }
    )*};
}

type Address = *mut c_void;

interposed! {
    Munmap munmap(start: Address, len: usize) -> c_int;
    Mprotect mprotect(start: Address, len: usize, protection: c_int) -> c_int;
    Madvise madvise(start: Address, len: usize, advice: c_int) -> c_int;
    Msync msync(start: Address, len: usize, flags: c_int) -> c_int;
    Mincore mincore(start: Address, len: usize, pages: Address) -> c_int;
    Mlock mlock(start: Address, len: usize) -> c_int;
    Munlock munlock(start: Address, len: usize) -> c_int;
    Prctl prctl(option: c_int, a: c_ulong, b: c_ulong, c: c_ulong, d: c_ulong) -> c_int;
    Fstat fstat64(fd: c_int, status: Address) -> c_int;
    Fstatfs fstatfs(fd: c_int, status: Address) -> c_int;
    Fstatfs fstatvfs(fd: c_int, status: Address) -> c_int;
    Close close(fd: c_int) -> c_int;
    Ftruncate ftruncate64(fd: c_int, size: i64) -> c_int;
    Fallocate fallocate64(fd: c_int, mode: c_int, start: i64, len: i64) -> c_int;
    Open open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    Open open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    Lseek lseek64(fd: c_int, place: i64, whence: c_int) -> i64;
    Dup3 dup3(by: c_int, fd: c_int, flags: c_int) -> c_int;
    Fadvise posix_fadvise64(fd: c_int, start: i64, len: i64, advice: c_int) -> Code;
    Read read(fd: c_int, into: Address, len: usize) -> i64;
    Statx statx(at: c_int, path: *const c_char, flags: c_int, mask: c_uint, status: Address) -> c_int;
    Sigaction sigaction(signal: c_int, action: Address, old: Address) -> c_int;
    Sigmask pthread_sigmask(how: c_int, signals: Address, old: Address) -> Code;
    Sigpending sigpending(signals: Address) -> c_int;
    Sigtimedwait sigtimedwait(signals: Address, info: Address, time: Address) -> c_int;
    Getrlimit getrlimit(which: c_uint, limit: Address) -> c_int;
    Getrlimit getrlimit64(which: c_uint, limit: Address) -> c_int;
    Affinity sched_getaffinity(process: c_int, size: usize, cores: Address) -> c_int;
    NewThread pthread_create(thread: Address, attributes: Address, start: Address, argument: Address) -> Code;
    Getrandom getrandom(into: Address, len: usize, flags: c_uint) -> i64;
    Getpid getpid() -> c_int;
    Geteuid geteuid() -> c_int;
    Gettid gettid() -> c_int;
    Yield sched_yield() -> c_int;
}

/// # Safety
///
/// That of the C library's function, for all functions of this file.
#[unsafe(no_mangle)]
unsafe extern "C" fn mmap64(
    start: Address,
    len: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: i64,
) -> Address {
    type Function = unsafe extern "C" fn(Address, usize, c_int, c_int, c_int, i64) -> Address;
    let (call, place) = mapping(start, len, c_long::from(flags));
    pass_over(call, place, || {
        let real: Function = unsafe { transmute(real::mmap64.address()) };
        unsafe { real(start, len, protection, flags, fd, offset) }
    })
}

/// Returns the call, and the mapping that it replaces.
fn mapping(start: Address, len: usize, flags: c_long) -> (Call, Option<(Address, usize)>) {
    if flags & c_long::from(libc::MAP_FIXED) == 0 {
        (Call::Mmap, None)
    } else {
        (Call::MmapFixed, Some((start, len)))
    }
}

fn moving(to: Address, len: usize, flags: c_long) -> (Call, Option<(Address, usize)>) {
    if flags & c_long::from(libc::MREMAP_FIXED) == 0 {
        (Call::Mremap, None)
    } else {
        (Call::MremapFixed, Some((to, len)))
    }
}

/// With debug assertions, std makes this call before each `close`, and aborts if it fails, so it
/// never fails here.
#[unsafe(no_mangle)]
unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: c_ulong) -> c_int {
    type Function = unsafe extern "C" fn(c_int, c_int, c_ulong) -> c_int;
    let call = match command {
        libc::F_GETFD => Call::IsOpen,
        _ => Call::Fcntl,
    };
    pass(call, || {
        let real: Function = unsafe { transmute(real::fcntl.address()) };
        unsafe { real(fd, command, argument) }
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mremap(
    start: Address,
    from: usize,
    to: usize,
    flags: c_int,
    place: Address,
) -> Address {
    type Function = unsafe extern "C" fn(Address, usize, usize, c_int, Address) -> Address;
    let (call, replaced) = moving(place, to, c_long::from(flags));
    pass_over(call, replaced, || {
        let real: Function = unsafe { transmute(real::mremap.address()) };
        unsafe { real(start, from, to, flags, place) }
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: c_int, from: Address, len: usize, at: i64) -> i64 {
    type Function = unsafe extern "C" fn(c_int, Address, usize, i64) -> i64;
    let real: Function = unsafe { transmute(real::pwrite64.address()) };
    match next_call(Call::Pwrite) {
        Act::Pass => unsafe { real(fd, from, len, at) },
        Act::Signal => {
            signal_comes();
            unsafe { real(fd, from, len, at) }
        }
        Act::Fail(refusal) if refusal.effect == Effect::Half => unsafe {
            real(fd, from, len / 2, at)
        },
        Act::Fail(refusal) => i64::failed(refusal.errno),
    }
}

/// These are linked in statically, not part of the shared C library.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_atfork(before: Address, parent: Address, child: Address) -> Code {
    type Function = unsafe extern "C" fn(Address, Address, Address, Address) -> Code;
    pass(Call::Atfork, || {
        let real: Function = unsafe { transmute(real::__register_atfork.address()) };
        unsafe { real(before, parent, child, std::ptr::null_mut()) }
    })
}

/// Signals that the crate raises go to its own handler, not to the test's.
#[unsafe(no_mangle)]
unsafe extern "C" fn raise(signal: c_int) -> c_int {
    type Function = unsafe extern "C" fn(c_int) -> c_int;
    pass(Call::Raise, || {
        let real: Function = unsafe { transmute(real::raise.address()) };
        unsafe { real(signal) }
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    type Function =
        unsafe extern "C" fn(c_long, c_long, c_long, c_long, c_long, c_long, c_long) -> c_long;
    let (call, place) = match number {
        libc::SYS_mmap => mapping(a as Address, b as usize, d),
        libc::SYS_mremap => moving(e as Address, c as usize, d),
        libc::SYS_munmap => (Call::Munmap, None),
        libc::SYS_msync => (Call::Msync, None),
        libc::SYS_mlock2 => (Call::Mlock2, None),
        libc::SYS_futex => (Call::Futex, None),
        libc::SYS_gettid => (Call::Gettid, None),
        _ => (Call::Other, None),
    };
    pass_over(call, place, || {
        let real: Function = unsafe { transmute(real::syscall.address()) };
        unsafe { real(number, a, b, c, d, e, f) }
    })
}
