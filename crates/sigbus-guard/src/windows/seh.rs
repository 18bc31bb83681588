//! Access to memory that may be lost: structured exception handling.
//!
//! A page of a section view that cannot be read is `EXCEPTION_IN_PAGE_ERROR`, and a protected one
//! `EXCEPTION_ACCESS_VIOLATION`. C has `__try` for both and Rust has not, so the frame that
//! catches them is written here by hand. Without a fault it costs two calls and a few stores.
//!
//! # Safety
//!
//! W1. The exception unwinds the frames between the touch and [`sigbus_guard_catch`]
//! without running destructors. So the closure owns nothing: it borrows, and what it writes to
//! is whole at each moment, or thrown away after a failure.

#![allow(unsafe_code)]

/// A fault that ended an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CaughtFault {
    pub(crate) address: usize,
    /// The number of `GetLastError` for it.
    pub(crate) code: i32,
}

/// True if [`Guard::catch_fault`](crate::Guard::catch_fault) catches faults.
pub const CATCHES_FAULTS: bool = cfg!(target_arch = "x86_64");

#[cfg(target_arch = "x86_64")]
pub(crate) use here::catch_fault;

/// Runs `touch` without protection: the catching frame is written for x86-64 only.
///
/// # Safety
///
/// W1.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) unsafe fn catch_fault<R>(
    _addresses: std::ops::Range<usize>,
    touch: impl FnOnce() -> R,
) -> Result<R, CaughtFault> {
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

    use super::CaughtFault;

    /// The symbol of the frame. The linker knows no crates, so each version has its own.
    macro_rules! symbol {
        () => {
            concat!("sigbus_guard_catch_", env!("CARGO_PKG_VERSION"))
        };
    }

    // rcx: the function; rdx: its argument; r8: the `Watch`, stored in its home slot above the
    // return address. Returns the number of the callee, or that of `RtlUnwind`. The `nop`
    // separates the call from the epilogue, in which an unwinder takes the frame for gone.
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

    /// The offset of the `Watch` in the frame of [`sigbus_guard_catch`].
    const WATCH: usize = 64;

    unsafe extern "C-unwind" {
        #[link_name = symbol!()]
        fn sigbus_guard_catch(
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

    /// The addresses whose faults are caught, and the fault.
    struct Watch {
        addresses: Range<usize>,
        failed: Option<CaughtFault>,
    }

    /// Runs `touch`. A fault at one of these addresses ends it.
    ///
    /// # Safety
    ///
    /// W1.
    #[inline]
    pub(crate) unsafe fn catch_fault<R, F: FnOnce() -> R>(
        addresses: Range<usize>,
        touch: F,
    ) -> Result<R, CaughtFault> {
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
        // SAFETY: `run` gets the work of its types, which lives until the call returns, as
        // `watch` does; W1.
        unsafe { sigbus_guard_catch(run::<R, F>, argument, place) };
        match watch.failed {
            // SAFETY: `run` has returned.
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
    /// `work` is a `Work` of these types, whose `touch` is not taken yet.
    unsafe extern "C-unwind" fn run<R, F: FnOnce() -> R>(work: *mut c_void) -> usize {
        // SAFETY: the caller's promise.
        let work = unsafe { &mut *work.cast::<Work<R, F>>() };
        // SAFETY: the caller's promise.
        let touch = unsafe { ManuallyDrop::take(&mut work.touch) };
        work.result.write(touch());
        0
    }

    impl CaughtFault {
        /// Returns the fault of an exception at one of these addresses.
        fn from_record(record: &EXCEPTION_RECORD, addresses: &Range<usize>) -> Option<CaughtFault> {
            let [_, address, status, ..] = record.ExceptionInformation;
            let code = match record.ExceptionCode {
                EXCEPTION_ACCESS_VIOLATION => ERROR_NOACCESS,
                // SAFETY: a table of the system's.
                EXCEPTION_IN_PAGE_ERROR => unsafe { RtlNtStatusToDosError(status as NTSTATUS) },
                _ => return None,
            };
            addresses.contains(&address).then_some(CaughtFault {
                address,
                code: code as i32,
            })
        }
    }

    /// The first field of `DISPATCHER_CONTEXT`.
    #[repr(C)]
    struct Dispatcher {
        /// The return address of the call.
        control_pc: usize,
    }

    const CONTINUE_SEARCH: i32 = 1;
    /// `EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND`: the search is over.
    const UNWINDING: u32 = 2 | 4;

    /// The handler of the frame of [`sigbus_guard_catch`].
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
        // SAFETY: the frame is that of `sigbus_guard_catch`, which has stored it there.
        let watch = unsafe { frame.byte_add(WATCH).cast::<*mut Watch>().read() };
        // SAFETY: `catch_fault` waits for that frame, and does not read it meanwhile.
        let watch = unsafe { &mut *watch };
        watch.failed = CaughtFault::from_record(exception, &watch.addresses);
        if watch.failed.is_none() {
            return CONTINUE_SEARCH;
        }
        // SAFETY: as for the record.
        let returns_to = unsafe { (*dispatcher).control_pc } as *const c_void;
        // SAFETY: W1; a frame that is active, at the instruction after its call.
        unsafe { RtlUnwind(frame, returns_to, record, 1) };
        unreachable!("RtlUnwind continues in the frame it was given");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    #[cfg(target_arch = "x86_64")]
    use windows_sys::Win32::Foundation::ERROR_NOACCESS;

    use super::*;

    #[test]
    fn catch_fault_without_fault_returns_result() {
        let result = unsafe { catch_fault(0..1, || String::from("all is well")) };
        assert_eq!(result.as_deref(), Ok("all is well"));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn catch_fault_of_missing_page_returns_address() {
        let address = 0x1234;
        let load = || unsafe { std::ptr::read_volatile(address as *const u8) };
        let deep = || (0..3).map(|_| load()).sum::<u8>();
        for _ in 0..1000 {
            let code = ERROR_NOACCESS as i32;
            let failed = unsafe { catch_fault(0x1000..0x2000, deep) };
            assert_eq!(failed, Err(CaughtFault { address, code }));
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn catch_fault_nested_ends_the_right_frame() {
        let load = |at: usize| unsafe { std::ptr::read_volatile(at as *const u8) };
        let inner = |at| unsafe { catch_fault(0x1000..0x2000, || load(at)) };
        let outer =
            |at| unsafe { catch_fault(0x2000..0x3000, || inner(at).map_err(|e| e.address)) };
        assert_eq!(outer(0x1fff), Ok(Err(0x1fff)));
        assert_eq!(outer(0x2000).map_err(|e| e.address), Err(0x2000));
    }

    #[test]
    fn catch_fault_passes_panics_on() {
        let panics = || -> u8 { panic!("on its way") };
        let caught = std::panic::catch_unwind(|| unsafe { catch_fault(0..1, panics) });
        let text = *caught.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(text, "on its way");
    }

    /// The exception of a disk that fails under a section view.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn catch_fault_of_in_page_error_returns_its_code() {
        use windows_sys::Win32::Foundation::{
            ERROR_IO_DEVICE, EXCEPTION_IN_PAGE_ERROR, STATUS_IO_DEVICE_ERROR,
        };
        use windows_sys::Win32::System::Diagnostics::Debug::RaiseException;

        let fail = |address: usize| {
            let about = [0, address, STATUS_IO_DEVICE_ERROR as usize];
            let kind = EXCEPTION_IN_PAGE_ERROR as u32;
            unsafe { RaiseException(kind, 0, 3, about.as_ptr()) };
        };
        let outcome = unsafe { catch_fault(0x1000..0x2000, || fail(0x1fff)) };
        let (address, code) = (0x1fff, ERROR_IO_DEVICE as i32);
        assert_eq!(outcome, Err(CaughtFault { address, code }));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn catch_fault_in_threads_is_independent() {
        let load = |at: usize| unsafe { std::ptr::read_volatile(at as *const u8) };
        std::thread::scope(|scope| {
            for address in 0x1000..0x1008 {
                scope.spawn(move || {
                    for _ in 0..20 {
                        let failed = unsafe { catch_fault(0x1000..0x2000, || load(address)) };
                        assert_eq!(failed.map_err(|e| e.address), Err(address));
                        let panics = || -> u8 { panic!("after it") };
                        std::panic::catch_unwind(|| unsafe { catch_fault(0..1, panics) })
                            .unwrap_err();
                    }
                });
            }
        });
    }
}
