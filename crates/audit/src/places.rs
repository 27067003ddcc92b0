//! Structures that the label lacks, has without a reason, or has with another class.
//!
//! After Rottmann and Reese, arXiv 2207.06104: a connected component of the prediction that the label does not contain is a
//! candidate for a missed structure, and the reverse. They rank candidates by a network that estimates whether the prediction is
//! right; here the mean doubt of the label's pixels is used, with a factor for the size, which needs no second training.

use data::regions::{Region, regions};

use crate::labelled::Labelled;
use crate::place::{Kind, Place, Suggestion, size_factor, smallest};

/// A component of which at most this fraction has the same class in the other map is not there.
const SAME: f64 = 0.25;
/// A prediction this close to a labelled structure, in pixels, is a matter of its border.
const NEAR: usize = 2;

/// The places of an image, in no particular order.
///
/// * *Missed*: a component of the prediction whose pixels are mostly labelled background, of which at most a quarter is labelled
///   with its class, and at least half is more than two pixels away from every labelled structure.
/// * *Extra*: a component of the label of which at most a quarter is predicted with its class, and most as background.
/// * *Class*: the same, but mostly predicted as another class of the foreground.
///
/// The score is the mean of 1 − p(label) over the component's pixels that are not ignored, times A / (A + H) for a component of
/// A pixels, with H a two-thousandth of the image.
pub fn places(image: &Labelled<'_>) -> Vec<Place> {
    let prediction = image.prediction();
    let away = away_from_foreground(image);
    let mut found = Vec::new();
    for class in 1..image.classes() {
        let predicted =
            |pixel: usize| usize::from(prediction[pixel]) == class && image.label(pixel).is_some();
        for region in components(image, predicted) {
            let count = Counts::of(image, &region, |pixel| image.label(pixel));
            let lone = region
                .pixels
                .iter()
                .filter(|pixel| away[index(image, **pixel)])
                .count();
            let is_missed =
                count.most() == 0 && count.share(class) <= SAME && 2 * lone >= region.pixels.len();
            if is_missed {
                found.push(place(
                    image,
                    Kind::Missed,
                    class,
                    Suggestion::Class(class),
                    region,
                ));
            }
        }
        for region in components(image, |pixel| image.label(pixel) == Some(class)) {
            let count = Counts::of(image, &region, |pixel| Some(usize::from(prediction[pixel])));
            if count.share(class) > SAME {
                continue;
            }
            let other = count.most_but(class);
            let kind = if other == 0 { Kind::Extra } else { Kind::Class };
            found.push(place(image, kind, class, Suggestion::Class(other), region));
        }
    }
    found
}

/// The components of a mask that are large enough to be places.
pub(crate) fn components(
    image: &Labelled<'_>,
    is_inside: impl Fn(usize) -> bool,
) -> impl Iterator<Item = Region> {
    let mask: Vec<bool> = (0..image.pixels()).map(is_inside).collect();
    let smallest = smallest(image.pixels());
    let found = regions(&mask, image.width());
    found
        .into_iter()
        .filter(move |region| region.pixels.len() >= smallest)
}

pub(crate) fn index(image: &Labelled<'_>, [column, row]: [usize; 2]) -> usize {
    row * image.width() + column
}

fn place(
    image: &Labelled<'_>,
    kind: Kind,
    class: usize,
    suggestion: Suggestion,
    region: Region,
) -> Place {
    let doubts: Vec<f64> = region
        .pixels
        .iter()
        .filter_map(|pixel| image.doubt(index(image, *pixel)))
        .collect();
    let mean = doubts.iter().sum::<f64>() / doubts.len().max(1) as f64;
    Place {
        kind,
        class,
        score: mean * size_factor(region.pixels.len(), image.pixels()),
        pixels: region.pixels,
        suggestion,
    }
}

/// Numbers of a region's pixels by class of the other map.
struct Counts(Vec<usize>);

impl Counts {
    fn of(image: &Labelled<'_>, region: &Region, class: impl Fn(usize) -> Option<usize>) -> Self {
        let mut counts = vec![0; image.classes()];
        for pixel in &region.pixels {
            if let Some(class) = class(index(image, *pixel)) {
                counts[class] += 1;
            }
        }
        Self(counts)
    }

    fn share(&self, class: usize) -> f64 {
        self.0[class] as f64 / self.0.iter().sum::<usize>().max(1) as f64
    }

    /// The most frequent class; of equal ones the first.
    fn most(&self) -> usize {
        self.most_but(self.0.len())
    }

    fn most_but(&self, excluded: usize) -> usize {
        let others = (0..self.0.len()).filter(|class| *class != excluded);
        others
            .reduce(|best, class| {
                if self.0[class] > self.0[best] {
                    class
                } else {
                    best
                }
            })
            .unwrap_or(0)
    }
}

/// Whether each pixel is more than `NEAR` columns or rows away from every labelled structure.
fn away_from_foreground(image: &Labelled<'_>) -> Vec<bool> {
    let (width, height) = (image.width(), image.height());
    let is_foreground = |pixel: usize| image.label(pixel).is_some_and(|label| label > 0);
    let near =
        |from: &dyn Fn(usize) -> bool, step: usize, place: usize, end: usize, pixel: usize| {
            let back = NEAR.min(place);
            let ahead = NEAR.min(end - 1 - place);
            (pixel - back * step..=pixel + ahead * step)
                .step_by(step)
                .any(from)
        };
    let in_row: Vec<bool> = (0..image.pixels())
        .map(|pixel| near(&is_foreground, 1, pixel % width, width, pixel))
        .collect();
    (0..image.pixels())
        .map(|pixel| !near(&|other| in_row[other], width, pixel / width, height, pixel))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::tests::probabilities;

    const SIDE: usize = 16;

    /// A map with squares `[x, y, side, class]`.
    fn squares(squares: &[[usize; 4]]) -> Vec<u8> {
        let mut map = vec![0; SIDE * SIDE];
        for [x, y, side, class] in squares {
            for row in *y..y + side {
                map[row * SIDE + x..row * SIDE + x + side].fill(*class as u8);
            }
        }
        map
    }

    fn found(predicted: &[[usize; 4]], labels: &[[usize; 4]]) -> Vec<Place> {
        let (predicted, labels) = (squares(predicted), squares(labels));
        let probabilities = probabilities(&predicted, 3, 0.75);
        let image = Labelled::new(&probabilities, &labels, [3, SIDE], 255).expect("fits");
        places(&image)
    }

    #[test]
    fn a_structure_without_a_label_is_missed() {
        let found = found(&[[1, 1, 4, 1], [10, 10, 4, 2]], &[[1, 1, 4, 1]]);
        assert_eq!(found.len(), 1);
        let place = &found[0];
        assert_eq!((place.kind, place.class), (Kind::Missed, 2));
        assert_eq!(place.suggestion, Suggestion::Class(2));
        assert_eq!(place.bounds().corners(), [10, 10, 14, 14]);
        // 1 − p of the background is 0.875; 16 pixels of at least 4 that halve it.
        assert!(
            (place.score - 0.875 * 16.0 / 20.0).abs() < 1e-6,
            "{place:?}"
        );
    }

    #[test]
    fn a_label_without_a_structure_is_extra_and_a_swapped_one_has_another_class() {
        let found = found(&[[10, 10, 4, 2]], &[[1, 1, 4, 1], [10, 10, 4, 1]]);
        let kinds: Vec<(Kind, usize, Suggestion)> = found
            .iter()
            .map(|place| (place.kind, place.class, place.suggestion))
            .collect();
        assert_eq!(
            kinds,
            [
                (Kind::Extra, 1, Suggestion::Class(0)),
                (Kind::Class, 1, Suggestion::Class(2))
            ]
        );
    }

    #[test]
    fn a_ring_around_a_structure_is_a_matter_of_its_border() {
        assert!(found(&[[2, 2, 8, 1]], &[[4, 4, 4, 1]]).is_empty());
        // A ring of another class.
        assert!(found(&[[2, 2, 8, 2], [4, 4, 4, 1]], &[[4, 4, 4, 1]]).is_empty());
    }
}
