//! `curves.svg`: losses on the left, Dice and kept fractions on the right.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::drawing::palette::colour;
use crate::error::RunnerError;
use crate::files::disk::write_whole;
use crate::run_folder::scores::EpochScores;
use crate::text::escaping::printable;

const SIZE: (u32, u32) = (1120, 420);
/// Width of the chart of losses.
const LOSSES: u32 = 480;
/// Width of the key of the right-hand chart.
const KEY: u32 = 150;
const GREY: RGBColor = RGBColor(110, 110, 110);
const BLUE_INK: RGBColor = RGBColor(0, 92, 170);
const RED_INK: RGBColor = RGBColor(200, 60, 20);

type Points = Vec<(f64, f64)>;

/// A curve of the right-hand chart, with its entry in the key.
struct Curve {
    name: String,
    points: Points,
    style: ShapeStyle,
    /// Length of its dashes; none for a solid line.
    dash: Option<i32>,
}

/// Draws the curves of a run.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write(
    path: &Path,
    scores: &[EpochScores],
    names: &[String],
) -> Result<(), RunnerError> {
    let mut text = String::new();
    // XML may not contain control characters either.
    let names: Vec<String> = names
        .iter()
        .map(|name| printable(name).into_owned())
        .collect();
    draw(&mut text, scores, &names).map_err(|error| RunnerError::unwritable(path, error))?;
    write_whole(path, text.as_bytes())
}

fn draw(
    text: &mut String,
    scores: &[EpochScores],
    names: &[String],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(LOSSES);
    let (right, key) = right.split_horizontally(SIZE.0 - LOSSES - KEY);
    draw_losses(&left, scores)?;
    let curves = shares(scores, names);
    draw_shares(&right, scores, &curves)?;
    draw_key(&key, &curves)?;
    root.present()?;
    Ok(())
}

fn points(scores: &[EpochScores], value: impl Fn(&EpochScores) -> Option<f64>) -> Points {
    scores
        .iter()
        .filter_map(|line| {
            Some((
                line.epoch as f64,
                value(line).filter(|value| value.is_finite())?,
            ))
        })
        .collect()
}

fn epochs(scores: &[EpochScores]) -> std::ops::Range<f64> {
    let last = scores.last().map_or(1, |line| line.epoch);
    0.5..(last as f64 + 0.5).max(2.0)
}

fn draw_losses(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    scores: &[EpochScores],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let training = points(scores, |line| Some(line.train_loss));
    let validation = points(scores, |line| line.validation_loss);
    let highest = training
        .iter()
        .chain(&validation)
        .map(|point| point.1)
        .fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption("Mean loss of an image", ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(epochs(scores), 0.0..(highest * 1.05).max(1e-6))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("epoch")
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .draw()?;
    for (points, ink, name) in [
        (training, BLUE_INK, "training"),
        (validation, RED_INK, "validation"),
    ] {
        chart
            .draw_series(LineSeries::new(points, ink.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], ink.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .draw()?;
    Ok(())
}

/// Dice by class and on average, and the fractions that the selection keeps.
fn shares(scores: &[EpochScores], names: &[String]) -> Vec<Curve> {
    let through = |name: &str, points, style| Curve {
        name: name.to_string(),
        points,
        style,
        dash: None,
    };
    let classes = names.iter().enumerate().skip(1).map(|(class, name)| {
        let dice = |line: &EpochScores| {
            let scored = line.per_class.iter().find(|scored| scored.class == class)?;
            scored.dice
        };
        let [red, green, blue] = colour(class, names);
        let ink = RGBColor(red, green, blue);
        through(name, points(scores, dice), ink.stroke_width(2))
    });
    let mut curves: Vec<Curve> = classes.collect();
    curves.push(through(
        "mean Dice",
        points(scores, |line| line.dice),
        BLACK.stroke_width(3),
    ));
    let dashed = |name: &str, points, dash| Curve {
        name: name.to_string(),
        points,
        style: GREY.stroke_width(2),
        dash: Some(dash),
    };
    curves.push(dashed(
        "kept pixels",
        points(scores, |line| Some(line.kept_pixels)),
        2,
    ));
    curves.push(dashed(
        "kept images",
        points(scores, |line| Some(line.kept_images)),
        6,
    ));
    curves
}

fn draw_shares(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    scores: &[EpochScores],
    curves: &[Curve],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut chart = ChartBuilder::on(area)
        .caption(
            "Validation Dice, and what training keeps",
            ("sans-serif", 17),
        )
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(46)
        .build_cartesian_2d(epochs(scores), 0.0..1.0)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("epoch")
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .draw()?;
    for curve in curves {
        let points = curve.points.iter().copied();
        match curve.dash {
            Some(dash) => {
                chart.draw_series(DashedLineSeries::new(points, dash, 4, curve.style))?;
            }
            None => {
                chart.draw_series(LineSeries::new(points, curve.style))?;
            }
        }
    }
    Ok(())
}

/// Names next to the chart, where they hide no curve.
fn draw_key(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    curves: &[Curve],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    for (row, curve) in curves.iter().enumerate() {
        let y = 54 + 22 * row as i32;
        let (dash, gap) = curve.dash.map_or((26, 0), |dash| (dash, 4));
        for start in (0..26).step_by((dash + gap) as usize) {
            let end = (start + dash).min(26);
            area.draw(&PathElement::new([(start, y), (end, y)], curve.style))?;
        }
        let middle = Pos::new(HPos::Left, VPos::Center);
        let style = ("sans-serif", 13).into_text_style(area).pos(middle);
        area.draw(&Text::new(curve.name.clone(), (34, y), style))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_folder::scores::ClassScores;

    #[test]
    fn curves_are_drawn_from_one_epoch_on_and_without_validation() {
        let names = ["background", "grade 1"].map(String::from);
        let mut scores = vec![EpochScores {
            epoch: 1,
            train_loss: 1.0,
            kept_images: 1.0,
            kept_pixels: 0.9,
            ..EpochScores::default()
        }];
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("curves.svg");
        write(&path, &scores, &names).expect("drawn");
        let one = std::fs::read_to_string(&path).expect("text");
        scores.push(EpochScores {
            epoch: 2,
            train_loss: 0.5,
            validation_loss: Some(0.7),
            dice: Some(0.4),
            per_class: (0..2)
                .map(|class| ClassScores {
                    predicted: None,
                    class,
                    name: names[class].clone(),
                    dice: Some(0.4),
                    iou: None,
                    images: 3,
                })
                .collect(),
            ..scores[0].clone()
        });
        write(&path, &scores, &names).expect("drawn");
        let two = std::fs::read_to_string(&path).expect("text");
        assert!(one.contains("</svg>") && two.contains("grade 1") && two.contains("validation"));
        assert!(two.len() > one.len());
    }
}
