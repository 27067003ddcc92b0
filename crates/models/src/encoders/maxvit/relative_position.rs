//! The attention bias of the offset between two pixels: a small network on the offset's logarithms (Liu et al., *Swin
//! Transformer V2*, CVPR 2022, section 3.3, without its scaling).

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::layers::builder::Builder;
use crate::layers::linear::Linear;

/// Dropout of the hidden layer.
const DROPOUT: f64 = 0.125;
/// Deviation of the initial biases.
const BIAS: f32 = 1e-6;

/// Offsets between two pixels of a window: constants, the same for all attentions with one window size.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    /// Every offset `[1, 2, 2·side − 1, 2·side − 1]`, rows and columns from 1 − `side` to `side` − 1, each as
    /// sign(x)·ln(1 + |x|).
    table: Tensor<4>,
    /// For positions i and j along a side, `[2·side − 1, side²]`: 1 at row i − j + `side` − 1 and column i·`side` + j.
    pairs: Tensor<2>,
    side: usize,
}

impl Offsets {
    pub(super) fn new(side: usize, device: &Device, dtype: DType) -> Self {
        let offsets = 2 * side - 1;
        let logarithm = |position: usize| {
            let offset = position as f64 - (side - 1) as f64;
            offset.signum() * offset.abs().ln_1p()
        };
        let rows = (0..offsets * offsets).map(|k| logarithm(k / offsets));
        let columns = (0..offsets * offsets).map(|k| logarithm(k % offsets));
        let table = TensorData::new(
            rows.chain(columns).collect::<Vec<f64>>(),
            [1, 2, offsets, offsets],
        );
        let mut pairs = vec![0.0; offsets * side * side];
        for i in 0..side {
            for j in 0..side {
                pairs[(i + side - 1 - j) * side * side + i * side + j] = 1.0;
            }
        }
        let pairs = TensorData::new(pairs, [offsets, side * side]);
        Self {
            table: Tensor::from_data(table, (device, dtype)),
            pairs: Tensor::from_data(pairs, (device, dtype)),
            side,
        }
    }

    /// Side of the window.
    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// From a number for every offset, `[1, head, 2·side − 1, 2·side − 1]`, to one for every pair of pixels,
    /// `[head, side², side²]`: key by query, row by row. Selects by a matrix product for each axis, so that the gradient is a
    /// product too and adds in a fixed order on every device.
    fn pick(&self, numbers: Tensor<4>) -> Tensor<3> {
        let [_, heads, offsets, _] = numbers.dims();
        let (side, pixels) = (self.side, self.side * self.side);
        let columns = numbers
            .reshape([heads * offsets, offsets])
            .matmul(self.pairs.clone())
            .reshape([heads, offsets, pixels])
            .swap_dims(1, 2);
        columns
            .reshape([heads * pixels, offsets])
            .matmul(self.pairs.clone())
            .reshape([heads, side, side, side, side])
            // From columns of query and key and their rows, to row and column of the key, then of the query.
            .permute([0, 4, 2, 3, 1])
            .reshape([heads, pixels, pixels])
    }
}

/// From the offset between two pixels to each head's bias.
#[derive(Module, Debug)]
pub(super) struct RelativePosition {
    fc1: Linear,
    dropout: Dropout,
    fc2: Linear,
}

impl RelativePosition {
    pub(super) fn new(builder: &mut Builder<'_>, hidden: usize, heads: usize) -> Self {
        Self {
            fc1: Linear::xavier(builder, 2, hidden, BIAS),
            dropout: DropoutConfig::new(DROPOUT).init(),
            fc2: Linear::xavier(builder, hidden, heads, BIAS),
        }
    }

    /// The bias for each pair of key and query, `[head, side², side²]`.
    pub(super) fn forward(&self, offsets: &Offsets) -> Tensor<3> {
        let hidden = relu(self.fc1.forward(offsets.table.clone()));
        offsets.pick(self.fc2.forward(self.dropout.forward(hidden)))
    }

    pub(super) fn disable_dropout(&mut self) {
        self.dropout.prob = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::layers::operations::Operations;
    use crate::tests::pytorch::fill_module;

    #[test]
    fn the_bias_is_that_of_timm() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../assets/reference/networks"
        );
        let text = std::fs::read_to_string(format!("{folder}/maxvit.json")).expect("the file");
        let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let device = Device::flex().autodiff();
        let mut builder = Builder {
            device: &device,
            random: ChaCha8Rng::seed_from_u64(1),
            operations: Operations::Ours,
        };
        let mut network = fill_module(RelativePosition::new(&mut builder, 5, 2), DType::F64);
        network.disable_dropout();
        let found = network.forward(&Offsets::new(3, &device, DType::F64));
        assert_eq!(found.dims(), [2, 9, 9]);
        // timm's order is query, key.
        let found = found.swap_dims(1, 2);
        let expected = reference[0]["relative_position"]
            .as_array()
            .expect("a list");
        for (found, expected) in found.into_data().iter::<f64>().zip(expected) {
            let expected = expected.as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-7, "{found}, timm {expected}");
        }
    }
}
