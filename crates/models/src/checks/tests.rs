//! What is refused, and what the refusal says.

use super::*;

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
fn a_batch_of_one_image_is_refused_with_one_that_fits() {
    let said = |batch, images| {
        let checked = deeplab().check_batches(batch, images);
        checked
            .err()
            .map_or(String::new(), |error| error.to_string())
    };
    assert!(said(1, None).contains("train.batch_size = 1; 2 would do"));
    assert!(said(4, Some(121)).contains("4 for 121 training images; 7 would do"));
    assert!(said(4, Some(1)).ends_with("4 for 1 training images"));
    assert_eq!(said(4, Some(120)), "");
    assert_eq!(said(4, None), "");
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
fn windows_that_cover_no_map_are_refused_with_a_size_that_fits() {
    let merit = ModelConfig {
        name: NetworkName::MeritGcascade,
        ..ModelConfig::default()
    };
    assert_eq!(merit.check_size(256, 512), Ok(()));
    let error = merit.check_size(224, 400).expect_err("no multiples of 256");
    let said = error.to_string();
    assert!(said.ends_with("the nearest such size is 256×512"), "{said}");
    assert!(merit.validate(2).is_ok());
    let narrow = ModelConfig { width: 12, ..merit };
    assert!(narrow.validate(2).is_err());
}

#[test]
fn a_graph_with_too_few_nodes_is_refused_with_a_size_that_fits() {
    let said = |height, width| {
        let checked = gcascade().check_size(height, width);
        checked
            .err()
            .map_or(String::new(), |error| error.to_string())
    };
    assert_eq!(said(128, 352), "");
    assert!(said(96, 128).ends_with("the nearest such size is 128×128"));
    assert!(said(250, 130).ends_with("the nearest such size is 256×128"));
}

#[test]
fn a_lone_image_of_coarsest_maps_of_one_pixel_is_worth_a_warning() {
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
    // Refused where it matters.
    assert!(!warned(NetworkName::DeepLabV3, 1, 8, 16));
}
