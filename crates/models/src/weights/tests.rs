//! Files that PyTorch wrote: `assets/reference/networks/weights.py` describes their origin.

mod hostile;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::{Format, WeightsError, WeightsFile, load, to_safetensors};
use crate::config::{ModelConfig, NetworkName};
use crate::networks::Network;
use crate::tests::pytorch::hashed_image;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/reference/networks/weights")
}

fn deeplab() -> ModelConfig {
    ModelConfig {
        name: NetworkName::DeepLabV3,
        width: 1,
        ..ModelConfig::default()
    }
}

fn network(config: &ModelConfig, classes: usize, seed: u64) -> Network {
    Network::new(config, classes, seed, &Device::flex()).expect("a network")
}

/// A file with these bytes, which exists as long as the folder.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("weights");
    std::fs::write(&path, bytes).expect("written");
    (folder, path)
}

fn opened(bytes: &[u8]) -> Result<WeightsFile, WeightsError> {
    let (_folder, path) = file(bytes);
    WeightsFile::open(&path)
}

fn refused(bytes: &[u8]) -> WeightsError {
    match opened(bytes) {
        Err(error) => error,
        Ok(file) => panic!("{} tensors", file.tensors.len()),
    }
}

#[test]
fn every_format_gives_the_same_numbers() {
    let base: Vec<f32> = (0..12).map(|k| k as f32).collect();
    for (name, format) in [
        ("small.pth", Format::PytorchZip),
        ("small-legacy.pth", Format::PytorchLegacy),
        ("small.safetensors", Format::Safetensors),
    ] {
        let file = WeightsFile::open(&folder().join(name)).expect(name);
        assert_eq!(file.format(), format);
        let read = |tensor: &str| {
            let tensor = &file.tensors[tensor];
            (
                tensor.shape.clone(),
                tensor.values(&file.bytes).expect("numbers"),
            )
        };
        assert_eq!(read("single"), (vec![3, 4], base.clone()), "{name}");
        let transposed = vec![0., 4., 8., 1., 5., 9., 2., 6., 10., 3., 7., 11.];
        assert_eq!(read("transposed"), (vec![4, 3], transposed), "{name}");
        assert_eq!(read("row"), (vec![4], base[4..8].to_vec()), "{name}");
        assert_eq!(read("half"), (vec![2], vec![0.5, -2.0]), "{name}");
        assert_eq!(read("brain"), (vec![2], vec![0.5, -2.0]), "{name}");
        assert_eq!(read("double"), (vec![1], vec![0.1]), "{name}");
        assert_eq!(read("count"), (vec![], vec![3.0]), "{name}");
        assert_eq!(read("parameter"), (vec![2], vec![1.0, 1.0]), "{name}");
        assert_eq!(file.tensors.len(), 8);
    }
}

#[test]
fn a_saved_network_has_torchvisions_logits() {
    let file = WeightsFile::open(&folder().join("deeplab-1.pth")).expect("a file");
    let (network, report) = load(network(&deeplab(), 3, 1), &file, true).expect("it fits");
    assert!(report.is_complete());
    assert_eq!(report.ignored, 60, "counts of batches");
    let text =
        std::fs::read_to_string(folder().join("deeplab-1.json")).expect("the committed file");
    let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let expected: Vec<f64> = serde_json::from_value(reference["logits"].clone()).expect("numbers");
    let images = hashed_image([2, 3, 33, 47], &Device::flex(), DType::F32);
    let logits = network.forward(images).logits.remove(0);
    let found: Vec<f32> = logits.into_data().iter().collect();
    let largest = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    assert_eq!(found.len().div_ceil(99), expected.len());
    for (found, expected) in found.iter().step_by(99).zip(&expected) {
        let difference = (f64::from(*found) - expected).abs();
        assert!(
            difference <= 1e-4 * largest,
            "{found}, torchvision {expected}"
        );
    }
}

#[test]
fn exported_weights_are_read_back_to_the_bit() {
    for name in NetworkName::ALL {
        let config = ModelConfig {
            name,
            width: match name {
                NetworkName::DeepLabV3 => 1,
                NetworkName::UNet | NetworkName::UNet3Plus => 2,
                NetworkName::PvtGcascade | NetworkName::MeritGcascade => 8,
            },
            ..ModelConfig::default()
        };
        let metadata = BTreeMap::from([("network".to_string(), name.as_str().to_string())]);
        let written = to_safetensors(&network(&config, 3, 5), &metadata);
        let file = opened(&written).expect("sound");
        let (read, report) = load(network(&config, 3, 6), &file, true).expect("it fits");
        assert!(report.is_complete());
        assert!(to_safetensors(&read, &metadata) == written, "{name:?}");
    }
}

#[test]
fn an_encoder_alone_leaves_the_heads_as_they_were() {
    let whole = network(&deeplab(), 3, 5);
    let names = |bytes: &[u8]| opened(bytes).expect("sound").tensors;
    let written = to_safetensors(&whole, &BTreeMap::new());
    // The same tensors with the names of torchvision's classifier.
    let renamed = renamed(&written, |header| {
        header
            .replace("\"backbone.", "\"")
            .replace("\"classifier.0", "\"fc.0")
            .replace("\"classifier", "\"fc")
    });

    let other = network(&deeplab(), 4, 6);
    let before = to_safetensors(&other, &BTreeMap::new());
    let file = opened(&renamed).expect("sound");
    let (filled, report) = load(other, &file, true).expect("the encoder fits, the heads need not");
    assert_eq!(report.names, "residual network of torchvision");
    assert_eq!(report.loaded, 53 * 5);
    let after = to_safetensors(&filled, &BTreeMap::new());
    let (before, after) = (
        opened(&before).expect("sound"),
        opened(&after).expect("sound"),
    );
    for (name, tensor) in &names(&written) {
        let now = after.tensors[name].values(&after.bytes);
        if name.starts_with("backbone") {
            let original = opened(&written).expect("sound");
            assert_eq!(now, tensor.values(&original.bytes), "{name}");
        } else {
            assert_eq!(now, before.tensors[name].values(&before.bytes), "{name}");
        }
    }
}

#[test]
fn differences_are_named_or_tolerated_on_demand() {
    let written = to_safetensors(&network(&deeplab(), 3, 5), &BTreeMap::new());
    let file = opened(&written).expect("sound");
    let strict = |config: &ModelConfig, classes| {
        load(network(config, classes, 6), &file, true)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let message = strict(&deeplab(), 4);
    assert!(
        message.contains("classifier.4.weight, a head of 3 classes instead of 4"),
        "{message}"
    );
    assert!(message.contains("2 of another shape"), "{message}");
    let auxiliary = ModelConfig {
        auxiliary_head: true,
        ..deeplab()
    };
    let message = strict(&auxiliary, 3);
    assert!(
        message.contains("7 missing (aux_classifier.0.weight,"),
        "{message}"
    );
    let wide = ModelConfig {
        width: 2,
        ..deeplab()
    };
    let message = strict(&wide, 3);
    assert!(
        message.contains("backbone.conv1.weight [1, 3, 7, 7] instead of [2, 3, 7, 7]"),
        "{message}"
    );
    let message = strict(&ModelConfig::default(), 3);
    assert!(message.contains("no tensor fits"), "{message}");
    assert!(message.contains("found backbone."), "{message}");

    let (_, report) = load(network(&deeplab(), 4, 6), &file, false).expect("the rest fits");
    assert_eq!(report.misshapen.len(), 2);
    assert!(load(network(&ModelConfig::default(), 3, 6), &file, false).is_err());
}

/// The same file with other names in its header.
fn renamed(written: &[u8], rename: impl Fn(&str) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(written[..8].try_into().expect("8 bytes")) as usize;
    let header = String::from_utf8_lossy(&written[8..8 + length]);
    let header = rename(header.trim_end());
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(&written[8 + length..]);
    bytes
}

#[test]
fn a_prefix_that_hides_the_names_is_stripped_and_reported() {
    let written = to_safetensors(&network(&deeplab(), 3, 5), &BTreeMap::new());
    let hidden = renamed(&written, |header| {
        let header = header.replace("\"backbone.", "\"net.student.backbone.");
        header.replace("\"classifier.", "\"net.student.classifier.")
    });
    let file = opened(&hidden).expect("sound");
    let (filled, report) = load(network(&deeplab(), 3, 6), &file, true).expect("it fits");
    assert_eq!(report.prefix, "net.student.");
    assert!(to_safetensors(&filled, &BTreeMap::new()) == written);
    // A tensor outside of the network is named.
    let outside = renamed(&hidden, |header| {
        header.replace("\"net.student.classifier.4.bias\"", "\"net.teacher.bias\"")
    });
    let file = opened(&outside).expect("sound");
    let error = load(network(&deeplab(), 3, 6), &file, true).err();
    let message = error.expect("one tensor is missing").to_string();
    assert!(message.contains("1 unused (net.teacher.bias)"), "{message}");
}

#[test]
fn weights_that_are_not_finite_are_refused_by_name() {
    let mut written = to_safetensors(&network(&deeplab(), 3, 5), &BTreeMap::new());
    let file = opened(&written).expect("sound");
    let place = file.tensors["backbone.layer1.0.conv1.weight"]
        .storage()
        .0
        .start;
    for (number, found) in [
        (f32::NAN, "found NaN (1 of"),
        (f32::INFINITY, "found inf (1 of"),
    ] {
        written[place..place + 4].copy_from_slice(&number.to_le_bytes());
        let file = opened(&written).expect("its header is sound");
        for strict in [true, false] {
            let error = load(network(&deeplab(), 3, 6), &file, strict).err();
            let message = error.expect("no weights").to_string();
            assert!(
                message.contains("'backbone.layer1.0.conv1.weight'"),
                "{message}"
            );
            assert!(message.contains(found), "{message}");
        }
    }
}

#[test]
fn a_stem_for_grey_images_gives_the_same_result_for_them() {
    let config = ModelConfig {
        name: NetworkName::UNet,
        width: 2,
        ..ModelConfig::default()
    };
    let written = to_safetensors(&network(&config, 3, 5), &BTreeMap::new());
    let mut file = opened(&written).expect("sound");
    // Kernels on one channel, a view into the storage of all three.
    let name = "conv1.conv1.0.weight";
    let colour = file.tensors[name].clone();
    let grey = super::stored::StoredTensor::new(
        colour.dtype,
        vec![2, 1, 3, 3],
        vec![27, 9, 3, 1],
        0,
        colour.storage().0,
    );
    let grey = grey.expect("within");
    let kernels = grey.values(&file.bytes).expect("numbers");
    file.tensors.insert(name.to_string(), grey);
    let (filled, report) = load(network(&config, 3, 6), &file, true).expect("it fits");
    assert!(report.grey_stem);
    let after = opened(&to_safetensors(&filled, &BTreeMap::new())).expect("sound");
    let spread = after.tensors[name].values(&after.bytes).expect("numbers");
    let spread: Tensor<3> = Tensor::from_data(TensorData::new(spread, [2, 3, 9]), &Device::flex());
    let sums: Vec<f32> = spread.sum_dim(1).into_data().iter().collect();
    for (sum, kernel) in sums.iter().zip(&kernels) {
        assert!((sum - kernel).abs() < 1e-6, "{sum} {kernel}");
    }
}
