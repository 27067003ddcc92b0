//! Weights of images by rank, and the batch loss with them.

use super::*;
use crate::config::Smoothing;
use crate::tests::oracle::Random;
use burn::tensor::Device;

/// Images 0, 1, 2, … have ranks 1, 2, 3, …
fn ascending(images: usize) -> LossStore {
    LossStore::from_vec((0..images).map(|image| image as f32).collect()).unwrap()
}

fn top(kept_images: f64, smoothing: Smoothing) -> LossConfig {
    LossConfig {
        images: ImageRule::TopK,
        kept_images,
        smoothing,
        ..LossConfig::default()
    }
}

fn weights(store: &LossStore, config: &LossConfig) -> ImageWeights {
    let all: Vec<usize> = (0..store.len()).collect();
    image_weights(store, &all, config, 2, 3)
}

#[test]
fn a_hard_top_k_keeps_the_largest() {
    let found = weights(&ascending(5), &top(0.4, Smoothing::None));
    assert_eq!(found.weight, [0.0, 0.0, 0.0, 1.0, 1.0]);
    assert!((found.mean - 0.4).abs() < 1e-12);
}

#[test]
fn an_image_exactly_on_the_edge_is_excluded_in_spite_of_rounding() {
    // u of rank 1 is 0.1 = 1 − κ, but 1 − 0.9 is a little less in f64.
    let found = weights(&ascending(5), &top(0.9, Smoothing::None));
    assert_eq!(found.weight, [0.0, 1.0, 1.0, 1.0, 1.0]);
    let found = weights(&ascending(5), &top(0.5, Smoothing::None));
    assert_eq!(found.weight, [0.0, 0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_hard_top_k_keeps_at_least_one_image() {
    for images in 1..20 {
        let found = weights(&ascending(images), &top(0.001, Smoothing::None));
        assert_eq!(found.weight.iter().sum::<f64>() as usize, 1);
        assert_eq!(found.weight.last(), Some(&1.0));
    }
}

#[test]
fn self_paced_learning_keeps_the_smallest_first_and_then_more() {
    let config = LossConfig {
        images: ImageRule::BottomKIncreasing,
        ..top(0.4, Smoothing::None)
    };
    let store = ascending(5);
    let all = [0, 1, 2, 3, 4];
    for (epoch, expected) in [
        (2, [1.0, 1.0, 0.0, 0.0, 0.0]),
        (3, [1.0, 1.0, 1.0, 0.0, 0.0]),
        (4, [1.0, 1.0, 1.0, 1.0, 0.0]),
        (5, [1.0; 5]),
    ] {
        let found = image_weights(&store, &all, &config, epoch, 5);
        assert_eq!(found.weight, expected, "epoch {epoch}");
    }
    let smooth = LossConfig {
        alpha: 20.0,
        smoothing: Smoothing::Constant,
        ..config
    };
    let found = image_weights(&store, &all, &smooth, 2, 5);
    for (image, weight) in found.weight.iter().enumerate() {
        let u = (image as f64 + 0.5) / 5.0;
        let expected = 1.0 / (1.0 + (-20.0 * (0.4 - u)).exp());
        assert!((weight - expected).abs() < 1e-12, "image {image}");
    }
}

#[test]
fn a_smooth_top_k_is_a_sigmoid_of_the_normalised_rank() {
    let config = LossConfig {
        alpha: 20.0,
        ..top(0.4, Smoothing::Constant)
    };
    let found = weights(&ascending(5), &config);
    for (image, weight) in found.weight.iter().enumerate() {
        let u = (image as f64 + 0.5) / 5.0;
        let expected = 1.0 / (1.0 + (-20.0 * (u - 0.6)).exp());
        assert!((weight - expected).abs() < 1e-12);
    }
    let mean = found.weight.iter().sum::<f64>() / 5.0;
    assert!((found.mean - mean).abs() < 1e-12);
}

#[test]
fn the_steeper_the_sigmoid_the_nearer_the_hard_window() {
    let store = ascending(11);
    let window = LossConfig {
        images: ImageRule::Window,
        window: [0.2, 0.7],
        ..LossConfig::default()
    };
    for rule in [
        top(0.37, Smoothing::None),
        LossConfig {
            smoothing: Smoothing::None,
            ..window
        },
    ] {
        let hard = weights(&store, &rule);
        let steep = LossConfig {
            smoothing: Smoothing::Constant,
            alpha: 1.0e6,
            ..rule
        };
        assert_eq!(weights(&store, &steep), hard);
    }
}

#[test]
fn a_window_from_zero_is_average_bottom_k() {
    let config = LossConfig {
        images: ImageRule::Window,
        window: [0.0, 0.4],
        smoothing: Smoothing::None,
        ..LossConfig::default()
    };
    assert_eq!(
        weights(&ascending(5), &config).weight,
        [1.0, 1.0, 0.0, 0.0, 0.0]
    );
    let smooth = LossConfig {
        smoothing: Smoothing::Constant,
        alpha: 30.0,
        ..config
    };
    let found = weights(&ascending(5), &smooth).weight[1];
    let expected = 1.0 / (1.0 + (-30.0_f64 * 0.3).exp()) / (1.0 + (-30.0_f64 * 0.1).exp());
    assert!((found - expected).abs() < 1e-12);
}

#[test]
fn weights_are_equal_in_the_first_epoch_with_erm_an_empty_store_or_a_baseline() {
    let all = ImageWeights {
        weight: vec![1.0; 5],
        mean: 1.0,
    };
    let (store, batch) = (ascending(5), [0, 1, 2, 3, 4]);
    let config = top(0.2, Smoothing::Constant);
    assert_eq!(image_weights(&store, &batch, &config, 1, 3), all);
    assert_eq!(
        image_weights(&LossStore::new(5), &batch, &config, 2, 3),
        all
    );
    let erm = LossConfig {
        images: ImageRule::Erm,
        ..config.clone()
    };
    assert_eq!(image_weights(&store, &batch, &erm, 2, 3), all);
    let baseline = LossConfig {
        name: LossName::CrossEntropy,
        ..config
    };
    assert_eq!(image_weights(&store, &batch, &baseline, 2, 3), all);
}

#[test]
fn an_unknown_image_has_the_mean_weight_of_the_known_ones() {
    let store = LossStore::from_vec(vec![1.0, f32::NAN, 2.0, 3.0, 4.0]).unwrap();
    let found = weights(&store, &top(0.5, Smoothing::None));
    assert_eq!(
        found,
        ImageWeights {
            weight: vec![0.0, 0.5, 0.0, 1.0, 1.0],
            mean: 0.5
        }
    );
}

#[test]
fn the_batch_loss_estimates_the_loss_of_the_whole_set_without_bias() {
    let mut random = Random::new(7);
    let losses: Vec<f32> = (0..12).map(|_| random.uniform(0.0, 2.0) as f32).collect();
    let store = LossStore::from_vec(losses.clone()).unwrap();
    let config = LossConfig {
        alpha: 15.0,
        ..top(0.5, Smoothing::Constant)
    };
    let value = |batch: &[usize]| -> f64 {
        let taken: Vec<f32> = batch.iter().map(|&image| losses[image]).collect();
        let taken = Tensor::from_data(TensorData::new(taken, [batch.len()]), &Device::flex());
        let weights = image_weights(&store, batch, &config, 2, 3);
        batch_loss(taken, &weights).into_scalar::<f32>().into()
    };
    let whole = value(&(0..12).collect::<Vec<_>>());
    let batches = (0..12)
        .step_by(3)
        .map(|first| value(&[first, first + 1, first + 2]));
    let mean = batches.sum::<f64>() / 4.0;
    assert!((whole - mean).abs() < 1e-6, "{whole} {mean}");
}

#[test]
fn permuting_a_batch_permutes_its_weights() {
    let config = top(0.5, Smoothing::Constant);
    let store = ascending(4);
    let straight = image_weights(&store, &[0, 1, 2, 3], &config, 2, 3);
    let shuffled = image_weights(&store, &[2, 0, 3, 1], &config, 2, 3);
    let expected: Vec<f64> = [2, 0, 3, 1]
        .iter()
        .map(|&image| straight.weight[image])
        .collect();
    assert_eq!(shuffled.weight, expected);
}

#[test]
fn a_window_without_an_image_gives_no_loss() {
    let config = LossConfig {
        images: ImageRule::Window,
        window: [0.3, 0.4],
        smoothing: Smoothing::None,
        ..LossConfig::default()
    };
    let found = weights(&ascending(2), &config);
    assert_eq!(
        found,
        ImageWeights {
            weight: vec![0.0, 0.0],
            mean: 0.0
        }
    );
    let losses = Tensor::from_data([1.0_f32, 2.0], &Device::flex());
    assert_eq!(batch_loss(losses, &found).into_scalar::<f32>().to_bits(), 0);
}

#[test]
fn images_of_small_weight_are_skipped_unless_ranks_are_refreshed_or_unknown() {
    let config = LossConfig {
        skip_below: 0.01,
        refresh_every: 4,
        ..top(0.5, Smoothing::Constant)
    };
    let store = LossStore::from_vec(vec![1.0, 2.0, 3.0, 4.0, f32::NAN]).unwrap();
    let skipped =
        |config: &LossConfig, epoch| skipped_images(&store, &[0, 1, 2, 3, 4], config, epoch, 9);
    assert_eq!(skipped(&config, 3), [true, true, false, false, false]);
    for epoch in [1, 4, 8] {
        assert_eq!(skipped(&config, epoch), [false; 5]);
    }
    let off = LossConfig {
        skip_below: 0.0,
        ..config
    };
    assert_eq!(skipped(&off, 3), [false; 5]);
}
