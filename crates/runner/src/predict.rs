//! `selvedge predict`: label maps of new photographs and volumes, at their own size.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use data::{CaseImage, DataOptions, read_picture, read_volume, read_volume_grid, volume_stem};

use crate::arrays::write_floats;
use crate::device::DeviceRequest;
use crate::environment;
use crate::error::RunnerError;
use crate::evaluate::{predictor_of, write_prediction};
use crate::overlay::{overlay, plain, side_by_side, write_png};
use crate::predictor::Predictor;
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::report::warn_of;
use crate::run_folder::RunFolder;

/// What the command line asks of a prediction.
#[derive(Clone, Debug)]
pub struct PredictOptions {
    /// The run whose best network predicts.
    pub run: PathBuf,
    /// Photographs, NIfTI volumes, or folders of them.
    pub inputs: Vec<PathBuf>,
    /// Where the label images go.
    pub out: PathBuf,
    /// Pictures beside them.
    pub overlay: bool,
    /// Class probabilities beside them.
    pub probabilities: bool,
    /// The device.
    pub device: DeviceRequest,
    /// No progress bar.
    pub quiet: bool,
}

/// Predicts every input and returns how many there were.
///
/// # Errors
///
/// The run, an input, the device or the disk; the label images written before stay.
pub fn predict(options: &PredictOptions) -> Result<usize, RunnerError> {
    let folder = RunFolder::open(&options.run)?;
    let recipe = Recipe::load(&options.run.display().to_string(), &[])?;
    let names = environment::class_names(&folder)?;
    let inputs = photographs(&options.inputs)?;
    tell_of_volumes(&inputs, &environment::orientations(&folder)?);
    let predictor = predictor_of(&folder, &recipe, names.len(), options.device)?;
    fs::create_dir_all(&options.out)
        .map_err(|error| RunnerError::unwritable(&options.out, &error))?;
    let bar = Progress::new(options.quiet).counting("predicting", inputs.len());
    for (stem, path) in &inputs {
        let image = read(path, &recipe.data.options)?;
        let labels = predictor.label_volume(&image)?;
        let name = |ending: &str| options.out.join(format!("{stem}{ending}"));
        write_prediction(&options.out, stem, &image, &labels)?;
        if options.overlay {
            // Of a volume, the slice in its middle.
            let middle = image.shape()[0] / 2;
            let (picture, labels) = (image.slice(middle), labels.slice(middle));
            let drawn = overlay(&picture, &labels, &names, recipe.data.options.ignore);
            write_png(
                &name(".overlay.png"),
                &side_by_side(&[plain(&picture), drawn]),
            )?;
        }
        if options.probabilities {
            let path = name(".probabilities.npy");
            write_probabilities(&path, &predictor, &image, names.len())?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(inputs.len())
}

/// The photographs and volumes of files and folders, by the name that their predictions get.
fn photographs(inputs: &[PathBuf]) -> Result<Vec<(String, PathBuf)>, RunnerError> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for input in inputs {
        let files = if input.is_dir() {
            let mut files = data::picture_files(input)?;
            files.extend(data::volume_files(input)?);
            files
        } else {
            vec![input.clone()]
        };
        if files.is_empty() {
            if let Some(problem) = data::foreign_volumes(input) {
                return Err(problem.into());
            }
            return Err(RunnerError::mend(
                format!(
                    "{}: expected photographs (PNG, JPEG, TIFF, BMP, GIF) or volumes (NIfTI), found none",
                    input.display()
                ),
                "give files, or a folder that holds them",
            ));
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
                return Err(RunnerError::mend(
                    format!(
                        "{} and {}: expected inputs of different names",
                        other.display(),
                        file.display()
                    ),
                    "their predictions would overwrite each other: predict them into two folders",
                ));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// A photograph, or a volume with its values as the network was trained on them.
fn read(path: &Path, options: &DataOptions) -> Result<CaseImage, RunnerError> {
    if volume_stem(path).is_none() {
        return Ok(CaseImage::Picture(read_picture(path)?));
    }
    let mut volume = read_volume(path)?;
    volume.normalise(options.volume_normalise);
    Ok(CaseImage::Volume(volume))
}

/// Says what is worth knowing of volumes' headers, and whose slices look otherwise than those that the network has seen.
fn tell_of_volumes(inputs: &[(String, PathBuf)], trained: &BTreeSet<String>) {
    let volumes = inputs
        .iter()
        .filter(|(_, path)| volume_stem(path).is_some());
    warn_of(volumes.flat_map(|(_, path)| {
        // What cannot be read is told when its turn comes.
        let grid = read_volume_grid(path).ok();
        let texts = grid.map_or_else(Vec::new, |grid| {
            let cut = cut_otherwise(&grid.orientation(), trained);
            grid.remarks.into_iter().chain(cut).collect()
        });
        texts.into_iter().map(|text| (path.clone(), text))
    }));
}

/// What there is to say of slices that count towards `found`, of a run that was `trained` on others.
fn cut_otherwise(found: &str, trained: &BTreeSet<String>) -> Option<String> {
    if trained.is_empty() || trained.contains(found) {
        return None;
    }
    // The third axis counts slices: along it lies what they cut.
    let cut = |codes: &str| codes.chars().nth(2).map(axis);
    let how = if trained.iter().any(|codes| cut(codes) == cut(found)) {
        "turned or mirrored otherwise"
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

/// The axis on which a direction lies.
fn axis(direction: char) -> u8 {
    match direction {
        'L' | 'R' => 0,
        'P' | 'A' => 1,
        _ => 2,
    }
}

/// Writes class probabilities in NumPy's format: f32 `[class, height, width]`, of a volume `[class, slice, height, width]`.
fn write_probabilities(
    path: &Path,
    predictor: &Predictor,
    image: &CaseImage,
    classes: usize,
) -> Result<(), RunnerError> {
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
        CaseImage::Picture(_) => vec![classes, height, width],
        CaseImage::Volume(_) => vec![classes, slices, height, width],
    };
    write_floats(path, &shape, values)
}
