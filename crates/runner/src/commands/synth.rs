//! `selvedge synth …`: synthetic data sets.

use std::path::PathBuf;

use clap::Subcommand;
use data::LayoutName;

use crate::dataset::data_root::write_synthetic;
use crate::error::RunnerError;
use crate::recipe::sections::SyntheticConfig;
use crate::terminal::printing::print_text;
use crate::terminal::progress::Progress;

/// `selvedge synth …`.
#[derive(Debug, Subcommand)]
pub enum SynthCommand {
    /// Burn photographs of grades 1, 2a, 2b, 3 and 4.
    #[command(after_help = "Example: selvedge synth bamsi --out burns --images 200 --size 256")]
    Bamsi {
        /// The new folder; it must not exist yet, or be empty.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many photographs.
        #[arg(long, default_value_t = 160, value_name = "N")]
        images: usize,
        /// Their rows and columns.
        #[arg(long, default_value_t = 128, value_name = "PIXELS")]
        size: usize,
        /// The same seed gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Strength of the annotation noise: 0 none, 1 usual, up to 3.
        #[arg(long, default_value_t = 1.0)]
        noise: f64,
    },
    /// Cardiac MRI: short-axis volumes at two moments, in the layout of the ACDC challenge.
    #[command(after_help = "Example: selvedge synth acdc --out hearts --images 50 --size 128")]
    Acdc {
        /// The new folder; it must not exist yet, or be empty.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many patients, of two volumes each.
        #[arg(long, default_value_t = 50, value_name = "N")]
        images: usize,
        /// Rows and columns of every slice.
        #[arg(long, default_value_t = 128, value_name = "PIXELS")]
        size: usize,
        /// The same seed gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Strength of the annotation noise: 0 none, 1 usual, up to 3.
        #[arg(long, default_value_t = 1.0)]
        noise: f64,
    },
    /// Ultrasound images of fetal abdomens with liver, stomach, artery and vein.
    #[command(after_help = "Example: selvedge synth fasu --out fetal --images 200 --size 256")]
    Fasu {
        /// The new folder; it must not exist yet, or be empty.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many images.
        #[arg(long, default_value_t = 160, value_name = "N")]
        images: usize,
        /// Their rows; there are a third more columns.
        #[arg(long, default_value_t = 192, value_name = "PIXELS")]
        size: usize,
        /// The same seed gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Strength of the annotation noise: 0 none, 1 usual, up to 3.
        #[arg(long, default_value_t = 1.0)]
        noise: f64,
    },
}

pub(crate) fn run(command: SynthCommand, quiet: bool) -> Result<(), RunnerError> {
    let kind = match command {
        SynthCommand::Acdc { .. } => LayoutName::Acdc,
        SynthCommand::Bamsi { .. } => LayoutName::Bamsi,
        SynthCommand::Fasu { .. } => LayoutName::Fasu,
    };
    let (SynthCommand::Acdc {
        out,
        images,
        size,
        seed,
        noise,
    }
    | SynthCommand::Bamsi {
        out,
        images,
        size,
        seed,
        noise,
    }
    | SynthCommand::Fasu {
        out,
        images,
        size,
        seed,
        noise,
    }) = command;
    let config = SyntheticConfig {
        images,
        size,
        seed,
        noise,
    };
    let summary = write_synthetic(&out, kind, config, Progress::new(quiet))?;
    print_text(&format!("{}: {summary}\n", out.display()))
}
