//! Whole numbers of any size, as decimal text.

use crate::{vec, Bytes};

/// True for an optional minus and at least one digit.
pub fn is_whole(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// `number` + 1, without leading zeros; `number` is whole.
pub fn increment(number: &[u8]) -> Bytes {
    let (negative, digits) = match number.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, number),
    };
    let start = digits.iter().position(|&digit| digit != b'0').unwrap_or(digits.len() - 1);
    let negative = negative && digits[start] != b'0';

    // A place in front for a carry or the sign.  Towards zero a 0 becomes a 9 and borrows, else a 9 a 0 and carries.
    let mut sum = vec![b'0'];
    sum.extend_from_slice(&digits[start..]);
    let (last, wrapped) = if negative { (b'0', b'9') } else { (b'9', b'0') };
    let mut at = sum.len() - 1;
    while at > 0 && sum[at] == last {
        sum[at] = wrapped;
        at -= 1;
    }
    sum[at] = if negative { sum[at] - 1 } else { sum[at] + 1 };

    let zeros = sum.iter().take_while(|&&digit| digit == b'0').count().min(sum.len() - 1);
    if negative && sum[zeros] != b'0' {
        sum[zeros - 1] = b'-';
        sum.drain(..zeros - 1);
    } else {
        sum.drain(..zeros);
    }
    sum
}

/// A number from 1 to 4294967295, without a sign.
pub fn small(digits: &[u8]) -> Option<u32> {
    let value = digits.iter().try_fold(0u32, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })?;
    (value != 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_through_zero() {
        for value in -1200i64..1200 {
            let text = std::format!("{value}");
            assert!(is_whole(text.as_bytes()));
            assert_eq!(increment(text.as_bytes()), std::format!("{}", value + 1).into_bytes());
        }
    }

    #[test]
    fn drops_zeros_and_carries() {
        for (number, next) in [("-0", "1"), ("007", "8"), ("-001", "0"), ("-1000", "-999"), ("999", "1000")] {
            assert_eq!(increment(number.as_bytes()), next.as_bytes());
        }
    }

    #[test]
    fn small_numbers_have_bounds() {
        assert_eq!(small(b"4294967295"), Some(u32::MAX));
        for bad in ["0", "4294967296", "-1", "1x", "99999999999999999999"] {
            assert_eq!(small(bad.as_bytes()), None);
        }
        assert_eq!(small(b"007"), Some(7));
    }
}
