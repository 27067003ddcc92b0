//! What an attention adds for the way from one pixel to another: a small network on the way's logarithms (Liu et al., *Swin
//! Transformer V2*, CVPR 2022, section 3.3, without its scaling).

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::layers::builder::Builder;
use crate::layers::linear::Linear;

/// Of the hidden layer, in training.
const DROPOUT: f64 = 0.125;
/// Deviation of the initial biases.
const BIAS: f32 = 1e-6;

/// Ways between two pixels of a square: constants, the same for all attentions with windows of one size.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    /// Every way `[1, 2, 2·side − 1, 2·side − 1]`, rows and columns from 1 − `side` to `side` − 1, each as its sign times the
    /// logarithm of one more than its length.
    table: Tensor<4>,
    /// Of two positions i and j along a side, `[2·side − 1, side²]`: 1 where row i − j + `side` − 1 meets column i·`side` + j.
    pairs: Tensor<2>,
    side: usize,
}

impl Offsets {
    pub(super) fn new(side: usize, device: &Device, dtype: DType) -> Self {
        let ways = 2 * side - 1;
        let logarithm = |position: usize| {
            let way = position as f64 - (side - 1) as f64;
            way.signum() * way.abs().ln_1p()
        };
        let rows = (0..ways * ways).map(|k| logarithm(k / ways));
        let columns = (0..ways * ways).map(|k| logarithm(k % ways));
        let table = TensorData::new(
            rows.chain(columns).collect::<Vec<f64>>(),
            [1, 2, ways, ways],
        );
        let mut pairs = vec![0.0; ways * side * side];
        for i in 0..side {
            for j in 0..side {
                pairs[(i + side - 1 - j) * side * side + i * side + j] = 1.0;
            }
        }
        let pairs = TensorData::new(pairs, [ways, side * side]);
        Self {
            table: Tensor::from_data(table, (device, dtype)),
            pairs: Tensor::from_data(pairs, (device, dtype)),
            side,
        }
    }

    /// Rows and columns of the square.
    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// From a number for every way, `[1, head, 2·side − 1, 2·side − 1]`, to one for every pair of pixels,
    /// `[head, side², side²]`: of key and query, row by row. A product for each axis picks them out, so the gradient is one
    /// as well and adds in the same order everywhere.
    fn pick(&self, numbers: Tensor<4>) -> Tensor<3> {
        let [_, heads, ways, _] = numbers.dims();
        let (side, pixels) = (self.side, self.side * self.side);
        let columns = numbers
            .reshape([heads * ways, ways])
            .matmul(self.pairs.clone())
            .reshape([heads, ways, pixels])
            .swap_dims(1, 2);
        columns
            .reshape([heads * pixels, ways])
            .matmul(self.pairs.clone())
            .reshape([heads, side, side, side, side])
            // Columns of query and key, then their rows: to both of the key, then both of the query.
            .permute([0, 4, 2, 3, 1])
            .reshape([heads, pixels, pixels])
    }
}

/// From the way between two pixels to what each head adds.
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

    /// What is added for each pair of key and query, `[head, side², side²]`.
    pub(super) fn forward(&self, offsets: &Offsets) -> Tensor<3> {
        let hidden = relu(self.fc1.forward(offsets.table.clone()));
        offsets.pick(self.fc2.forward(self.dropout.forward(hidden)))
    }

    pub(super) fn stop_dropping(&mut self) {
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
    fn what_is_added_is_what_timm_adds() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../assets/reference/networks"
        );
        let text = std::fs::read_to_string(format!("{folder}/maxvit.json")).expect("the file");
        let told: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let device = Device::flex().autodiff();
        let mut builder = Builder {
            device: &device,
            random: ChaCha8Rng::seed_from_u64(1),
            operations: Operations::Own,
        };
        let mut network = fill_module(RelativePosition::new(&mut builder, 5, 2), DType::F64);
        network.stop_dropping();
        let found = network.forward(&Offsets::new(3, &device, DType::F64));
        assert_eq!(found.dims(), [2, 9, 9]);
        // timm's are of query and key.
        let found = found.swap_dims(1, 2);
        let expected = told[0]["relative_position"].as_array().expect("a list");
        for (found, expected) in found.into_data().iter::<f64>().zip(expected) {
            let expected = expected.as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-7, "{found}, timm {expected}");
        }
    }
}
