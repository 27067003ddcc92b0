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
        "{:<width$}  images   Dice    IoU      HD    HD95\n",
        "class"
    );
    for class in &summary.per_class {
        add_row(
            &mut text,
            width,
            &class.name,
            class.images,
            [class.dice, class.iou, class.hd, class.hd95],
        );
    }
    let means = [summary.dice, summary.miou, summary.hd, summary.hd95];
    add_row(&mut text, width, "foreground", summary.images, means);
    text + &format!("accuracy {}\n", number(summary.accuracy, 4))
}

fn add_row(text: &mut String, width: usize, name: &str, images: usize, values: [Option<f64>; 4]) {
    let [dice, iou] = [values[0], values[1]].map(|value| number(value, 3));
    let [hd, hd95] = [values[2], values[3]].map(|value| number(value, 1));
    let written = writeln!(
        text,
        "{name:<width$}  {images:>6}  {dice:>5}  {iou:>5}  {hd:>6}  {hd95:>6}"
    );
    written.expect("a String takes everything");
}

pub(crate) fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".into(), |value| format!("{value:.digits$}"))
}
