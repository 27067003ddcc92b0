//! Which settings and sizes are refused, with which messages.

use super::*;
use crate::decoders::gcascade::Aggregation;
use crate::decoders::gcascade::head_losses::HeadLosses;
use crate::encoders::pvt::PvtSize;
use crate::encoders::resnet::{Backbone, OutputStride};

/// The message, and the advice if there is one.
fn with_advice(error: &ModelError) -> String {
    match error.advice() {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    }
}

fn deeplab() -> ModelConfig {
    ModelConfig {
        name: NetworkName::DeepLabV3,
        ..ModelConfig::default()
    }
}

fn gcascade() -> ModelConfig {
    ModelConfig {
        name: NetworkName::PvtGcascade,
        ..ModelConfig::default()
    }
}

#[test]
fn a_batch_of_one_image_is_refused_with_the_nearest_size() {
    let message = |batch, images| {
        let checked = deeplab().check_batches(batch, images);
        checked
            .err()
            .map_or(String::new(), |error| with_advice(&error))
    };
    assert!(message(1, None).contains("train.batch_size = 1; train.batch_size = 2 would do"));
    let refusal = message(4, Some(121));
    assert!(refusal.contains("4 for 121 training images; train.batch_size = 7 would do"));
    assert!(message(4, Some(1)).ends_with("4 for 1 training images"));
    assert_eq!(message(4, Some(120)), "");
    assert_eq!(message(4, None), "");
    assert_eq!(ModelConfig::default().check_batches(1, Some(1)), Ok(()));
}

#[test]
fn keys_of_another_network_are_refused() {
    let key = |config: ModelConfig| match config.validate(3) {
        Err(ModelError::Setting { key, .. }) => key,
        other => panic!("expected a setting, found {other:?}"),
    };
    let plain = ModelConfig::default;
    assert_eq!(
        key(ModelConfig {
            backbone: Backbone::ResNet101,
            ..plain()
        }),
        "backbone"
    );
    assert_eq!(
        key(ModelConfig {
            output_stride: OutputStride::Sixteen,
            ..plain()
        }),
        "output_stride"
    );
    assert_eq!(
        key(ModelConfig {
            auxiliary_head: true,
            ..plain()
        }),
        "auxiliary_head"
    );
    assert_eq!(
        key(ModelConfig {
            auxiliary_weight: 0.4,
            ..deeplab()
        }),
        "auxiliary_weight"
    );
    assert_eq!(
        key(ModelConfig {
            auxiliary_head: true,
            auxiliary_weight: f64::NAN,
            ..deeplab()
        }),
        "auxiliary_weight"
    );
    assert_eq!(
        key(ModelConfig {
            deep_supervision: true,
            ..deeplab()
        }),
        "deep_supervision"
    );
    assert_eq!(
        key(ModelConfig {
            classification_guided: true,
            ..deeplab()
        }),
        "classification_guided"
    );
    assert_eq!(
        key(ModelConfig {
            pvt: PvtSize::B5,
            ..plain()
        }),
        "pvt"
    );
    assert_eq!(
        key(ModelConfig {
            aggregation: Aggregation::Concatenation,
            ..deeplab()
        }),
        "aggregation"
    );
    assert_eq!(
        key(ModelConfig {
            head_losses: HeadLosses::Sum,
            ..plain()
        }),
        "head_losses"
    );
    assert_eq!(
        key(ModelConfig {
            width: 12,
            pvt: PvtSize::B0,
            ..gcascade()
        }),
        "width"
    );
    assert_eq!(
        key(ModelConfig {
            auxiliary_head: true,
            ..gcascade()
        }),
        "auxiliary_head"
    );
}

#[test]
fn a_size_that_windows_do_not_cover_is_refused_with_the_nearest_one() {
    let merit = ModelConfig {
        name: NetworkName::MeritGcascade,
        ..ModelConfig::default()
    };
    assert_eq!(merit.check_size(256, 512), Ok(()));
    let error = merit.check_size(224, 400).expect_err("no multiples of 256");
    let message = with_advice(&error);
    assert!(
        message.ends_with("the nearest such size is 256×512"),
        "{message}"
    );
    assert!(merit.validate(2).is_ok());
    let narrow = ModelConfig { width: 12, ..merit };
    assert!(narrow.validate(2).is_err());
}

#[test]
fn a_size_with_too_few_graph_nodes_is_refused_with_the_nearest_one() {
    let message = |height, width| {
        let checked = gcascade().check_size(height, width);
        checked
            .err()
            .map_or(String::new(), |error| with_advice(&error))
    };
    assert_eq!(message(128, 352), "");
    assert!(message(96, 128).ends_with("the nearest such size is 128×128"));
    assert!(message(250, 130).ends_with("the nearest such size is 256×128"));
}

#[test]
fn a_lone_image_with_coarsest_maps_of_one_pixel_gives_a_warning() {
    let warned = |name, batch, images, side| {
        let config = ModelConfig {
            name,
            ..ModelConfig::default()
        };
        config.lone_values(batch, images, [side; 2]).is_some()
    };
    for name in [NetworkName::UNet, NetworkName::UNet3Plus] {
        assert!(warned(name, 1, 8, 16));
        assert!(warned(name, 2, 5, 16));
        assert!(!warned(name, 2, 6, 16));
        assert!(!warned(name, 1, 8, 32));
    }
    // `check_batches` refuses it.
    assert!(!warned(NetworkName::DeepLabV3, 1, 8, 16));
}

#[test]
fn a_refusal_names_the_networks_to_which_the_setting_applies() {
    let config = ModelConfig {
        aggregation: Aggregation::Concatenation,
        ..deeplab()
    };
    let error = config.validate(3).expect_err("a setting of G-CASCADE");
    assert_eq!(
        error.to_string(),
        "model.aggregation: expected additive (unused) for any network but pvtgcascade and meritgcascade, found concatenation"
    );
}

#[test]
fn every_network_accepts_the_settings_and_the_size_of_its_trial() {
    for name in NetworkName::ALL {
        let architecture = name.architecture();
        let trial = architecture.trial();
        assert_eq!((architecture.name, trial.name), (name, name));
        assert_eq!(trial.validate(3), Ok(()), "{name:?}");
        let side = architecture.trial_side;
        assert_eq!(trial.check_size(side, side), Ok(()), "{name:?}");
    }
}
