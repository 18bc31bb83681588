//! The error of `map_if_safe`.

use std::{fmt, io};

/// Why [`MmapOptions::map_if_safe`](crate::MmapOptions::map_if_safe) has made no map.
pub struct MapIfSafeError(Reason);

#[derive(Debug)]
// Some systems cannot tell whether a map is safe.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android", target_os = "freebsd")),
    allow(dead_code)
)]
enum Reason {
    NotSupported,
    NotSafe(io::Error),
    MapFailed(io::Error),
}

impl MapIfSafeError {
    #[cfg_attr(
        any(target_os = "linux", target_os = "android", target_os = "freebsd"),
        allow(dead_code)
    )]
    pub(crate) fn of_system() -> MapIfSafeError {
        MapIfSafeError(Reason::NotSupported)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    pub(crate) fn of_file(message: impl Into<String>) -> MapIfSafeError {
        let error = io::Error::new(io::ErrorKind::InvalidInput, message.into());
        MapIfSafeError(Reason::NotSafe(error))
    }

    pub(crate) fn of_map(error: io::Error) -> MapIfSafeError {
        MapIfSafeError(Reason::MapFailed(error))
    }

    /// Returns whether this system cannot tell which files are safe to map.
    pub fn not_supported(&self) -> bool {
        matches!(self.0, Reason::NotSupported)
    }

    /// Returns whether the file could change or become shorter.
    pub fn not_safe(&self) -> bool {
        matches!(self.0, Reason::NotSafe(_))
    }

    /// Returns whether the file is safe to map, and could not be mapped.
    pub fn map_failed(&self) -> bool {
        matches!(self.0, Reason::MapFailed(_))
    }
}

impl std::error::Error for MapIfSafeError {}

impl fmt::Display for MapIfSafeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::NotSupported => io::Error::from(io::ErrorKind::Unsupported).fmt(f),
            Reason::NotSafe(error) | Reason::MapFailed(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for MapIfSafeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<MapIfSafeError> for io::Error {
    fn from(error: MapIfSafeError) -> Self {
        match error.0 {
            Reason::NotSupported => io::ErrorKind::Unsupported.into(),
            Reason::NotSafe(error) | Reason::MapFailed(error) => error,
        }
    }
}
