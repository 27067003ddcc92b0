//! `selvedge audit train`: labels compared with networks that have not seen them.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::device::DeviceArgument;
use crate::arguments::recipe_changes::RecipeChanges;
use crate::auditing::folder::{AuditNote, MAPS, REVISIT, SUGGESTED, Source};
use crate::auditing::folds::{Parts, Trainings};
use crate::auditing::held_out::{HeldOut, Scoring, files, image_lines};
use crate::auditing::images::{all_cases, checksum, names};
use crate::auditing::listing::{rank_images, rank_places};
use crate::auditing::writing::{common_files, list_text, open, without_split, write};
use crate::dataset::data_root::data_root;
use crate::device;
use crate::error::RunnerError;
use crate::files::output::OutputFolder;
use crate::recipe::Recipe;
use crate::terminal::interruption;
use crate::terminal::printing::print_result;
use crate::terminal::progress::Progress;

/// The scores whose mean rank is the rank of an image.
const BY: [&str; 2] = ["softmin", "component"];

/// `selvedge audit train`.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Name of a recipe (`selvedge recipe list`), a .toml file, or a run folder.
    pub recipe: String,
    /// The data set's folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Parts of the data set by patient: each is predicted by a network that is trained on the others.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=100))]
    pub folds: u16,
    /// The audit's folder, with the runs of all folds below it. The same call again continues what was interrupted.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub changes: RecipeChanges,
    /// Prints the ranked images as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &TrainArguments, quiet: bool) -> Result<(), RunnerError> {
    let progress = Progress::new(quiet);
    let recipe = Recipe::load(&arguments.recipe, &arguments.changes.all())?;
    let root = data_root(&recipe, arguments.data.as_deref(), progress)?;
    let dataset = open(&root, &recipe.data.options)?;
    let cases = all_cases(&dataset);
    let names = names(&dataset, &cases)?;
    let folds = usize::from(arguments.folds);
    let seed = recipe.data.options.split_seed;
    let parts = Parts::new(&dataset, &cases, folds, seed)?;
    let all_files: Vec<String> = common_files().chain(files(&names)).collect();
    let out = OutputFolder::prepare("audit", &arguments.out, &all_files)?;
    for folder in [MAPS, SUGGESTED, REVISIT] {
        let path = arguments.out.join(folder);
        std::fs::create_dir_all(&path).map_err(|error| RunnerError::unwritable(&path, error))?;
    }
    let data_sha256 = checksum(&dataset)?;
    let interrupted = interruption::listen()?;
    let arms = [("fold", recipe.clone())];
    let trainings = Trainings {
        out: &arguments.out,
        dataset: &dataset,
        cases: &cases,
        parts: &parts,
        arms: &arms,
        device: arguments.device.device,
        quiet,
    };
    trainings.train(&data_sha256, &interrupted)?;

    let held_out: Vec<HeldOut> = (0..folds)
        .map(|fold| HeldOut {
            run: trainings.run("fold", fold),
            cases: cases
                .iter()
                .filter(|case| parts.part(&case.patient) == fold)
                .cloned()
                .collect(),
        })
        .collect();
    let (device, description) = device::open(arguments.device.device)?;
    tracing::info!("device: {description}");
    let mut scored = Scoring {
        dataset: &dataset,
        held_out: &held_out,
        device,
        out: &out,
        progress,
    }
    .score()?;
    let scores = rank_images(&mut scored.images, &BY);
    let mut places = std::mem::take(&mut scored.places);
    places.extend(image_lines(&scored, &scores));
    rank_places(&mut places);
    let [version, commit] = AuditNote::program();
    let note = AuditNote {
        version,
        commit,
        source: Source::Folds,
        data: std::path::absolute(&root).unwrap_or(root),
        data_sha256,
        options: without_split(&recipe.data.options),
        classes: dataset.class_names.clone(),
        ignore: dataset.ignore,
        recipe: recipe.name.clone(),
        folds,
        score: BY.map(String::from).to_vec(),
    };
    let page = write(
        &out,
        &arguments.out,
        &dataset,
        &note,
        (&scored.images, &places),
    )?;
    print_result(arguments.json, &scored.images, || list_text(&places, &page))
}
