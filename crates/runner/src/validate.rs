//! Scores of the validation images after an epoch, at training size.

use burn::tensor::{Device, Tensor, TensorData};
use data::{BatchSource, Dataset};
use loss::Loss;
use metrics::{Labels, ScoreOptions, Summary, score_case, summarise};
use models::Network;

use crate::error::RunnerError;
use crate::evaluate::metric_error;
use crate::predictor::{gated, most_probable, read};

/// Scores of the validation images and their mean loss.
///
/// # Errors
///
/// The device failed, or an image that is not in memory could not be read any more.
pub(crate) fn validate(
    network: &Network,
    source: &BatchSource,
    loss: &Loss,
    dataset: &Dataset,
    device: &Device,
) -> Result<(Summary, f64), RunnerError> {
    let options = ScoreOptions {
        classes: dataset.class_names.len(),
        ignore: Some(dataset.ignore),
        spacing: [1.0; 3],
    };
    let mut scores = Vec::with_capacity(source.len());
    let mut sum = 0.0;
    for batch in source.in_order() {
        let batch = batch?;
        let (count, height, width) = (batch.indices.len(), batch.height, batch.width);
        let truth: Vec<u8> = batch.labels.iter().map(|label| *label as u8).collect();
        let images = TensorData::new(batch.images, [count, 3, height, width]);
        let labels = TensorData::new(batch.labels, [count, height, width]);
        let outputs = network.forward(Tensor::from_data(images, device));
        let labels = Tensor::from_data(labels, device);
        let losses = loss.weighted_image_losses(&outputs.logits, &outputs.weights, labels);
        sum += read(losses.loss)?.into_iter().map(f64::from).sum::<f64>();
        let predicted = read(most_probable(gated(outputs)).float())?;
        let predicted: Vec<u8> = predicted.into_iter().map(|class| class as u8).collect();
        let shape = [1, height, width];
        for (truth, predicted) in truth
            .chunks_exact(height * width)
            .zip(predicted.chunks_exact(height * width))
        {
            let labels = |classes| Labels { shape, classes };
            let score = score_case(labels(truth), labels(predicted), &options);
            scores.push(score.map_err(metric_error)?);
        }
    }
    let mean = sum / source.len().max(1) as f64;
    Ok((summarise(&scores, &dataset.class_names), mean))
}
