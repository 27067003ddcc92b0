//! The doubt of every pixel, as a picture.

use crate::labelled::Labelled;

/// 1 − p(label) of every pixel in 8 bits: 255 is full doubt. Ignored pixels are 0.
pub fn doubt_map(image: &Labelled<'_>) -> Vec<u8> {
    let byte = |pixel| {
        image
            .doubt(pixel)
            .map_or(0, |doubt| (doubt * 255.0).round() as u8)
    };
    (0..image.pixels()).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_doubt_is_white() {
        let probabilities = [0.0, 1.0, 0.8, 0.3, 1.0, 0.0, 0.2, 0.7];
        let image = Labelled::new(&probabilities, &[0, 0, 0, 255], [2, 4], 255).expect("fits");
        assert_eq!(doubt_map(&image), [255, 0, 51, 0]);
    }
}
