//! Text in memory of a fixed size, for a signal handler: it allocates nothing and cannot panic.

/// The text so far. What does not fit is left out.
pub(super) struct Text<'a> {
    memory: &'a mut [u8],
    len: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(memory: &'a mut [u8]) -> Text<'a> {
        Text { memory, len: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        // In a debug build an iterator over both takes a kilobyte of stack.
        let mut rest = bytes;
        while let (Some(place), [byte, after @ ..]) = (self.memory.get_mut(self.len), rest) {
            *place = *byte;
            self.len += 1;
            rest = after;
        }
    }

    /// Adds a number, in decimal.
    pub(super) fn push_number(&mut self, number: u64) {
        let mut divisor = 10u64.pow(number.checked_ilog10().unwrap_or(0));
        while divisor > 0 {
            self.push(&[b'0' + (number / divisor % 10) as u8]);
            divisor /= 10;
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.memory.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_number_is_decimal() {
        for number in [0, 7, 10, 99, 100, 4_200, u64::MAX] {
            let mut memory = [0; 40];
            let mut text = Text::new(&mut memory);
            text.push_number(number);
            assert_eq!(text.as_bytes(), number.to_string().as_bytes());
        }
    }

    #[test]
    fn push_past_the_end_is_left_out() {
        let mut memory = [0; 5];
        let mut text = Text::new(&mut memory);
        text.push(b"abc");
        text.push(b"def");
        text.push(b"g");
        assert_eq!(text.as_bytes(), b"abcde");
    }
}
