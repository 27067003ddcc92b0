//! `scores.csv`: the lines of `scores.jsonl` as a table, for spreadsheets.

use std::path::Path;

use crate::error::RunnerError;
use crate::run_folder::scores::{ClassScores, EpochScores};

/// Its name in a run folder.
pub(crate) const FILE: &str = "scores.csv";

/// The bytes of the table: a line for each epoch; the columns of a class end with its name. What was not scored is empty.
///
/// # Errors
///
/// None in memory.
pub(crate) fn table(
    scores: &[EpochScores],
    class_names: &[String],
) -> Result<Vec<u8>, RunnerError> {
    let path = Path::new(FILE);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header: Vec<String> = [
        "epoch",
        "learning_rate",
        "train_loss",
        "validation_loss",
        "accuracy",
        "dice",
        "miou",
        "kept_images",
        "kept_pixels",
    ]
    .map(String::from)
    .into();
    for (class, name) in class_names.iter().enumerate() {
        header.push(format!("kept {name}"));
        if class > 0 {
            header.extend(["dice", "iou", "images"].map(|figure| format!("{figure} {name}")));
        }
    }
    let failed = |error: csv::Error| RunnerError::unwritable(path, error);
    writer.write_record(&header).map_err(failed)?;
    for line in scores {
        writer
            .write_record(record(line, class_names.len()))
            .map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| RunnerError::unwritable(path, error.into_error()))
}

fn record(line: &EpochScores, classes: usize) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let mut record = vec![line.epoch.to_string()];
    record.extend(
        [
            Some(line.learning_rate),
            Some(line.train_loss),
            line.validation_loss,
            line.accuracy,
            line.dice,
            line.miou,
            Some(line.kept_images),
            Some(line.kept_pixels),
        ]
        .map(number),
    );
    for class in 0..classes {
        record.push(number(line.kept_per_class.get(class).copied().flatten()));
        if class > 0 {
            let scored = line.per_class.iter().find(|scored| scored.class == class);
            let figure = |figure: fn(&ClassScores) -> Option<f64>| number(scored.and_then(figure));
            record.push(figure(|scored| scored.dice));
            record.push(figure(|scored| scored.iou));
            record.push(scored.map_or_else(String::new, |scored| scored.images.to_string()));
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_columns_and_what_was_not_scored_is_empty() {
        let names = ["background", "grade 2, deep"].map(String::from);
        let mut scores = vec![EpochScores {
            epoch: 1,
            train_loss: 0.75,
            kept_per_class: vec![Some(1.0), None],
            ..EpochScores::default()
        }];
        scores.push(EpochScores {
            epoch: 2,
            dice: Some(0.5),
            kept_per_class: vec![Some(1.0), Some(0.25)],
            per_class: vec![ClassScores {
                class: 1,
                name: names[1].clone(),
                dice: Some(0.5),
                iou: None,
                images: 3,
                predicted: Some(7),
            }],
            ..EpochScores::default()
        });
        let text = String::from_utf8(table(&scores, &names).expect("a table")).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].ends_with(
                "kept background,\"kept grade 2, deep\",\"dice grade 2, deep\",\"iou grade 2, deep\",\"images grade 2, deep\""
            ),
            "{text}"
        );
        assert_eq!(lines[1], "1,0,0.75,,,,,0,0,1,,,,");
        assert_eq!(lines[2], "2,0,0,,,0.5,,0,0,1,0.25,0.5,,3");
    }
}
