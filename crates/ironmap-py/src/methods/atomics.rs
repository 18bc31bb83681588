//! Numbers, each loaded, stored or changed by one access: `load_u32`, `store_u32`, `fetch_add_u32`,
//! `compare_exchange_u32`, and the same for other sizes.
//!
//! # Safety
//!
//! * S11: no reference to a map's bytes exists: the bindings make none (S1).
#![allow(unsafe_code)]

use ironmap::ErrorKind;
use ironmap::raw::{AtomicExt, AtomicNumber};

use crate::args::{Argument, Arguments, conversion};
use crate::errors::message::Message;
use crate::errors::{MapError, PyResult, Raised, check_writable};
use crate::interpreter::Python;
use crate::object::MapObject;

/// An unsigned number of a map.
pub(crate) trait Number: AtomicNumber + Into<u64> {
    const HIGHEST: i128;
    /// The names of its methods.
    const STORE: &'static str;
    const FETCH_ADD: &'static str;
    const COMPARE_EXCHANGE: &'static str;

    /// Returns the lowest bits.
    fn truncated(value: i128) -> Self;
}

macro_rules! numbers {
    ($($number:ident)*) => {
        $(
            impl Number for $number {
                const HIGHEST: i128 = $number::MAX as i128;
                const STORE: &'static str = concat!("store_", stringify!($number));
                const FETCH_ADD: &'static str = concat!("fetch_add_", stringify!($number));
                const COMPARE_EXCHANGE: &'static str =
                    concat!("compare_exchange_", stringify!($number));

                fn truncated(value: i128) -> $number {
                    value as $number
                }
            }
        )*
    };
}

numbers! { u16 u32 u64 }

/// `load_u32(offset)`.
pub(crate) fn load<N: Number>(
    py: Python<'_>,
    object: &MapObject,
    offset: Argument<'_, '_>,
) -> PyResult<u64> {
    let at = converted_offset(offset)?;
    let loaded = object.read(py, |map| Ok(map.load::<N>(at)?))?;
    or_raise(py, object, loaded)
}

/// `store_u32(offset, value)`.
pub(crate) fn store<N: Number>(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<()> {
    let [offset, value] = args.all(N::STORE)?;
    let at = converted_offset(offset)?;
    let number: N = number("value", value, 0)?;
    let stored = object.read(py, |map| {
        check_writable(map)?;
        // SAFETY: S11.
        unsafe { map.store(at, number)? };
        Ok(0_u64)
    })?;
    or_raise(py, object, stored).map(drop)
}

/// `fetch_add_u32(offset, value)`.
pub(crate) fn fetch_add<N: Number>(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<u64> {
    let [offset, value] = args.all(N::FETCH_ADD)?;
    let at = converted_offset(offset)?;
    // The lowest number with a sign.
    let lowest = -(N::HIGHEST / 2) - 1;
    let number: N = number("value", value, lowest)?;
    let before = object.read(py, |map| {
        check_writable(map)?;
        // SAFETY: S11.
        Ok(unsafe { map.fetch_add(at, number)? })
    })?;
    or_raise(py, object, before)
}

/// `compare_exchange_u32(offset, expected, new)`.
pub(crate) fn compare_exchange<N: Number>(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<u64> {
    let [offset, expected, new] = args.all(N::COMPARE_EXCHANGE)?;
    let at = converted_offset(offset)?;
    let expected: N = number("expected", expected, 0)?;
    let new: N = number("new", new, 0)?;
    let before = object.read(py, |map| {
        check_writable(map)?;
        // SAFETY: S11.
        Ok(unsafe { map.compare_exchange(at, expected, new)? })
    })?;
    or_raise(py, object, before)
}

fn converted_offset(offset: Argument<'_, '_>) -> PyResult<usize> {
    let at = conversion::index(offset)?;
    usize::try_from(at).map_err(|_| {
        let text = format_args!("offset must be 0 or more, not {at}");
        Raised::index_error_with(Message::new(offset.py(), text))
    })
}

/// Converts an int from `lowest` to the highest of `N`. A negative one becomes its complement.
fn number<N: Number>(name: &str, value: Argument<'_, '_>, lowest: i128) -> PyResult<N> {
    let highest = N::HIGHEST;
    match conversion::int_of_64_bits(value)? {
        Some(given) if (lowest..=highest).contains(&given) => Ok(N::truncated(given)),
        _ => {
            let text = format_args!("{name} must be from {lowest} to {highest}");
            Err(Raised::overflow_error_with(Message::new(value.py(), text)))
        }
    }
}

/// Raises `IndexError` for an offset outside of the map, and `ValueError` for one between numbers.
fn or_raise<N: Into<u64>>(
    py: Python<'_>,
    object: &MapObject,
    result: Result<N, MapError>,
) -> PyResult<u64> {
    let error = match result {
        Ok(number) => return Ok(number.into()),
        Err(error) => error,
    };
    match error {
        MapError::Core(error) if error.is_out_of_bounds() => {
            Err(Raised::index_error_with(Message::new(py, error)))
        }
        MapError::Core(error) if error.kind() == ErrorKind::InvalidInput => {
            Err(Raised::value_error_with(Message::new(py, error)))
        }
        error => Err(object.raise(py, error)),
    }
}
