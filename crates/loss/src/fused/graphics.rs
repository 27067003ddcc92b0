//! The passes as kernels on GPUs.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::tensor::DType;
use ops::kernel::{contiguous, empty_like, upload_like};

use super::backend::EnvelopeBackend;
use super::kernels;
use super::settings::{EnvelopeSettings, Rule};

impl EnvelopeBackend for CubeBackend {
    fn envelope(
        logits: CubeTensor,
        labels: CubeTensor,
        settings: EnvelopeSettings,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let (logits, labels) = (contiguous(logits), contiguous(labels));
        let [batch, classes, height, width] = logits.shape().dims();
        let pixels = height * width;
        let chunks = pixels.div_ceil(kernels::CHUNK);
        let (groups, sizes) = (settings.groups(), [batch, pixels, chunks]);
        let words = settings.kernel_words(sizes, 0);
        let float = |shape: Vec<usize>| empty_like(&logits, shape, DType::F32);

        let losses = float(vec![batch, height, width]);
        // Without groups nothing is written, but a binding is required.
        let partials = float(vec![batch * chunks, groups.max(1), 4]);
        kernels::PIXEL_LOSS.launch(
            batch * chunks,
            &[&logits, &labels, &losses, &partials],
            &words,
        );
        let bounds = match settings.rule {
            Rule::All => empty_like(&logits, [batch, 1, 2], DType::I32),
            Rule::Sigma { .. } => {
                let bounds = empty_like(&logits, [batch, groups, 2], DType::I32);
                kernels::THRESHOLD.launch(batch * groups, &[&partials, &bounds], &words);
                bounds
            }
            Rule::Top { .. } => {
                // All digits are ones until a round determines them.
                let bounds = upload_like(&logits, &vec![u32::MAX; 2 * batch], [batch, 1, 2]);
                let histogram = upload_like(&logits, &vec![0; 256 * batch], [batch, 256]);
                let wanted = empty_like(&logits, [batch], DType::I32);
                for round in kernels::rounds(pixels) {
                    let words = settings.kernel_words(sizes, round);
                    kernels::HISTOGRAM.launch(
                        batch * chunks,
                        &[&labels, &losses, &bounds, &histogram],
                        &words,
                    );
                    kernels::SELECT.launch(
                        batch.div_ceil(kernels::SELECT.workgroup as usize),
                        &[&bounds, &histogram, &wanted],
                        &words,
                    );
                }
                bounds
            }
        };
        let partials = float(vec![batch * chunks, classes, 3]);
        kernels::KEPT_SUMS.launch(
            batch * chunks,
            &[&labels, &losses, &bounds, &partials],
            &words,
        );
        let (image, counts) = (float(vec![batch]), float(vec![batch, 2 * classes + 1]));
        kernels::IMAGE_LOSS.launch(batch, &[&partials, &image, &counts], &words);
        (image, counts, losses, bounds)
    }

    fn envelope_gradient(
        logits: CubeTensor,
        labels: CubeTensor,
        losses: CubeTensor,
        bounds: CubeTensor,
        counts: CubeTensor,
        upstream: CubeTensor,
        settings: EnvelopeSettings,
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
            &settings.kernel_words([batch, height * width, chunks], 0),
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
