//! Exponential and logarithm without branches or calls, so that loops over pixels become vector instructions.
//!
//! Polynomials by least squares of the largest error on their intervals (Cephes, S. Moshier, single precision); each is
//! within 3 units in the last place of the exact value, which the tests check.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
)]

use std::f32::consts::{FRAC_2_SQRT_PI, LOG2_E};

/// Adding and subtracting it rounds a number of at most 2²² to the nearest integer.
const ROUNDER: f32 = 12_582_912.0;
/// The upper part of ln 2, whose product with an integer below 256 is exact …
const LN_2_HIGH: f32 = 0.693_359_4;
/// … and the remainder.
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// e^x for x ≤ 0 and slightly above; 0 where that is below the smallest normal number. NaN stays NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let lowest = -87.3;
    // Not `max`, which would turn NaN into a number.
    let clamped = if x < lowest { lowest } else { x };
    let rounded = clamped * LOG2_E + ROUNDER;
    let whole = rounded - ROUNDER;
    let rest = (clamped - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let mut series = 1.987_569_1e-4;
    series = series * rest + 1.398_2e-3;
    series = series * rest + 8.333_452e-3;
    series = series * rest + 4.166_579_6e-2;
    series = series * rest + 1.666_666_5e-1;
    series = series * rest + 0.5;
    let fraction = series * rest * rest + rest + 1.0;
    // The integer is in the last bits of the sum; shifted into the exponent's bits it makes a power of two.
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    if x < lowest { 0.0 } else { fraction * power }
}

/// ln x for normal x > 0; NaN and infinity are returned unchanged.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // The mantissa is in [√½, √2).
    let bits = x.to_bits() as i32;
    let exponent = (bits - 0x3f35_04f3) >> 23;
    let mantissa = f32::from_bits((bits - (exponent << 23)) as u32);
    let rest = mantissa - 1.0;
    let square = rest * rest;
    let mut series = 7.037_683_6e-2;
    series = series * rest - 1.151_461e-1;
    series = series * rest + 1.167_699_9e-1;
    series = series * rest - 1.242_014_1e-1;
    series = series * rest + 1.424_932_3e-1;
    series = series * rest - 1.666_805_8e-1;
    series = series * rest + 2.000_071_5e-1;
    series = series * rest - 2.499_999_4e-1;
    series = series * rest + 3.333_333e-1;
    let exponent = exponent as f32;
    let logarithm =
        rest + (series * rest * square + exponent * LN_2_LOW - 0.5 * square) + exponent * LN_2_HIGH;
    if x < f32::INFINITY { logarithm } else { x }
}

/// ln(1 + x) for x ≥ 0, accurate also for small x.
#[inline(always)]
pub fn ln_one_plus(x: f32) -> f32 {
    let sum = 1.0 + x;
    // The rounding error of the addition, to first order.
    let lost = (x - (sum - 1.0)) / sum;
    if x < f32::INFINITY { ln(sum) + lost } else { x }
}

/// x^exponent for x ≥ 0 and an exponent above 0.
#[inline(always)]
pub fn power(x: f32, exponent: f32) -> f32 {
    exp(exponent * ln(x))
}

/// The error function, within 1.2·10⁻⁷ everywhere; NaN stays NaN.
///
/// Below 1, x times a polynomial in x²; above, 1 − e^(−x²) times a polynomial in 1 / (1 + x/2). Both were fitted by least
/// squares, reweighted until the largest error was minimal.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let size = x.abs();
    let square = x * x;
    let mut small = 7.889_114e-5;
    small = small * square - 8.020_841e-4;
    small = small * square + 5.189_535e-3;
    small = small * square - 2.685_444_4e-2;
    small = small * square + 1.128_36e-1;
    small = small * square - 3.761_262_6e-1;
    small = small * square + FRAC_2_SQRT_PI;
    let place = 1.0 / (1.0 + 0.5 * size);
    let mut rest = -5.345_182_5e-2;
    rest = rest * place - 5.760_918e-2;
    rest = rest * place + 4.041_778e-1;
    rest = rest * place + 1.010_436_04e-1;
    rest = rest * place + 3.309_233_2e-1;
    rest = rest * place + 2.736_021_6e-1;
    rest = rest * place + 6.076_852e-4;
    let large = 1.0 - exp(-square) * rest;
    let large = if x < 0.0 { -large } else { large };
    if size < 1.0 { small * x } else { large }
}

/// 1 / (1 + e^(−x)).
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let power = exp(-x.abs());
    let upper = 1.0 / (1.0 + power);
    if x < 0.0 { power * upper } else { upper }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::LN_2;

    use super::*;

    const _: () = assert!(LN_2_HIGH + LN_2_LOW == LN_2);

    /// The largest relative error over many points of an interval, spaced evenly.
    fn error(low: f32, high: f32, found: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let points = 400_000;
        (0..=points)
            .map(|point| {
                let x = low + (high - low) * (point as f32 / points as f32);
                let (found, exact) = (f64::from(found(x)), exact(f64::from(x)));
                ((found - exact) / exact.abs().max(f64::from(f32::MIN_POSITIVE))).abs()
            })
            .fold(0.0, f64::max)
    }

    const UNIT: f64 = 1.0 / (1 << 23) as f64;

    #[test]
    fn the_exponential_is_exact_to_a_few_units_in_the_last_place() {
        assert!(error(-87.0, 0.5, exp, f64::exp) < 2.0 * UNIT);
        assert!(error(-1e-3, 1e-3, exp, f64::exp) < UNIT);
        assert_eq!(exp(0.0).to_bits(), 1.0_f32.to_bits());
        assert_eq!(exp(-1e4).to_bits(), 0);
        assert_eq!(exp(f32::NEG_INFINITY).to_bits(), 0);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn the_logarithms_are_exact_to_a_few_units_in_the_last_place() {
        assert!(error(1e-6, 0.9, ln, f64::ln) < 3.0 * UNIT);
        assert!(error(1.5, 300.0, ln, f64::ln) < 2.0 * UNIT);
        for high in [1e-30, 1e-7, 1e-3, 0.3, 4.0, 255.0] {
            let error = error(high / 1e3, high, ln_one_plus, f64::ln_1p);
            assert!(error < 3.0 * UNIT, "up to {high}: {error}");
        }
        assert_eq!(ln_one_plus(0.0).to_bits(), 0);
        assert!(ln(f32::NAN).is_nan() && ln_one_plus(f32::NAN).is_nan());
        assert!(ln_one_plus(f32::INFINITY).is_infinite());
    }

    #[test]
    fn the_error_function_is_that_of_the_tables() {
        // Abramowitz and Stegun, table 7.1.
        let known = [
            (0.0, 0.0),
            (0.1, 0.112_462_916_0),
            (0.5, 0.520_499_877_8),
            (1.0, 0.842_700_792_9),
            (1.5, 0.966_105_146_5),
            (2.0, 0.995_322_265_0),
        ];
        for (x, value) in known {
            for sign in [1.0, -1.0] {
                let found = f64::from(sign * erf(sign * x));
                assert!((found - value).abs() < 1.2e-7, "{x}: {found}");
            }
        }
        for x in [3.9, 4.0, 1e20, f32::INFINITY] {
            assert!((erf(x) - 1.0).abs() < 1.2e-7 && (erf(-x) + 1.0).abs() < 1.2e-7);
        }
        assert!(erf(f32::NAN).is_nan());
    }

    #[test]
    fn the_sigmoid_is_exact_on_both_sides() {
        for x in [0.0, 1e-3, 0.7, 5.0, 20.0, 60.0] {
            for x in [x, -x] {
                let expected = 1.0 / (1.0 + (-f64::from(x)).exp());
                let error = (f64::from(sigmoid(x)) - expected) / expected;
                assert!(error.abs() < 4.0 * UNIT, "{x}: {error}");
            }
        }
        assert!(sigmoid(f32::NAN).is_nan());
        assert_eq!(sigmoid(f32::NEG_INFINITY).to_bits(), 0);
    }

    #[test]
    fn a_power_is_good_enough_for_a_loss() {
        for exponent in [0.5, 2.0, 5.0] {
            let error = error(
                1e-6,
                1.0,
                |x| power(x, exponent),
                |x| x.powf(f64::from(exponent)),
            );
            assert!(error < 1e-5, "{exponent}: {error}");
        }
    }
}
