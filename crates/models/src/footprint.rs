//! The largest tensor that a network needs, known before it is built.

use crate::config::{ModelConfig, NetworkName};
use crate::encoders::maxvit::settings::EXPANSION;
use crate::networks::merit_gcascade::{WINDOWS, encoders, second_size};

/// A tensor of a network's forward pass, or one of its weights, in 32-bit numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargestTensor {
    /// What it holds.
    pub name: &'static str,
    /// Its shape.
    pub shape: [usize; 4],
}

impl LargestTensor {
    /// Its size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shape.iter().map(|side| *side as u64).product::<u64>() * size_of::<f32>() as u64
    }
}

impl ModelConfig {
    /// The largest tensor of one training step on `batch` images of `height` × `width` pixels.
    ///
    /// A device that cannot bind so many bytes at once cannot train the network.
    #[must_use]
    pub fn largest_tensor(
        &self,
        classes: usize,
        batch: usize,
        [height, width]: [usize; 2],
    ) -> LargestTensor {
        let full_size = |name, channels| LargestTensor {
            name,
            shape: [batch, channels, height, width],
        };
        let (widest, weight) = match self.name {
            NetworkName::UNet => (
                full_size(
                    "input of the last decoder level, skip and upsampled map joined",
                    2 * self.width,
                ),
                self.deepest_weight(),
            ),
            NetworkName::UNet3Plus => (
                full_size(
                    "input of the full-size decoder node, five maps joined",
                    5 * self.width,
                ),
                self.deepest_weight(),
            ),
            NetworkName::DeepLabV3 => self.deeplabs_largest(batch, [height, width]),
            NetworkName::PvtGcascade => self.pvt_gcascades_largest(batch, [height, width]),
            NetworkName::MeritGcascade => self.merit_gcascades_largest(batch, [height, width]),
        };
        [full_size("logits", classes), weight, widest]
            .into_iter()
            .max_by_key(LargestTensor::bytes)
            .expect("three tensors")
    }

    /// Of the encoder of UNet and UNet3+.
    fn deepest_weight(&self) -> LargestTensor {
        let deepest = 16 * self.width;
        LargestTensor {
            name: "weight of the deepest convolution",
            shape: [deepest, deepest, 3, 3],
        }
    }

    /// The widest map and the widest weight.
    fn deeplabs_largest(
        &self,
        batch: usize,
        [height, width]: [usize; 2],
    ) -> (LargestTensor, LargestTensor) {
        let map = |name, channels, stride: usize| LargestTensor {
            name,
            shape: [
                batch,
                channels * self.width,
                height.div_ceil(stride),
                width.div_ceil(stride),
            ],
        };
        let stride = self.output_stride.pixels();
        let widest = [
            map("map of the stem", 1, 2),
            map("map of the first stage", 4, 4),
            map("map of the last stage", 32, stride),
            map("input of the projection, five maps joined", 20, stride),
        ]
        .into_iter()
        .max_by_key(LargestTensor::bytes)
        .expect("four maps");
        let weight = LargestTensor {
            name: "weight of a dilated convolution of the pyramid",
            shape: [4 * self.width, 32 * self.width, 3, 3],
        };
        (widest, weight)
    }

    /// The widest map and the widest weight.
    fn pvt_gcascades_largest(
        &self,
        batch: usize,
        [height, width]: [usize; 2],
    ) -> (LargestTensor, LargestTensor) {
        let channels = self.pvt.channels(self.width);
        let expansions = self.pvt.expansions();
        let nodes = height.div_ceil(4) * width.div_ceil(4);
        let (finest, deepest) = (channels[0], channels[3]);
        let widest = [
            LargestTensor {
                name: "hidden map of the first stage's feed-forward layers",
                shape: [
                    batch,
                    finest * expansions[0],
                    height.div_ceil(4),
                    width.div_ceil(4),
                ],
            },
            LargestTensor {
                name: "attention of the first stage",
                shape: [batch, 1, nodes, nodes.div_ceil(64)],
            },
            LargestTensor {
                name: "distances of the finest graph",
                shape: [batch, 1, nodes, nodes.div_ceil(4)],
            },
        ]
        .into_iter()
        .max_by_key(LargestTensor::bytes)
        .expect("three maps");
        let weight = LargestTensor {
            name: "weight of the last stage's feed-forward layers",
            shape: [deepest * expansions[3], deepest, 1, 1],
        };
        (widest, weight)
    }

    /// The widest map and the widest weight.
    fn merit_gcascades_largest(
        &self,
        batch: usize,
        image: [usize; 2],
    ) -> (LargestTensor, LargestTensor) {
        let [first, second] = encoders(self.width, WINDOWS);
        let mut channels = first.channels();
        channels.reverse();
        let map = |name, channels, [height, width]: [usize; 2], stride| LargestTensor {
            name,
            shape: [batch, channels, height / stride, width / stride],
        };
        let nodes = (image[0] / 4) * (image[1] / 4);
        let widest = [
            map(
                "hidden map of the first stage's networks",
                EXPANSION * channels[3],
                image,
                4,
            ),
            map(
                "expanded map of the second encoder's first bottleneck",
                EXPANSION * second.stem()[1],
                second_size(image, WINDOWS),
                2,
            ),
            LargestTensor {
                name: "distances of the finest graph",
                shape: [batch, 1, nodes, nodes / 4],
            },
        ]
        .into_iter()
        .max_by_key(LargestTensor::bytes)
        .expect("three maps");
        let weight = LargestTensor {
            name: "weight of the last stage's networks",
            shape: [EXPANSION * channels[0], channels[0], 1, 1],
        };
        (widest, weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoders::resnet::OutputStride;

    fn config(name: NetworkName, width: usize) -> ModelConfig {
        ModelConfig {
            name,
            width,
            ..ModelConfig::default()
        }
    }

    #[test]
    fn published_networks_on_photographs_are_bound_by_their_maps() {
        let largest = config(NetworkName::UNet3Plus, 64).largest_tensor(6, 4, [256, 256]);
        assert_eq!(largest.shape, [4, 320, 256, 256]);
        assert_eq!(largest.bytes(), 320 << 20);
        let largest = config(NetworkName::UNet, 64).largest_tensor(6, 4, [256, 256]);
        assert_eq!(largest.bytes(), 128 << 20);
    }

    #[test]
    fn deeplab_on_photographs_is_bound_by_its_last_stage() {
        let largest = config(NetworkName::DeepLabV3, 64).largest_tensor(6, 4, [256, 256]);
        assert_eq!(largest.shape, [4, 2048, 32, 32]);
        let sixteen = ModelConfig {
            output_stride: OutputStride::Sixteen,
            ..config(NetworkName::DeepLabV3, 64)
        };
        let largest = sixteen.largest_tensor(6, 8, [255, 255]);
        // 16 channels for each pixel of the image, in the stem and in the first stage.
        assert_eq!(largest.shape, [8, 256, 64, 64]);
        let largest = sixteen.largest_tensor(6, 2, [32, 32]);
        assert_eq!(largest.shape, [256, 2048, 3, 3]);
    }

    #[test]
    fn pvt_gcascade_is_bound_by_its_finest_graph() {
        let config = config(NetworkName::PvtGcascade, 64);
        let largest = config.largest_tensor(4, 4, [128, 128]);
        assert_eq!(largest.shape, [4, 512, 32, 32]);
        // Distances grow with the square of the pixels.
        let largest = config.largest_tensor(4, 4, [256, 256]);
        assert_eq!(largest.shape, [4, 1, 4096, 1024]);
    }

    #[test]
    fn merit_gcascade_is_bound_by_its_finest_graph() {
        let config = config(NetworkName::MeritGcascade, 64);
        let largest = config.largest_tensor(4, 4, [256, 256]);
        assert_eq!(largest.shape, [4, 1, 4096, 1024]);
    }

    #[test]
    fn small_images_leave_the_weights_and_many_classes_the_logits() {
        let largest = config(NetworkName::UNet3Plus, 64).largest_tensor(6, 1, [16, 16]);
        assert_eq!(largest.shape, [1024, 1024, 3, 3]);
        let largest = config(NetworkName::UNet, 4).largest_tensor(250, 1, [128, 128]);
        assert_eq!(largest.name, "logits");
    }
}
