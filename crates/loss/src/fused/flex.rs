//! The passes on flex, Burn's backend for the CPU.

use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Shape, TensorData};

use super::backend::EnvelopeBackend;
use super::cpu::{self, Batch};
use super::settings::{Choice, EnvelopeSettings};

fn flex(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl EnvelopeBackend for Flex {
    fn envelope(
        logits: FlexTensor,
        labels: FlexTensor,
        settings: EnvelopeSettings,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let (logits, labels) = (logits.to_contiguous(), labels.to_contiguous());
        let [batch, classes, height, width] = logits.shape().dims();
        let input = batch_of(&logits, &labels);
        let found = cpu::forward(input, &settings);
        let bounds = found.bounds.into_iter().map(|bits| bits as i32).collect();
        (
            flex(found.image, [batch]),
            flex(found.counts, [batch, 2 * classes + 1]),
            flex(found.pixel, [batch, height, width]),
            FlexTensor::from_data(TensorData::new::<i32, _>(
                bounds,
                [batch, settings.groups().max(1), 2],
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
        settings: EnvelopeSettings,
    ) -> FlexTensor {
        let (logits, labels) = (logits.to_contiguous(), labels.to_contiguous());
        let upstream = upstream.to_contiguous();
        let bounds = bounds.storage::<i32>().iter().map(|&bits| bits as u32);
        let choice = Choice::new(&settings, bounds.collect());
        let gradient = cpu::gradient(
            batch_of(&logits, &labels),
            losses.storage(),
            &choice,
            counts.storage(),
            upstream.storage(),
            &settings,
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
