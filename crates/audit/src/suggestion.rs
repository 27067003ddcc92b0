//! A label with doubtful places replaced by what the network would draw.

use crate::labelled::Labelled;
use crate::place::{Place, Suggestion};

/// The label of an image in which the pixels of `places` have the suggested class; for a border, the predicted one. Everything
/// else, and whatever is ignored, stays as it is.
pub fn suggested(image: &Labelled<'_>, places: &[Place]) -> Vec<u8> {
    let mut labels = image.labels().to_vec();
    for place in places {
        for [column, row] in &place.pixels {
            let pixel = row * image.width() + column;
            if image.label(pixel).is_none() {
                continue;
            }
            labels[pixel] = match place.suggestion {
                Suggestion::Class(class) => class as u8,
                Suggestion::Move(_) => image.predicted(pixel) as u8,
            };
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Kind;

    #[test]
    fn only_places_change_and_ignored_pixels_stay() {
        let probabilities = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9];
        let image = Labelled::new(&probabilities, &[0, 0, 0, 255], [2, 4], 255).expect("fits");
        let place = |suggestion, pixels: &[[usize; 2]]| Place {
            kind: Kind::Border,
            class: 1,
            score: 0.5,
            pixels: pixels.to_vec(),
            suggestion,
        };
        let places = [
            place(Suggestion::Move(1.0), &[[1, 0], [3, 0]]),
            place(Suggestion::Class(1), &[[2, 0]]),
        ];
        assert_eq!(suggested(&image, &places), [0, 1, 1, 255]);
    }
}
