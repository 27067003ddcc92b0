//! `selvedge data show`: a sheet of images as a network would see them.

use std::path::PathBuf;

use clap::Args;
use data::{
    BatchSource, Dataset, HostBatch, LabelMap, Overview, PlanarImage, Split, counted, resize_image,
    resize_labels,
};
use image::RgbImage;
use serde::Serialize;

use crate::drawing::overlay::{overlay, panel_size, plain, png, side_by_side, stacked};
use crate::drawing::palette::colour;
use crate::drawing::window::Window;
use crate::error::RunnerError;
use crate::files::output::OutputFolder;
use crate::recipe::Recipe;
use crate::terminal::printing::print_result;
use crate::terminal::progress::Progress;
use crate::text::escaping::printable;

const SHEET: &str = "sheet.png";
const LEGEND: &str = "legend.txt";
/// Most pixels of a sheet.
const MOST_PIXELS: usize = 100_000_000;

/// `selvedge data show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The data set's folder.
    pub dir: PathBuf,
    /// Name of a recipe (`selvedge recipe list`), a .toml file, or a run folder.
    #[arg(long, value_name = "RECIPE")]
    pub recipe: String,
    /// The folder for sheet.png and legend.txt; those of an earlier sheet are replaced, other files with these names are refused.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How many images, spread over the split.
    #[arg(long, default_value_t = 6, value_name = "N")]
    pub images: usize,
    /// How many augmentations of each: those of the first epochs.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub draws: usize,
    /// Short for --set train.seed=SEED.
    #[arg(long)]
    pub seed: Option<u64>,
    /// train, validation or test; only training images are augmented.
    #[arg(long, default_value = "train")]
    pub split: Split,
    /// Sets a key of the recipe; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Prints what is on the sheet as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &ShowArguments, quiet: bool) -> Result<(), RunnerError> {
    let mut overrides = arguments.overrides.clone();
    overrides.extend(arguments.seed.map(|seed| format!("train.seed={seed}")));
    let recipe = Recipe::load(&arguments.recipe, &overrides)?;
    let shown = show(arguments, &recipe, quiet)?;
    print_result(arguments.json, &shown, || legend(&shown))
}

/// The contents of a sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Shown {
    sheet: PathBuf,
    split: Split,
    /// From left to right.
    columns: Vec<String>,
    /// Names of the images, from top to bottom.
    rows: Vec<String>,
    classes: Vec<ClassColour>,
}

/// A class and the colour that it is drawn in.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct ClassColour {
    name: String,
    /// As `#rrggbb`.
    colour: String,
}

/// Draws images, their labels and their augmentations in the first epochs, and writes `sheet.png` and `legend.txt`.
///
/// Each panel shows what a training with this recipe would get; a slice of a volume is drawn through the window of the volume.
///
/// # Errors
///
/// A setting out of range, an image that cannot be read, or the disk's error.
fn show(arguments: &ShowArguments, recipe: &Recipe, quiet: bool) -> Result<Shown, RunnerError> {
    recipe.validate()?;
    let dataset = Dataset::open_split(&arguments.dir, &recipe.data.options, arguments.split)?;
    for guess in dataset.guesses() {
        tracing::info!("{guess}");
    }
    for note in dataset.notes() {
        tracing::warn!("{note}");
    }
    // Images of other splits are the same in every epoch.
    let draws = if arguments.split == Split::Train {
        arguments.draws
    } else {
        0
    };
    let source = BatchSource::unread(
        &dataset,
        arguments.split,
        recipe.batch_options(arguments.split),
    )?;
    let names = source.names();
    let images = arguments.images.min(names.len());
    check_size(recipe.data.size, images, draws)?;
    let out = OutputFolder::prepare("show", &arguments.out, &[SHEET, LEGEND].map(String::from))?;

    let chosen: Vec<usize> = (0..images)
        .map(|image| image * names.len() / images)
        .collect();
    let bar = Progress::new(quiet).counting("drawing", chosen.len());
    let mut rows = Vec::with_capacity(chosen.len());
    let groups = source.groups().iter();
    let case_of: Vec<usize> = groups
        .enumerate()
        .flat_map(|(case, group)| std::iter::repeat_n(case, group.images))
        .collect();
    let cases = dataset.cases(arguments.split);
    let mut overview = Overview::default();
    for &index in &chosen {
        let case = &cases[case_of[index]];
        let window = if dataset.volume_extent(case)?.is_some() {
            Window::of(&dataset.load_image(case)?)
        } else {
            None
        };
        let (image, panels) = row(recipe, &dataset, &source, index, draws, window)?;
        if source.groups()[case_of[index]].images == 1 {
            overview.look(&names[index], &image);
        }
        rows.push(panels);
        bar.inc(1);
    }
    bar.finish_and_clear();
    for warning in overview.dim_warnings() {
        tracing::warn!("{warning}");
    }

    let sheet = arguments.out.join(SHEET);
    out.write_bytes(SHEET, &png(&sheet, &stacked(&rows))?)?;
    let columns = ["the image", "its labels"].map(String::from).into_iter();
    let shown = Shown {
        sheet,
        split: arguments.split,
        columns: columns
            .chain((1..=draws).map(|epoch| format!("in epoch {epoch}")))
            .collect(),
        rows: chosen.iter().map(|index| names[*index].clone()).collect(),
        classes: classes(&dataset),
    };
    out.write_bytes(LEGEND, printable(&legend(&shown)).as_bytes())?;
    Ok(shown)
}

/// Refuses a sheet without panels, or with too many.
fn check_size(size: [usize; 2], images: usize, draws: usize) -> Result<(), RunnerError> {
    let pixels = panel_size(size)
        .into_iter()
        .chain([draws.saturating_add(2)])
        .fold(images, usize::saturating_mul);
    if (1..=MOST_PIXELS).contains(&pixels) {
        return Ok(());
    }
    Err(RunnerError::mismatch(
        format!("a sheet of 1 to {} million pixels", MOST_PIXELS / 1_000_000),
        format!("{} million", pixels / 1_000_000),
        "choose other numbers of images or draws",
    )
    .at("--images and --draws"))
}

/// The image, and its row of panels: the image, its labels over it, and its augmentations, through the window of its volume.
fn row(
    recipe: &Recipe,
    dataset: &Dataset,
    source: &BatchSource,
    index: usize,
    draws: usize,
    window: Option<Window>,
) -> Result<(PlanarImage, RgbImage), RunnerError> {
    let panel = |epoch: Option<usize>| -> Result<(PlanarImage, LabelMap), RunnerError> {
        let (image, labels) = seen(recipe, source.image(index, epoch)?);
        // If training images are crops, the whole image is larger.
        let [height, width] = recipe.data.size;
        Ok((
            resize_image(&image, height, width),
            resize_labels(&labels, height, width),
        ))
    };
    let visible = |image: &PlanarImage| match window {
        Some(window) => window.apply(image),
        None => image.clone(),
    };
    let draw = |(image, labels): &(PlanarImage, LabelMap)| {
        overlay(
            &visible(image),
            labels,
            &dataset.class_names,
            dataset.ignore,
        )
    };
    let whole = panel(None)?;
    let mut panels = vec![plain(&visible(&whole.0)), draw(&whole)];
    for epoch in 1..=draws {
        panels.push(draw(&panel(Some(epoch))?));
    }
    Ok((whole.0, side_by_side(&panels)))
}

/// The image and the labels of a batch of one image.
fn seen(recipe: &Recipe, batch: HostBatch) -> (PlanarImage, LabelMap) {
    let HostBatch {
        mut images,
        labels,
        height,
        width,
        ..
    } = batch;
    recipe.data.normalise.undo(&mut images);
    let image = PlanarImage {
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
    (image, labels)
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

/// The sheet as text.
fn legend(shown: &Shown) -> String {
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
    text + "grey: ignored\n"
}
