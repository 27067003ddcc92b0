//! The file of a grid: networks × rows × seeds, each a change to a recipe.

mod embedded;
mod keys;
mod products;

use std::collections::BTreeMap;
use std::path::Path;

use metrics::Metric;
use serde::Deserialize;
use toml::{Table, Value};

use crate::error::RunnerError;
use crate::files::input::{RECIPE, read_text};
use crate::recipe::keys::nearest;
use crate::run_folder::cases::Truth;

pub(crate) use self::embedded::EMBEDDED;

/// A grid of trainings.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Grid {
    /// The start of its folder's name.
    pub(crate) name: String,
    /// One line, for lists.
    #[serde(default)]
    pub(crate) description: String,
    /// The table that it repeats.
    #[serde(default)]
    pub(crate) paper: String,
    /// What `--data NAME=DIR` calls its data; empty if they are always synthetic.
    #[serde(default)]
    pub(crate) data: String,
    /// Which labels the scores are against; none for the clean ones where they exist.
    #[serde(default)]
    pub(crate) truth: Option<Truth>,
    /// Seeds of the rows that have none of their own.
    pub(crate) seeds: Vec<u64>,
    /// Columns of its table.
    pub(crate) metrics: Vec<Metric>,
    /// Recipes of each scale.
    pub(crate) scales: BTreeMap<String, Change>,
    /// Networks.
    pub(crate) networks: Vec<NetworkEntry>,
    /// Strategies.
    pub(crate) rows: Vec<RowEntry>,
    /// Name of the row that figures show next to its baseline.
    #[serde(default)]
    pub(crate) figure: Option<String>,
    /// Rows of the paper that are not trained.
    #[serde(default)]
    pub(crate) missing: Vec<MissingEntry>,
    /// Claims that its table decides.
    #[serde(default)]
    pub(crate) claims: Vec<Claim>,
}

/// A recipe, and keys that replace its own.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Change {
    /// Name of the recipe; none for that of the scale.
    pub(crate) base: Option<String>,
    /// Keys of the recipe.
    #[serde(default)]
    pub(crate) set: Table,
}

/// A network of a grid.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct NetworkEntry {
    /// In folders and on the command line.
    pub(crate) name: String,
    /// In tables.
    pub(crate) title: String,
    /// Keys at every scale.
    #[serde(default)]
    pub(crate) set: Table,
    /// Changes at the scale of this name.
    #[serde(flatten)]
    pub(crate) scales: BTreeMap<String, Change>,
}

/// A row of a grid.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RowEntry {
    /// In folders and on the command line.
    pub(crate) name: String,
    /// In tables.
    pub(crate) title: String,
    /// Whether the other rows of its group are compared with it.
    #[serde(default)]
    pub(crate) baseline: bool,
    /// Rows that are compared with each other; those without one are a group too.
    #[serde(default)]
    pub(crate) group: String,
    /// Names of the networks that have this row; empty for all.
    #[serde(default)]
    pub(crate) networks: Vec<String>,
    /// Its seeds; none for those of the grid.
    #[serde(default)]
    pub(crate) seeds: Option<Vec<u64>>,
    /// Keys of the recipe.
    #[serde(default)]
    pub(crate) set: Table,
}

/// A row of the paper that is not trained.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MissingEntry {
    /// What it is.
    pub(crate) name: String,
    /// Why it is not there.
    pub(crate) why: String,
}

/// A claim of the paper, as differences between rows.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Claim {
    /// Its number in the list of all claims.
    pub(crate) number: u32,
    /// In words.
    pub(crate) text: String,
    /// What the first row of each pair shall be in comparison with the second.
    pub(crate) expect: Expectation,
    /// Whether it has to be true for every pair and network, rather than for their mean.
    #[serde(default)]
    pub(crate) every: bool,
    /// The metric; Dice unless it says otherwise.
    #[serde(default = "dice")]
    pub(crate) metric: Metric,
    /// For `same`: the largest difference that means nothing.
    #[serde(default = "margin")]
    pub(crate) margin: f64,
    /// Pairs of rows.
    pub(crate) compare: Vec<[String; 2]>,
}

/// What a row shall be in comparison with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Expectation {
    /// Better.
    #[serde(rename = "better")]
    Better,
    /// Worse.
    #[serde(rename = "worse")]
    Worse,
    /// Equal within the margin.
    #[serde(rename = "same")]
    Same,
    /// Equal or worse.
    #[serde(rename = "not better")]
    NotBetter,
}

fn dice() -> Metric {
    Metric::Dice
}

fn margin() -> f64 {
    0.01
}

/// The text of a grid, and its name in messages.
#[derive(Clone, Debug)]
pub(crate) struct GridText {
    pub(crate) text: String,
    pub(crate) place: String,
}

impl GridText {
    /// By the name of an embedded grid, or else by the path of a `.toml` file.
    ///
    /// # Errors
    ///
    /// There is no such grid; the nearest is named. The file cannot be read.
    pub(crate) fn find(name_or_path: &str) -> Result<Self, RunnerError> {
        let known = EMBEDDED.iter().find(|(name, _)| *name == name_or_path);
        if let Some((name, text)) = known {
            return Ok(Self {
                text: (*text).to_string(),
                place: (*name).to_string(),
            });
        }
        let path = Path::new(name_or_path);
        if path.extension().is_some_and(|ending| ending == "toml") {
            return Ok(Self {
                text: read_text(path, RECIPE)?,
                place: path.display().to_string(),
            });
        }
        let names: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
        Err(RunnerError::fixable(
            format!(
                "experiment '{name_or_path}': expected one of {} or a .toml file, found neither",
                names.join(", ")
            ),
            format!(
                "did you mean '{}'?",
                nearest(name_or_path, names.iter().copied())
            ),
        ))
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// It is not TOML, has an unknown key, lacks one, or names a network or a row that it does not have.
    pub(crate) fn read(&self) -> Result<Grid, RunnerError> {
        let wrong = |error: &dyn std::fmt::Display| {
            RunnerError::fixable(
                format!(
                    "experiment {}: {}",
                    self.place,
                    error.to_string().trim_end()
                ),
                "correct the line; `selvedge experiment list table4` is a complete example",
            )
        };
        let mut table: Table = toml::from_str(&self.text).map_err(|error| wrong(&error))?;
        products::expand(&mut table, &self.place)?;
        keys::check(&table, &self.place, &self.text)?;
        let grid: Grid = Value::Table(table)
            .try_into()
            .map_err(|error: toml::de::Error| wrong(&error))?;
        grid.check(&self.place)?;
        Ok(grid)
    }
}

impl Grid {
    fn check(&self, place: &str) -> Result<(), RunnerError> {
        let networks: Vec<&str> = self.networks.iter().map(|entry| &*entry.name).collect();
        let rows: Vec<&str> = self.rows.iter().map(|entry| &*entry.name).collect();
        let empty = [
            ("networks", networks.is_empty()),
            ("rows", rows.is_empty()),
            ("seeds", self.seeds.is_empty()),
            ("scales", self.scales.is_empty()),
            ("metrics", self.metrics.is_empty()),
        ];
        let unseeded = |row: &&RowEntry| row.seeds.as_ref().is_some_and(Vec::is_empty);
        let empty = empty.into_iter().find(|(_, empty)| *empty);
        let missing = match (empty, self.rows.iter().find(unseeded)) {
            (Some((key, _)), _) => Some(key.to_string()),
            (None, Some(row)) => Some(format!("row '{}': seeds", row.name)),
            (None, None) => None,
        };
        if let Some(key) = missing {
            return Err(RunnerError::fixable(
                format!("experiment {place}: {key}: expected at least one, found none"),
                "add one; `selvedge experiment list table4` is a complete example",
            ));
        }
        check_names(place, "name", &[self.name.as_str()])?;
        check_names(place, "networks", &networks)?;
        check_names(place, "rows", &rows)?;
        let in_rows = self.rows.iter().flat_map(|row| {
            let of = format!("row '{}'", row.name);
            row.networks.iter().map(move |name| (of.clone(), &**name))
        });
        for (of, name) in in_rows {
            known(place, &of, "network", name, &networks)?;
        }
        for claim in &self.claims {
            let of = format!("claim {}", claim.number);
            for name in claim.compare.iter().flatten() {
                known(place, &of, "row", name, &rows)?;
            }
        }
        if let Some(name) = &self.figure {
            known(place, "figure", "row", name, &rows)?;
        }
        for (number, row) in self.rows.iter().enumerate() {
            let earlier = self
                .rows
                .iter()
                .take(number)
                .find(|other| other.baseline && row.baseline && other.group == row.group);
            if let Some(earlier) = earlier {
                return Err(RunnerError::fixable(
                    format!(
                        "experiment {place}: rows '{}' and '{}': expected one baseline in a group, found two",
                        earlier.name, row.name
                    ),
                    "leave `baseline = true` in one of them, or give them a `group` each",
                ));
            }
        }
        for (name, change) in &self.scales {
            if change.base.is_none() {
                return Err(RunnerError::fixable(
                    format!("experiment {place}: scales.{name}: expected a base, found none"),
                    "write for example base = \"bamsi-demo\"",
                ));
            }
        }
        Ok(())
    }

    /// The seeds of a row.
    pub(crate) fn seeds_of<'a>(&'a self, row: &'a RowEntry) -> &'a [u64] {
        row.seeds.as_ref().unwrap_or(&self.seeds)
    }

    /// A row that could be compared with others of its group, if one of them were a baseline.
    pub(crate) fn lacks_baseline(&self) -> Option<&RowEntry> {
        self.rows.iter().find(|row| {
            let in_group = |other: &&RowEntry| other.group == row.group;
            self.rows.iter().filter(in_group).count() > 1 && self.baseline_of(row).is_none()
        })
    }

    /// The baseline row of a row's group.
    pub(crate) fn baseline_of(&self, row: &RowEntry) -> Option<&RowEntry> {
        let in_group = |other: &&RowEntry| other.baseline && other.group == row.group;
        self.rows.iter().find(in_group)
    }
}

/// Names become folders, and parts of command lines.
fn check_names(place: &str, key: &str, names: &[&str]) -> Result<(), RunnerError> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        let wrong = if name.is_empty() || !name.chars().all(plain) || name.starts_with(['.', '-']) {
            "letters, digits, '-', '_' and '.'"
        } else if !seen.insert(name) {
            "names that differ"
        } else {
            continue;
        };
        return Err(RunnerError::fixable(
            format!("experiment {place}: {key}: expected {wrong}, found '{name}'"),
            "rename it; the title may contain anything",
        ));
    }
    Ok(())
}

/// Refuses a name that is not among those that exist.
pub(crate) fn known(
    place: &str,
    of: &str,
    what: &str,
    name: &str,
    all: &[&str],
) -> Result<(), RunnerError> {
    if all.contains(&name) {
        return Ok(());
    }
    Err(RunnerError::fixable(
        format!(
            "experiment {place}, {of}: expected one of {}, found the {what} '{name}'",
            all.join(", ")
        ),
        format!("did you mean '{}'?", nearest(name, all.iter().copied())),
    ))
}

#[cfg(test)]
mod tests;
