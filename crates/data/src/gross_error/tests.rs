use rand::SeedableRng;

use super::*;

/// Two slices of 64 × 96 pixels with a rectangle of class 2 and a smaller one of class 1, both left and above.
fn labels() -> LabelVolume {
    let mut classes = vec![0; 2 * 64 * 96];
    for slice in 0..2 {
        for row in 0..64 {
            for column in 0..96 {
                let inside = |top, bottom, left, right| {
                    (top..bottom).contains(&row) && (left..right).contains(&column)
                };
                classes[(slice * 64 + row) * 96 + column] = if inside(20, 28, 20, 28) {
                    1
                } else {
                    2 * u8::from(inside(12, 36, 14, 44))
                };
            }
        }
    }
    LabelVolume {
        shape: [2, 64, 96],
        classes,
    }
}

fn spoilt(wanted: GrossError, seed: u64) -> (LabelVolume, GrossError) {
    let original = labels();
    let mut other = original.clone();
    other.classes.rotate_right(40);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    spoil(&original, wanted, Some(&other), 6, &mut random).expect("something to spoil")
}

fn count(labels: &LabelVolume, class: u8) -> usize {
    let of_class = labels
        .classes
        .iter()
        .map(|found| usize::from(*found == class));
    of_class.sum()
}

#[test]
fn each_kind_does_what_it_is_called() {
    let original = labels();
    for seed in 0..20 {
        let (shifted, kind) = spoilt(GrossError::Shifted, seed);
        assert_eq!(kind, GrossError::Shifted);
        assert!(2 * count(&shifted, 2) >= count(&original, 2));
        let (mirrored, kind) = spoilt(GrossError::Mirrored, seed);
        assert_eq!(kind, GrossError::Mirrored);
        assert_eq!(count(&mirrored, 1), count(&original, 1));
        let (empty, kind) = spoilt(GrossError::Empty, seed);
        assert_eq!(kind, GrossError::Empty);
        assert!(empty.classes.iter().all(|class| *class == 0));
        let (wrong, kind) = spoilt(GrossError::WrongGrade, seed);
        assert_eq!(kind, GrossError::WrongGrade);
        assert_eq!(count(&wrong, 2), 0, "the larger structure");
        let (other, kind) = spoilt(GrossError::OtherImage, seed);
        assert_eq!(kind, GrossError::OtherImage);
        for spoilt in [shifted, mirrored, empty, wrong, other] {
            assert_eq!(spoilt.shape, original.shape);
            assert!(agreement(&original, &spoilt) < AGREEMENT);
        }
    }
}

#[test]
fn mirroring_twice_gives_the_original() {
    let original = labels();
    for across in [false, true] {
        let once = mirrored(&original, across);
        assert_ne!(once, original);
        assert_eq!(mirrored(&once, across), original);
    }
}

#[test]
fn what_would_change_too_little_becomes_another_kind() {
    // Both halves are alike, so that neither mirror image differs.
    let mut symmetric = labels();
    symmetric.classes.fill(0);
    for slice in symmetric.classes.chunks_exact_mut(64 * 96) {
        for row in slice.chunks_exact_mut(96).take(52).skip(12) {
            row[18..78].fill(1);
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (_, kind) = spoil(&symmetric, GrossError::Mirrored, None, 2, &mut random).expect("spoilt");
    assert_eq!(kind, GrossError::Empty);
    // Without another image and without another class, neither is possible.
    for wanted in [GrossError::OtherImage, GrossError::WrongGrade] {
        let (_, kind) = spoil(&symmetric, wanted, None, 2, &mut random).expect("spoilt");
        assert_ne!(kind, wanted);
    }
}

#[test]
fn empty_labels_cannot_be_spoilt() {
    let mut empty = labels();
    empty.classes.fill(0);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for wanted in GrossError::ALL {
        assert_eq!(spoil(&empty, wanted, None, 6, &mut random), None);
    }
}

#[test]
fn the_labels_of_another_image_fit_the_size() {
    let other = LabelVolume {
        shape: [1, 2, 2],
        classes: vec![0, 1, 1, 0],
    };
    let fitted = other_image(&labels(), &other);
    assert_eq!(fitted.shape, [2, 64, 96]);
    assert_eq!(count(&fitted, 1), fitted.classes.len() / 2);
}
