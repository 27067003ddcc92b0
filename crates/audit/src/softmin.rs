//! The softmin score of an image.

use crate::labelled::Labelled;

/// The temperature that its authors chose.
pub const TEMPERATURE: f64 = 0.1;

/// How much an image's label is doubted: 1 − s, with s the softmin score of Lad and Mueller, arXiv 2307.05080, Section 3,
///
/// s = Σ wᵢ·pᵢ, w = softmax((1 − p) / T), T = 0.1,
///
/// over the pixels i that are not ignored; pᵢ is the probability of the pixel's label. It lies between the mean of 1 − p and its
/// maximum: the smaller T, the more the worst pixels count. None if every pixel is ignored.
pub fn softmin(image: &Labelled<'_>) -> Option<f64> {
    let (mut weights, mut sum) = (0.0, 0.0);
    for doubt in (0..image.pixels()).filter_map(|pixel| image.doubt(pixel)) {
        // At most e^10: nothing has to be subtracted first.
        let weight = (doubt / TEMPERATURE).exp();
        weights += weight;
        sum += weight * doubt;
    }
    (weights > 0.0).then(|| sum / weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_pixels_count_most() {
        // 1 − p is 0.1 and 0.8; weights e^1 and e^8.
        let probabilities = [0.9, 0.8, 0.1, 0.2];
        let image = Labelled::new(&probabilities, &[0, 1], [2, 2], 255).expect("fits");
        let (one, other) = (1.0_f64.exp(), 8.0_f64.exp());
        let expected = (one * 0.1 + other * 0.8) / (one + other);
        let found = softmin(&image).expect("a score");
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        assert!((expected - 0.799_362).abs() < 1e-5, "{expected}");
    }

    #[test]
    fn ignored_pixels_do_not_count() {
        let probabilities = [0.75, 0.0, 0.25, 1.0];
        let image = Labelled::new(&probabilities, &[0, 255], [2, 2], 255).expect("fits");
        let found = softmin(&image).expect("a score");
        assert!((found - 0.25).abs() < 1e-12, "{found}");
        let image = Labelled::new(&probabilities, &[255, 255], [2, 2], 255).expect("fits");
        assert_eq!(softmin(&image), None);
    }
}
