//! Settings that are refused.

use crate::augmentation::Augmentation;
use crate::augmentation::degradation::{Blur, LowResolution, Noise};
use crate::augmentation::normalisation::Normalisation;

#[test]
fn invalid_settings_are_named() {
    let off = Augmentation::default();
    assert_eq!(off.validate(), Ok(()));
    for (augmentation, key) in [
        (
            Augmentation {
                scale: [2.0, 1.0],
                ..off.clone()
            },
            "augment.scale",
        ),
        (
            Augmentation {
                scale: [0.0, 1.0],
                ..off.clone()
            },
            "augment.scale",
        ),
        (
            Augmentation {
                contrast: f64::NAN,
                ..off.clone()
            },
            "augment.contrast",
        ),
        (
            Augmentation {
                rotate_degrees: 200.0,
                ..off.clone()
            },
            "augment.rotate_degrees",
        ),
        (
            Augmentation {
                hue_degrees: -1.0,
                ..off.clone()
            },
            "augment.hue_degrees",
        ),
        (
            Augmentation {
                blur: Blur {
                    sigma: [2.0, 1.0],
                    probability: 1.0,
                },
                ..off.clone()
            },
            "augment.blur.sigma",
        ),
        (
            Augmentation {
                noise: Noise {
                    deviation: 0.1,
                    probability: f64::NAN,
                },
                ..off.clone()
            },
            "augment.noise.probability",
        ),
        (
            Augmentation {
                low_resolution: LowResolution {
                    factor: [0.5, 2.0],
                    probability: 1.0,
                },
                ..off
            },
            "augment.low_resolution.factor",
        ),
    ] {
        let error = augmentation.validate().expect_err("senseless");
        assert_eq!(error.key, key);
    }
    let flat = Normalisation {
        deviation: [0.2, 0.0, 0.2],
        ..Normalisation::default()
    };
    let error = flat.validate().expect_err("flat");
    assert_eq!(error.key, "data.normalise.deviation");
}

#[test]
fn unknown_settings_are_refused() {
    let error =
        serde_json::from_str::<Augmentation>(r#"{"flip_sideways": true}"#).expect_err("unknown");
    assert!(error.to_string().contains("flip_sideways"), "{error}");
    assert_eq!(
        serde_json::from_str::<Augmentation>("{}").expect("all off"),
        Augmentation::default()
    );
}
