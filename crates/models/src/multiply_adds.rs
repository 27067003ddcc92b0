//! How many multiply-adds a network's convolutions take, known before it is built.

use crate::{ModelConfig, NetworkName};

/// Channels and pixels of a convolution that keeps the size.
fn conv(kernel: usize, inputs: usize, outputs: usize, pixels: usize) -> u64 {
    (kernel * kernel * inputs * outputs) as u64 * pixels as u64
}

impl ModelConfig {
    /// Multiply-adds of the convolutions of one image's forward pass, as the network is published: taps on the padding
    /// count, and so does what an operation saves by another way to the same numbers. A training step takes three times
    /// as many.
    #[must_use]
    pub fn multiply_adds(&self, classes: usize, [height, width]: [usize; 2]) -> u64 {
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
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
