use super::*;

/// 40×60: class 1 on the left, class 2 on the right of column 30, ignored pixels in a corner of 2, background around;
/// neighbouring pixels have different values.
fn case() -> (PlanarImage, LabelMap) {
    let (height, width) = (40, 60);
    let class = |index: usize| match (index / width, index % width) {
        (5..8, 50..53) => 255,
        (4..36, 8..30) => 1,
        (4..36, 30..55) => 2,
        _ => 0,
    };
    let labels = LabelMap {
        height,
        width,
        classes: (0..height * width).map(class).collect(),
    };
    let base = |index: usize| match labels.classes[index % (height * width)] {
        0 => 0.0,
        1 => 0.2,
        2 => 0.6,
        _ => 0.9,
    };
    let values = (0..3 * height * width)
        .map(|index| base(index) + (index * 7919 % 101) as f32 / 1010.0)
        .collect();
    let image = PlanarImage {
        height,
        width,
        values,
    };
    (image, labels)
}

fn spread(image: &PlanarImage, labels: &LabelMap, class: u8) -> [f32; 2] {
    let inside = image.values.iter().zip(labels.classes.iter().cycle());
    inside
        .filter(|(_, found)| **found == class)
        .fold([1.0, 0.0], |[low, high], (value, _)| {
            [value.min(low), value.max(high)]
        })
}

#[test]
fn insides_become_uniform_and_nothing_crosses_a_border() {
    let (old, labels) = case();
    let mut new = old.clone();
    homogenise(&mut new, &labels, 0.15, 255);
    for (class, low, high) in [(1, 0.2, 0.3), (2, 0.6, 0.7)] {
        let [least, most] = spread(&new, &labels, class);
        // Had the other class bled in, the values would be far outside the class's own range.
        assert!(low < least && most < high, "{class}: {least} to {most}");
        assert!(most - least < 0.02, "{class}: {least} to {most}");
        let [least, most] = spread(&old, &labels, class);
        assert!(most - least > 0.09);
    }
    for (index, class) in labels.classes.iter().cycle().take(7200).enumerate() {
        if matches!(class, 0 | 255) {
            assert_eq!(new.values[index].to_bits(), old.values[index].to_bits());
        }
    }
}

#[test]
fn a_structure_of_one_value_keeps_it_whatever_its_shape() {
    let (mut image, mut labels) = case();
    for (index, class) in labels.classes.iter_mut().enumerate() {
        // Comb, isolated pixels, and a hole.
        *class = u8::from(index % 7 == 0 && index < 1200 || index == 2390);
    }
    for (value, class) in image.values.iter_mut().zip(labels.classes.iter().cycle()) {
        *value = if *class == 1 { 0.625 } else { 0.0 };
    }
    let old = image.clone();
    for share in [0.05, 0.3, 1.0] {
        homogenise(&mut image, &labels, share, 255);
        let near = |(one, other): (&f32, &f32)| (one - other).abs() < 1e-5;
        assert!(image.values.iter().zip(&old.values).all(near), "{share}");
    }
}

#[test]
fn a_wide_mask_is_blurred_as_by_a_gaussian() {
    let (height, width) = (121, 121);
    let mut image = PlanarImage {
        height,
        width,
        values: vec![0.0; 3 * height * width],
    };
    for plane in image.values.chunks_exact_mut(height * width) {
        plane[60 * width + 60] = 1.0;
    }
    let labels = LabelMap {
        height,
        width,
        classes: vec![1; height * width],
    };
    // Three means over 13 pixels have the variance 42.
    homogenise(&mut image, &labels, 42_f64.sqrt() / 121.0, 255);
    for row in 45..76 {
        for column in 45..76 {
            let square = f64::from((row as i32 - 60).pow(2) + (column as i32 - 60).pow(2));
            let gaussian = (-square / 84.0).exp() / (std::f64::consts::TAU * 42.0);
            let found = f64::from(image.values[row * width + column]);
            assert!(
                (found - gaussian).abs() < 5e-4,
                "{row}, {column}: {found}, {gaussian}"
            );
        }
    }
}

#[test]
fn a_blur_of_zero_changes_nothing() {
    let (old, labels) = case();
    let mut new = old.clone();
    homogenise(&mut new, &labels, 0.0, 255);
    assert_eq!(new, old);
    assert!(check(0.1, Path::new("set")).is_ok());
    for share in [-0.1, 1.5, f64::NAN] {
        let error = check(share, Path::new("set")).expect_err("senseless");
        assert!(error.expected.contains("data.homogenise"), "{error}");
    }
}
