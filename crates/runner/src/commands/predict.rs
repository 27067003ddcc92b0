//! `selvedge predict`: label maps for new photographs and volumes, at their own size.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use data::{CaseImage, DataOptions, read_image, read_volume, read_volume_grid, volume_stem};

use crate::arguments::device::DeviceArgument;
use crate::drawing::overlay::{overlay, plain, png, side_by_side};
use crate::drawing::window::visible_slice;
use crate::error::RunnerError;
use crate::files::arrays::npy;
use crate::files::output::OutputFolder;
use crate::prediction::label_files::{label_ending, write_labels};
use crate::prediction::predictor::{Predictor, predictor_of};
use crate::run_folder::environment;
use crate::run_folder::trained_run::TrainedRun;
use crate::terminal::progress::Progress;
use crate::terminal::remarks::warn_of;

const OVERLAY: &str = ".overlay.png";
const PROBABILITIES: &str = ".probabilities.npy";

/// `selvedge predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {
    /// The run's folder.
    pub run: PathBuf,
    /// Photographs, NIfTI volumes, or folders of them.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// A separate folder for the label images. Files that an earlier predict wrote there, unchanged since, are replaced; other
    /// files with their names are refused before anything is written.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also draws the prediction over each photograph.
    #[arg(long)]
    pub overlay: bool,
    /// Also writes class probabilities as NumPy files [class, height, width].
    #[arg(long)]
    pub probabilities: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
}

pub(crate) fn run(arguments: &PredictArguments, quiet: bool) -> Result<(), RunnerError> {
    let is_new = fs::symlink_metadata(&arguments.out).is_err();
    let predicted = predict(arguments, quiet);
    if is_new && predicted.is_err() {
        // Only an empty folder is removed: predictions that were written before the error stay.
        let _ = fs::remove_dir(&arguments.out);
    }
    let count = predicted?;
    tracing::info!("{count} label images in {}", arguments.out.display());
    Ok(())
}

/// Predicts every input and returns how many there were.
///
/// An input that cannot be read does not stop the others; it is an error when they are done.
///
/// # Errors
///
/// An error of the run, an input, the device or the disk, or an existing file; label images written before it stay.
fn predict(arguments: &PredictArguments, quiet: bool) -> Result<usize, RunnerError> {
    let run = TrainedRun::open(&arguments.run)?;
    let (inputs, mut unread) = photographs(&arguments.inputs)?;
    refuse_a_folder_of_inputs(arguments)?;
    let planned: Vec<String> = inputs
        .iter()
        .flat_map(|(stem, path)| files_of(stem, path, arguments))
        .collect();
    // Before the device is opened, so that it is refused at once.
    let out = OutputFolder::prepare("predict", &arguments.out, &planned)?;
    warn_of_volumes(&inputs, &environment::orientations(&run.folder)?);
    let predictor = predictor_of(&run, run.classes.len(), arguments.device.device)?;
    let bar = Progress::new(quiet).counting("predicting", inputs.len());
    for error in &unread {
        warn_omitted(error);
    }
    let all = inputs.len() + unread.len();
    for (stem, path) in &inputs {
        match read(path, &run.recipe.data.options) {
            Ok(image) => predict_one(arguments, &predictor, &out, stem, &image, &run)?,
            Err(error) => {
                bar.suspend(|| warn_omitted(&error));
                unread.push(error);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    unread_error(unread, all).map_or(Ok(all), Err)
}

fn warn_omitted(error: &RunnerError) {
    tracing::warn!("omitted: {}", error.message());
}

/// Predicts an image and writes the requested files.
fn predict_one(
    arguments: &PredictArguments,
    predictor: &Predictor,
    out: &OutputFolder,
    stem: &str,
    image: &CaseImage,
    run: &TrainedRun,
) -> Result<(), RunnerError> {
    let names = &run.classes;
    let labels = predictor.label_volume(image)?;
    let ending = label_ending(matches!(image, CaseImage::Volume(_)));
    out.write(&format!("{stem}{ending}"), |path| {
        write_labels(path, image, &labels)
    })?;
    if arguments.overlay {
        // For a volume, the middle slice.
        let middle = image.shape()[0] / 2;
        let (slice, labels) = (visible_slice(image, middle), labels.slice(middle));
        let drawn = overlay(&slice, &labels, names, run.recipe.data.options.ignore);
        let name = format!("{stem}{OVERLAY}");
        let sheet = side_by_side(&[plain(&slice), drawn]);
        out.write_bytes(&name, &png(&arguments.out.join(&name), &sheet)?)?;
    }
    if arguments.probabilities {
        let name = format!("{stem}{PROBABILITIES}");
        let bytes = probabilities(&arguments.out.join(&name), predictor, image, names.len())?;
        out.write_bytes(&name, &bytes)?;
    }
    Ok(())
}

/// Names of the files that are written for an input.
fn files_of(stem: &str, path: &Path, arguments: &PredictArguments) -> Vec<String> {
    let labels = Some(label_ending(volume_stem(path).is_some()));
    let overlay = arguments.overlay.then_some(OVERLAY);
    let probabilities = arguments.probabilities.then_some(PROBABILITIES);
    let endings = [labels, overlay, probabilities].into_iter().flatten();
    endings.map(|ending| format!("{stem}{ending}")).collect()
}

/// Labels in the folder of their photographs would be taken for photographs the next time.
fn refuse_a_folder_of_inputs(arguments: &PredictArguments) -> Result<(), RunnerError> {
    let Ok(out) = arguments.out.canonicalize() else {
        return Ok(());
    };
    let inside =
        |input: &&PathBuf| input.is_dir() && input.canonicalize().is_ok_and(|input| input == out);
    match arguments.inputs.iter().find(inside) {
        None => Ok(()),
        Some(input) => Err(RunnerError::mismatch(
            "another folder than that of the inputs",
            input.display().to_string(),
            "nothing was written; choose a separate folder for the label images",
        )
        .at(format!("--out {}", arguments.out.display()))),
    }
}

/// The error of the inputs that could not be read, out of `inputs`.
fn unread_error(mut unread: Vec<RunnerError>, inputs: usize) -> Option<RunnerError> {
    const SHOWN: usize = 10;
    match (unread.len(), inputs) {
        (0, _) => None,
        (1, 1) => unread.pop(),
        (count, _) => {
            let shown: Vec<String> = (unread.iter().take(SHOWN))
                .map(RunnerError::message)
                .collect();
            let more = if count > SHOWN { "; …" } else { "" };
            Some(RunnerError::failed(
                format!(
                    "{count} of {inputs} inputs could not be read, the others are predicted: {}{more}",
                    shown.join("; ")
                ),
                "fix those files and predict them again, or omit them",
            ))
        }
    }
}

/// Inputs by the names of their predictions.
type Named = Vec<(String, PathBuf)>;

/// The photographs and volumes in files and folders, and an error for each file of a folder that cannot be used.
fn photographs(inputs: &[PathBuf]) -> Result<(Named, Vec<RunnerError>), RunnerError> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut untaken = Vec::new();
    for input in inputs {
        let files = if input.is_dir() {
            let (mut files, problems) = data::image_files(input)?;
            untaken.extend(problems.into_iter().map(RunnerError::from));
            files.extend(data::volume_files(input)?);
            files
        } else {
            vec![input.clone()]
        };
        if files.is_empty() {
            if let Some(problem) = data::unsupported_volumes(input) {
                return Err(problem.into());
            }
            return Err(RunnerError::mismatch(
                "photographs (PNG, JPEG, TIFF, BMP, GIF, WebP) or volumes (NIfTI)",
                "none",
                "give files, or a folder that contains them",
            )
            .at(input.display()));
        }
        for file in files {
            let stem = volume_stem(&file).map_or_else(
                || {
                    let stem = file.file_stem().unwrap_or_default();
                    stem.to_string_lossy().into_owned()
                },
                String::from,
            );
            if let Some(other) = found.insert(stem, file.clone()) {
                return Err(RunnerError::fixable(
                    "expected inputs of different names",
                    "their predictions would overwrite each other: predict them into two folders",
                )
                .at(format!("{} and {}", other.display(), file.display())));
            }
        }
    }
    Ok((found.into_iter().collect(), untaken))
}

/// A photograph, or a volume with its values as the network was trained on them.
fn read(path: &Path, options: &DataOptions) -> Result<CaseImage, RunnerError> {
    if volume_stem(path).is_none() {
        return Ok(CaseImage::Photograph(read_image(path)?));
    }
    let mut volume = read_volume(path)?;
    volume.normalise(options.volume_normalise);
    Ok(CaseImage::Volume(volume))
}

/// Warns about volumes' headers, and about volumes whose slices look different from those that the network was trained on.
fn warn_of_volumes(inputs: &[(String, PathBuf)], trained: &BTreeSet<String>) {
    let volumes = inputs
        .iter()
        .filter(|(_, path)| volume_stem(path).is_some());
    warn_of(volumes.flat_map(|(_, path)| {
        // A file that cannot be read is reported when it is predicted.
        let grid = read_volume_grid(path).ok();
        let texts = grid.map_or_else(Vec::new, |grid| {
            let cut = orientation_remark(&grid.orientation(), trained);
            grid.remarks.into_iter().chain(cut).collect()
        });
        texts.into_iter().map(|text| (path.clone(), text))
    }));
}

/// The remark on slices of orientation `found`, if the run was `trained` only on others.
fn orientation_remark(found: &str, trained: &BTreeSet<String>) -> Option<String> {
    if trained.is_empty() || trained.contains(found) {
        return None;
    }
    // The third axis counts slices: it is the direction in which they are cut.
    let cut = |codes: &str| codes.chars().nth(2).map(axis);
    let how = if trained.iter().any(|codes| cut(codes) == cut(found)) {
        "turned or mirrored differently"
    } else {
        "cut in another direction"
    };
    let expected: Vec<&str> = trained.iter().map(String::as_str).collect();
    Some(format!(
        "columns, rows and slices towards {found}, {how} than the volumes that this run was trained on ({}): expect worse \
         labels, or turn it first (nibabel: image.as_reoriented)",
        expected.join(", ")
    ))
}

/// The axis of a direction.
fn axis(direction: char) -> u8 {
    match direction {
        'L' | 'R' => 0,
        'P' | 'A' => 1,
        _ => 2,
    }
}

/// Class probabilities in NumPy's format: f32 `[class, height, width]`, for a volume `[class, slice, height, width]`.
fn probabilities(
    path: &Path,
    predictor: &Predictor,
    image: &CaseImage,
    classes: usize,
) -> Result<Vec<u8>, RunnerError> {
    let [slices, height, width] = image.shape();
    let planes: Result<Vec<Vec<f32>>, RunnerError> = image
        .slices()
        .map(|slice| predictor.probabilities(&slice))
        .collect();
    let planes = planes?;
    let pixels = height * width;
    let values = (0..classes).flat_map(|class| {
        planes
            .iter()
            .flat_map(move |plane| plane[class * pixels..][..pixels].iter().copied())
    });
    let shape = match image {
        CaseImage::Photograph(_) => vec![classes, height, width],
        CaseImage::Volume(_) => vec![classes, slices, height, width],
    };
    npy(path, &shape, values)
}
