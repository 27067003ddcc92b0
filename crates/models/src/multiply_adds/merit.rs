//! Multiply-adds of MERIT-GCASCADE.

use super::{conv, gcascade};
use crate::ModelConfig;
use crate::maxvit::{Blocks, DEPTHS, EXPANSION, MaxVitConfig, squeezed};
use crate::merit::{WINDOWS, encoders, second_size};

/// Of an encoder: convolutions, linear layers, both products of attention, and the networks on relative positions.
fn encoder(config: MaxVitConfig, image: [usize; 2]) -> u64 {
    let pixels = |stride: usize| (image[0] / stride) * (image[1] / stride);
    let [inner, mut inputs] = config.stem();
    let mut sum = conv(3, 3, inner, pixels(2)) + conv(3, inner, inputs, pixels(2));
    let window = config.window * config.window;
    let ways = (2 * config.window - 1).pow(2);
    for (stage, (depth, outputs)) in DEPTHS.into_iter().zip(config.channels()).enumerate() {
        let stride = 4 << stage;
        let heads = outputs / config.head();
        for block in 0..depth {
            let before = if block == 0 { stride / 2 } else { stride };
            if inputs != outputs {
                sum += conv(1, inputs, outputs, pixels(stride));
            }
            sum += match config.blocks {
                Blocks::ConvNext => {
                    conv(7, 1, outputs, pixels(stride))
                        + 2 * conv(1, outputs, EXPANSION * outputs, pixels(stride))
                }
                Blocks::MbConv => {
                    let hidden = EXPANSION * inputs;
                    conv(1, inputs, hidden, pixels(before))
                        + conv(3, 1, hidden, pixels(stride))
                        + 2 * conv(1, hidden, squeezed(hidden), 1)
                        + conv(1, hidden, outputs, pixels(stride))
                }
            };
            let attention = conv(1, outputs, 4 * outputs, pixels(stride))
                + 2 * conv(1, outputs, window, pixels(stride))
                + 2 * conv(1, outputs, EXPANSION * outputs, pixels(stride))
                + conv(1, 2 + heads, config.relative(), ways);
            sum += 2 * attention;
            inputs = outputs;
        }
    }
    sum
}

impl ModelConfig {
    pub(super) fn multiply_adds_of_merit_gcascade(&self, classes: usize, image: [usize; 2]) -> u64 {
        let [first, second] = encoders(self.width, WINDOWS);
        let mut channels = first.channels();
        channels.reverse();
        let finest = self.aggregation.channels(channels)[3];
        let mut sum = conv(1, finest, 1, (image[0] / 4) * (image[1] / 4));
        for (config, size) in [(first, image), (second, second_size(image, WINDOWS))] {
            let coarsest = size.map(|side| side / 32);
            sum += encoder(config, size);
            sum += gcascade::decoder(channels, self.aggregation, classes, coarsest);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use crate::{ModelConfig, NetworkName};

    #[test]
    fn published_size_takes_what_is_known_of_it() {
        let config = ModelConfig {
            name: NetworkName::MeritGcascade,
            ..ModelConfig::default()
        };
        // fvcore counts 27.6·10⁹ with 4 classes, normalisations and resizes included.
        let found = config.multiply_adds(4, [256; 2]) as f64 / 1e9;
        assert!(found < 27.6 && found > 0.98 * 27.6, "{found}");
        let larger = config.multiply_adds(4, [512, 256]) as f64 / 1e9;
        assert!(larger > 2.0 * found, "{larger}");
    }
}
