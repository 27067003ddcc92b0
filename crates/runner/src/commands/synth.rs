//! `selvedge synth LAYOUT`: synthetic data sets.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};
use data::LayoutName;
use data::synth::{SizeOption, SyntheticSet, synthetic_set};

use crate::dataset::data_root::write_synthetic;
use crate::error::RunnerError;
use crate::recipe::sections::SyntheticConfig;
use crate::terminal::printing::print_text;
use crate::terminal::progress::Progress;

/// `selvedge synth LAYOUT`: a subcommand for every layout that has synthetic sets.
#[derive(Debug)]
pub struct SynthCommand {
    layout: LayoutName,
    arguments: SynthArguments,
}

/// The arguments of every layout. The layout adds help and defaults for `--images` and `--size`.
#[derive(Debug, Args)]
struct SynthArguments {
    /// The new folder; it must not exist yet, or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[arg(long, value_name = "N")]
    images: usize,
    #[arg(long, value_name = "PIXELS")]
    size: usize,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Strength of the annotation noise: 0 none, 1 usual, up to 3.
    #[arg(long, default_value_t = 1.0)]
    noise: f64,
    /// Fraction of the labels that get a gross error: the label of another image, shifted, mirrored, empty, or a structure of the
    /// wrong class; up to 0.5. Of the training labels, where the set has a split (bamsi). `corruptions.json` names them.
    #[arg(long, default_value_t = 0.0)]
    gross: f64,
}

/// The subcommand of a layout.
fn subcommand(layout: LayoutName, set: &SyntheticSet) -> Command {
    let describe = |option: SizeOption| {
        move |argument: clap::Arg| {
            argument
                .help(option.help)
                .required(false)
                .default_value(option.default.to_string())
        }
    };
    let (folder, images, size) = set.example;
    SynthArguments::augment_args(Command::new(layout.as_str()))
        .about(set.about)
        .mut_arg("images", describe(set.images))
        .mut_arg("size", describe(set.size))
        .after_help(format!(
            "Example: selvedge synth {layout} --out {folder} --images {images} --size {size}"
        ))
}

impl Subcommand for SynthCommand {
    fn augment_subcommands(command: Command) -> Command {
        let sets = LayoutName::ALL
            .into_iter()
            .filter_map(|layout| Some((layout, synthetic_set(layout)?)));
        command
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(sets.map(|(layout, set)| subcommand(layout, &set)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name.parse()
            .is_ok_and(|layout| synthetic_set(layout).is_some())
    }
}

impl FromArgMatches for SynthCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, matches) = matches
            .subcommand()
            .ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        Ok(Self {
            layout: name
                .parse()
                .map_err(|_| Error::new(ErrorKind::InvalidSubcommand))?,
            arguments: SynthArguments::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

pub(crate) fn run(command: SynthCommand, quiet: bool) -> Result<(), RunnerError> {
    let SynthCommand { layout, arguments } = command;
    let config = SyntheticConfig {
        images: arguments.images,
        size: arguments.size,
        seed: arguments.seed,
        noise: arguments.noise,
        gross: arguments.gross,
    };
    let summary = write_synthetic(&arguments.out, layout, config, Progress::new(quiet))?;
    print_text(&format!("{}: {summary}\n", arguments.out.display()))
}
