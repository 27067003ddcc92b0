//! Answers in words: tables that a terminal shows as they are.

use std::fmt::Write;
use std::path::PathBuf;

use data::{CheckReport, Remark, Split, counted};
use metrics::Summary;
use ops::WITHOUT;

use crate::doctor::Diagnosis;
use crate::envelope::EnvelopeReport;
use crate::evaluate::Evaluation;

/// Warns of what is worth saying of files: once where the same is said of many.
pub(crate) fn warn_of(found: impl IntoIterator<Item = (PathBuf, String)>) {
    for remark in Remark::gather(found) {
        tracing::warn!("{remark}");
    }
}

/// An evaluation, with the clean truth and the colour classifier beside it where they are known.
pub(crate) fn evaluation(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{}, against their labels\n{}",
        counted(
            evaluation.scores.images,
            &format!("{} image", evaluation.split)
        ),
        scores(&evaluation.scores)
    );
    if let Some(clean) = &evaluation.clean {
        text += &format!("\nagainst the clean truth\n{}", scores(clean));
    }
    if let (Some(colour), Some(clean)) = (&evaluation.colour_classifier, &evaluation.clean) {
        text += &format!(
            "\nmean foreground Dice on the clean truth: {} by the network, {} by each pixel's colour alone\n",
            number(clean.dice, 3),
            number(colour.dice, 3)
        );
    }
    text
}

/// A table of scores by class.
pub(crate) fn scores(summary: &Summary) -> String {
    let width = summary
        .per_class
        .iter()
        .map(|class| class.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(10);
    let mut text = format!(
        "{:<width$}  images   Dice    IoU      HD    HD95\n",
        "class"
    );
    for class in &summary.per_class {
        line(
            &mut text,
            width,
            &class.name,
            class.images,
            [class.dice, class.iou, class.hd, class.hd95],
        );
    }
    let means = [summary.dice, summary.miou, summary.hd, summary.hd95];
    line(&mut text, width, "foreground", summary.images, means);
    text + &format!("accuracy {}\n", number(summary.accuracy, 4))
}

fn line(text: &mut String, width: usize, name: &str, images: usize, values: [Option<f64>; 4]) {
    let [dice, iou] = [values[0], values[1]].map(|value| number(value, 3));
    let [hd, hd95] = [values[2], values[3]].map(|value| number(value, 1));
    let written = writeln!(
        text,
        "{name:<width$}  {images:>6}  {dice:>5}  {iou:>5}  {hd:>6}  {hd95:>6}"
    );
    written.expect("a String takes everything");
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".into(), |value| format!("{value:.digits$}"))
}

/// The envelope of a batch, image by image.
pub(crate) fn envelope(report: &EnvelopeReport) -> String {
    let mut text = String::from("image        loss   weight   pixels kept\n");
    for (image, loss) in report.image_loss.iter().enumerate() {
        text += &format!(
            "{image:>5}  {loss:>10.6}   {:>6.4}   {} of {}\n",
            report.image_weight[image], report.kept[image], report.valid[image]
        );
    }
    text + &format!("batch loss {}\n", report.loss)
}

/// What a data set holds and what is wrong with it.
pub(crate) fn data_check(report: &CheckReport) -> String {
    let mut text = format!(
        "{} of {}",
        counted(report.images, "image"),
        counted(report.patients, "patient")
    );
    for (split, count) in Split::ALL.into_iter().zip(report.splits) {
        text += &format!(", {count} {split}");
    }
    text += "\n";
    for class in &report.classes {
        text += &format!(
            "{:<16} in {:>5} images, {:>7.3} % of the pixels\n",
            class.name,
            class.images,
            100.0 * class.pixel_share
        );
    }
    if !report.grades.is_empty() {
        let grades = report.grades.iter();
        let grades: Vec<String> = grades
            .map(|(name, images)| format!("{name} {images}"))
            .collect();
        text += &format!("images by grade: {}\n", grades.join(", "));
    }
    if report.patients_unknown {
        text += "every image counts as a patient of its own; if some show the same patient, name the patients in cases.csv or with data.patient_pattern\n";
    } else {
        for patient in &report.by_patient {
            let classes: Vec<String> = report
                .classes
                .iter()
                .zip(&patient.images_by_class)
                .skip(1)
                .map(|(class, images)| format!("{} {images}", class.name))
                .collect();
            text += &format!(
                "patient {:<16} {:<10} {:>11}: {}\n",
                patient.patient,
                patient.split,
                counted(patient.images, "image"),
                classes.join(", ")
            );
        }
    }
    for shifted in &report.shifted {
        text += &format!(
            "worth a look: the labels of {} would fit better {} pixels down and {} to the right\n",
            shifted.image, shifted.down, shifted.right
        );
    }
    if !report.empty.is_empty() {
        text += &format!(
            "all background, which may be right: {}\n",
            report.empty.join(", ")
        );
    }
    for warning in &report.warnings {
        text += &format!("warning: {warning}\n");
    }
    for problem in &report.problems {
        text += &format!("problem: {problem}\n  help: {}\n", problem.advice);
    }
    if report.problems.is_empty() {
        text += "no problems\n";
    }
    text
}

/// Adapters, limits and the self-test.
pub(crate) fn diagnosis(diagnosis: &Diagnosis) -> String {
    let processor = &diagnosis.processor;
    let mut text = format!("{}\n\n", diagnosis.selvedge);
    text += &format!(
        "CPU, {}\n  instruction set {}, of {}\n",
        counted(processor.threads, "thread"),
        processor.instructions,
        processor.available.join(", ")
    );
    if let Some(missing) = processor.missing {
        text += &format!(
            "  it has {missing}, which this program was built without: it would be faster with it\n"
        );
    }
    for adapter in &diagnosis.adapters {
        text += &format!(
            "{} ({}, {}, driver {})\n  buffers up to {} MiB, bindings up to {} MiB, workgroups of {} invocations and {} KiB, {} of them along an axis\n",
            adapter.name,
            adapter.kind,
            adapter.api,
            adapter.driver,
            adapter.max_buffer_bytes >> 20,
            adapter.max_binding_bytes >> 20,
            adapter.max_invocations,
            adapter.workgroup_bytes >> 10,
            adapter.max_workgroups
        );
    }
    if diagnosis.adapters.is_empty() {
        text += "no graphics adapter: training runs on the CPU\n";
    }
    if !diagnosis.left_out.is_empty() {
        text += &format!("left out by {WITHOUT}: {}\n", diagnosis.left_out.join(", "));
    }
    text += &format!(
        "\ntested: {}\nrelative difference from the CPU after one training step\n",
        diagnosis.device
    );
    for network in &diagnosis.networks {
        text += &format!(
            "  {:<13} logits {:.1e}   loss {:.1e}   gradient {:.1e}\n",
            network.name, network.logits, network.loss, network.gradient
        );
    }
    text
}
