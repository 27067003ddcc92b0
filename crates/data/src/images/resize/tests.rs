use super::*;

fn ramp(height: usize, width: usize) -> PlanarImage {
    let plane = |slope: f32| {
        (0..height * width).map(move |index| slope * ((index % width) as f32 + 0.5) / width as f32)
    };
    PlanarImage {
        height,
        width,
        values: plane(1.0).chain(plane(0.5)).chain(plane(0.0)).collect(),
    }
}

#[test]
fn a_ramp_stays_a_ramp_away_from_the_borders() {
    for (height, width) in [(10, 48), (40, 12), (7, 33)] {
        let resized = resize_image(&ramp(20, 24), height, width);
        assert_eq!(resized.values.len(), 3 * height * width);
        let expected = ramp(height, width);
        for row in 0..height {
            for column in 3..width - 3 {
                let index = row * width + column;
                assert!((resized.values[index] - expected.values[index]).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn single_values_equal_those_computed_by_hand() {
    let line = |values: &[f32]| PlanarImage {
        height: 1,
        width: values.len(),
        values: values.repeat(3),
    };
    // Twice as wide: at a quarter and three quarters between old centres, with the border repeated.
    let grown = resize_image(&line(&[0.0, 1.0]), 1, 4);
    assert_eq!(grown, line(&[0.0, 0.25, 0.75, 1.0]));
    // Half as wide: triangular weights 3/4, 3/4, 1/4 over their sum.
    let shrunk = resize_image(&line(&[7.0, 0.0, 0.0, 0.0]), 1, 2);
    assert_eq!(shrunk, line(&[3.0, 0.0]));
    assert_eq!(resize_image(&line(&[0.25]), 3, 2).values, [0.25; 18]);
}

#[test]
fn shrinking_keeps_the_mean() {
    let image = PlanarImage {
        height: 64,
        width: 64,
        values: (0..3 * 64 * 64)
            .map(|index| ((index * 7919) % 101) as f32 / 101.0)
            .collect(),
    };
    let mean = |image: &PlanarImage| image.values.iter().sum::<f32>() / image.values.len() as f32;
    let small = resize_image(&image, 16, 16);
    assert!((mean(&small) - mean(&image)).abs() < 0.01);
    let spread = small
        .values
        .iter()
        .fold(0.0_f32, |most, value| most.max((value - 0.5).abs()));
    assert!(
        spread < 0.3,
        "single pixels must not shine through: {spread}"
    );
}

#[test]
fn labels_keep_their_values_and_places() {
    let labels = LabelMap {
        height: 2,
        width: 2,
        classes: vec![0, 1, 2, 255],
    };
    let large = resize_labels(&labels, 4, 6);
    assert_eq!(
        large.classes,
        [
            [0, 0, 0, 1, 1, 1],
            [0, 0, 0, 1, 1, 1],
            [2, 2, 2, 255, 255, 255],
            [2, 2, 2, 255, 255, 255]
        ]
        .concat()
    );
    assert_eq!(resize_labels(&large, 2, 2), labels);
}
