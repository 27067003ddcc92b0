use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::{ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use models::{ModelConfig, NetworkName};

use super::*;
use crate::recipe::optimizer::OptimizerConfig;
use crate::run_folder::folder::LAST;
use crate::run_folder::writer::RunWriter;

fn network(seed: u64) -> Network {
    let config = ModelConfig {
        name: NetworkName::UNet,
        width: 2,
        ..ModelConfig::default()
    };
    Network::new(&config, 2, seed, &Device::flex().autodiff()).expect("a network")
}

fn bits(network: &Network) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, tensor: &Param<Tensor<D>>) {
            let values = tensor.val().into_data().try_to_vec::<f32>();
            let values = values.expect("32 bits").into_iter();
            self.0.extend(values.map(f32::to_bits));
        }
    }
    let mut bits = Bits(Vec::new());
    network.valid().visit(&mut bits);
    bits.0
}

/// While another process writes, a reader sees one checkpoint or the other, never half of each, and does not change the folder.
#[test]
fn a_checkpoint_that_is_being_replaced_is_read_as_it_was_or_as_it_is() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let writer = RunWriter::create("x", Some(&parent.path().join("run"))).expect("a new folder");
    writer
        .write_json("environment.json", &environment())
        .expect("written");
    let networks = [1, 2].map(network);
    let expected = networks.each_ref().map(bits);
    let optimizer = OptimizerConfig::default().build();
    let save_one = |which: usize| {
        let state = TrainingState::start(2);
        let images = ImageRecords::new(1, 2, 1);
        writer
            .replace_checkpoint(LAST, |path| {
                save(
                    path,
                    Some("this"),
                    &networks[which],
                    &optimizer,
                    &state,
                    &images,
                )
            })
            .expect("written");
    };
    save_one(0);
    let reader = writer.folder().clone();
    let done = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let seen = scope.spawn(|| {
            let mut seen = [0, 0];
            while !done.load(Ordering::Relaxed) {
                let read = load_network(&reader, LAST, network(3)).expect("a checkpoint");
                let found = bits(&read);
                let which = expected.iter().position(|bits| *bits == found);
                seen[which.expect("the tensors of one of them")] += 1;
            }
            seen
        });
        for which in 0..100 {
            save_one(which % 2);
        }
        done.store(true, Ordering::Relaxed);
        seen.join().expect("no panic")
    });
    assert!(seen.iter().sum::<usize>() > 0, "{seen:?}");
}

#[test]
fn every_kind_of_network_is_taken_as_it_was_saved() {
    for (name, width) in [
        (NetworkName::UNet, 2),
        (NetworkName::UNet3Plus, 2),
        (NetworkName::DeepLabV3, 4),
        (NetworkName::PvtGcascade, 64),
    ] {
        let config = ModelConfig {
            name,
            width,
            ..ModelConfig::default()
        };
        let network = Network::new(&config, 3, 1, &Device::flex()).expect("a network");
        let record = network.valid().into_record();
        let bytes = record.into_bytes().expect("bytes");
        assert!((bytes.len() as u64) < most_bytes(&network), "{name:?}");
        assert_eq!(pack::check_network(bytes, &network), Ok(()), "{name:?}");
    }
}

fn environment() -> serde_json::Value {
    serde_json::json!({"run": "this", "data": "", "classes": []})
}
