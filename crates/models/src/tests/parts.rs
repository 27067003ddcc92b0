//! The networks inside [`Network`], for tests of their parts.

use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::config::ModelConfig;
use crate::layers::builder::Builder;
use crate::layers::operations::Operations;
use crate::networks::Network;
use crate::networks::deeplabv3::DeepLabV3;
use crate::networks::merit_gcascade::MeritGcascade;
use crate::networks::pvt_gcascade::PvtGcascade;

pub(crate) fn deeplabv3(network: &Network) -> &DeepLabV3 {
    match network {
        Network::deeplabv3(network) => network,
        other => panic!("expected a DeepLabV3, found {other}"),
    }
}

pub(crate) fn pvtgcascade(network: &Network) -> &PvtGcascade {
    match network {
        Network::pvtgcascade(network) => network,
        other => panic!("expected a PVT-GCASCADE, found {other}"),
    }
}

pub(crate) fn meritgcascade(network: &Network) -> &MeritGcascade {
    match network {
        Network::meritgcascade(network) => network,
        other => panic!("expected a MERIT-GCASCADE, found {other}"),
    }
}

/// MERIT-GCASCADE with other windows.
pub(crate) fn merit_with_windows(
    config: &ModelConfig,
    classes: usize,
    device: &Device,
    windows: [usize; 2],
) -> Network {
    let mut builder = Builder {
        device,
        random: ChaCha8Rng::seed_from_u64(1),
        operations: Operations::Ours,
    };
    let network = MeritGcascade::with_windows(&mut builder, config, classes, windows);
    Network::meritgcascade(network)
}
