//! The encoder compared with timm's PVTv2: `assets/reference/networks/pvt.py` describes the origin of the numbers.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::hashed::{fill_module, image};
use super::parameter_norms::{
    assert_close, assert_gradients, moments, parameter_norms, shapes, values,
};
use super::{formula, numbers, read_cases};
use crate::encoders::pvt::Pvt;
use crate::encoders::pvt::PvtSize;
use crate::layers::builder::Builder;
use crate::layers::operations::Operations;
use crate::networks::pvt_gcascade::names::timm_name;

/// Tolerance of maps in 32 bits, relative to the largest.
const SINGLE: f64 = 1e-4;
/// Tolerance of gradients' norms in 32 bits.
const GRADIENTS: f64 = 1e-3;
/// Tolerance in 64 bits; the reference has eight digits.
const DOUBLE: f64 = 1e-7;

fn encoder(size: PvtSize, width: usize, device: &Device) -> Pvt {
    let mut builder = Builder {
        device,
        random: ChaCha8Rng::seed_from_u64(1),
        operations: Operations::Ours,
    };
    let mut encoder = Pvt::new(&mut builder, size, width);
    encoder.disable_dropout();
    encoder
}

fn timms(path: &[String]) -> String {
    let path = format!("encoder.{}", path.join("."));
    timm_name(&path).unwrap_or_else(|| panic!("{path} has no name"))
}

fn size_of(case: &Value) -> PvtSize {
    serde_json::from_value(case["pvt"].clone()).expect("a size")
}

fn assert_case(case: &Value, dtype: DType, [of_maps, of_gradients]: [f64; 2]) {
    let device = Device::flex().autodiff();
    let width = case["width"].as_u64().expect("a number") as usize;
    let what = format!("{} of width {width}, {dtype:?}", case["pvt"]);
    let encoder = fill_module(encoder(size_of(case), width, &device), dtype);
    let size = numbers(&case["size"]);
    let images = image(
        0,
        [2, 3, size[0] as usize, size[1] as usize],
        &device,
        dtype,
    );
    let maps = encoder.forward(images);
    let expected = case["stages"].as_array().expect("a list");
    assert_eq!(maps.len(), expected.len());
    for (stage, (map, expected)) in maps.iter().zip(expected).enumerate() {
        assert_close(
            &format!("{what}, stage {stage}"),
            &moments(map.clone()),
            &numbers(expected),
            of_maps,
        );
    }
    let last: Vec<f64> = values(maps[3].clone()).into_iter().step_by(7).collect();
    assert_close(&what, &last, &numbers(&case["last"]), of_maps);
    let loss = maps
        .into_iter()
        .map(|map| {
            let seed = formula(map.dims(), |k| (0.7 * k).sin(), &device, dtype);
            (map * seed).mean()
        })
        .reduce(|sum, loss| sum + loss)
        .expect("four maps");
    let gradients = GradientsParams::from_grads(loss.backward(), &encoder);
    let tensors = parameter_norms(&encoder, timms, Some(&gradients));
    assert_gradients(
        &what,
        &tensors.gradient_norms,
        &numbers(&case["gradients"]),
        of_gradients,
    );
    assert_eq!(tensors.shapes, shapes(&case["shapes"]), "{what}");
}

fn cases() -> Vec<Value> {
    let cases = read_cases("pvt.json");
    assert_eq!(cases.len(), 4);
    cases
}

#[test]
fn the_full_encoder_is_timms() {
    assert_case(&cases()[1], DType::F32, [SINGLE, GRADIENTS]);
}

#[test]
fn narrow_encoders_are_timms_to_the_references_last_digits() {
    for case in &cases()[2..] {
        assert_case(case, DType::F64, [DOUBLE, DOUBLE]);
    }
}

#[test]
fn every_size_has_as_many_parameters_as_timms() {
    let counts = &cases()[0];
    let device = Device::flex();
    for size in PvtSize::ALL {
        // The count is quadratic in the width: three narrow networks determine that of the published one.
        let [near, middle, far] = [8, 16, 24].map(|width| {
            let encoder = encoder(size, width, &device);
            i64::try_from(encoder.num_params()).expect("a small number")
        });
        // Newton's forward differences, seven steps of 8 channels after the first.
        let published = near + 7 * (middle - near) + 21 * (far - 2 * middle + near);
        assert_eq!(
            Some(published),
            counts[size.as_str()].as_i64(),
            "{}",
            size.as_str()
        );
    }
    assert_eq!(counts["b2"], 24_849_856);
}
