use super::*;
use crate::images::planar_image::PlanarImage;

fn better_place(image: &PlanarImage, labels: &LabelMap) -> Option<[i64; 2]> {
    Edges::new(image)?.better_place(labels)
}

/// A bright disc on a dark, slightly uneven background.
fn image(centre: [f64; 2]) -> PlanarImage {
    let values = (0..128 * 128).map(|index| {
        let (row, column) = ((index / 128) as f64, (index % 128) as f64);
        let inside = (row - centre[0]).hypot(column - centre[1]) < 24.0;
        0.2 + 0.02 * ((index * 7919 % 101) as f32 / 101.0) + if inside { 0.5 } else { 0.0 }
    });
    let plane: Vec<f32> = values.collect();
    PlanarImage {
        height: 128,
        width: 128,
        values: plane.repeat(3),
    }
}

fn labels(centre: [f64; 2]) -> LabelMap {
    let inside = |index: usize| {
        ((index / 128) as f64 - centre[0]).hypot((index % 128) as f64 - centre[1]) < 24.0
    };
    LabelMap {
        height: 128,
        width: 128,
        classes: (0..128 * 128)
            .map(|index| u8::from(inside(index)))
            .collect(),
    }
}

#[test]
fn labels_that_fit_are_not_suspected() {
    assert_eq!(
        better_place(&image([60.0, 70.0]), &labels([60.0, 70.0])),
        None
    );
    assert_eq!(
        better_place(&image([60.0, 70.0]), &labels([61.0, 69.0])),
        None
    );
}

#[test]
fn moved_labels_are_reported_with_their_offset() {
    let found = better_place(&image([60.0, 70.0]), &labels([53.0, 75.0]));
    let [down, right] = found.expect("a better place");
    assert!(
        (down - 7).abs() <= 1 && (right + 5).abs() <= 1,
        "{down} {right}"
    );
}

#[test]
fn without_edges_nothing_is_suspected() {
    let mut flat = image([60.0, 70.0]);
    flat.values.fill(0.4);
    assert_eq!(better_place(&flat, &labels([53.0, 75.0])), None);
}
