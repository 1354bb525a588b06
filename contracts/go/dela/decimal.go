package dela

// IsDecimal tells whether this is an optional minus and at least one digit.
func IsDecimal(number []byte) bool {
	if len(number) > 0 && number[0] == '-' {
		number = number[1:]
	}
	for _, digit := range number {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return len(number) > 0
}

// Increment is number + 1, of any size, without leading zeros; number is decimal.
func Increment(number []byte) []byte {
	negative := number[0] == '-'
	if negative {
		number = number[1:]
	}
	for len(number) > 1 && number[0] == '0' {
		number = number[1:]
	}
	negative = negative && number[0] != '0'
	// A place in front for a carry or the sign.  Towards zero a 0 becomes a 9 and borrows, else a 9 a 0 and carries.
	digits := append([]byte{'0'}, number...)
	last, step := byte('9'), byte(1)
	if negative {
		last, step = '0', 255
	}
	at := len(digits) - 1
	for ; at > 0 && digits[at] == last; at-- {
		digits[at] = '0' + '9' - last
	}
	digits[at] += step
	start := 0
	for start < len(digits)-1 && digits[start] == '0' {
		start++
	}
	if negative && digits[start] != '0' {
		start--
		digits[start] = '-'
	}
	return digits[start:]
}
