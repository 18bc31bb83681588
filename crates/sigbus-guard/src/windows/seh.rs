//! Touching memory that may turn out not to be there: structured exception handling.
//!
//! A page of a view that cannot be read is `EXCEPTION_IN_PAGE_ERROR`, and one that
//! somebody has protected `EXCEPTION_ACCESS_VIOLATION`. C has `__try` for both; Rust
//! has not, so the frame that catches them is written here by hand. As long as all is
//! well it costs two calls and a few stores.
//!
//! # Safety
//!
//! W1. The exception unwinds the frames between the touch and [`sigbus_guard_attempt`]
//! without running what their Rust code would do. So what is attempted owns nothing:
//! it borrows, and what it writes to is whole at each moment, or thrown away after a
//! failure.

#![allow(unsafe_code)]

/// A touch that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Untouchable {
    pub(crate) address: usize,
    /// The number that `GetLastError` has for it.
    pub(crate) code: i32,
}

/// Whether [`Guard::catch_fault`](crate::Guard::catch_fault) catches anything.
pub const CATCHES_FAULTS: bool = cfg!(target_arch = "x86_64");

#[cfg(target_arch = "x86_64")]
pub(crate) use here::attempt;

/// Without protection: the frame that catches is written for x86-64 only.
///
/// # Safety
///
/// W1.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) unsafe fn attempt<R>(
    _addresses: std::ops::Range<usize>,
    touch: impl FnOnce() -> R,
) -> Result<R, Untouchable> {
    Ok(touch())
}

#[cfg(target_arch = "x86_64")]
mod here {
    use std::arch::global_asm;
    use std::ffi::c_void;
    use std::mem::{ManuallyDrop, MaybeUninit};
    use std::ops::Range;
    use std::ptr;

    use windows_sys::Win32::Foundation::{
        ERROR_NOACCESS, EXCEPTION_ACCESS_VIOLATION, EXCEPTION_IN_PAGE_ERROR, NTSTATUS,
        RtlNtStatusToDosError,
    };
    use windows_sys::Win32::System::Diagnostics::Debug::EXCEPTION_RECORD;

    use super::Untouchable;

    /// The frame's name for the linker, which knows no crates: each version has its own.
    macro_rules! symbol {
        () => {
            concat!("sigbus_guard_attempt_", env!("CARGO_PKG_VERSION"))
        };
    }

    // rcx: what to call; rdx: its argument; r8: the `Watch`, kept in its home, which
    // lies above the return address. The number returned is the callee's, or that
    // of `RtlUnwind`. The `nop` parts the call from the epilogue, in which an
    // unwinder takes the frame for gone.
    global_asm!(
        concat!(".globl ", symbol!()),
        concat!(".def ", symbol!(), "; .scl 2; .type 32; .endef"),
        concat!(".seh_proc ", symbol!()),
        concat!(symbol!(), ":"),
        "sub rsp, 40",
        ".seh_stackalloc 40",
        ".seh_handler {caught}, @except",
        ".seh_endprologue",
        "mov [rsp + 64], r8",
        "mov rax, rcx",
        "mov rcx, rdx",
        "call rax",
        "nop",
        "add rsp, 40",
        "ret",
        ".seh_endproc",
        caught = sym caught,
    );

    /// Where the frame of [`sigbus_guard_attempt`] has its `Watch`.
    const WATCH: usize = 64;

    unsafe extern "C-unwind" {
        #[link_name = symbol!()]
        fn sigbus_guard_attempt(
            call: unsafe extern "C-unwind" fn(*mut c_void) -> usize,
            argument: *mut c_void,
            watch: *mut c_void,
        ) -> usize;
    }

    #[link(name = "kernel32")]
    unsafe extern "system-unwind" {
        fn RtlUnwind(
            frame: *const c_void,
            next: *const c_void,
            record: *const EXCEPTION_RECORD,
            returned: usize,
        );
    }

    /// Which exceptions are ours, and what became of it.
    struct Watch {
        addresses: Range<usize>,
        failed: Option<Untouchable>,
    }

    /// Runs `touch`, which may fail to touch one of these addresses.
    ///
    /// # Safety
    ///
    /// W1.
    #[inline]
    pub(crate) unsafe fn attempt<R, F: FnOnce() -> R>(
        addresses: Range<usize>,
        touch: F,
    ) -> Result<R, Untouchable> {
        let mut watch = Watch {
            addresses,
            failed: None,
        };
        let mut work = Work {
            touch: ManuallyDrop::new(touch),
            result: MaybeUninit::uninit(),
        };
        let argument = ptr::from_mut(&mut work).cast();
        let place = ptr::from_mut(&mut watch).cast();
        // SAFETY: `run` gets the work that it is made for, which lives until then, as
        // `watch` does; W1.
        unsafe { sigbus_guard_attempt(run::<R, F>, argument, place) };
        match watch.failed {
            // SAFETY: `run` has come to its end.
            None => Ok(unsafe { work.result.assume_init() }),
            Some(failed) => Err(failed),
        }
    }

    struct Work<R, F> {
        touch: ManuallyDrop<F>,
        result: MaybeUninit<R>,
    }

    /// # Safety
    ///
    /// `work` is a `Work` of these types, whose `touch` nobody has taken.
    unsafe extern "C-unwind" fn run<R, F: FnOnce() -> R>(work: *mut c_void) -> usize {
        // SAFETY: the caller's promise.
        let work = unsafe { &mut *work.cast::<Work<R, F>>() };
        // SAFETY: the caller's promise.
        let touch = unsafe { ManuallyDrop::take(&mut work.touch) };
        work.result.write(touch());
        0
    }

    impl Untouchable {
        /// What an exception at one of these addresses says.
        fn from_record(record: &EXCEPTION_RECORD, addresses: &Range<usize>) -> Option<Untouchable> {
            let [_, address, status, ..] = record.ExceptionInformation;
            let code = match record.ExceptionCode {
                EXCEPTION_ACCESS_VIOLATION => ERROR_NOACCESS,
                // SAFETY: a table of the system's.
                EXCEPTION_IN_PAGE_ERROR => unsafe { RtlNtStatusToDosError(status as NTSTATUS) },
                _ => return None,
            };
            addresses.contains(&address).then_some(Untouchable {
                address,
                code: code as i32,
            })
        }
    }

    /// The first of what the system tells a handler about the frame.
    #[repr(C)]
    struct Dispatcher {
        /// Where the call returns to.
        control_pc: usize,
    }

    const CONTINUE_SEARCH: i32 = 1;
    /// `EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND`: the search is over.
    const UNWINDING: u32 = 2 | 4;

    /// The handler of the frame of [`sigbus_guard_attempt`].
    ///
    /// # Safety
    ///
    /// The system calls it, for such a frame.
    unsafe extern "C-unwind" fn caught(
        record: *const EXCEPTION_RECORD,
        frame: *mut c_void,
        _context: *mut c_void,
        dispatcher: *const Dispatcher,
    ) -> i32 {
        // SAFETY: the system's record lives while handlers run.
        let exception = unsafe { &*record };
        if exception.ExceptionFlags & UNWINDING != 0 {
            return CONTINUE_SEARCH;
        }
        // SAFETY: the frame is that of `sigbus_guard_attempt`, which has stored it there.
        let watch = unsafe { frame.byte_add(WATCH).cast::<*mut Watch>().read() };
        // SAFETY: `attempt` waits for that frame, and does not look meanwhile.
        let watch = unsafe { &mut *watch };
        watch.failed = Untouchable::from_record(exception, &watch.addresses);
        if watch.failed.is_none() {
            return CONTINUE_SEARCH;
        }
        // SAFETY: as for the record.
        let returns_to = unsafe { (*dispatcher).control_pc } as *const c_void;
        // SAFETY: W1; a frame that is active, at the instruction after its call.
        unsafe { RtlUnwind(frame, returns_to, record, 1) };
        unreachable!("RtlUnwind goes on in the frame it was given");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    #[cfg(target_arch = "x86_64")]
    use windows_sys::Win32::Foundation::ERROR_NOACCESS;

    use super::*;

    #[test]
    fn what_ends_well_returns_its_result() {
        let result = unsafe { attempt(0..1, || String::from("all is well")) };
        assert_eq!(result.as_deref(), Ok("all is well"));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn what_is_not_there_is_an_error_with_its_address() {
        let address = 0x1234;
        let load = || unsafe { std::ptr::read_volatile(address as *const u8) };
        let deep = || (0..3).map(|_| load()).sum::<u8>();
        for _ in 0..1000 {
            let code = ERROR_NOACCESS as i32;
            let failed = unsafe { attempt(0x1000..0x2000, deep) };
            assert_eq!(failed, Err(Untouchable { address, code }));
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn an_attempt_inside_another_lands_in_its_own() {
        let load = |at: usize| unsafe { std::ptr::read_volatile(at as *const u8) };
        let inner = |at| unsafe { attempt(0x1000..0x2000, || load(at)) };
        let outer = |at| unsafe { attempt(0x2000..0x3000, || inner(at).map_err(|e| e.address)) };
        assert_eq!(outer(0x1fff), Ok(Err(0x1fff)));
        assert_eq!(outer(0x2000).map_err(|e| e.address), Err(0x2000));
    }

    #[test]
    fn a_panic_goes_through() {
        let panics = || -> u8 { panic!("on its way") };
        let caught = std::panic::catch_unwind(|| unsafe { attempt(0..1, panics) });
        let text = *caught.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(text, "on its way");
    }

    /// What the system says when a disk fails under a view.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn an_in_page_error_has_the_number_of_its_reason() {
        use windows_sys::Win32::Foundation::{
            ERROR_IO_DEVICE, EXCEPTION_IN_PAGE_ERROR, STATUS_IO_DEVICE_ERROR,
        };
        use windows_sys::Win32::System::Diagnostics::Debug::RaiseException;

        let fail = |address: usize| {
            let about = [0, address, STATUS_IO_DEVICE_ERROR as usize];
            let kind = EXCEPTION_IN_PAGE_ERROR as u32;
            unsafe { RaiseException(kind, 0, 3, about.as_ptr()) };
        };
        let outcome = unsafe { attempt(0x1000..0x2000, || fail(0x1fff)) };
        let (address, code) = (0x1fff, ERROR_IO_DEVICE as i32);
        assert_eq!(outcome, Err(Untouchable { address, code }));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn threads_land_each_in_its_own() {
        let load = |at: usize| unsafe { std::ptr::read_volatile(at as *const u8) };
        std::thread::scope(|scope| {
            for address in 0x1000..0x1008 {
                scope.spawn(move || {
                    for _ in 0..20 {
                        let failed = unsafe { attempt(0x1000..0x2000, || load(address)) };
                        assert_eq!(failed.map_err(|e| e.address), Err(address));
                        let panics = || -> u8 { panic!("after it") };
                        std::panic::catch_unwind(|| unsafe { attempt(0..1, panics) }).unwrap_err();
                    }
                });
            }
        });
    }
}
