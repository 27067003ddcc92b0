use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// 40×60 with a structure of 2×3 pixels, one of a single pixel, and ignored pixels.
fn sample() -> Sample {
    let mut labels = vec![0; 2400];
    for (row, column, class) in [
        (5, 9, 1),
        (5, 10, 1),
        (5, 11, 1),
        (6, 9, 1),
        (6, 10, 1),
        (6, 11, 1),
        (33, 52, 2),
        (20, 30, 255),
        (21, 30, 255),
    ] {
        labels[row * 60 + column] = class;
    }
    Sample {
        height: 40,
        width: 60,
        image: vec![0; 7200],
        labels,
    }
}

fn corners(crop: &Crop, sample: &Sample, size: [usize; 2]) -> Vec<[usize; 2]> {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    (0..600)
        .map(|_| {
            let draws = CropDraws {
                foreground: random.random(),
                class: random.random(),
                pixel: random.random(),
                row: random.random(),
                column: random.random(),
            };
            crop.corner(sample, size, 255, draws)
        })
        .collect()
}

fn crop(foreground: f64) -> Crop {
    Crop {
        from: [40, 60],
        foreground,
    }
}

#[test]
fn crops_on_the_foreground_contain_it_and_its_classes_are_equally_likely() {
    let sample = sample();
    let corners = corners(&crop(1.0), &sample, [16, 16]);
    let holds = |[row, column]: [usize; 2], class| {
        (row..row + 16)
            .any(|row| sample.labels[row * 60 + column..row * 60 + column + 16].contains(&class))
    };
    let count_of = |class| {
        corners
            .iter()
            .filter(|corner| holds(**corner, class))
            .count()
    };
    // One pixel is as likely as six; no window contains both.
    let (large, small) = (count_of(1), count_of(2));
    assert_eq!(large + small, 600);
    assert!((250..350).contains(&small), "{small}");
}

#[test]
fn other_crops_are_anywhere_inside() {
    let corners = corners(&crop(0.0), &sample(), [16, 16]);
    let rows: std::collections::BTreeSet<_> = corners.iter().map(|corner| corner[0]).collect();
    let columns: std::collections::BTreeSet<_> = corners.iter().map(|corner| corner[1]).collect();
    assert_eq!((rows.first(), rows.last()), (Some(&0), Some(&24)));
    assert_eq!((columns.first(), columns.last()), (Some(&0), Some(&44)));
}

#[test]
fn an_image_without_foreground_is_cropped_anywhere() {
    let mut sample = sample();
    sample.labels.fill(0);
    sample.labels[7] = 255;
    let corners_at = |share| corners(&crop(share), &sample, [16, 16]);
    assert_eq!(corners_at(1.0), corners_at(0.0));
    assert_eq!(corners(&crop(1.0), &sample, [40, 60])[0], [0, 0]);
}

#[test]
fn a_crop_larger_than_its_source_is_refused() {
    assert_eq!(crop(0.5).check_size([40, 60]), Ok(()));
    assert_eq!(Crop::default().check_size([512, 512]), Ok(()));
    let error = crop(0.5).check_size([41, 60]).expect_err("too large");
    assert!(
        error.key == "augment.crop.from" && error.expected.contains("[41, 60]"),
        "{error}"
    );
}
