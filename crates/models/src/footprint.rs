//! The largest tensor that a network needs, computed before it is built.

use crate::config::ModelConfig;
use crate::largest_tensor::LargestTensor;

impl ModelConfig {
    /// The largest tensor of one training step on `batch` images of `height` × `width` pixels.
    ///
    /// A device that cannot bind this many bytes at once cannot train the network.
    #[must_use]
    pub fn largest_tensor(
        &self,
        classes: usize,
        batch: usize,
        [height, width]: [usize; 2],
    ) -> LargestTensor {
        let logits = LargestTensor {
            name: "logits",
            shape: [batch, classes, height, width],
        };
        let [map, weight] = (self.name.architecture().largest)(self, batch, [height, width]);
        [logits, weight, map]
            .into_iter()
            .max_by_key(LargestTensor::bytes)
            .expect("three tensors")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::NetworkName;
    use crate::encoders::resnet::OutputStride;

    fn config(name: NetworkName, width: usize) -> ModelConfig {
        ModelConfig {
            name,
            width,
            ..ModelConfig::default()
        }
    }

    #[test]
    fn published_networks_are_limited_by_their_maps() {
        let largest = config(NetworkName::UNet3Plus, 64).largest_tensor(6, 4, [256, 256]);
        assert_eq!(largest.shape, [4, 320, 256, 256]);
        assert_eq!(largest.bytes(), 320 << 20);
        let largest = config(NetworkName::UNet, 64).largest_tensor(6, 4, [256, 256]);
        assert_eq!(largest.bytes(), 128 << 20);
    }

    #[test]
    fn deeplab_is_limited_by_its_last_stage() {
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
    fn pvt_gcascade_is_limited_by_its_finest_graph() {
        let config = config(NetworkName::PvtGcascade, 64);
        let largest = config.largest_tensor(4, 4, [128, 128]);
        assert_eq!(largest.shape, [4, 512, 32, 32]);
        // Distances grow with the square of the pixels.
        let largest = config.largest_tensor(4, 4, [256, 256]);
        assert_eq!(largest.shape, [4, 1, 4096, 1024]);
    }

    #[test]
    fn merit_gcascade_is_limited_by_its_finest_graph() {
        let config = config(NetworkName::MeritGcascade, 64);
        let largest = config.largest_tensor(4, 4, [256, 256]);
        assert_eq!(largest.shape, [4, 1, 4096, 1024]);
    }

    #[test]
    fn small_images_are_limited_by_weights_and_many_classes_by_logits() {
        let largest = config(NetworkName::UNet3Plus, 64).largest_tensor(6, 1, [16, 16]);
        assert_eq!(largest.shape, [1024, 1024, 3, 3]);
        let largest = config(NetworkName::UNet, 4).largest_tensor(250, 1, [128, 128]);
        assert_eq!(largest.name, "logits");
    }
}
