//! Borders that are drawn too far outside or inside, by how many pixels.

use data::regions::Region;

use crate::labelled::Labelled;
use crate::place::{Kind, Place, Suggestion, size_factor};
use crate::places::{components, index};

/// Half the width of the band around a label's border in which another border counts: a twentieth of the shorter side, 3 to 24
/// pixels.
pub fn band(height: usize, width: usize) -> usize {
    (height.min(width) / 20).clamp(3, 24)
}

/// The borders of an image that the network would move by at least one pixel.
///
/// For each pixel on the contour of a labelled structure, the offset is the signed distance to the border of the same class in
/// the prediction: positive if the prediction reaches further out. Contour pixels without such a border within [`band`] pixels
/// are a matter of [`places`](crate::places) and do not count; if they are more than half, the structure has no border here. The
/// suggestion is the median offset m, which single corners do not change. The place is what lies between the two borders: the
/// pixels within the band in which label and prediction disagree about this class. Its score is the mean of 1 − p(label) over
/// these, times min(1, |m| / band) and the factor for the size.
pub fn borders(image: &Labelled<'_>) -> Vec<Place> {
    let prediction = image.prediction();
    let band = band(image.height(), image.width());
    let near = offsets_by_distance(band);
    let mut found = Vec::new();
    for class in 1..image.classes() {
        for region in components(image, |pixel| image.label(pixel) == Some(class)) {
            let search = Search {
                image,
                prediction: &prediction,
                class,
                near: &near,
            };
            found.extend(search.border(&region, band));
        }
    }
    found
}

/// `[dx, dy]` up to this distance, the nearest first.
fn offsets_by_distance(band: usize) -> Vec<[i64; 2]> {
    let reach = band as i64 + 1;
    let mut offsets: Vec<[i64; 2]> = (-reach..=reach)
        .flat_map(|dy| (-reach..=reach).map(move |dx| [dx, dy]))
        .filter(|[dx, dy]| dx * dx + dy * dy <= reach * reach)
        .collect();
    offsets.sort_by_key(|[dx, dy]| (dx * dx + dy * dy, *dy, *dx));
    offsets
}

struct Search<'a> {
    image: &'a Labelled<'a>,
    prediction: &'a [u8],
    class: usize,
    near: &'a [[i64; 2]],
}

impl Search<'_> {
    fn neighbour(&self, [column, row]: [usize; 2], [dx, dy]: [i64; 2]) -> Option<usize> {
        let (x, y) = (column as i64 + dx, row as i64 + dy);
        let inside = (0..self.image.width() as i64).contains(&x)
            && (0..self.image.height() as i64).contains(&y);
        inside.then(|| y as usize * self.image.width() + x as usize)
    }

    fn is_predicted(&self, pixel: usize) -> bool {
        usize::from(self.prediction[pixel]) == self.class
    }

    /// Whether a labelled pixel has a neighbour with another label. The edge of the image and ignored pixels are no border.
    fn is_contour(&self, pixel: [usize; 2]) -> bool {
        let around = [[1, 0], [0, 1], [-1, 0], [0, -1]];
        around
            .into_iter()
            .filter_map(|offset| self.image.label(self.neighbour(pixel, offset)?))
            .any(|label| label != self.class)
    }

    /// The signed distance from a contour pixel to the predicted border; none if it is not within the band.
    fn offset(&self, pixel: [usize; 2], band: usize) -> Option<f64> {
        let is_inside = self.is_predicted(index(self.image, pixel));
        let [dx, dy] = self.near.iter().find(|offset| {
            self.neighbour(pixel, **offset)
                .is_some_and(|other| self.is_predicted(other) != is_inside)
        })?;
        let distance = ((dx * dx + dy * dy) as f64).sqrt();
        // The contour is the label's last pixel, and the next one outside it where both borders are the same.
        let offset = if is_inside { distance - 1.0 } else { -distance };
        (offset.abs() <= band as f64).then_some(offset)
    }

    fn border(&self, region: &Region, band: usize) -> Option<Place> {
        let contour = region
            .pixels
            .iter()
            .filter(|pixel| self.is_contour(**pixel));
        let offsets: Vec<Option<f64>> = contour.map(|pixel| self.offset(*pixel, band)).collect();
        let mut within: Vec<f64> = offsets.iter().copied().flatten().collect();
        if within.is_empty() || 2 * within.len() < offsets.len() {
            return None;
        }
        let median = median(&mut within);
        if median.abs() < 1.0 {
            return None;
        }
        let pixels = self.between(region, band);
        let doubts = pixels
            .iter()
            .filter_map(|pixel| self.image.doubt(index(self.image, *pixel)));
        let mean = doubts.sum::<f64>() / pixels.len().max(1) as f64;
        let factor = size_factor(pixels.len(), self.image.pixels());
        Some(Place {
            kind: Kind::Border,
            class: self.class,
            score: mean * (median.abs() / band as f64).min(1.0) * factor,
            pixels,
            suggestion: Suggestion::Move(median),
        })
    }

    /// The pixels in which label and prediction disagree about the class, within the band around the region's box and on the
    /// side of one of its pixels.
    fn between(&self, region: &Region, band: usize) -> Vec<[usize; 2]> {
        let [x0, y0, x1, y1] = region.bounds().corners();
        let left = x0.saturating_sub(band);
        let top = y0.saturating_sub(band);
        let right = (x1 + band).min(self.image.width());
        let bottom = (y1 + band).min(self.image.height());
        let mut pixels = Vec::new();
        for row in top..bottom {
            for column in left..right {
                let pixel = index(self.image, [column, row]);
                let differs = self
                    .image
                    .label(pixel)
                    .is_some_and(|label| (label == self.class) != self.is_predicted(pixel));
                if differs {
                    pixels.push([column, row]);
                }
            }
        }
        pixels
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::tests::probabilities;

    const SIDE: usize = 32;

    fn square(first: usize, end: usize) -> Vec<u8> {
        let inside = |value: usize| (first..end).contains(&value);
        (0..SIDE * SIDE)
            .map(|pixel| u8::from(inside(pixel % SIDE) && inside(pixel / SIDE)))
            .collect()
    }

    fn found(predicted: &[u8], labels: &[u8]) -> Vec<Place> {
        let probabilities = probabilities(predicted, 2, 0.75);
        let image = Labelled::new(&probabilities, labels, [2, SIDE], 255).expect("fits");
        borders(&image)
    }

    #[test]
    fn a_label_that_is_too_small_is_to_be_moved_out() {
        let found = found(&square(8, 24), &square(10, 22));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].suggestion, Suggestion::Move(2.0));
        assert_eq!(found[0].area(), 16 * 16 - 12 * 12);
        assert_eq!(found[0].bounds().corners(), [8, 8, 24, 24]);
        // All of these have 1 − p = 0.75; the band is 3 pixels.
        let expected = 0.75 * (2.0 / 3.0) * 112.0 / 116.0;
        assert!(
            (found[0].score - expected).abs() < 1e-6,
            "{}",
            found[0].score
        );
    }

    #[test]
    fn a_label_that_is_too_large_is_to_be_moved_in() {
        let found = found(&square(11, 21), &square(10, 22));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].suggestion, Suggestion::Move(-1.0));
        assert_eq!(found[0].area(), 144 - 100);
    }

    #[test]
    fn equal_borders_and_distant_ones_are_no_places() {
        assert!(found(&square(10, 22), &square(10, 22)).is_empty());
        assert!(found(&square(2, 30), &square(12, 18)).is_empty());
        assert!(found(&square(0, 0), &square(12, 18)).is_empty());
    }

    #[test]
    fn the_band_is_a_twentieth_of_the_shorter_side() {
        assert_eq!(
            [band(32, 200), band(200, 300), band(4000, 3000)],
            [3, 10, 24]
        );
    }
}
