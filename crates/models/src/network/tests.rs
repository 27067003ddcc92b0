//! Sizes and names of the networks, and the same networks built of Burn's operations.

use burn::tensor::DType;

use super::*;
use crate::config::NetworkName;
use crate::decoders::gcascade::Aggregation;
use crate::encoders::resnet::Backbone;
use crate::tests::pytorch::fill;

fn parameters(config: &ModelConfig, classes: usize) -> usize {
    Network::new(config, classes, 1, &Device::flex())
        .expect("a valid network")
        .parameters()
}

/// Names and values of every parameter and buffer.
fn values(network: &Network) -> Vec<(String, Vec<f32>)> {
    struct Values(Vec<String>, Vec<(String, Vec<f32>)>);
    impl ModuleVisitor for Values {
        fn visit_float<const D: usize>(&mut self, tensor: &Param<Tensor<D>>) {
            let values = tensor.val().into_data().iter::<f32>().collect();
            self.1.push((self.0.join("."), values));
        }
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.0.push(name.to_string());
        }
        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.0.pop();
        }
    }
    let mut visitor = Values(Vec::new(), Vec::new());
    network.visit(&mut visitor);
    visitor.1
}

#[test]
fn stock_operations_make_the_same_network() {
    let device = Device::flex().autodiff();
    for name in NetworkName::ALL {
        let config = ModelConfig {
            name,
            width: if name == NetworkName::MeritGcascade {
                8
            } else {
                4
            },
            ..ModelConfig::default()
        };
        let [height, width] = match name {
            NetworkName::PvtGcascade => [64, 96],
            NetworkName::MeritGcascade => [256, 256],
            _ => [32, 48],
        };
        let [ours, stock] = [Operations::Ours, Operations::Stock].map(|operations| {
            let network = Network::with_operations(&config, 3, 7, &device, operations);
            network.expect("valid").without_dropout()
        });
        let names = |network: &Network| -> Vec<String> {
            values(network).into_iter().map(|(name, _)| name).collect()
        };
        assert!(names(&ours).contains(&match name {
            NetworkName::UNet => "unet.head.weight".to_string(),
            NetworkName::UNet3Plus => "unet3plus.decoder.0.branches.0.norm.gamma".to_string(),
            NetworkName::DeepLabV3 => "deeplabv3.head.pyramid.pooled.norm.gamma".to_string(),
            NetworkName::PvtGcascade => "pvtgcascade.decoder.graphs.0.exit.norm.gamma".to_string(),
            NetworkName::MeritGcascade =>
                "meritgcascade.backbone2.stages.3.1.grid.scale2.gamma".to_string(),
        }));
        assert_eq!(values(&ours), values(&stock), "{name:?}");
        // Both have the same checkpoints.
        let record = ours.valid().into_record();
        let loaded = stock
            .clone()
            .try_load_record(record)
            .expect("the same shape");
        assert_eq!(values(&loaded), values(&ours.valid()));

        // With initial weights MERIT's deep maps are nearly constant, so that rounding decides which nodes are neighbours: it is
        // compared in 64 bits, with other parameters.
        let (ours, stock, dtype) = match name {
            NetworkName::MeritGcascade => {
                let [ours, stock] = [ours, stock].map(|network| fill(network, DType::F64));
                (ours, stock, DType::F64)
            }
            _ => (ours, stock, DType::F32),
        };
        let images: Tensor<4> = Tensor::arange(0..(2 * 3 * height * width) as i64, &device)
            .float()
            .cast(dtype)
            .mul_scalar(0.37)
            .sin()
            .reshape([2, 3, height, width]);
        let logits = |network: &Network| network.forward(images.clone()).logits.remove(0);
        let (found, expected) = (logits(&stock), logits(&ours));
        let scale = expected.clone().abs().max().into_scalar::<f32>();
        let difference = (found - expected).abs().max().into_scalar::<f32>();
        // DeepLabV3 normalises the mean of two images in its pooled branch, which amplifies rounding.
        let tolerance = if name == NetworkName::DeepLabV3 {
            2e-3
        } else {
            1e-4
        };
        assert!(
            difference < tolerance * scale,
            "{name:?}: {difference} of {scale}"
        );
    }
}

#[test]
fn published_sizes_have_the_published_parameters() {
    let plain = ModelConfig::default();
    assert_eq!(parameters(&plain, 4), 26_980_420);
    assert_eq!(parameters(&plain, 5), 26_983_301);
    let deep = ModelConfig {
        deep_supervision: true,
        ..plain.clone()
    };
    assert_eq!(parameters(&deep, 5), 27_072_601);
    let guided = ModelConfig {
        classification_guided: true,
        ..deep
    };
    assert_eq!(parameters(&guided, 5), 27_074_651);
    let unet = ModelConfig {
        name: NetworkName::UNet,
        ..plain
    };
    let deeplab = |backbone, auxiliary_head| ModelConfig {
        name: NetworkName::DeepLabV3,
        backbone,
        auxiliary_head,
        ..ModelConfig::default()
    };
    assert_eq!(
        parameters(&deeplab(Backbone::ResNet50, false), 4),
        39_634_500
    );
    assert_eq!(
        parameters(&deeplab(Backbone::ResNet50, true), 4),
        41_995_336
    );
    assert_eq!(
        parameters(&deeplab(Backbone::ResNet101, false), 4),
        58_626_628
    );
    assert_eq!(
        parameters(&deeplab(Backbone::ResNet101, true), 4),
        60_987_464
    );
    let gcascade = |aggregation| ModelConfig {
        name: NetworkName::PvtGcascade,
        aggregation,
        grey_input: true,
        ..ModelConfig::default()
    };
    // The published counts include the layer for grey images.
    for (aggregation, classes, published) in [
        (Aggregation::Additive, 4, 26_631_486),
        (Aggregation::Additive, 9, 26_636_626),
        (Aggregation::Concatenation, 4, 28_176_830),
    ] {
        let found = parameters(&gcascade(aggregation), classes);
        assert_eq!(found, published, "{aggregation:?}, {classes}");
    }
    let merit = |aggregation| ModelConfig {
        name: NetworkName::MeritGcascade,
        ..gcascade(aggregation)
    };
    for (aggregation, classes, published) in [
        (Aggregation::Additive, 4, 136_482_825),
        (Aggregation::Additive, 9, 136_490_045),
        (Aggregation::Concatenation, 4, 141_365_481),
    ] {
        let found = parameters(&merit(aggregation), classes);
        assert_eq!(found, published, "{aggregation:?}, {classes}");
    }
    // The published count is for one class; each further class adds a 3×3 kernel of 64 channels and its bias.
    assert_eq!(parameters(&unet, 2), 39_396_033 + 64 * 9 + 1);
}
