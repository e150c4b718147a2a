/* SPDX-License-Identifier: ISC */
/*
 * The integer value of a number's lexeme. Exact: nothing passes through
 * floating point.
 */
#include "wire/json.h"

/* digits * 10^exponent, with no trailing zero in digits. */
struct decimal {
	uint64_t digits;
	int64_t exponent;
	size_t zeros; /* seen since the last other digit */
	bool negative;
	bool too_long; /* digits do not fit: only the exponent counts */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
multiply_add(uint64_t *number, unsigned digit)
{
	if (*number > (UINT64_MAX - digit) / 10)
		return false;
	*number = *number * 10 + digit;
	return true;
}

/* Zeros are held back until a digit follows them. */
static void
add_digit(struct decimal *d, char c)
{
	if (c == '0') {
		d->zeros++;
		return;
	}
	for (; d->zeros > 0 && d->digits > 0 && !d->too_long; d->zeros--)
		d->too_long = !multiply_add(&d->digits, 0);
	d->zeros = 0;
	if (!d->too_long)
		d->too_long = !multiply_add(&d->digits, (unsigned)(c - '0'));
}

/* Saturates far beyond any length a text can have. */
static int64_t
read_exponent(const char *p, const char *end)
{
	const int64_t most = INT64_MAX / 100;
	bool negative = p < end && *p == '-';
	int64_t exponent = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end && is_digit(*p); p++) {
		if (exponent < most)
			exponent = exponent * 10 + (*p - '0');
	}
	return negative ? -exponent : exponent;
}

static struct decimal
read_decimal(struct span value)
{
	struct decimal d = { 0 };
	const char *p = value.ptr;
	const char *end = value.ptr + value.len;
	bool fraction = false;

	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '-')
			d.negative = true;
		else if (*p == '.')
			fraction = true;
		else if (is_digit(*p)) {
			add_digit(&d, *p);
			d.exponent -= fraction ? 1 : 0;
		}
	}
	if (p < end)
		d.exponent += read_exponent(p + 1, end);
	d.exponent += (int64_t)d.zeros;
	return d;
}

static bool
is_integer(const struct decimal *d)
{
	return d->digits == 0 || d->exponent >= 0;
}

/* The common case: neither a fraction nor an exponent. */
static bool
is_digits(struct span value)
{
	size_t i = value.ptr[0] == '-' ? 1 : 0;

	while (i < value.len && is_digit(value.ptr[i]))
		i++;
	return i == value.len;
}

bool
json_is_integer(struct span value)
{
	struct decimal d = { 0 };

	if (json_type_of(value) != JSON_NUMBER)
		return false;
	if (is_digits(value))
		return true;
	d = read_decimal(value);
	return is_integer(&d);
}

bool
json_int64(struct span value, int64_t *out)
{
	struct decimal d = { 0 };

	if (json_type_of(value) != JSON_NUMBER)
		return false;
	d = read_decimal(value);
	if (!is_integer(&d) || d.too_long)
		return false;
	for (; d.digits > 0 && d.exponent > 0; d.exponent--) {
		if (!multiply_add(&d.digits, 0))
			return false;
	}
	if (d.digits > (uint64_t)INT64_MAX + (d.negative ? 1 : 0))
		return false;
	if (d.negative && d.digits > 0)
		*out = -(int64_t)(d.digits - 1) - 1;
	else
		*out = (int64_t)d.digits;
	return true;
}
