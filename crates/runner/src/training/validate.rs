//! Scores of the validation images after an epoch, at training size.

use burn::tensor::{Device, Tensor, TensorData};
use data::{BatchSource, Dataset, ImageGroup, LabelMap};
use loss::Loss;
use metrics::{
    CaseScore, Labels, ScoreOptions, Summary, TOLERANCE_IN_PIXELS, score_case, summarise_taught,
};
use models::Network;

use crate::device::readback::read;
use crate::error::RunnerError;
use crate::prediction::predictor::{gated, most_probable};

/// The validation images after an epoch.
pub(super) struct Validated {
    /// Their scores, with volumes scored as a whole.
    pub(super) scores: Summary,
    /// Their mean loss per image.
    pub(super) loss: f64,
    /// What was predicted for the watched images.
    pub(super) watched: Vec<LabelMap>,
}

/// Predicts and scores the validation images. The classes `untaught` are in no training image. `watched` has the indices, rising, of
/// the images whose predictions are returned.
///
/// # Errors
///
/// The device failed, or an image that is not kept in memory can no longer be read.
pub(super) fn validate(
    network: &Network,
    source: &BatchSource,
    loss: &Loss,
    dataset: &Dataset,
    untaught: &[usize],
    watched: &[usize],
    device: &Device,
) -> Result<Validated, RunnerError> {
    let mut cases = Cases::new(source.groups(), dataset);
    let mut sum = 0.0;
    let (mut index, mut kept) = (0, Vec::with_capacity(watched.len()));
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
        let pixels = height * width;
        for (truth, predicted) in truth
            .chunks_exact(pixels)
            .zip(predicted.chunks_exact(pixels))
        {
            cases.add([height, width], truth, predicted)?;
            if watched.contains(&index) {
                kept.push(LabelMap {
                    height,
                    width,
                    classes: predicted.to_vec(),
                });
            }
            index += 1;
        }
    }
    let mean = sum / source.len().max(1) as f64;
    Ok(Validated {
        scores: summarise_taught(&cases.scores, &dataset.class_names, untaught),
        loss: mean,
        watched: kept,
    })
}

/// Images in the order of their cases: the slices of a volume are scored together.
struct Cases<'a> {
    groups: std::slice::Iter<'a, ImageGroup>,
    dataset: &'a Dataset,
    /// Labels and predictions of the slices of a case so far.
    truth: Vec<u8>,
    predicted: Vec<u8>,
    slices: usize,
    scores: Vec<CaseScore>,
}

impl<'a> Cases<'a> {
    fn new(groups: &'a [ImageGroup], dataset: &'a Dataset) -> Self {
        Self {
            groups: groups.iter(),
            dataset,
            truth: Vec::new(),
            predicted: Vec::new(),
            slices: 0,
            scores: Vec::with_capacity(groups.len()),
        }
    }

    /// Adds the next image, and scores its case if it is the case's last one.
    fn add(
        &mut self,
        [height, width]: [usize; 2],
        truth: &[u8],
        predicted: &[u8],
    ) -> Result<(), RunnerError> {
        self.truth.extend_from_slice(truth);
        self.predicted.extend_from_slice(predicted);
        self.slices += 1;
        let Some(group) = self.groups.as_slice().first() else {
            return Ok(());
        };
        if self.slices < group.images {
            return Ok(());
        }
        let options = ScoreOptions {
            classes: self.dataset.class_names.len(),
            ignore: Some(self.dataset.ignore),
            spacing: group.spacing,
            // The line of an epoch has no surface Dice.
            tolerance: TOLERANCE_IN_PIXELS,
        };
        let shape = [self.slices, height, width];
        let labels = |classes| Labels { shape, classes };
        let score = score_case(labels(&self.truth), labels(&self.predicted), &options);
        self.scores.push(score?);
        self.groups.next();
        self.truth.clear();
        self.predicted.clear();
        self.slices = 0;
        Ok(())
    }
}
