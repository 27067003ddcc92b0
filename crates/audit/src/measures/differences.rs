//! Where a label differs from the clean one, as places: what it lacks, what it has without a reason, and what has another class.

use data::regions::{Region, regions};
use data::{LabelMap, PixelBox};

/// Fewer pixels are no place to look at.
pub const SMALLEST: usize = 4;

/// A region of a class is there if the other label has this fraction of it in the same class.
const PRESENT: f64 = 0.1;

/// A label of which less than this agrees with the clean one (Dice over all classes) is wrong as a whole.
pub const GROSSLY_WRONG: f64 = 0.5;

/// The differences of one image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// Pixels whose class is not the clean one.
    pub wrong: usize,
    /// Pixels that are not ignored on either side.
    pub pixels: usize,
    /// Dice over all foreground classes: twice the pixels with the same class, as a fraction of the foreground of both; 1 if
    /// both are empty.
    pub dice: f64,
    /// Regions of the clean label that are background in the label, or nearly.
    pub missed: Vec<PixelBox>,
    /// Regions of the label that are background in the clean one, or nearly.
    pub extra: Vec<PixelBox>,
    /// Regions of the clean label that mostly have another class.
    pub swapped: Vec<PixelBox>,
}

impl Differences {
    /// Compares a label with the clean one of the same size; pixels with the class `ignore` in either are omitted.
    ///
    /// # Panics
    ///
    /// If their sizes differ.
    pub fn new(label: &LabelMap, clean: &LabelMap, ignore: u8) -> Self {
        assert_eq!(
            [label.height, label.width],
            [clean.height, clean.width],
            "labels of one image"
        );
        let counts = |one: u8, other: u8| one != ignore && other != ignore;
        let pairs = label.classes.iter().zip(&clean.classes);
        let (mut wrong, mut pixels, mut foreground, mut same) = (0, 0, 0, 0);
        for (&label, &clean) in pairs.filter(|(label, clean)| counts(**label, **clean)) {
            pixels += 1;
            wrong += usize::from(label != clean);
            foreground += usize::from(label > 0) + usize::from(clean > 0);
            same += usize::from(label == clean && label > 0);
        }
        let mut differences = Self {
            wrong,
            pixels,
            dice: if foreground == 0 {
                1.0
            } else {
                2.0 * same as f64 / foreground as f64
            },
            ..Self::default()
        };
        for (place, kind) in unlike(clean, label, ignore) {
            match kind {
                Unlike::Background => differences.missed.push(place),
                Unlike::OtherClass => differences.swapped.push(place),
            }
        }
        let extra = unlike(label, clean, ignore).into_iter();
        let extra = extra.filter(|(_, kind)| *kind == Unlike::Background);
        differences.extra = extra.map(|(place, _)| place).collect();
        differences
    }

    /// Whether the label is wrong as a whole.
    pub fn is_grossly_wrong(&self) -> bool {
        self.dice < GROSSLY_WRONG
    }
}

/// What a region is on the other side, where it is not of its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unlike {
    Background,
    OtherClass,
}

/// The regions of `one` that hardly have their class in `other`.
fn unlike(one: &LabelMap, other: &LabelMap, ignore: u8) -> Vec<(PixelBox, Unlike)> {
    let mut classes = one.classes.clone();
    classes.sort_unstable();
    classes.dedup();
    classes.retain(|class| *class > 0 && *class != ignore);
    let mut found = Vec::new();
    for class in classes {
        let mask: Vec<bool> = one.classes.iter().map(|found| *found == class).collect();
        for region in regions(&mask, one.width) {
            found.extend(unlike_region(&region, class, other, ignore));
        }
    }
    found
}

fn unlike_region(
    region: &Region,
    class: u8,
    other: &LabelMap,
    ignore: u8,
) -> Option<(PixelBox, Unlike)> {
    let (mut same, mut foreground, mut pixels) = (0, 0, 0);
    for [column, row] in &region.pixels {
        let there = other.classes[row * other.width + column];
        if there != ignore {
            pixels += 1;
            same += usize::from(there == class);
            foreground += usize::from(there > 0);
        }
    }
    if pixels < SMALLEST || same as f64 >= PRESENT * pixels as f64 {
        return None;
    }
    let kind = if 2 * foreground > pixels {
        Unlike::OtherClass
    } else {
        Unlike::Background
    };
    Some((PixelBox::around(&region.pixels)?, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 × 10 pixels with squares of 3 × 3 pixels.
    fn map(squares: &[(usize, usize, u8)]) -> LabelMap {
        let mut classes = vec![0; 200];
        for &(x, y, class) in squares {
            for row in y..y + 3 {
                classes[row * 20 + x..][..3].fill(class);
            }
        }
        LabelMap {
            height: 10,
            width: 20,
            classes,
        }
    }

    fn starts(places: &[PixelBox]) -> Vec<[usize; 2]> {
        places.iter().map(|place| [place.x0, place.y0]).collect()
    }

    #[test]
    fn islands_are_missed_added_or_of_another_class() {
        let clean = map(&[(0, 0, 1), (5, 0, 1), (10, 0, 2)]);
        let label = map(&[(0, 0, 1), (10, 0, 1), (15, 5, 2)]);
        let found = Differences::new(&label, &clean, 255);
        assert_eq!(starts(&found.missed), [[5, 0]]);
        assert_eq!(starts(&found.swapped), [[10, 0]]);
        assert_eq!(starts(&found.extra), [[15, 5]]);
        assert_eq!((found.wrong, found.pixels), (27, 200));
        assert!((found.dice - 18.0 / 54.0).abs() < 1e-12);
        assert!(found.is_grossly_wrong());
        let none = Differences::new(&clean, &clean, 255);
        assert_eq!((none.wrong, none.missed.len(), none.dice), (0, 0, 1.0));
    }

    #[test]
    fn a_moved_border_is_no_place_and_ignored_pixels_do_not_count() {
        let found = Differences::new(&map(&[(1, 1, 1)]), &map(&[(0, 0, 1)]), 255);
        assert_eq!((found.missed.len(), found.extra.len()), (0, 0));
        assert_eq!(found.wrong, 10);
        let ignored = map(&[(0, 0, 255), (5, 5, 1)]);
        let found = Differences::new(&ignored, &map(&[(0, 0, 1), (5, 5, 1)]), 255);
        assert_eq!((found.wrong, found.pixels, found.dice), (0, 191, 1.0));
        assert_eq!(found.missed, []);
        let empty = Differences::new(&map(&[]), &map(&[]), 255);
        assert!((empty.dice - 1.0).abs() < 1e-12);
    }
}
