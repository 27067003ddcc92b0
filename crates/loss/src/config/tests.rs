//! Ranges, defaults and spelling of the settings.

use super::*;
use crate::loss::Loss;

fn refused(change: impl FnOnce(&mut LossConfig)) -> String {
    let mut config = LossConfig::default();
    change(&mut config);
    config.validate(3).unwrap_err().to_string()
}

#[test]
fn the_defaults_are_those_of_the_design() {
    let text = r#"
        lambda_ce = 1.0
        lambda_cdc = 1
        pixels = "all_but_sigma"
        pixel_share = 0.1
        sigma = 1
        sigma_scope = "class"
        images = "top_k_decreasing"
        kept_images = 0.5
        smoothing = "decreasing"
        alpha = 100.0
        alpha_end = 10.0
        class_weights = []
        ignore = 255
    "#;
    assert_eq!(
        toml::from_str::<LossConfig>(text).unwrap(),
        LossConfig::default()
    );
    assert_eq!(
        toml::from_str::<LossConfig>("").unwrap(),
        LossConfig::default()
    );
    LossConfig::default().validate(6).unwrap();
}

#[test]
fn settings_survive_a_round_trip_through_toml() {
    let config = LossConfig {
        name: LossName::PixelTopK,
        images: ImageRule::Window,
        window: [0.25, 0.75],
        pixels: PixelRule::Top,
        sigma_scope: SigmaScope::Image,
        smoothing: Smoothing::Constant,
        class_weights: vec![1.0, 2.0, 4.0].into(),
        ..LossConfig::default()
    };
    let text = toml::to_string(&config).unwrap();
    assert!(text.contains("name = \"pixel_top_k\""), "{text}");
    assert_eq!(toml::from_str::<LossConfig>(&text).unwrap(), config);
}

#[test]
fn an_unknown_key_is_refused() {
    let error = toml::from_str::<LossConfig>("lamda_ce = 1.0")
        .unwrap_err()
        .to_string();
    assert!(error.contains("lamda_ce"), "{error}");
}

#[test]
fn every_value_out_of_range_is_named_with_what_was_expected_and_found() {
    type Change = fn(&mut LossConfig);
    let cases: [(&str, &str, Change); 18] = [
        ("lambda_ce", "-1", |c| c.lambda_ce = -1.0),
        ("lambda_cdc", "NaN", |c| c.lambda_cdc = f64::NAN),
        ("lambda_ce", "both 0", |c| {
            (c.lambda_ce, c.lambda_cdc) = (0.0, 0.0);
        }),
        ("pixel_share", "0", |c| c.pixel_share = 0.0),
        ("pixel_share", "1.5", |c| c.pixel_share = 1.5),
        ("sigma", "-0.5", |c| c.sigma = -0.5),
        ("kept_images", "0", |c| c.kept_images = 0.0),
        ("window", "[0.6, 0.4]", |c| c.window = [0.6, 0.4]),
        ("window", "[0, 1.2]", |c| c.window = [0.0, 1.2]),
        ("alpha", "inf", |c| c.alpha = f64::INFINITY),
        ("alpha_end", "0", |c| c.alpha_end = 0.0),
        ("alpha_end", "200", |c| c.alpha_end = 200.0),
        ("skip_below", "1", |c| c.skip_below = 1.0),
        ("refresh_every", "0", |c| c.refresh_every = 0),
        ("class_weights", "[1.0, 2.0]", |c| {
            c.class_weights = vec![1.0, 2.0].into();
        }),
        ("class_weights", "[0.0, 0.0, 0.0]", |c| {
            c.class_weights = vec![0.0; 3].into();
        }),
        ("ignore", "2", |c| c.ignore = 2),
        ("ohem_threshold", "1.1", |c| c.ohem_threshold = 1.1),
    ];
    for (key, found, change) in cases {
        let message = refused(change);
        assert!(
            message.starts_with(&format!("loss.{key}: expected")),
            "{message}"
        );
        assert!(message.ends_with(&format!("found {found}")), "{message}");
    }
}

#[test]
fn class_weights_that_a_loss_would_omit_are_refused() {
    for weights in [vec![1.0, 2.0, 4.0].into(), ClassWeights::InverseSqrt] {
        let message = refused(|c| (c.name, c.class_weights) = (LossName::Focal, weights));
        assert!(message.contains("class_weights"), "{message}");
    }
}

#[test]
fn a_rule_without_training_labels_is_refused() {
    let config = LossConfig {
        class_weights: ClassWeights::InverseSqrt,
        ..LossConfig::default()
    };
    config.validate(3).unwrap();
    let error = Loss::new(config, 3).unwrap_err().to_string();
    assert!(error.contains("found \"inverse_sqrt\""), "{error}");
}

#[test]
fn one_class_is_refused() {
    assert!(LossConfig::default().validate(1).is_err());
}
