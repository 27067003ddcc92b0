use super::*;

fn options() -> BatchOptions {
    BatchOptions {
        height: 512,
        width: 512,
        batch_size: 8,
        augmentation: Augmentation::default(),
        normalise: Normalisation::default(),
        seed: 0,
        workers: 1,
        cache_bytes: 0,
    }
}

#[test]
fn four_gibibytes_are_the_most() {
    let check = |options: BatchOptions| options.validate(Path::new("set"));
    let batch = |batch_size| BatchOptions {
        batch_size,
        ..options()
    };
    assert_eq!(check(batch(1024)), Ok(()));
    let error = check(batch(1025)).expect_err("one too many");
    assert!(error.found.contains("1025 of 512×512"), "{error}");
    let endless = BatchOptions {
        // Times the width, this wraps round to 0.
        height: usize::MAX / 2 + 1,
        ..options()
    };
    assert!(check(endless).is_err());
    let mut large = options();
    large.augmentation.crop.from = [1 << 15, 1 << 15];
    assert_eq!(check(large.clone()), Ok(()));
    large.augmentation.crop.from = [1 << 15, (1 << 15) + 1];
    assert!(check(large).is_err());
}

#[test]
fn the_setting_to_correct_is_named() {
    let gamma = Augmentation {
        gamma: -1.0,
        ..Augmentation::default()
    };
    let flat = Normalisation {
        deviation: [0.0; 3],
        ..Normalisation::default()
    };
    let mut small = Augmentation::default();
    small.crop.from = [512, 511];
    for (options, key) in [
        (
            BatchOptions {
                width: 0,
                ..options()
            },
            "data.size",
        ),
        (
            BatchOptions {
                batch_size: 0,
                ..options()
            },
            "train.batch_size",
        ),
        (
            BatchOptions {
                augmentation: gamma,
                ..options()
            },
            "augment.gamma",
        ),
        (
            BatchOptions {
                augmentation: small,
                ..options()
            },
            "augment.crop.from",
        ),
        (
            BatchOptions {
                normalise: flat,
                ..options()
            },
            "data.normalise.deviation",
        ),
    ] {
        let error = options.validate(Path::new("set")).expect_err("senseless");
        assert!(format!("{error} {}", error.advice).contains(key), "{error}");
    }
}
