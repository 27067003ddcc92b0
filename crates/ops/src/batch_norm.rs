//! Batch normalisation in training, with or without a ReLU after it, as one operation (Ioffe and Szegedy, arXiv 1502.03167).
//!
//! Apart from convolutions, this is where a CPU spends its time in narrow networks. The operation reads the map twice for the
//! statistics and once to normalise it. On the CPU the gradient needs only the input, which determines where the ReLU cut.

mod backend;
mod cpu;
mod form;
mod formula;
pub(crate) mod graphics;
mod node;
mod running;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::BatchNormBackend;
use form::Form;
use running::Move;

pub use form::Activation;

/// A normalised map, and the statistics that it was normalised by.
#[derive(Debug, Clone)]
pub struct Normalised {
    /// γ·(x − mean)/√(variance + ε) + β `[b, c, h, w]`, at least 0 with a ReLU. Differentiable.
    pub output: Tensor<4>,
    /// `[2, c]`: mean of each channel over batch, rows and columns, and its population variance (divided by the number of
    /// pixels). Without a gradient.
    pub statistics: Tensor<2>,
}

/// Normalises each channel of `input` `[b, c, h, w]` by its own statistics, scales it by `gamma` `[c]`, shifts it by `beta`
/// `[c]`, and applies the activation. Differentiable in all three.
#[must_use]
pub fn batch_norm(
    input: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    activation: Activation,
) -> Normalised {
    let form = Form {
        epsilon,
        activation,
    };
    let (output, statistics) = <Dispatch as BatchNormBackend>::normalise(
        input.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        form,
    );
    Normalised {
        output: Tensor::from_dispatch(output),
        statistics: Tensor::from_dispatch(statistics),
    }
}

/// The same as [`batch_norm`], and the running mean and variance `[c]` after this batch, moved as PyTorch moves them: `momentum` is
/// the weight of the batch, and the running variance is that of a sample (divisor n − 1). They have no gradient.
#[must_use]
pub fn batch_norm_moving(
    input: Tensor<4>,
    [gamma, beta]: [Tensor<1>; 2],
    [mean, variance]: [Tensor<1>; 2],
    momentum: f64,
    epsilon: f64,
    activation: Activation,
) -> (Tensor<4>, [Tensor<1>; 2]) {
    let [batch, _, rows, columns] = input.dims();
    let form = Form {
        epsilon,
        activation,
    };
    let device = input.device();
    let [mean, variance] =
        [mean, variance].map(|running| running.inner().to_device(&device).into_dispatch());
    let (output, _, moved) = <Dispatch as BatchNormBackend>::normalise_moving(
        input.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        mean,
        variance,
        form,
        Move::new(momentum, batch * rows * columns),
    );
    let moved = Tensor::<2>::from_dispatch(moved);
    let row = |number| moved.clone().narrow(0, number, 1).squeeze_dim(0);
    (Tensor::from_dispatch(output), [row(0), row(1)])
}

/// The same with a given `mean` `[c]` and `variance` `[c]`, as in evaluation.
#[must_use]
pub fn batch_norm_with(
    input: Tensor<4>,
    [mean, variance]: [Tensor<1>; 2],
    [gamma, beta]: [Tensor<1>; 2],
    epsilon: f64,
    activation: Activation,
) -> Tensor<4> {
    let form = Form {
        epsilon,
        activation,
    };
    let statistics: Tensor<2> = Tensor::stack(vec![mean, variance], 0);
    Tensor::from_dispatch(<Dispatch as BatchNormBackend>::normalise_by(
        input.into_dispatch(),
        statistics.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        form,
    ))
}

#[cfg(test)]
mod tests;
