//! The system's text for an error number.
//!
//! # Safety
//!
//! * A2: `strerror_r` writes at most as many bytes as its length argument, and ends the text
//!   with a zero.
#![allow(unsafe_code)]

use std::fmt;

/// Displays the system's text as std does, and the number. On Unix it allocates nothing.
pub(super) struct SystemText(pub(super) i32);

#[cfg(unix)]
impl fmt::Display for SystemText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 128];
        // SAFETY: A2.
        unsafe { libc::strerror_r(self.0, text.as_mut_ptr().cast(), text.len()) };
        let len = text.iter().position(|&byte| byte == 0);
        for part in text[..len.unwrap_or(0)].utf8_chunks() {
            f.write_str(part.valid())?;
        }
        write!(f, " (os error {})", self.0)
    }
}

#[cfg(not(unix))]
impl fmt::Display for SystemText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::io::Error::from_raw_os_error(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::SystemText;

    #[test]
    fn system_text_agrees_with_std() {
        for code in 0..200 {
            let std = std::io::Error::from_raw_os_error(code).to_string();
            assert_eq!(SystemText(code).to_string(), std);
        }
    }
}
