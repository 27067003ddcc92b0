//! What `--log tensorboard` writes after an epoch: its scores as numbers, and the previews as images.

use std::path::Path;

use data::LabelMap;

use crate::drawing::overlay::png;
use crate::error::RunnerError;
use crate::page::picture::contours;
use crate::run_folder::epoch_timing::EpochTiming;
use crate::run_folder::event_files::messages::Value;
use crate::run_folder::previews::Previews;
use crate::run_folder::scores::EpochScores;

/// Longest side of an image.
const LONGEST: usize = 384;

/// The numbers of an epoch.
pub(super) fn numbers(line: &EpochScores, timing: EpochTiming, names: &[String]) -> Vec<Value> {
    let mut values = Vec::new();
    let mut add = |tag: String, value: Option<f64>| {
        values.extend(value.map(|value| Value::number(tag, value)));
    };
    add("loss/training".into(), Some(line.train_loss));
    add("loss/validation".into(), line.validation_loss);
    add("dice/mean".into(), line.dice);
    add("iou/mean".into(), line.miou);
    for class in &line.per_class {
        add(format!("dice/{}", class.name), class.dice);
        add(format!("iou/{}", class.name), class.iou);
    }
    add("accuracy".into(), line.accuracy);
    add("kept/images".into(), Some(line.kept_images));
    add("kept/pixels".into(), Some(line.kept_pixels));
    for (name, kept) in names.iter().zip(&line.kept_per_class) {
        add(format!("kept/pixels of {name}"), *kept);
    }
    add("learning rate".into(), Some(line.learning_rate));
    add("seconds".into(), Some(timing.whole.as_secs_f64()));
    values
}

/// The predictions of the validation previews as images: the truth's contour solid, the prediction's dashed.
///
/// # Errors
///
/// None in memory.
pub(super) fn images(
    previews: &Previews,
    predicted: &[LabelMap],
) -> Result<Vec<Value>, RunnerError> {
    let shown = previews.validation.iter().zip(predicted);
    shown
        .map(|(preview, predicted)| {
            let drawn = contours(&preview.image, &preview.truth, predicted, LONGEST);
            let size = [drawn.height(), drawn.width()];
            let bytes = png(Path::new(&preview.name), &drawn)?;
            Ok(Value::image(
                format!("validation/{}", preview.name),
                size,
                bytes,
            ))
        })
        .collect()
}
