//! `selvedge audit RUN`: images ranked by what their training noted.

use std::path::PathBuf;

use clap::Args;
use data::Dataset;

use crate::auditing::folder::{AuditNote, ImageRow, Source};
use crate::auditing::images::{all_cases, for_each_slice, refuse_changed, slice_name};
use crate::auditing::listing::{image_row, rank_images, rank_places};
use crate::auditing::records;
use crate::auditing::writing::{common_files, list_text, without_split, write};
use crate::error::RunnerError;
use crate::files::output::OutputFolder;
use crate::run_folder::environment;
use crate::run_folder::trained_run::TrainedRun;
use crate::terminal::printing::print_result;

/// `selvedge audit RUN`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The run's folder. Its training images are ranked by what the training noted about them, which costs nothing; `audit
    /// train` finds more, and places.
    #[arg(required = true)]
    pub run: Option<PathBuf>,
    /// The data set's folder; default: the one of the training.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The audit's folder. Default: RUN-audit, next to the run.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Prints the ranked images as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &RunArguments) -> Result<(), RunnerError> {
    // Without a subcommand, the command line requires a run.
    let path = arguments.run.clone().unwrap_or_default();
    let run = TrainedRun::open(&path)?;
    let out = arguments.out.clone().unwrap_or_else(|| {
        let mut name = path.components().as_path().as_os_str().to_os_string();
        name.push("-audit");
        PathBuf::from(name)
    });
    let recorded = records::read(&path)?;
    let root = match &arguments.data {
        Some(root) => root.clone(),
        None => environment::data_root(&run.folder)?,
    };
    let dataset = Dataset::open(&root, &run.recipe.data.options)?;
    environment::check_split(&run.folder, &dataset)?;
    let Some(sum) = environment::data_sha256(&run.folder)? else {
        return Err(RunnerError::mismatch(
            "the checksum of the data",
            "none: the run is of an earlier version",
            "repeat the training (`selvedge train RUN`), or use `selvedge audit train`",
        )
        .at(path.join("environment.json").display()));
    };
    refuse_changed(&dataset, &sum, "environment.json")?;

    let prepared = OutputFolder::prepare("audit", &out, &common_files().collect::<Vec<_>>())?;
    let mut images = Vec::new();
    let mut sizes = Vec::new();
    for case in all_cases(&dataset) {
        let slices = dataset.slice_count(&case)?;
        let seen =
            (0..slices).any(|slice| recorded.contains_key(&slice_name(&case.stem, slice, slices)));
        if !seen {
            continue;
        }
        for_each_slice(&dataset, &case, |slice| {
            if let Some(found) = recorded.get(&slice.name) {
                images.push(ImageRow {
                    image: slice.name,
                    patient: case.patient.clone(),
                    margin: found.margin,
                    loss: found.loss,
                    final_loss: found.final_loss,
                    dropped: found.dropped,
                    weight: found.weight,
                    ..ImageRow::default()
                });
                sizes.push([slice.labels.height, slice.labels.width]);
            }
            Ok(())
        })?;
    }
    let by = if images.iter().any(|row: &ImageRow| row.margin.is_some()) {
        "margin"
    } else {
        tracing::warn!(
            "{}: trained by a version that did not note margins; the images are ranked by their mean loss",
            path.display()
        );
        "loss"
    };
    let scores = rank_images(&mut images, &[by]);
    let lines = images.iter().zip(&scores).zip(&sizes);
    let mut places: Vec<_> = lines
        .filter_map(|((row, score), size)| Some(image_row(row, 1.0 + (*score)?, *size)))
        .collect();
    rank_places(&mut places);
    let [version, commit] = AuditNote::program();
    let note = AuditNote {
        version,
        commit,
        source: Source::Run,
        data: std::path::absolute(&root).unwrap_or(root),
        data_sha256: sum,
        options: without_split(&run.recipe.data.options),
        classes: dataset.class_names.clone(),
        ignore: dataset.ignore,
        recipe: run.recipe.name.clone(),
        folds: 0,
        score: vec![by.to_string()],
    };
    let page = write(&prepared, &out, &dataset, &note, (&images, &places))?;
    print_result(arguments.json, &images, || list_text(&places, &page))
}
