//! What training noted about its images in `images.npz`, averaged over the epochs.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::RunnerError;
use crate::run_folder::image_history::ImageHistory;
use crate::run_folder::image_records::FILE;

/// What a training noted about an image; a higher score means more doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Recorded {
    /// Minus the area under the margin: the mean over epochs of the mean over the classes in the image. None in a run of an
    /// earlier version.
    pub(crate) margin: Option<f64>,
    /// Mean loss over the epochs.
    pub(crate) loss: Option<f64>,
    /// Loss in the last epoch in which the image took part.
    pub(crate) final_loss: Option<f64>,
    /// Mean fraction of the pixels that the pixel rule excluded.
    pub(crate) dropped: Option<f64>,
    /// Mean weight of the image.
    pub(crate) weight: Option<f64>,
}

/// Reads the records of a run, by the names of its training images.
///
/// # Errors
///
/// There are none, or the file is damaged.
pub(crate) fn read(run: &Path) -> Result<BTreeMap<String, Recorded>, RunnerError> {
    let history = ImageHistory::read(run)?.ok_or_else(|| {
        RunnerError::fixable(
            format!("{}: no such file", run.join(FILE).display()),
            "a training writes it after each epoch, if it is not too large; for a run of an earlier version, repeat the training \
             (`selvedge train RUN`), or use `selvedge audit train`",
        )
    })?;
    let recorded = (0..history.names.len()).map(|image| recorded(&history, image));
    let recorded: Vec<Recorded> = recorded.collect();
    Ok(history.names.into_iter().zip(recorded).collect())
}

fn recorded(history: &ImageHistory, image: usize) -> Recorded {
    let epochs = || 0..history.epochs;
    let losses = || epochs().map(|epoch| f64::from(history.loss(epoch, image)));
    let margins = epochs().filter_map(|epoch| {
        let margins = history.margins(epoch, image)?;
        mean(margins.iter().map(|margin| f64::from(*margin)))
    });
    let dropped = epochs().filter_map(|epoch| Some(1.0 - history.kept(epoch, image)?));
    Recorded {
        margin: mean(margins).map(|margin| -margin),
        loss: mean(losses()),
        final_loss: losses().rfind(|loss| !loss.is_nan()),
        dropped: mean(dropped),
        weight: mean(epochs().map(|epoch| f64::from(history.weight(epoch, image)))),
    }
}

/// The mean of the values that are numbers; none if there are none.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let numbers: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    metrics::statistics::mean(&numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_folder::image_records::{ImageRecord, ImageRecords};

    fn archive() -> Vec<u8> {
        let mut records = ImageRecords::new(2, 2, 2);
        let record = ImageRecord {
            loss: 0.5,
            weight: 0.25,
            kept: &[6.0, 1.0],
            valid: &[8.0, 2.0],
            margins: &[3.0, -2.0],
            margin_pixels: &[2.0, 1.0],
            pixels: 16,
        };
        records.add(1, 0, record);
        records.add(
            2,
            0,
            ImageRecord {
                loss: 1.5,
                ..record
            },
        );
        records.add(
            2,
            1,
            ImageRecord {
                margins: &[4.0, 0.0],
                margin_pixels: &[1.0, 0.0],
                ..record
            },
        );
        let names = ["ä".to_string(), "b, slice 3".to_string()];
        records
            .archive(&names, 2)
            .expect("an archive")
            .expect("kept")
    }

    #[test]
    fn records_are_means_over_the_epochs_in_which_an_image_was_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), archive()).expect("written");
        let found = read(folder.path()).expect("records");
        let one = found["ä"];
        assert_eq!((one.loss, one.weight), (Some(1.0), Some(0.25)));
        assert_eq!(one.final_loss, Some(1.5));
        // Margins 1.5 and −2; 3 of 10 pixels were excluded.
        assert_eq!(one.margin, Some(0.25));
        assert!((one.dropped.expect("a share") - 0.3).abs() < 1e-6);
        let other = found["b, slice 3"];
        assert_eq!((other.loss, other.margin), (Some(0.5), Some(-4.0)));
    }

    #[test]
    fn damaged_records_are_refused_and_missing_ones_are_explained() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = read(folder.path()).expect_err("no file");
        assert!(error.advice.contains("selvedge audit train"), "{error:?}");
        let whole = archive();
        for length in [0, 10, whole.len() / 2, whole.len() - 1] {
            std::fs::write(folder.path().join(FILE), &whole[..length]).expect("written");
            let error = read(folder.path()).expect_err("damaged");
            assert!(error.message().contains(FILE), "{error}");
        }
    }
}
