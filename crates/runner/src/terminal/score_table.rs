//! Scores by class, as a table.

use std::fmt::Write;

use metrics::Summary;

/// A table of scores by class.
pub(crate) fn score_table(summary: &Summary) -> String {
    let width = summary
        .per_class
        .iter()
        .map(|class| class.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(10);
    let mut text = format!(
        "{:<width$}  images   Dice    IoU  sens.  prec.      HD    HD95    NSD\n",
        "class"
    );
    for class in &summary.per_class {
        add_row(
            &mut text,
            width,
            &class.name,
            class.images,
            [
                class.dice,
                class.iou,
                class.sensitivity,
                class.precision,
                class.hd,
                class.hd95,
                class.nsd,
            ],
        );
    }
    let means = [
        summary.dice,
        summary.miou,
        summary.sensitivity,
        summary.precision,
        summary.hd,
        summary.hd95,
        summary.nsd,
    ];
    add_row(&mut text, width, "foreground", summary.images, means);
    text + &format!("accuracy {}\n", number(summary.accuracy, 4))
}

fn add_row(text: &mut String, width: usize, name: &str, images: usize, values: [Option<f64>; 7]) {
    let [dice, iou, sensitivity, precision, hd, hd95, nsd] = values;
    let [dice, iou, sensitivity, precision, nsd] =
        [dice, iou, sensitivity, precision, nsd].map(|value| number(value, 3));
    let [hd, hd95] = [hd, hd95].map(|value| number(value, 1));
    let written = writeln!(
        text,
        "{name:<width$}  {images:>6}  {dice:>5}  {iou:>5}  {sensitivity:>5}  {precision:>5}  {hd:>6}  {hd95:>6}  {nsd:>5}"
    );
    written.expect("a String takes everything");
}

pub(crate) fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".into(), |value| format!("{value:.digits$}"))
}
