//! The part of an image around a place.

use data::{LabelMap, PlanarImage};

/// The box `[x0, y0, x1, y1]` around a place: twice its size, at least a third of the shorter side of the image.
pub(crate) fn around([height, width]: [usize; 2], [x0, y0, x1, y1]: [usize; 4]) -> [usize; 4] {
    let least = height.min(width).div_ceil(3).max(1);
    let wanted = 2 * x1.saturating_sub(x0).max(y1.saturating_sub(y0));
    let along = |first: usize, end: usize, length: usize| {
        let side = wanted.max(least).min(length);
        let start = usize::midpoint(first, end).saturating_sub(side / 2);
        let start = start.min(length - side);
        [start, start + side]
    };
    let [left, right] = along(x0, x1, width);
    let [top, bottom] = along(y0, y1, height);
    [left, top, right, bottom]
}

/// That part of an image.
pub(crate) fn image_part(image: &PlanarImage, [x0, y0, x1, y1]: [usize; 4]) -> PlanarImage {
    let plane = image.height * image.width;
    let rows =
        (0..3).flat_map(|channel| (y0..y1).map(move |row| channel * plane + row * image.width));
    PlanarImage {
        height: y1 - y0,
        width: x1 - x0,
        values: rows
            .flat_map(|start| image.values[start + x0..start + x1].iter().copied())
            .collect(),
    }
}

/// That part of labels.
pub(crate) fn label_part(labels: &LabelMap, [x0, y0, x1, y1]: [usize; 4]) -> LabelMap {
    let rows = (y0..y1).map(|row| &labels.classes[row * labels.width..][..labels.width]);
    LabelMap {
        height: y1 - y0,
        width: x1 - x0,
        classes: rows.flat_map(|row| row[x0..x1].iter().copied()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_around_a_place_stays_in_the_image() {
        assert_eq!(around([90, 120], [0, 0, 10, 10]), [0, 0, 30, 30]);
        assert_eq!(around([90, 120], [110, 80, 120, 90]), [90, 60, 120, 90]);
        assert_eq!(around([90, 120], [50, 40, 70, 50]), [40, 25, 80, 65]);
        assert_eq!(around([90, 120], [0, 0, 120, 90]), [0, 0, 120, 90]);
        assert_eq!(around([1, 1], [0, 0, 1, 1]), [0, 0, 1, 1]);
    }

    #[test]
    fn parts_have_the_rows_and_columns_of_their_box() {
        let image = PlanarImage {
            height: 2,
            width: 3,
            values: (0..18_u8).map(f32::from).collect(),
        };
        let part = image_part(&image, [1, 0, 3, 2]);
        assert_eq!([part.height, part.width], [2, 2]);
        assert_eq!(part.values[..6], [1.0, 2.0, 4.0, 5.0, 7.0, 8.0]);
        let labels = LabelMap {
            height: 2,
            width: 3,
            classes: (0..6).collect(),
        };
        assert_eq!(label_part(&labels, [2, 1, 3, 2]).classes, [5]);
    }
}
