//! Properties of every change of image and labels.

mod probability;
mod settings;

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;

/// Noise in every channel, and five classes.
pub(super) fn sample(height: usize, width: usize) -> Sample {
    let plane = height * width;
    Sample {
        height,
        width,
        image: (0..3 * plane)
            .map(|index| (index * 37 % 251) as u8)
            .collect(),
        labels: (0..plane).map(|index| (index % 5) as u8).collect(),
    }
}

fn run(augmentation: &Augmentation, sample: &Sample, seed: u64) -> (Vec<f32>, Vec<i32>) {
    let mut values = vec![0.0; sample.image.len()];
    let mut labels = vec![0; sample.labels.len()];
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let size = [sample.height, sample.width];
    augmentation.apply(sample, size, 255, &mut random, &mut values, &mut labels);
    (values, labels)
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .map(|value| (value * 255.0).round() as u8)
        .collect()
}

fn unmoved(labels: &[i32], sample: &Sample) -> bool {
    labels
        .iter()
        .zip(&sample.labels)
        .all(|(one, other)| *one == i32::from(*other))
}

#[test]
fn without_any_change_enabled_nothing_changes() {
    let sample = sample(6, 9);
    let (values, labels) = run(&Augmentation::default(), &sample, 3);
    let expected: Vec<f32> = sample
        .image
        .iter()
        .map(|byte| f32::from(*byte) / 255.0)
        .collect();
    assert_eq!(values, expected);
    assert!(unmoved(&labels, &sample));
}

#[test]
fn flips_and_quarter_turns_move_whole_pixels_and_labels_with_them() {
    let augmentation = Augmentation {
        flip_horizontal: true,
        flip_vertical: true,
        rotate_quarter: true,
        ..Augmentation::default()
    };
    let count = |sample: &Sample| {
        let plane = sample.labels.len();
        let mut seen = BTreeSet::new();
        for seed in 0..60 {
            let (values, labels) = run(&augmentation, sample, seed);
            let image = bytes(&values);
            // Each pixel keeps its label, wherever it moves.
            for (index, label) in labels.iter().enumerate() {
                let from = sample.image[..plane]
                    .iter()
                    .position(|value| *value == image[index]);
                let from = from.expect("the values of a plane differ");
                assert_eq!(*label, i32::from(sample.labels[from]));
            }
            seen.insert(image);
        }
        seen.len()
    };
    assert_eq!(count(&sample(7, 7)), 8, "the symmetries of a square");
    assert_eq!(count(&sample(4, 6)), 4, "the symmetries of a rectangle");
}

#[test]
fn a_rotation_marks_what_comes_from_outside() {
    let augmentation = Augmentation {
        rotate_degrees: 45.0,
        scale: [0.7, 0.7],
        ..Augmentation::default()
    };
    let (values, labels) = run(&augmentation, &sample(16, 16), 5);
    assert!(labels.contains(&255));
    assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
}

#[test]
fn each_change_of_colour_changes_only_colours_and_keeps_them_in_range() {
    let sample = sample(8, 8);
    let off = Augmentation::default();
    for augmentation in [
        Augmentation {
            brightness: 0.5,
            ..off.clone()
        },
        Augmentation {
            contrast: 0.9,
            ..off.clone()
        },
        Augmentation {
            gamma: 2.0,
            ..off.clone()
        },
        Augmentation {
            saturation: 0.9,
            ..off.clone()
        },
        Augmentation {
            hue_degrees: 60.0,
            ..off
        },
    ] {
        let (values, labels) = run(&augmentation, &sample, 2);
        assert_ne!(bytes(&values), sample.image, "{augmentation:?}");
        assert!(
            values.iter().all(|value| (0.0..=1.0).contains(value)),
            "{augmentation:?}"
        );
        assert!(unmoved(&labels, &sample), "{augmentation:?}");
    }
}

#[test]
fn enabling_one_change_does_not_affect_the_others() {
    let sample = sample(9, 9);
    let plain = Augmentation {
        flip_horizontal: true,
        rotate_degrees: 20.0,
        ..Augmentation::default()
    };
    let coloured = Augmentation {
        gamma: 1.0,
        hue_degrees: 10.0,
        ..plain.clone()
    };
    for seed in 0..8 {
        assert_eq!(
            run(&plain, &sample, seed).1,
            run(&coloured, &sample, seed).1
        );
    }
}

/// Blocks of 8×8 pixels of five classes, whose red is 50 times the class.
fn blocks(height: usize, width: usize) -> Sample {
    let class = |index: usize| ((index / width / 8 * 3 + index % width / 8) % 5) as u8;
    let labels: Vec<u8> = (0..height * width).map(class).collect();
    let red = labels.iter().map(|class| class * 50);
    Sample {
        height,
        width,
        image: red
            .chain((0..2 * height * width).map(|index| (index % 251) as u8))
            .collect(),
        labels,
    }
}

/// All geometric changes.
fn moving() -> Augmentation {
    Augmentation {
        flip_horizontal: true,
        flip_vertical: true,
        rotate_quarter: true,
        rotate_degrees: 25.0,
        scale: [0.8, 1.25],
        elastic: Elastic {
            amplitude: 4.0,
            smoothness: 9.0,
            probability: 0.8,
        },
        crop: Crop {
            from: [64, 80],
            foreground: 0.5,
        },
        ..Augmentation::default()
    }
}

/// All changes that keep pixels in place.
fn colouring() -> Augmentation {
    Augmentation {
        brightness: 0.1,
        contrast: 0.2,
        gamma: 0.3,
        saturation: 0.2,
        hue_degrees: 10.0,
        blur: Blur {
            sigma: [0.5, 1.5],
            probability: 0.5,
        },
        low_resolution: LowResolution {
            factor: [1.0, 2.0],
            probability: 0.5,
        },
        noise: Noise {
            deviation: 0.1,
            probability: 0.5,
        },
        ..Augmentation::default()
    }
}

fn cut(
    augmentation: &Augmentation,
    sample: &Sample,
    size: [usize; 2],
    seed: u64,
) -> (Vec<f32>, Vec<i32>) {
    let mut values = vec![0.0; 3 * size[0] * size[1]];
    let mut labels = vec![0; size[0] * size[1]];
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    augmentation.apply(sample, size, 255, &mut random, &mut values, &mut labels);
    (values, labels)
}

#[test]
fn image_and_labels_go_through_the_same_map_and_no_class_is_invented() {
    let sample = blocks(64, 80);
    let augmentation = moving();
    let (mut inside, mut all) = (0, 0);
    for seed in 0..40 {
        let (values, labels) = cut(&augmentation, &sample, [48, 48], seed);
        assert!(
            labels
                .iter()
                .all(|label| (0..5).contains(label) || *label == 255)
        );
        for (red, label) in values.iter().zip(&labels) {
            // Away from a block's border, interpolation gives its red value.
            let class = red * 255.0 / 50.0;
            let pure = (class - class.round()).abs() < 1e-4;
            let block = labels.len() == 48 * 48 && *label != 255;
            if pure && block {
                inside += usize::from(class.round() as i32 == *label);
            }
            all += usize::from(block && pure);
        }
    }
    // Between blocks whose classes differ by two, interpolated red passes through the value of the class between them,
    // which is not compared.
    assert!(inside as f64 > 0.985 * all as f64, "{inside} of {all}");
    assert!(all > 40 * 48 * 48 / 2, "{all}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_gives_others() {
    let sample = blocks(64, 80);
    let both = Augmentation {
        crop: moving().crop,
        elastic: moving().elastic,
        rotate_degrees: 20.0,
        ..colouring()
    };
    for seed in 0..6 {
        let one = cut(&both, &sample, [40, 56], seed);
        assert!(one == cut(&both, &sample, [40, 56], seed));
        assert!(one != cut(&both, &sample, [40, 56], seed + 100));
    }
}

#[test]
fn a_crop_alone_is_a_window_of_the_image() {
    let sample = blocks(64, 80);
    let augmentation = Augmentation {
        crop: moving().crop,
        ..Augmentation::default()
    };
    for seed in 0..12 {
        let (values, labels) = cut(&augmentation, &sample, [24, 40], seed);
        let places = (0..=40).flat_map(|row| (0..=40).map(move |column| [row, column]));
        let found = places.into_iter().any(|[row, column]| {
            (0..24).all(|down| {
                let from = (row + down) * 80 + column;
                let line = &labels[down * 40..][..40];
                line.iter()
                    .zip(&sample.labels[from..][..40])
                    .all(|(one, other)| *one == i32::from(*other))
                    && (0..3).all(|channel| {
                        let new = &values[channel * 960 + down * 40..][..40];
                        let old = &sample.image[channel * 5120 + from..][..40];
                        bytes(new) == old
                    })
            })
        });
        assert!(found, "seed {seed}");
    }
}

#[test]
fn changes_of_colour_do_not_affect_geometry() {
    let sample = blocks(64, 80);
    let moving = moving();
    let both = Augmentation {
        flip_horizontal: true,
        flip_vertical: true,
        rotate_quarter: true,
        rotate_degrees: moving.rotate_degrees,
        scale: moving.scale,
        elastic: moving.elastic.clone(),
        crop: moving.crop.clone(),
        ..colouring()
    };
    for seed in 0..12 {
        let (values, labels) = cut(&both, &sample, [48, 48], seed);
        let still = cut(&moving, &sample, [48, 48], seed);
        assert_eq!(labels, still.1);
        assert!(values != still.0);
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
    }
}

#[test]
fn recipes_from_before_a_change_was_added_give_the_same_images() {
    let augmentation = Augmentation {
        flip_horizontal: true,
        flip_vertical: true,
        rotate_quarter: true,
        rotate_degrees: 20.0,
        scale: [0.9, 1.2],
        brightness: 0.05,
        contrast: 0.1,
        gamma: 0.2,
        saturation: 0.1,
        hue_degrees: 5.0,
        ..Augmentation::default()
    };
    let sample = sample(12, 12);
    // Labels by FNV-1a, values by their sum: those of the version before crops, elastic deformation, blur, low resolution
    // and noise were added.
    let (mut hash, mut sum) = (0xCBF2_9CE4_8422_2325_u64, 0.0_f64);
    for seed in 0..20 {
        let (values, labels) = run(&augmentation, &sample, seed);
        for label in labels {
            hash = (hash ^ label as u64).wrapping_mul(0x100_0000_01B3);
        }
        sum += values.iter().map(|value| f64::from(*value)).sum::<f64>();
    }
    assert_eq!(hash, 0x6611_D4A0_E8B2_0AE3);
    assert!((sum - 4_242.657_127_6).abs() < 1e-3, "{sum}");
}
