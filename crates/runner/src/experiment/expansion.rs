//! From a grid to its trainings.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::error::RunnerError;
use crate::experiment::fingerprint;
use crate::experiment::grid::{Grid, NetworkEntry, RowEntry};
use crate::experiment::item::Item;
use crate::recipe::Recipe;
use crate::recipe::keys::nearest;

/// What the user chooses of a grid.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// Name of the scale.
    pub(crate) scale: String,
    /// Seeds of every row; none for those that the grid gives it.
    pub(crate) seeds: Option<Vec<u64>>,
    /// `KEY=VALUE` for every recipe.
    pub(crate) overrides: Vec<String>,
    /// Whether the data are those of a folder instead of a synthetic set.
    pub(crate) from_folder: bool,
}

/// The recipe of a network and a row.
pub(crate) struct Resolved<'a> {
    pub(crate) network: &'a NetworkEntry,
    pub(crate) row: &'a RowEntry,
    pub(crate) seeds: Vec<u64>,
    pub(crate) recipe: Recipe,
}

/// The recipes of a grid, each with the first of its seeds.
///
/// # Errors
///
/// The scale does not exist, a recipe cannot be read, or data are needed and none are given.
pub(crate) fn resolve<'a>(
    grid: &'a Grid,
    place: &str,
    choice: &Choice,
) -> Result<Vec<Resolved<'a>>, RunnerError> {
    let Some(scale) = grid.scales.get(&choice.scale) else {
        let names: Vec<&str> = grid.scales.keys().map(String::as_str).collect();
        return Err(RunnerError::fixable(
            format!(
                "experiment {place}: expected the scale {}, found '{}'",
                names.join(" or "),
                choice.scale
            ),
            format!("did you mean `--scale {}`?", nearest(&choice.scale, names)),
        ));
    };
    let mut all = Vec::new();
    for network in &grid.networks {
        let own = network.scales.get(&choice.scale);
        let base = own
            .and_then(|own| own.base.as_ref())
            .or(scale.base.as_ref());
        let base = base.map_or("", String::as_str);
        for row in &grid.rows {
            if !row.networks.is_empty() && !row.networks.contains(&network.name) {
                continue;
            }
            let mut overrides = Vec::new();
            let sets = [
                Some(&scale.set),
                Some(&network.set),
                own.map(|own| &own.set),
            ];
            for set in sets.into_iter().flatten().chain([&row.set]) {
                assignments("", set, &mut overrides);
            }
            overrides.extend(choice.overrides.iter().cloned());
            let chosen = choice.seeds.as_deref();
            let seeds = chosen.unwrap_or(grid.seeds_of(row)).to_vec();
            let seed = seeds.first().unwrap_or(&1);
            overrides.push(format!("train.seed={seed}"));
            overrides.push(format!("name={}-{}-{}", grid.name, network.name, row.name));
            let of = format!("experiment {place}, {} {}", network.name, row.name);
            let mut recipe = Recipe::load(base, &overrides).map_err(|error| error.at(&of))?;
            if choice.from_folder {
                recipe.data.synthetic = None;
            } else if recipe.data.synthetic.is_none() {
                return Err(RunnerError::fixable(
                    format!(
                        "{of}: expected a data folder at the scale {}, found none",
                        choice.scale
                    ),
                    advice_without_data(grid),
                ));
            }
            recipe.validate().map_err(|error| error.at(&of))?;
            all.push(Resolved {
                network,
                row,
                seeds,
                recipe,
            });
        }
    }
    Ok(all)
}

/// What to do where data are needed and none are given.
fn advice_without_data(grid: &Grid) -> String {
    let name = if grid.data.is_empty() {
        "data"
    } else {
        &grid.data
    };
    let synthetic = grid.scales.iter().find(|(_, scale)| {
        let mut overrides = Vec::new();
        assignments("", &scale.set, &mut overrides);
        Recipe::load(scale.base.as_deref().unwrap_or(""), &overrides)
            .is_ok_and(|recipe| recipe.data.synthetic.is_some())
    });
    match synthetic {
        Some((scale, _)) => {
            format!("give it with `--data {name}=DIR`, or choose `--scale {scale}`")
        }
        None => format!("give it with `--data {name}=DIR`"),
    }
}

/// All seeds of these recipes, once each.
pub(crate) fn all_seeds(resolved: &[Resolved<'_>]) -> Vec<u64> {
    let mut all = Vec::new();
    for &seed in resolved.iter().flat_map(|one| &one.seeds) {
        if !all.contains(&seed) {
            all.push(seed);
        }
    }
    all
}

/// The trainings of these recipes with their seeds: those of the first seed first, so that more seeds change no number.
///
/// # Errors
///
/// Two rows have the same recipe.
pub(crate) fn items(resolved: &[Resolved<'_>], data: &str) -> Result<Vec<Item>, RunnerError> {
    let mut all = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for seed in all_seeds(resolved) {
        let with_seed = resolved.iter().flat_map(|one| {
            let times = one.seeds.iter().filter(|own| **own == seed).count();
            std::iter::repeat_n(one, times)
        });
        for Resolved {
            network,
            row,
            recipe,
            ..
        } in with_seed
        {
            let mut recipe = recipe.clone();
            recipe.train.seed = seed;
            let item = Item {
                network: network.name.clone(),
                row: row.name.clone(),
                seed,
                hash: fingerprint::of_training(&recipe, data)?,
                recipe: recipe.to_toml()?,
            };
            if let Some(other) = seen.insert(item.hash.clone(), item.title()) {
                return Err(RunnerError::fixable(
                    format!(
                        "expected rows that differ, found the same training twice: {other} and {}",
                        item.title()
                    ),
                    "change one of them, or remove it; a seed may be named once",
                ));
            }
            all.push(item);
        }
    }
    Ok(all)
}

/// `KEY=VALUE` for every value in a table.
fn assignments(prefix: &str, table: &Table, all: &mut Vec<String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Table(inner) => assignments(&path, inner, all),
            value => all.push(format!("{path}={value}")),
        }
    }
}

#[cfg(test)]
mod tests;
