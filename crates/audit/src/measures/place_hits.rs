//! Which places of a list are places that are known to be wrong.

use data::PixelBox;

/// The smallest overlap at which a listed place counts as a noted one: a box of about the right place and size, not an outline.
pub const HIT: f64 = 0.1;

/// Which of the listed places, the most doubtful first, overlap a noted one by more than [`HIT`]. Each noted place is hit once, by
/// the first that overlaps it: a second one there finds nothing new.
pub fn hits(listed: &[PixelBox], noted: &[PixelBox]) -> Vec<bool> {
    let mut left: Vec<&PixelBox> = noted.iter().collect();
    listed
        .iter()
        .map(|place| {
            let nearest = (0..left.len())
                .map(|index| (index, place.overlap(left[index])))
                .filter(|(_, overlap)| *overlap > HIT)
                .max_by(|one, other| one.1.total_cmp(&other.1));
            nearest.map(|(index, _)| left.swap_remove(index)).is_some()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: usize, y: usize, side: usize) -> PixelBox {
        PixelBox {
            x0: x,
            y0: y,
            x1: x + side,
            y1: y + side,
        }
    }

    #[test]
    fn every_noted_place_is_hit_once() {
        let noted = [square(0, 0, 4), square(10, 10, 4)];
        let listed = [
            square(1, 1, 4),
            square(0, 0, 4),
            square(30, 30, 4),
            square(10, 11, 4),
        ];
        assert_eq!(hits(&listed, &noted), [true, false, false, true]);
        assert_eq!(hits(&listed, &[]), [false; 4]);
    }
}
