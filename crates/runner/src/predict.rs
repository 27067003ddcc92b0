//! `selvedge predict`: label maps of new photographs, at their own size.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use data::{read_picture, write_label_png};

use crate::arrays::write_floats;
use crate::device::DeviceRequest;
use crate::environment;
use crate::error::RunnerError;
use crate::evaluate::predictor_of;
use crate::overlay::{overlay, plain, side_by_side, write_png};
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::run_folder::RunFolder;

/// What the command line asks of a prediction.
#[derive(Clone, Debug)]
pub struct PredictOptions {
    /// The run whose best network predicts.
    pub run: PathBuf,
    /// Photographs, or folders of them.
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
    let predictor = predictor_of(&folder, &recipe, names.len(), options.device)?;
    fs::create_dir_all(&options.out)
        .map_err(|error| RunnerError::unwritable(&options.out, &error))?;
    let bar = Progress::new(options.quiet).counting("predicting", inputs.len());
    for (stem, path) in &inputs {
        let picture = read_picture(path)?;
        let labels = predictor.label_map(&picture)?;
        let name = |ending: &str| options.out.join(format!("{stem}{ending}"));
        write_label_png(&name(".png"), &labels)?;
        if options.overlay {
            let drawn = overlay(&picture, &labels, &names, recipe.data.options.ignore);
            write_png(
                &name(".overlay.png"),
                &side_by_side(&[plain(&picture), drawn]),
            )?;
        }
        if options.probabilities {
            let values = predictor.probabilities(&picture)?;
            let shape = [names.len(), picture.height, picture.width];
            write_floats(&name(".probabilities.npy"), &shape, values)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(inputs.len())
}

/// The photographs of files and folders, by the name that their predictions get.
fn photographs(inputs: &[PathBuf]) -> Result<Vec<(String, PathBuf)>, RunnerError> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for input in inputs {
        let files = if input.is_dir() {
            data::picture_files(input)?
        } else {
            vec![input.clone()]
        };
        if files.is_empty() {
            return Err(RunnerError::mend(
                format!(
                    "{}: expected photographs (PNG, JPEG, TIFF, BMP), found none",
                    input.display()
                ),
                "give files, or a folder that holds them",
            ));
        }
        for file in files {
            let stem = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
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
