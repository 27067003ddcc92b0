//! The passes as an operation that every backend carries out in its own way, and its gradient node.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{AutodiffBackend, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Int, Shape, Tensor, TensorData};
use ops::kernel::{contiguous, empty_like, upload_like};

use super::cpu::{self, Batch};
use super::kernels;
use super::passes::{Choice, Passes, Rule};

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

impl EnvelopeBackend for CubeBackend {
    fn envelope(
        logits: CubeTensor,
        labels: CubeTensor,
        passes: Passes,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let (logits, labels) = (contiguous(logits), contiguous(labels));
        let [batch, classes, height, width] = logits.shape().dims();
        let pixels = height * width;
        let chunks = pixels.div_ceil(kernels::CHUNK);
        let (groups, sizes) = (passes.groups(), [batch, pixels, chunks]);
        let settings = passes.words(sizes, 0);
        let float = |shape: Vec<usize>| empty_like(&logits, shape, DType::F32);

        let losses = float(vec![batch, height, width]);
        // Without groups nothing is written, but a binding must be there.
        let partials = float(vec![batch * chunks, groups.max(1), 4]);
        kernels::PIXEL_LOSS.launch(
            batch * chunks,
            &[&logits, &labels, &losses, &partials],
            &settings,
        );
        let bounds = match passes.rule {
            Rule::All => empty_like(&logits, [batch, 1, 2], DType::I32),
            Rule::Sigma { .. } => {
                let bounds = empty_like(&logits, [batch, groups, 2], DType::I32);
                kernels::THRESHOLD.launch(batch * groups, &[&partials, &bounds], &settings);
                bounds
            }
            Rule::Top { .. } => {
                // All digits are ones until a round finds them, which the digits of large pixel numbers are anyway.
                let bounds = upload_like(&logits, &vec![u32::MAX; 2 * batch], [batch, 1, 2]);
                let histogram = upload_like(&logits, &vec![0; 256 * batch], [batch, 256]);
                let wanted = empty_like(&logits, [batch], DType::I32);
                for round in kernels::rounds(pixels) {
                    let settings = passes.words(sizes, round);
                    kernels::HISTOGRAM.launch(
                        batch * chunks,
                        &[&labels, &losses, &bounds, &histogram],
                        &settings,
                    );
                    kernels::SELECT.launch(
                        batch.div_ceil(kernels::SELECT.workgroup as usize),
                        &[&bounds, &histogram, &wanted],
                        &settings,
                    );
                }
                bounds
            }
        };
        let partials = float(vec![batch * chunks, classes, 3]);
        kernels::KEPT_SUMS.launch(
            batch * chunks,
            &[&labels, &losses, &bounds, &partials],
            &settings,
        );
        let (image, counts) = (float(vec![batch]), float(vec![batch, 2 * classes + 1]));
        kernels::IMAGE_LOSS.launch(batch, &[&partials, &image, &counts], &settings);
        (image, counts, losses, bounds)
    }

    fn envelope_gradient(
        logits: CubeTensor,
        labels: CubeTensor,
        losses: CubeTensor,
        bounds: CubeTensor,
        counts: CubeTensor,
        upstream: CubeTensor,
        passes: Passes,
    ) -> CubeTensor {
        let (logits, labels) = (contiguous(logits), contiguous(labels));
        let upstream = contiguous(upstream);
        let [batch, classes, height, width] = logits.shape().dims();
        let chunks = (height * width).div_ceil(kernels::CHUNK);
        let gradient = empty_like(&logits, [batch, classes, height, width], DType::F32);
        kernels::GRADIENT.launch(
            batch * chunks,
            &[
                &logits, &labels, &losses, &bounds, &counts, &upstream, &gradient,
            ],
            &passes.words([batch, height * width, chunks], 0),
        );
        gradient
    }

    fn weights_by_rank(
        losses: CubeTensor,
        indices: CubeTensor,
        store: CubeTensor,
        weight_of_rank: CubeTensor,
    ) -> (CubeTensor, CubeTensor) {
        let ([batch], [images]) = (losses.shape().dims(), store.shape().dims());
        let losses = contiguous(losses);
        let after = empty_like(&store, [images], DType::F32);
        let weights = empty_like(&store, [batch], DType::F32);
        kernels::IMAGE_WEIGHTS.launch(
            1,
            &[
                &losses,
                &contiguous(indices),
                &contiguous(store),
                &after,
                &contiguous(weight_of_rank),
                &weights,
            ],
            &[batch as u32, images as u32],
        );
        (weights, after)
    }
}

fn flex(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl EnvelopeBackend for Flex {
    fn envelope(
        logits: FlexTensor,
        labels: FlexTensor,
        passes: Passes,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let (logits, labels) = (logits.to_contiguous(), labels.to_contiguous());
        let [batch, classes, height, width] = logits.shape().dims();
        let input = batch_of(&logits, &labels);
        let found = cpu::forward(input, &passes);
        let bounds = found.bounds.into_iter().map(|bits| bits as i32).collect();
        (
            flex(found.image, [batch]),
            flex(found.counts, [batch, 2 * classes + 1]),
            flex(found.pixel, [batch, height, width]),
            FlexTensor::from_data(TensorData::new::<i32, _>(
                bounds,
                [batch, passes.groups().max(1), 2],
            )),
        )
    }

    fn envelope_gradient(
        logits: FlexTensor,
        labels: FlexTensor,
        losses: FlexTensor,
        bounds: FlexTensor,
        counts: FlexTensor,
        upstream: FlexTensor,
        passes: Passes,
    ) -> FlexTensor {
        let (logits, labels) = (logits.to_contiguous(), labels.to_contiguous());
        let upstream = upstream.to_contiguous();
        let bounds = bounds.storage::<i32>().iter().map(|&bits| bits as u32);
        let choice = Choice::new(&passes, bounds.collect());
        let gradient = cpu::gradient(
            batch_of(&logits, &labels),
            losses.storage(),
            &choice,
            counts.storage(),
            upstream.storage(),
            &passes,
        );
        flex(gradient, logits.shape())
    }

    fn weights_by_rank(
        losses: FlexTensor,
        indices: FlexTensor,
        store: FlexTensor,
        weight_of_rank: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        let [losses, indices, store, weight_of_rank] =
            [losses, indices, store, weight_of_rank].map(|tensor| tensor.to_contiguous());
        let ([batch], [images]) = (losses.shape().dims(), store.shape().dims());
        let (weights, after) = cpu::weights_by_rank(
            losses.storage(),
            indices.storage(),
            store.storage(),
            weight_of_rank.storage(),
        );
        (flex(weights, [batch]), flex(after, [images]))
    }
}

fn batch_of<'a>(logits: &'a FlexTensor, labels: &'a FlexTensor) -> Batch<'a> {
    let [_, _, height, width] = logits.shape().dims();
    Batch {
        logits: logits.storage(),
        labels: labels.storage(),
        pixels: height * width,
    }
}

/// The node of one output's loss in the graph of gradients.
#[derive(Debug)]
struct EnvelopeNode;

/// What it keeps for its gradient: beside the logits, which the network keeps anyway, one number for each pixel.
#[derive(Debug, Clone)]
struct Kept<B: Backend> {
    logits: NodeId,
    labels: IntTensor<B>,
    losses: FloatTensor<B>,
    bounds: IntTensor<B>,
    counts: FloatTensor<B>,
    passes: Passes,
}

impl<B: EnvelopeBackend> Backward<B, 1> for EnvelopeNode {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [of_logits] = ops.parents;
        let upstream = gradients.consume::<B>(&ops.node);
        let kept = ops.state;
        if let Some(node) = of_logits {
            let logits = checkpointer.retrieve_node_output::<FloatTensor<B>>(kept.logits);
            let gradient = B::envelope_gradient(
                logits,
                kept.labels,
                kept.losses,
                kept.bounds,
                kept.counts,
                upstream,
                kept.passes,
            );
            gradients.register::<B>(node.id, gradient);
        }
    }
}

impl<B: EnvelopeBackend, C: CheckpointStrategy> EnvelopeBackend for Autodiff<B, C> {
    fn envelope(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        passes: Passes,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        IntTensor<Self>,
    ) {
        let prepared = EnvelopeNode
            .prepare::<C>([logits.node()])
            .compute_bound()
            .stateful();
        let (image, counts, losses, bounds) = match prepared {
            OpsKind::Tracked(mut prepared) => {
                let node = prepared.checkpoint(&logits);
                let (image, counts, losses, bounds) =
                    B::envelope(logits.into_primitive(), labels.clone(), passes.clone());
                let kept = Kept {
                    logits: node,
                    labels,
                    losses: losses.clone(),
                    bounds: bounds.clone(),
                    counts: counts.clone(),
                    passes,
                };
                (prepared.finish(kept, image), counts, losses, bounds)
            }
            OpsKind::UnTracked(prepared) => {
                let (image, counts, losses, bounds) =
                    B::envelope(logits.into_primitive(), labels, passes);
                (prepared.finish(image), counts, losses, bounds)
            }
        };
        (
            image,
            Self::from_inner(counts),
            Self::from_inner(losses),
            bounds,
        )
    }

    fn envelope_gradient(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        losses: FloatTensor<Self>,
        bounds: IntTensor<Self>,
        counts: FloatTensor<Self>,
        upstream: FloatTensor<Self>,
        passes: Passes,
    ) -> FloatTensor<Self> {
        // A gradient has none itself.
        Self::from_inner(B::envelope_gradient(
            Self::inner(logits),
            labels,
            Self::inner(losses),
            bounds,
            Self::inner(counts),
            Self::inner(upstream),
            passes,
        ))
    }

    fn weights_by_rank(
        losses: FloatTensor<Self>,
        indices: IntTensor<Self>,
        store: FloatTensor<Self>,
        weight_of_rank: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (weights, store) = B::weights_by_rank(
            Self::inner(losses),
            indices,
            Self::inner(store),
            Self::inner(weight_of_rank),
        );
        (Self::from_inner(weights), Self::from_inner(store))
    }
}
