//! A network's outputs for one batch.

use burn::tensor::Tensor;

/// A network's outputs for one batch.
#[derive(Debug)]
pub struct Outputs {
    /// Logits `[batch, class, height, width]` of every head, the one that predicts first.
    pub logits: Vec<Tensor<4>>,
    /// The factor of each head's loss in training.
    pub weights: Vec<f64>,
    /// Logits `[batch, 2]` of "nothing" and "something" from the classification-guided module.
    pub gate: Option<Tensor<2>>,
}

impl Outputs {
    /// Heads whose losses count the same.
    pub(crate) fn of_equal_heads(logits: Vec<Tensor<4>>) -> Self {
        Self {
            weights: vec![1.0; logits.len()],
            logits,
            gate: None,
        }
    }
}
