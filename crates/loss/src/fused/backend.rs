//! The passes as an operation that every backend carries out in its own way.

#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
#[cfg(feature = "fusion")]
use burn::tensor::DType;
use burn::tensor::{Int, Tensor};

use super::settings::Passes;

/// The passes. Logits `[b, c, h, w]`, labels `[b, h, w]` of 32 bits.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait EnvelopeBackend: Backend {
    /// The first and the second pass: L `[b]`; `[b, 2·c + 1]` pixels kept by class, pixels that take part by class, and Σ w
    /// of the kept; ℓ `[b, h, w]`; the bounds of what is kept `[b, g, 2]`.
    #[fusion(meta = |logits: &TensorSpec, _labels: &TensorSpec, passes: &Passes| specs(logits, passes))]
    fn envelope(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        passes: Passes,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        IntTensor<Self>,
    );

    /// The third pass: the gradient by the logits, for that by L in `upstream` `[b]`.
    #[fusion(dtype = logits, shape = logits)]
    fn envelope_gradient(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        losses: FloatTensor<Self>,
        bounds: IntTensor<Self>,
        counts: FloatTensor<Self>,
        upstream: FloatTensor<Self>,
        passes: Passes,
    ) -> FloatTensor<Self>;

    /// The weights of the batch's images by the ranks of their `losses` `[b]` in the `store` `[n]`, and the store with them.
    #[fusion(meta = |losses: &TensorSpec, _indices: &TensorSpec, store: &TensorSpec, _weight: &TensorSpec| {
        (losses.clone(), store.clone())
    })]
    fn weights_by_rank(
        losses: FloatTensor<Self>,
        indices: IntTensor<Self>,
        store: FloatTensor<Self>,
        weight_of_rank: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// [`EnvelopeBackend::envelope`] of tensors.
pub(super) fn envelope(
    logits: Tensor<4>,
    labels: Tensor<3, Int>,
    passes: Passes,
) -> (Tensor<1>, Tensor<2>, Tensor<3>, Tensor<3, Int>) {
    let (image, counts, losses, bounds) = <Dispatch as EnvelopeBackend>::envelope(
        logits.into_dispatch(),
        labels.into_dispatch(),
        passes,
    );
    (
        Tensor::from_dispatch(image),
        Tensor::from_dispatch(counts),
        Tensor::from_dispatch(losses),
        Tensor::from_dispatch(bounds),
    )
}

/// Puts `losses` `[batch]` of the training images `indices` in `store` `[images]`, in which every image is known, and looks
/// up their weights: `weight_of_rank` `[images]` holds that of rank 1 (the smallest loss) first. Gives the weights and the
/// new store. No gradient; nothing is waited for.
pub(crate) fn weights_by_rank(
    losses: Tensor<1>,
    indices: Tensor<1, Int>,
    store: Tensor<1>,
    weight_of_rank: Tensor<1>,
) -> (Tensor<1>, Tensor<1>) {
    let (weights, store) = <Dispatch as EnvelopeBackend>::weights_by_rank(
        losses.into_dispatch(),
        indices.into_dispatch(),
        store.into_dispatch(),
        weight_of_rank.into_dispatch(),
    );
    (Tensor::from_dispatch(weights), Tensor::from_dispatch(store))
}

#[cfg(feature = "fusion")]
fn specs(logits: &TensorSpec, passes: &Passes) -> (TensorSpec, TensorSpec, TensorSpec, TensorSpec) {
    let [batch, classes, height, width] = logits.shape.dims();
    let float = |shape: &[usize]| TensorSpec::new(shape.into(), logits.dtype);
    (
        float(&[batch]),
        float(&[batch, 2 * classes + 1]),
        float(&[batch, height, width]),
        TensorSpec::new([batch, passes.groups().max(1), 2].into(), DType::I32),
    )
}
