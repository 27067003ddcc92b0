//! Whether numbers are those expected, but for rounding.

/// Checks that each number found is within `tolerance` times the largest expected one, or times `floor` where that is larger,
/// of the one expected at its place.
///
/// # Panics
///
/// When one is not, or is NaN, or the counts differ; the message begins with `what`.
pub fn assert_close<F, E>(what: &str, found: &[F], expected: &[E], tolerance: f64, floor: f64)
where
    F: Copy + Into<f64>,
    E: Copy + Into<f64>,
{
    assert_eq!(found.len(), expected.len(), "{what}: how many");
    let largest = expected
        .iter()
        .fold(floor, |most, &value| most.max(value.into().abs()));
    for (place, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let (found, expected): (f64, f64) = (found.into(), expected.into());
        assert!(
            (found - expected).abs() <= tolerance * largest,
            "{what}, number {place}: found {found}, expected {expected}; the largest is {largest}"
        );
    }
}
