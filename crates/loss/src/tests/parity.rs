//! The passes, on the CPU and on a software GPU, compared with the formula in 64 bits.

mod inputs;

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use ops::InstructionSet;
use ops::testing::devices::devices;
use ops::testing::every_instruction_set;
use ops::testing::poison::poison;

use crate::config::{LossConfig, LossName, PixelRule};
use crate::fused::{Fused, weights_by_rank};
use crate::loss::Loss;
use crate::pixel_loss::pixel_loss;
use crate::pixel_rule::kept_pixels;
use crate::store::LossStore;
use crate::tests::oracle::{Case, Random};
use inputs::{Input, configs, input, inputs};

/// Tolerance of loss and gradient, relative to the loss and to the image's largest gradient.
const TOLERANCE: f64 = 1e-5;

#[test]
fn every_test_on_the_cpu_passes_with_every_other_instruction_set() {
    every_instruction_set::run("", InstructionSet::Portable);
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// Logits with a gradient, and labels.
fn upload(case: &Case, device: &Device, dtype: DType) -> (Tensor<4>, Tensor<3, Int>) {
    let [batch, _, height, width] = case.shape;
    let device = device.clone().autodiff();
    let logits = TensorData::new(case.logits.clone(), case.shape);
    let labels = TensorData::new(case.labels.clone(), [batch, height, width]);
    (
        Tensor::from_data(logits, (&device, dtype)).require_grad(),
        Tensor::from_data(labels, &device),
    )
}

/// L, pixels by class, and the gradient of Σ (1 + i)·L of image i.
struct Result {
    loss: Vec<f64>,
    kept: Vec<f64>,
    valid: Vec<f64>,
    gradient: Vec<f64>,
}

fn run(loss: &Loss, case: &Case, device: &Device, dtype: DType) -> Result {
    let (logits, labels) = upload(case, device, dtype);
    let found = loss.image_losses(std::slice::from_ref(&logits), labels);
    let weights: Vec<f64> = (0..case.shape[0]).map(|image| 1.0 + image as f64).collect();
    let weights = TensorData::new(weights, [case.shape[0]]);
    let weights = Tensor::from_data(weights, (&found.loss.device(), dtype));
    let gradients = (found.loss.clone() * weights).sum().backward();
    Result {
        loss: values(found.loss.inner()),
        kept: values(found.kept),
        valid: values(found.valid),
        gradient: values(logits.grad(&gradients).expect("tracked")),
    }
}

fn assert_close(what: &str, place: &str, found: &[f64], expected: &[f64]) {
    let largest = expected
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let allowed = TOLERANCE * largest.max(1e-30);
        assert!(
            (found - expected).abs() <= allowed,
            "{what} {index} of {place}: found {found}, formula {expected}, allowed {allowed:e}"
        );
    }
}

#[test]
fn losses_kept_pixels_and_gradients_are_those_of_the_formula() {
    for device in devices() {
        poison(&device);
        for Input {
            name,
            saturated,
            case,
        } in inputs()
        {
            let [batch, classes, ..] = case.shape;
            for config in configs(classes) {
                // 64 bits distinguish losses that are equal in 32 bits, and choose differently among them.
                if saturated && config.lambda_ce == 0.0 {
                    continue;
                }
                let place = format!("{name} on {device:?} with {config:?}");
                let loss = Loss::new(config.clone(), classes).expect("sound settings");
                let found = run(&loss, &case, &device, DType::F32);
                let formula = loss.clone().by_formula();
                let expected = run(&formula, &case, &Device::flex(), DType::F64);
                assert_eq!(found.valid, expected.valid, "{place}");
                assert_eq!(found.kept, expected.kept, "{place}");
                let part = found.gradient.len() / batch;
                for image in 0..batch {
                    let of_image = |values: &[f64]| values[image..=image].to_vec();
                    assert_close(
                        "loss",
                        &place,
                        &of_image(&found.loss),
                        &of_image(&expected.loss),
                    );
                    let range = image * part..(image + 1) * part;
                    let gradients = [&found.gradient[range.clone()], &expected.gradient[range]];
                    assert_close("gradient", &place, gradients[0], gradients[1]);
                }
                let again = run(&loss, &case, &device, DType::F32);
                let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&found.loss), bits(&again.loss), "{place}");
                assert_eq!(bits(&found.gradient), bits(&again.gradient), "{place}");
            }
        }
    }
}

#[test]
fn each_pixel_is_kept_exactly_if_the_formula_keeps_it() {
    let mut random = Random::new(5);
    let case = input("", Case::random(&mut random, [2, 4, 70, 70], 0.1)).case;
    for device in devices() {
        for config in configs(4)
            .into_iter()
            .filter(|config| config.name == LossName::Envelope)
        {
            let (logits, labels) = upload(&case, &device, DType::F32);
            let fused = Fused::new(logits, labels.inner(), &config).expect("served");
            let pixel = values(fused.pixel.clone());
            let bounds = fused
                .bounds
                .clone()
                .into_data()
                .iter::<i32>()
                .map(|b| b as u32)
                .collect();
            let choice = fused.choice(bounds);
            let (logits, labels) = upload(&case, &Device::flex(), DType::F64);
            let formula = pixel_loss(logits, labels.clone(), &config);
            assert_close("pixel", "", &pixel, &values(formula.loss.clone().inner()));
            let expected = values(kept_pixels(&formula, &labels, &config));
            for (place, label) in case.labels.iter().enumerate() {
                let (image, number) = (place / 4900, place % 4900);
                let kept = *label != 255
                    && choice.keeps(image, *label as usize, number, pixel[place] as f32);
                assert_eq!(kept, expected[place] > 0.5, "pixel {place} with {config:?}");
            }
        }
    }
}

#[test]
fn the_rule_top_keeps_the_earlier_of_equal_pixels() {
    let shape = [2, 2, 300, 300];
    let mut case = Case::random(&mut Random::new(8), shape, 0.2);
    case.logits.fill(0.0);
    let config = LossConfig {
        pixels: PixelRule::Top,
        pixel_share: 0.37,
        ..LossConfig::default()
    };
    for device in devices() {
        let (logits, labels) = upload(&case, &device, DType::F32);
        let fused = Fused::new(logits, labels.inner(), &config).expect("served");
        let bounds: Vec<i32> = fused.bounds.into_data().iter::<i32>().collect();
        for (image, labels) in case.labels.chunks(90_000).enumerate() {
            let valid: Vec<usize> = (0..90_000).filter(|&pixel| labels[pixel] != 255).collect();
            let wanted = (0.37 * valid.len() as f64).ceil() as usize;
            assert_eq!(
                bounds[2 * image + 1],
                valid[wanted - 1] as i32,
                "{device:?}"
            );
        }
    }
}

#[test]
fn a_batch_may_have_more_images_than_an_axis_has_workgroups() {
    let images = 65_600;
    let case = input(
        "",
        Case::random(&mut Random::new(9), [images, 2, 1, 1], 0.1),
    )
    .case;
    for device in devices() {
        // Two rules use every kernel between them.
        let rules = configs(2).into_iter().step_by(3).take(2);
        for config in rules {
            let loss = Loss::new(config, 2).expect("sound settings");
            let found = run(&loss, &case, &device, DType::F32);
            let expected = run(
                &loss.clone().by_formula(),
                &case,
                &Device::flex(),
                DType::F64,
            );
            assert_eq!(found.kept, expected.kept);
            for (what, found, expected) in [
                ("loss", &found.loss, &expected.loss),
                ("gradient", &found.gradient, &expected.gradient),
            ] {
                assert_close(what, "many images", found, expected);
            }
        }
    }
}

#[test]
fn nan_stays_in_its_image() {
    let clean = input("", Case::random(&mut Random::new(10), [3, 4, 70, 70], 0.0)).case;
    for device in devices() {
        for poison in [f64::NAN, f64::INFINITY] {
            for class in 0..4 {
                let mut broken = clean.clone();
                broken.logits[(4 + class) * 4900 + 4321] = poison;
                let mut wrong = clean.clone();
                wrong.labels[4900 + 4321] = if class % 2 == 0 { 4 } else { -1 };
                for case in [broken, wrong] {
                    for config in configs(4) {
                        let loss = Loss::new(config.clone(), 4).expect("sound settings");
                        let found = run(&loss, &case, &device, DType::F32);
                        let whole = run(&loss, &clean, &device, DType::F32);
                        let place = format!("{poison} in class {class} on {device:?}, {config:?}");
                        assert!(found.loss[1].is_nan(), "{place}");
                        for image in [0, 2] {
                            let range = image * 4 * 4900..(image + 1) * 4 * 4900;
                            let losses = [found.loss[image], whole.loss[image]];
                            assert_eq!(losses[0].to_bits(), losses[1].to_bits(), "{place}");
                            let gradients = [&found.gradient, &whole.gradient];
                            assert_eq!(gradients[0][range.clone()], gradients[1][range], "{place}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn an_ignored_pixels_values_reach_nothing() {
    let mut case = input("", Case::random(&mut Random::new(11), [1, 3, 20, 20], 0.0)).case;
    case.labels[5] = 255;
    let mut poisoned = case.clone();
    for (class, poison) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
        .iter()
        .enumerate()
    {
        poisoned.logits[class * 400 + 5] = *poison;
    }
    for device in devices() {
        for config in configs(3) {
            let loss = Loss::new(config, 3).expect("sound settings");
            let [clean, found] =
                [&case, &poisoned].map(|case| run(&loss, case, &device, DType::F32));
            assert_eq!(clean.loss, found.loss);
            assert_eq!(clean.gradient, found.gradient);
            assert!((0..3).all(|class| found.gradient[class * 400 + 5] == 0.0));
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let case = Case::random(&mut Random::new(12), [3, 5, 130, 130], 0.1);
    for config in configs(5) {
        let loss = Loss::new(config, 5).expect("sound settings");
        let [one, three] = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads")
                .install(|| run(&loss, &case, &Device::flex(), DType::F32))
        });
        assert_eq!(one.loss, three.loss);
        assert_eq!(one.gradient, three.gradient);
    }
}

#[test]
fn weights_by_rank_are_those_of_the_loss_store() {
    let mut random = Random::new(13);
    for images in [1, 7, 300, 10_000] {
        // Few distinct losses, so that ties are frequent.
        let losses: Vec<f32> = (0..images)
            .map(|_| random.below(200) as f32 / 8.0)
            .collect();
        let table: Vec<f32> = (0..images).map(|rank| rank as f32 / 3.0).collect();
        let batch: Vec<usize> = (0..images.min(9)).map(|place| place * images / 9).collect();
        let mut batch: Vec<usize> = batch.into_iter().rev().collect();
        batch.dedup();
        let new: Vec<f32> = batch
            .iter()
            .map(|_| random.below(200) as f32 / 8.0)
            .collect();
        let mut store = LossStore::from_vec(losses.clone()).expect("finite");
        for (&image, &loss) in batch.iter().zip(&new) {
            store.insert(image, loss).expect("finite");
        }
        let expected: Vec<f32> = batch
            .iter()
            .map(|&image| table[store.rank(image).expect("known") - 1])
            .collect();
        for device in devices() {
            let float = |values: &[f32]| {
                Tensor::<1>::from_data(TensorData::new(values.to_vec(), [values.len()]), &device)
            };
            let indices: Vec<i32> = batch.iter().map(|&image| image as i32).collect();
            let indices = TensorData::new(indices, [batch.len()]);
            let (weights, after) = weights_by_rank(
                float(&new),
                Tensor::from_data(indices, (&device, DType::I32)),
                float(&losses),
                float(&table),
            );
            let host = |tensor: Tensor<1>| tensor.into_data().try_to_vec::<f32>().expect("32 bits");
            assert_eq!(host(weights), expected, "{images} images on {device:?}");
            assert_eq!(host(after), store.to_vec(), "{images} images on {device:?}");
        }
    }
}
