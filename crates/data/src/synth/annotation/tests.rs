use super::*;

fn square(size: usize) -> Vec<u8> {
    let inside = |value: usize| (size / 4..3 * size / 4).contains(&value);
    (0..size * size)
        .map(|index| u8::from(inside(index % size) && inside(index / size)) * 2)
        .collect()
}

fn dice(one: &[u8], other: &[u8]) -> f64 {
    let both = one
        .iter()
        .zip(other)
        .filter(|(one, other)| **one > 0 && **other > 0)
        .count();
    let sum = one.iter().chain(other).filter(|class| **class > 0).count();
    2.0 * both as f64 / sum as f64
}

#[test]
fn without_noise_labels_are_unchanged() {
    assert!(annotate(&square(64), 64, 0.0, 1).0 == square(64));
}

#[test]
fn more_noise_lowers_the_agreement() {
    let mean = |noise: f64| {
        (0..40)
            .map(|seed| dice(&square(64), &annotate(&square(64), 64, noise, seed).0))
            .sum::<f64>()
            / 40.0
    };
    let (little, usual, much) = (mean(0.3), mean(1.0), mean(3.0));
    assert!(little > usual && usual > much, "{little} {usual} {much}");
    assert!(little > 0.9 && much > 0.4);
}
