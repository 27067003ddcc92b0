//! The passes as an operation with an implementation for every backend.

#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
#[cfg(feature = "fusion")]
use burn::tensor::DType;
use burn::tensor::{Int, Tensor};

use super::settings::EnvelopeSettings;

/// The passes. Logits `[b, c, h, w]`, labels `[b, h, w]` of 32 bits.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait EnvelopeBackend: Backend {
    /// The first and the second pass: L `[b]`; `[b, 2·c + 1]` kept pixels by class, valid pixels by class, and Σ w of the kept
    /// ones; ℓ `[b, h, w]`; the bounds of the kept pixels `[b, g, 2]`.
    #[fusion(meta = |logits: &TensorSpec, _labels: &TensorSpec, settings: &EnvelopeSettings| specs(logits, settings))]
    fn envelope(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        settings: EnvelopeSettings,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        IntTensor<Self>,
    );

    /// The third pass: the gradient with respect to the logits, given that with respect to L in `upstream` `[b]`.
    #[fusion(dtype = logits, shape = logits)]
    fn envelope_gradient(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        losses: FloatTensor<Self>,
        bounds: IntTensor<Self>,
        counts: FloatTensor<Self>,
        upstream: FloatTensor<Self>,
        settings: EnvelopeSettings,
    ) -> FloatTensor<Self>;

    /// The weights of the batch's images by the ranks of their `losses` `[b]` in the `store` `[n]`, and the updated store.
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

/// [`EnvelopeBackend::envelope`] for tensors.
pub(super) fn envelope(
    logits: Tensor<4>,
    labels: Tensor<3, Int>,
    settings: EnvelopeSettings,
) -> (Tensor<1>, Tensor<2>, Tensor<3>, Tensor<3, Int>) {
    let (image, counts, losses, bounds) = <Dispatch as EnvelopeBackend>::envelope(
        logits.into_dispatch(),
        labels.into_dispatch(),
        settings,
    );
    (
        Tensor::from_dispatch(image),
        Tensor::from_dispatch(counts),
        Tensor::from_dispatch(losses),
        Tensor::from_dispatch(bounds),
    )
}

/// Inserts `losses` `[batch]` of the training images `indices` into `store` `[images]`, in which every image is known, and
/// looks up their weights in `weight_of_rank` `[images]`, which begins with rank 1 (the smallest loss). Returns the weights
/// and the new store. No gradient; does not wait for the device.
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
fn specs(
    logits: &TensorSpec,
    settings: &EnvelopeSettings,
) -> (TensorSpec, TensorSpec, TensorSpec, TensorSpec) {
    let [batch, classes, height, width] = logits.shape.dims();
    let float = |shape: &[usize]| TensorSpec::new(shape.into(), logits.dtype);
    (
        float(&[batch]),
        float(&[batch, 2 * classes + 1]),
        float(&[batch, height, width]),
        TensorSpec::new([batch, settings.groups().max(1), 2].into(), DType::I32),
    )
}
