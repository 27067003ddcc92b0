//! Which trainings of a grid: the arguments that `plan`, `run` and `export` share.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::arguments::device::DeviceArgument;
use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::experiment::data_checks;
use crate::experiment::expansion::{Choice, all_seeds, items, resolve};
use crate::experiment::fingerprint;
use crate::experiment::grid::{Grid, GridText, known};
use crate::experiment::plan::Plan;

/// Which trainings of a grid.
#[derive(Debug, Args)]
pub struct GridArguments {
    /// Name of a grid (`selvedge experiment list`), or a .toml file.
    pub name: String,
    /// The size of data, networks and trainings: demo or published, or a scale of your own grid.
    #[arg(long, default_value = "demo")]
    pub scale: String,
    /// A folder in place of synthetic data, with the name that the grid has for it.
    #[arg(long, value_name = "NAME=DIR")]
    pub data: Option<String>,
    /// How many seeds for every row, from 1, or a list such as 1,4,7. Default: those that the grid gives each row.
    #[arg(long, value_name = "N")]
    pub seeds: Option<String>,
    /// Only these trainings: network=NAME, row=NAME or seed=N; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub only: Vec<String>,
    /// Sets a key of every recipe; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// The experiment's folder. Default: experiments/NAME-SCALE.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
}

/// The plan of a choice.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    /// The experiment's folder, absolute.
    pub(crate) folder: PathBuf,
    /// Numbers of the chosen trainings.
    pub(crate) indices: Vec<usize>,
    pub(crate) device: DeviceRequest,
}

impl GridArguments {
    /// Reads the grid, checks it and the data, and lists the trainings.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with them.
    pub(crate) fn planned(&self) -> Result<Planned, RunnerError> {
        let text = GridText::find(&self.name)?;
        let grid = text.read()?;
        if let Some(row) = grid.lacks_baseline() {
            tracing::warn!(
                "experiment {}: row '{}' is compared with nothing, because no row of its group has `baseline = true`: the table \
                 will show its scores alone",
                text.place,
                row.name
            );
        }
        let data = self.data_folder(&grid)?;
        let choice = Choice {
            scale: self.scale.clone(),
            seeds: self.chosen_seeds()?,
            overrides: self.overrides.clone(),
            from_folder: data.is_some(),
        };
        let resolved = resolve(&grid, &text.place, &choice)?;
        let only = self.only_of(&grid, &all_seeds(&resolved))?;
        let mut of_data = String::new();
        if let Some(root) = &data {
            data_checks::check(&resolved, root, grid.truth)?;
            if let Some(first) = resolved.first() {
                of_data = fingerprint::of_data(root, &first.recipe.data.options)?;
            }
        }
        let items = items(&resolved, &of_data)
            .map_err(|error| error.at(format!("experiment {}", text.place)))?;
        let indices: Vec<usize> = (0..items.len())
            .filter(|index| items[*index].is_chosen(&only))
            .collect();
        if indices.is_empty() {
            return Err(RunnerError::fixable(
                "--only: expected at least one training, found none with all of these",
                "see `selvedge experiment plan` without it",
            ));
        }
        let folder = self.out.clone().unwrap_or_else(|| {
            Path::new("experiments").join(format!("{}-{}", grid.name, self.scale))
        });
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|error| RunnerError::unreadable(path, error))
        };
        Ok(Planned {
            plan: Plan {
                place: text.place,
                grid: text.text,
                scale: self.scale.clone(),
                directory: std::env::current_dir()
                    .map_err(|error| RunnerError::unreadable(Path::new("."), error))?,
                data: data.as_deref().map(absolute).transpose()?,
                device: self.device.device.to_string(),
                items,
            },
            folder: absolute(&folder)?,
            indices,
            device: self.device.device,
        })
    }

    /// The folder of `--data NAME=DIR`.
    fn data_folder(&self, grid: &Grid) -> Result<Option<PathBuf>, RunnerError> {
        let Some(given) = &self.data else {
            return Ok(None);
        };
        if grid.data.is_empty() {
            return Err(RunnerError::fixable(
                format!(
                    "--data {given}: expected no data for {}, whose sets are synthetic",
                    grid.name
                ),
                "leave it out",
            ));
        }
        let Some((name, folder)) = given.split_once('=') else {
            return Err(RunnerError::fixable(
                format!("--data {given}: expected NAME=DIR, found no '='"),
                format!("write --data {}={given}", grid.data),
            ));
        };
        known(
            &grid.name,
            "--data",
            "data set",
            name,
            &[grid.data.as_str()],
        )?;
        Ok(Some(PathBuf::from(folder)))
    }

    fn chosen_seeds(&self) -> Result<Option<Vec<u64>>, RunnerError> {
        let Some(text) = &self.seeds else {
            return Ok(None);
        };
        let wrong = || {
            RunnerError::fixable(
                format!(
                    "--seeds {text}: expected a number of at least 1 or a list of seeds, found neither"
                ),
                "write for example --seeds 5, or --seeds 1,4,7",
            )
        };
        let numbers: Result<Vec<u64>, _> =
            text.split(',').map(|part| part.trim().parse()).collect();
        match (&numbers.map_err(|_| wrong())?[..], text.contains(',')) {
            (&[count @ 1..=10_000], false) => Ok(Some((1..=count).collect())),
            ([], _) | (_, false) => Err(wrong()),
            (list, true) => Ok(Some(list.to_vec())),
        }
    }

    fn only_of(&self, grid: &Grid, seeds: &[u64]) -> Result<Vec<(String, String)>, RunnerError> {
        let mut only = Vec::new();
        for item in &self.only {
            let Some((key, value)) = item.split_once('=') else {
                return Err(RunnerError::fixable(
                    format!("--only {item}: expected KEY=VALUE, found no '='"),
                    "write for example --only network=unet",
                ));
            };
            let networks = grid.networks.iter().map(|entry| entry.name.clone());
            let rows = grid.rows.iter().map(|entry| entry.name.clone());
            known(
                &grid.name,
                "--only",
                "key",
                key,
                &["network", "row", "seed"],
            )?;
            let names: Vec<String> = match key {
                "network" => networks.collect(),
                "row" => rows.collect(),
                _ => seeds.iter().map(ToString::to_string).collect(),
            };
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            known(&grid.name, "--only", key, value, &names)?;
            only.push((key.to_string(), value.to_string()));
        }
        Ok(only)
    }
}
