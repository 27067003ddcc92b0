//! Where a recipe's text comes from, and the recipe that it builds on.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::RunnerError;
use crate::files::input::{RECIPE, read_text};
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
    "smoke",
];

/// What the recipe in a run's folder is called.
pub(super) const KEPT: &str = "recipe.toml";

/// The key that names the recipe below this one.
const BASE: &str = "base";

/// A recipe as it was written.
pub(super) struct Source {
    pub(super) text: String,
    /// What errors call it.
    pub(super) place: String,
    /// The folder that holds its file, if it is one.
    folder: Option<PathBuf>,
}

impl Source {
    /// Text that lies in no file.
    pub(super) fn written(text: &str, place: &str) -> Self {
        Self {
            text: text.to_string(),
            place: place.to_string(),
            folder: None,
        }
    }

    /// Of the name of an embedded recipe, else of a `.toml` file or of a run folder that keeps one.
    pub(super) fn find(name_or_path: &str) -> Result<Self, RunnerError> {
        // A folder of an embedded recipe's name does not hide the recipe; a path such as `./NAME` is the folder's.
        if let Some(text) = embedded(name_or_path) {
            return Ok(Self::written(text, name_or_path));
        }
        let mut path = PathBuf::from(name_or_path);
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

    /// The source that a `base` in this one names: a path counts from this one's folder.
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

    /// Its values over those of the recipes below it. Every text's keys are checked against `known`.
    pub(super) fn table(&self, known: &Table) -> Result<Table, RunnerError> {
        let mut places = vec![self.place.clone()];
        let (mut table, mut base) = self.own_table(known)?;
        while let Some(source) = base {
            if places.contains(&source.place) {
                return Err(RunnerError::fixable(
                    format!(
                        "recipe {}: expected a base that ends somewhere, found one that comes back to {}",
                        self.place, source.place
                    ),
                    "take `base` out of one of them",
                ));
            }
            places.push(source.place.clone());
            let (below, next) = source.own_table(known)?;
            table = laid_over(below, table);
            base = next;
        }
        Ok(table)
    }

    /// The values of this text alone, and the source of its base.
    fn own_table(&self, known: &Table) -> Result<(Table, Option<Self>), RunnerError> {
        let mut table: Table = toml::from_str(&self.text).map_err(|error| {
            RunnerError::fixable(
                format!("recipe {}: {}", self.place, error.to_string().trim_end()),
                "correct the line; `selvedge recipe show bamsi` is a whole example",
            )
        })?;
        let base = match table.remove(BASE) {
            None => None,
            Some(Value::String(name)) => Some(self.base(&name)?),
            Some(other) => {
                return Err(RunnerError::fixable(
                    format!(
                        "recipe {}: base: expected the name of a recipe, found {other}",
                        self.place
                    ),
                    "write for example base = \"bamsi\"",
                ));
            }
        };
        keys::check(&table, known, &self.place, &self.text)?;
        self.place_pretrained(&mut table);
        Ok((table, base))
    }

    /// A file of weights named in a recipe's file lies beside it and moves with it.
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

/// `below` with the values of `above` in place of its own, section by section.
fn laid_over(mut below: Table, above: Table) -> Table {
    for (key, value) in above {
        let value = match (below.remove(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => Value::Table(laid_over(old, new)),
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

/// The text of an embedded recipe, comments and all.
///
/// # Errors
///
/// There is none of this name; the nearest is named.
pub(super) fn text(name: &str) -> Result<&'static str, RunnerError> {
    embedded(name).ok_or_else(|| {
        let names: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
        RunnerError::fixable(
            format!(
                "recipe '{name}': expected one of {} or a .toml file, found neither",
                names.join(", ")
            ),
            format!(
                "did you mean '{}'?",
                keys::nearest(name, names.iter().copied())
            ),
        )
    })
}

#[cfg(test)]
mod tests;
