//! `selvedge data show`: what a network would see of a data set, on one sheet.

use std::path::PathBuf;

use data::{
    BatchSource, Dataset, HostBatch, LabelMap, Overview, Picture, Split, counted, resize_labels,
    resize_picture,
};
use image::RgbImage;
use serde::Serialize;

use crate::error::RunnerError;
use crate::output::OutputFolder;
use crate::overlay::{overlay, panel_size, plain, png, side_by_side, stacked};
use crate::palette::colour;
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::terminal::printable;

const SHEET: &str = "sheet.png";
const LEGEND: &str = "legend.txt";

/// Pixels that a sheet may have.
const MOST_PIXELS: usize = 100_000_000;

/// What the command line asks.
#[derive(Clone, Debug)]
pub(crate) struct ShowOptions {
    pub(crate) recipe: Recipe,
    pub(crate) data: PathBuf,
    pub(crate) split: Split,
    /// How many images, spread over the split.
    pub(crate) images: usize,
    /// How many augmentations of each.
    pub(crate) draws: usize,
    /// Where the sheet and its legend go.
    pub(crate) out: PathBuf,
    pub(crate) quiet: bool,
}

/// What is on a sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Shown {
    pub(crate) sheet: PathBuf,
    pub(crate) split: Split,
    /// From left to right.
    pub(crate) columns: Vec<String>,
    /// Names of the images, from top to bottom.
    pub(crate) rows: Vec<String>,
    pub(crate) classes: Vec<ClassColour>,
}

/// A class and the colour that it is drawn in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ClassColour {
    pub(crate) name: String,
    /// As `#rrggbb`.
    pub(crate) colour: String,
}

/// Draws images, their labels and their augmentations in the first epochs, and writes `sheet.png` and `legend.txt`.
///
/// Each panel is made from the very numbers that a training of this recipe would be given.
///
/// # Errors
///
/// A setting out of range, an image that cannot be read, or the disk.
pub(crate) fn show(options: &ShowOptions) -> Result<Shown, RunnerError> {
    let recipe = &options.recipe;
    recipe.validate()?;
    let dataset = Dataset::open_split(&options.data, &recipe.data.options, options.split)?;
    for note in dataset.notes() {
        tracing::warn!("{note}");
    }
    // Images of other splits are as they are in every epoch.
    let draws = if options.split == Split::Train {
        options.draws
    } else {
        0
    };
    let source = BatchSource::unread(&dataset, options.split, recipe.batch_options(options.split))?;
    let names = source.names();
    let images = options.images.min(names.len());
    check_size(recipe.data.size, images, draws)?;
    let out = OutputFolder::of("show", &options.out, &[SHEET, LEGEND].map(String::from))?;

    let chosen: Vec<usize> = (0..images)
        .map(|image| image * names.len() / images)
        .collect();
    let bar = Progress::new(options.quiet).counting("drawing", chosen.len());
    let mut rows = Vec::with_capacity(chosen.len());
    let groups = source.groups().iter();
    let is_photograph: Vec<bool> = groups
        .flat_map(|group| std::iter::repeat_n(group.images == 1, group.images))
        .collect();
    let mut overview = Overview::default();
    for &index in &chosen {
        let (picture, panels) = row(recipe, &dataset, &source, index, draws)?;
        if is_photograph[index] {
            overview.look(&names[index], &picture);
        }
        rows.push(panels);
        bar.inc(1);
    }
    bar.finish_and_clear();
    for warning in overview.dim_warnings() {
        tracing::warn!("{warning}");
    }

    let sheet = options.out.join(SHEET);
    out.write_bytes(SHEET, &png(&sheet, &stacked(&rows))?)?;
    let columns = ["the image", "its labels"].map(String::from).into_iter();
    let shown = Shown {
        sheet,
        split: options.split,
        columns: columns
            .chain((1..=draws).map(|epoch| format!("in epoch {epoch}")))
            .collect(),
        rows: chosen.iter().map(|index| names[*index].clone()).collect(),
        classes: classes(&dataset),
    };
    out.write_bytes(LEGEND, printable(&legend(&shown)).as_bytes())?;
    Ok(shown)
}

/// Refuses a sheet of no panel or of too many.
fn check_size(size: [usize; 2], images: usize, draws: usize) -> Result<(), RunnerError> {
    let pixels = panel_size(size)
        .into_iter()
        .chain([draws.saturating_add(2)])
        .fold(images, usize::saturating_mul);
    if (1..=MOST_PIXELS).contains(&pixels) {
        return Ok(());
    }
    Err(RunnerError::mend(
        format!(
            "--images and --draws: expected a sheet of 1 to {} million pixels, found {} million",
            MOST_PIXELS / 1_000_000,
            pixels / 1_000_000
        ),
        "show other numbers of images or draws",
    ))
}

/// The image as it is, and beside one another: it, its labels over it, and its augmentations.
fn row(
    recipe: &Recipe,
    dataset: &Dataset,
    source: &BatchSource,
    index: usize,
    draws: usize,
) -> Result<(Picture, RgbImage), RunnerError> {
    let panel = |epoch: Option<usize>| -> Result<(Picture, LabelMap), RunnerError> {
        let (picture, labels) = seen(recipe, source.image(index, epoch)?);
        // Where training images are crops, the whole is larger.
        let [height, width] = recipe.data.size;
        Ok((
            resize_picture(&picture, height, width),
            resize_labels(&labels, height, width),
        ))
    };
    let draw = |(picture, labels): &(Picture, LabelMap)| {
        overlay(picture, labels, &dataset.class_names, dataset.ignore)
    };
    let whole = panel(None)?;
    let mut panels = vec![plain(&whole.0), draw(&whole)];
    for epoch in 1..=draws {
        panels.push(draw(&panel(Some(epoch))?));
    }
    Ok((whole.0, side_by_side(&panels)))
}

/// The picture and the labels of a batch of one image.
fn seen(recipe: &Recipe, batch: HostBatch) -> (Picture, LabelMap) {
    let HostBatch {
        mut images,
        labels,
        height,
        width,
        ..
    } = batch;
    recipe.data.normalise.undo(&mut images);
    let picture = Picture {
        height,
        width,
        values: images
            .into_iter()
            .map(|value| value.clamp(0.0, 1.0))
            .collect(),
    };
    let labels = LabelMap {
        height,
        width,
        classes: labels.into_iter().map(|label| label as u8).collect(),
    };
    (picture, labels)
}

fn classes(dataset: &Dataset) -> Vec<ClassColour> {
    let names = &dataset.class_names;
    let foreground = names.iter().enumerate().skip(1);
    foreground
        .map(|(class, name)| {
            let [red, green, blue] = colour(class, names);
            ClassColour {
                name: name.clone(),
                colour: format!("#{red:02x}{green:02x}{blue:02x}"),
            }
        })
        .collect()
}

/// The sheet in words.
pub(crate) fn legend(shown: &Shown) -> String {
    let mut text = format!(
        "{}: {}\ncolumns: {}\nrows: {}\n",
        shown.sheet.display(),
        counted(shown.rows.len(), &format!("{} image", shown.split)),
        shown.columns.join(", "),
        shown.rows.join(", ")
    );
    for class in &shown.classes {
        text += &format!("{} {}\n", class.colour, class.name);
    }
    text + "greyed: takes part in nothing\n"
}
