//! How many multiply-adds a network's convolutions take, known before it is built.

mod gcascade;
mod merit;

use crate::resnet::EXPANSION;
use crate::{ModelConfig, NetworkName};

/// Channels and pixels of a convolution that keeps the size.
fn conv(kernel: usize, inputs: usize, outputs: usize, pixels: usize) -> u64 {
    (kernel * kernel * inputs * outputs) as u64 * pixels as u64
}

impl ModelConfig {
    /// Multiply-adds of the convolutions of one image's forward pass, as the network is published: taps on the padding
    /// count, and so does what an operation saves by another way to the same numbers. Of the networks that graphs decode the linear layers
    /// count too, the two products of attention, and those of a graph's nodes and references. A training step takes three
    /// times as many.
    #[must_use]
    pub fn multiply_adds(&self, classes: usize, [height, width]: [usize; 2]) -> u64 {
        if self.name == NetworkName::DeepLabV3 {
            return self.multiply_adds_of_deeplab(classes, [height, width]);
        }
        if self.name == NetworkName::PvtGcascade {
            return self.multiply_adds_of_pvt_gcascade(classes, [height, width]);
        }
        if self.name == NetworkName::MeritGcascade {
            return self.multiply_adds_of_merit_gcascade(classes, [height, width]);
        }
        let pixels = |level: usize| (height >> level) * (width >> level);
        let channels = |level: usize| self.width << level;
        let mut sum = 0;
        for level in 0..5 {
            let inputs = if level == 0 { 3 } else { channels(level - 1) };
            sum += conv(3, inputs, channels(level), pixels(level));
            sum += conv(3, channels(level), channels(level), pixels(level));
        }
        match self.name {
            NetworkName::UNet => {
                for level in 0..4 {
                    // Four of the sixteen taps meet each pixel that comes out.
                    sum += conv(2, channels(level + 1), channels(level), pixels(level));
                    sum += conv(3, channels(level + 1), channels(level), pixels(level));
                    sum += conv(3, channels(level), channels(level), pixels(level));
                }
                sum += conv(3, self.width, classes, pixels(0));
            }
            NetworkName::UNet3Plus => {
                let joined = 5 * self.width;
                for level in 0..4 {
                    for from in 0..5 {
                        let inputs = if from > level && from < 4 {
                            joined
                        } else {
                            channels(from)
                        };
                        sum += conv(3, inputs, self.width, pixels(level));
                    }
                    sum += conv(3, joined, joined, pixels(level));
                }
                let heads = if self.deep_supervision { 4 } else { 1 };
                for level in 0..heads {
                    sum += conv(3, joined, classes, pixels(level));
                }
                if self.deep_supervision {
                    sum += conv(3, channels(4), classes, pixels(4));
                }
                if self.classification_guided {
                    sum += conv(1, channels(4), 2, pixels(4));
                }
            }
            NetworkName::DeepLabV3 | NetworkName::PvtGcascade | NetworkName::MeritGcascade => {
                unreachable!("counted above")
            }
        }
        sum
    }

    fn multiply_adds_of_deeplab(&self, classes: usize, image: [usize; 2]) -> u64 {
        let shrunk = |[height, width]: [usize; 2], stride| -> [usize; 2] {
            [height.div_ceil(stride), width.div_ceil(stride)]
        };
        let pixels = |[height, width]: [usize; 2]| height * width;
        let mut size = shrunk(image, 2);
        let mut sum = conv(7, 3, self.width, pixels(size));
        size = shrunk(size, 2);
        let mut inputs = self.width;
        let mut third = 0;
        let stages = self.backbone.blocks().into_iter();
        for (stage, (blocks, geometry)) in stages.zip(self.output_stride.stages()).enumerate() {
            let channels = self.width << stage;
            let outputs = EXPANSION * channels;
            for block in 0..blocks {
                sum += conv(1, inputs, channels, pixels(size));
                if block == 0 {
                    size = shrunk(size, geometry.stride);
                    sum += conv(1, inputs, outputs, pixels(size));
                }
                sum += conv(3, channels, channels, pixels(size));
                sum += conv(1, channels, outputs, pixels(size));
                inputs = outputs;
            }
            if stage == 2 {
                third = pixels(size);
            }
        }
        let hidden = 4 * self.width;
        let last = pixels(size);
        let rates = self.output_stride.rates().len();
        sum += conv(1, inputs, hidden, last + 1) + rates as u64 * conv(3, inputs, hidden, last);
        sum += conv(1, (rates + 2) * hidden, hidden, last) + conv(3, hidden, hidden, last);
        sum += conv(1, hidden, classes, last);
        if self.auxiliary_head {
            sum += conv(3, inputs / 2, hidden, third) + conv(1, hidden, classes, third);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backbone, OutputStride};

    #[test]
    fn published_sizes_take_what_is_known_of_them() {
        let mut config = ModelConfig::default();
        let giga = |config: &ModelConfig| config.multiply_adds(6, [256, 256]) as f64 / 1e9;
        // UNet 3+ with 6 classes at 256² takes 199·10⁹.
        assert!((giga(&config) - 199.0).abs() < 0.5, "{}", giga(&config));
        let plain = config.multiply_adds(2, [64, 32]);
        assert_eq!(config.multiply_adds(2, [128, 64]), 4 * plain);
        config.deep_supervision = true;
        config.classification_guided = true;
        let heads = 9 * 2 * (320 * (512 + 128 + 32) + 1024 * 8) + 1024 * 2 * 8;
        assert_eq!(config.multiply_adds(2, [64, 32]), plain + heads);
    }

    #[test]
    fn deeplab_takes_what_is_known_of_it() {
        let mut config = ModelConfig {
            name: NetworkName::DeepLabV3,
            ..ModelConfig::default()
        };
        // Counted by hooks on the convolutions of torchvision's networks.
        let mut counted = Vec::new();
        for backbone in Backbone::ALL {
            for output_stride in [OutputStride::Eight, OutputStride::Sixteen] {
                config.backbone = backbone;
                config.output_stride = output_stride;
                for auxiliary_head in [false, true] {
                    config.auxiliary_head = auxiliary_head;
                    counted.push(config.multiply_adds(4, [65, 49]));
                }
            }
        }
        let expected = [
            2_506_894_016,
            2_655_594_176,
            894_926_528,
            942_132_928,
            3_700_107_968,
            3_848_808_128,
            1_273_724_608,
            1_320_931_008,
        ];
        assert_eq!(counted, expected);
    }

    #[test]
    fn a_narrow_unet_is_counted_by_hand() {
        let config = ModelConfig {
            name: NetworkName::UNet,
            width: 1,
            ..ModelConfig::default()
        };
        let encoder = 256 * 9 * (3 + 1) + 64 * 9 * (2 + 4) + 16 * 9 * (8 + 16) + 4 * 9 * (32 + 64);
        let deepest = 9 * (128 + 256);
        let decoder = (0..4)
            .map(|level| (256 >> (2 * level)) * (1 << (2 * level)) * (4 * 2 + 9 * 2 + 9))
            .sum::<u64>();
        let head = 256 * 9 * 2;
        assert_eq!(
            config.multiply_adds(2, [16, 16]),
            encoder + deepest + decoder + head
        );
    }
}
