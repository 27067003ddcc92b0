//! `selvedge data plant`: a copy of a data set with errors in its training labels.

use std::path::PathBuf;

use clap::Args;
use data::{Dataset, LayoutName, PlantOptions, counted};

use crate::arguments::data_options::data_options;
use crate::error::RunnerError;
use crate::terminal::printing::print_text;

/// `selvedge data plant`.
#[derive(Debug, Args)]
pub struct PlantArguments {
    /// folder, bamsi or nnunet, or acdc with NIfTI volumes.
    pub kind: LayoutName,
    /// The data set's folder, which stays as it is.
    pub dir: PathBuf,
    /// The new folder; it must not exist yet, or be empty.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Fraction of the training images or volumes whose label is spoilt as a whole: that of another image, shifted, mirrored,
    /// empty, or with a structure of the wrong class.
    #[arg(long, default_value_t = 0.0, value_name = "FRACTION")]
    pub gross: f64,
    /// Fraction of the training images (of volumes: slices) of which one structure is dropped.
    #[arg(long, default_value_t = 0.0, value_name = "FRACTION")]
    pub missed: f64,
    /// Fraction of the training images of which one structure gets another class.
    #[arg(long, default_value_t = 0.0, value_name = "FRACTION")]
    pub swapped: f64,
    /// The same seed gives the same errors.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Settings of the data set.
    #[arg(
        long = "set",
        value_name = "KEY=VALUE",
        help = "Sets a key of the [data] section of a recipe, such as data.classes=[\"skin\",\"wound\"]; may be repeated"
    )]
    pub overrides: Vec<String>,
}

pub(crate) fn run(arguments: &PlantArguments) -> Result<(), RunnerError> {
    let options = data_options(arguments.kind, &arguments.overrides)?;
    let dataset = Dataset::open(&arguments.dir, &options)?;
    let planted = data::plant(
        &dataset,
        &arguments.out,
        &PlantOptions {
            gross: arguments.gross,
            missed: arguments.missed,
            swapped: arguments.swapped,
            seed: arguments.seed,
        },
    )?;
    print_text(&format!(
        "{}: {} for training; {} wrong as a whole, {} without one of their structures, {} with a structure of another class; corruptions.json names them\n",
        arguments.out.display(),
        counted(planted.images, "image"),
        counted(planted.gross, "label"),
        planted.missed,
        planted.swapped,
    ))
}
