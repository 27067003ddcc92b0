use super::*;

/// A bright point in the middle of three planes.
fn point(height: usize, width: usize) -> Vec<f32> {
    let mut values = vec![0.0; 3 * height * width];
    for plane in values.chunks_exact_mut(height * width) {
        plane[height / 2 * width + width / 2] = 1.0;
    }
    values
}

#[test]
fn a_point_becomes_a_gaussian_of_the_requested_variance() {
    let (height, width, sigma) = (41, 51, 3.0);
    let mut values = point(height, width);
    blur(&mut values, height, width, sigma);
    for plane in values.chunks_exact(height * width) {
        let moment = |power: i32, across: bool| -> f64 {
            let term = |(index, value): (usize, &f32)| {
                let (row, column) = (index / width, index % width);
                let place = if across {
                    column as f64 - (width / 2) as f64
                } else {
                    row as f64 - (height / 2) as f64
                };
                f64::from(*value) * place.powi(power)
            };
            plane.iter().enumerate().map(term).sum()
        };
        assert!((moment(0, true) - 1.0).abs() < 1e-5);
        for across in [true, false] {
            assert!(moment(1, across).abs() < 1e-4);
            // Truncation at three standard deviations makes it slightly narrower.
            let deviation = moment(2, across).sqrt();
            assert!((0.97..1.0).contains(&(deviation / sigma)), "{deviation}");
        }
    }
}

#[test]
fn uniform_images_stay_uniform_up_to_the_borders() {
    let even = vec![0.375; 3 * 9 * 6];
    let mut blurred = even.clone();
    // Wider than the image.
    blur(&mut blurred, 9, 6, 4.0);
    let mut coarse = even.clone();
    lower_resolution(&mut coarse, 9, 6, 3.7);
    for values in [blurred, coarse] {
        assert!(
            values
                .iter()
                .zip(&even)
                .all(|(one, other)| (one - other).abs() < 1e-6)
        );
    }
}

#[test]
fn low_resolution_removes_fine_detail_and_keeps_coarse_structure() {
    let (height, width) = (64, 64);
    let waves = |length: f32| -> Vec<f32> {
        (0..3 * height * width)
            .map(|index| {
                let column = (index % width) as f32;
                0.5 + 0.5 * (std::f32::consts::TAU * column / length).sin()
            })
            .collect()
    };
    let spread = |values: &[f32]| {
        let middle = &values[32 * width + 16..][..32];
        middle
            .iter()
            .fold(0.0_f32, |most, value| most.max((value - 0.5).abs()))
    };
    let left = |length| {
        let mut values = waves(length);
        lower_resolution(&mut values, height, width, 4.0);
        spread(&values)
    };
    assert!(left(3.0) < 0.1, "{}", left(3.0));
    assert!(left(32.0) > 0.4, "{}", left(32.0));
}

#[test]
fn noise_has_its_deviation_and_stays_in_range() {
    let mut values = vec![0.5; 30_000];
    add_noise(&mut values, 0.05, 4);
    let mean = values.iter().sum::<f32>() / 30_000.0;
    let square = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        / 30_000.0;
    assert!((mean - 0.5).abs() < 2e-3, "{mean}");
    assert!((square.sqrt() - 0.05).abs() < 1e-3, "{}", square.sqrt());
    let mut bright = vec![1.0; 300];
    add_noise(&mut bright, 0.5, 4);
    assert!(bright.iter().all(|value| (0.0..=1.0).contains(value)));
    assert!(bright.iter().any(|value| *value < 0.8));
}
