//! `curves.svg`: losses on the left, Dice and kept shares on the right.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::error::RunnerError;
use crate::palette::colour;
use crate::run_folder::write_whole;
use crate::scores::EpochScores;

const SIZE: (u32, u32) = (1000, 420);
const GREY: RGBColor = RGBColor(110, 110, 110);
const BLUE_INK: RGBColor = RGBColor(0, 92, 170);
const RED_INK: RGBColor = RGBColor(200, 60, 20);

type Points = Vec<(f64, f64)>;

/// Draws the curves of a run.
///
/// # Errors
///
/// The disk's.
pub(crate) fn write(
    path: &Path,
    scores: &[EpochScores],
    names: &[String],
) -> Result<(), RunnerError> {
    let mut text = String::new();
    draw(&mut text, scores, names).map_err(|error| RunnerError::unwritable(path, &error))?;
    write_whole(path, text.as_bytes())
}

fn draw(
    text: &mut String,
    scores: &[EpochScores],
    names: &[String],
) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(SIZE.0 / 2);
    draw_losses(&left, scores)?;
    draw_shares(&right, scores, names)?;
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
) -> Result<(), Box<dyn std::error::Error>> {
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

fn draw_shares(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    scores: &[EpochScores],
    names: &[String],
) -> Result<(), Box<dyn std::error::Error>> {
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
    let mut line =
        |points: Points, style: ShapeStyle, name: &str| -> Result<(), Box<dyn std::error::Error>> {
            chart
                .draw_series(LineSeries::new(points, style))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
            Ok(())
        };
    for (class, name) in names.iter().enumerate().skip(1) {
        let dice = |line: &EpochScores| {
            let scored = line.per_class.iter().find(|scored| scored.class == class)?;
            scored.dice
        };
        let [red, green, blue] = colour(class, names);
        line(
            points(scores, dice),
            RGBColor(red, green, blue).stroke_width(1),
            name,
        )?;
    }
    line(
        points(scores, |line| line.dice),
        BLACK.stroke_width(3),
        "mean Dice",
    )?;
    let kept_pixels = |line: &EpochScores| Some(line.kept_pixels);
    let kept_images = |line: &EpochScores| Some(line.kept_images);
    for (value, name, size) in [
        (
            &kept_pixels as &dyn Fn(&EpochScores) -> Option<f64>,
            "kept pixels",
            2,
        ),
        (&kept_images, "kept images", 5),
    ] {
        chart
            .draw_series(DashedLineSeries::new(
                points(scores, value),
                size,
                4,
                GREY.stroke_width(1),
            ))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + size, y)], GREY.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.85))
        .label_font(("sans-serif", 11))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::ClassScores;

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
