//! The text of a recipe, and the recipe that it is based on.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::RunnerError;
use crate::files::input::{RECIPE, read_text};
use crate::files::latest_run;
use crate::recipe::keys;

/// Names and texts of the recipes inside the program.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../assets/recipes/", $name, ".toml")))),*]
    };
}

pub(super) const EMBEDDED: &[(&str, &str)] = embedded![
    "bamsi",
    "bamsi-demo",
    "bamsi-unet",
    "bamsi-deeplabv3",
    "bamsi-pvtgcascade",
    "bamsi-meritgcascade",
    "fasu",
    "fasu-demo",
    "fasu-unet",
    "fasu-deeplabv3",
    "fasu-pvtgcascade",
    "fasu-meritgcascade",
    "acdc",
    "acdc-demo",
    "acdc-unet",
    "acdc-deeplabv3",
    "acdc-pvtgcascade",
    "acdc-meritgcascade",
    "folder",
    "nnunet",
    "smoke",
];

/// The file name of the recipe in a run's folder.
pub(super) const KEPT: &str = "recipe.toml";

/// The key that names the recipe that this one is based on.
const BASE: &str = "base";

/// The text of a recipe.
pub(super) struct Source {
    pub(super) text: String,
    /// Its name in error messages.
    pub(super) place: String,
    /// The folder of its file, if it is a file.
    folder: Option<PathBuf>,
}

impl Source {
    /// Text that is not in a file.
    pub(super) fn written(text: &str, place: &str) -> Self {
        Self {
            text: text.to_string(),
            place: place.to_string(),
            folder: None,
        }
    }

    /// Finds a recipe by the name of an embedded one, or else by the path of a `.toml` file or of a run folder.
    pub(super) fn find(name_or_path: &str) -> Result<Self, RunnerError> {
        // A folder with the name of an embedded recipe does not hide it; a path such as `./NAME` means the folder.
        if let Some(text) = embedded(name_or_path) {
            return Ok(Self::written(text, name_or_path));
        }
        let mut path = latest_run::resolve(Path::new(name_or_path))?;
        if path.is_dir() {
            path.push(KEPT);
        }
        let is_file = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        if !is_file {
            return Ok(Self::written(text(name_or_path)?, name_or_path));
        }
        Self::file(path)
    }

    /// A recipe's file.
    pub(super) fn file(path: PathBuf) -> Result<Self, RunnerError> {
        Ok(Self {
            text: read_text(&path, RECIPE)?,
            place: path.display().to_string(),
            folder: path.parent().map(Path::to_path_buf),
        })
    }

    /// The source that `base` names in this one; a path is relative to this one's folder.
    fn base(&self, name: &str) -> Result<Self, RunnerError> {
        let path = Path::new(name);
        let is_file = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        let found = match &self.folder {
            Some(folder) if is_file => Self::find(&folder.join(path).display().to_string()),
            _ => Self::find(name),
        };
        found.map_err(|error| error.at(format!("recipe {}, base", self.place)))
    }

    /// Its values over those of the recipes that it is based on. The keys of every text are checked against `known`.
    pub(super) fn table(&self, known: &Table) -> Result<Table, RunnerError> {
        let mut places = vec![self.place.clone()];
        let (mut table, mut base) = self.own_table(known)?;
        while let Some(source) = base {
            if places.contains(&source.place) {
                return Err(RunnerError::mismatch(
                    "bases without a circle",
                    format!("one that comes back to {}", source.place),
                    "remove `base` from one of them",
                )
                .at(format!("recipe {}", self.place)));
            }
            places.push(source.place.clone());
            let (below, next) = source.own_table(known)?;
            table = merged(below, table);
            base = next;
        }
        Ok(table)
    }

    /// The values of this text only, and the source of its base.
    fn own_table(&self, known: &Table) -> Result<(Table, Option<Self>), RunnerError> {
        let mut table: Table = toml::from_str(&self.text).map_err(|error| {
            RunnerError::fixable(
                error.to_string().trim_end(),
                "correct the line; `selvedge recipe show bamsi` is a complete example",
            )
            .at(format!("recipe {}", self.place))
            .caused_by(error)
        })?;
        let base = match table.remove(BASE) {
            None => None,
            Some(Value::String(name)) => Some(self.base(&name)?),
            Some(other) => {
                return Err(RunnerError::mismatch(
                    "the name of a recipe",
                    other.to_string(),
                    "write for example base = \"bamsi\"",
                )
                .at(format!("recipe {}: base", self.place)));
            }
        };
        keys::check(&table, known, &self.place, &self.text)?;
        self.place_pretrained(&mut table);
        Ok((table, base))
    }

    /// The path of a weights file is relative to the recipe's file.
    fn place_pretrained(&self, table: &mut Table) {
        let Some(folder) = &self.folder else { return };
        let pretrained = table
            .get_mut("model")
            .and_then(|model| model.get_mut("pretrained"));
        if let Some(Value::String(path)) = pretrained
            && !path.is_empty()
        {
            *path = folder.join(&*path).display().to_string();
        }
    }
}

/// Merges two recipes section by section; values of `above` replace those of `below`.
fn merged(mut below: Table, above: Table) -> Table {
    for (key, value) in above {
        let value = match (below.remove(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => Value::Table(merged(old, new)),
            (_, value) => value,
        };
        below.insert(key, value);
    }
    below
}

/// The text of the embedded recipe of this name.
fn embedded(name: &str) -> Option<&'static str> {
    EMBEDDED
        .iter()
        .find_map(|(known, text)| (*known == name).then_some(*text))
}

/// The text of an embedded recipe, with its comments.
///
/// # Errors
///
/// No recipe has this name; the error suggests the nearest.
pub(super) fn text(name: &str) -> Result<&'static str, RunnerError> {
    embedded(name).ok_or_else(|| {
        let names: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
        RunnerError::mismatch(
            format!("one of {} or a .toml file", names.join(", ")),
            "neither",
            format!(
                "did you mean '{}'?",
                keys::nearest(name, names.iter().copied())
            ),
        )
        .at(format!("recipe '{name}'"))
    })
}

#[cfg(test)]
mod tests;
