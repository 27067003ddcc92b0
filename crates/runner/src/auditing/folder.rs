//! An audit folder: `audit.json`, `images.csv` and `audit.csv`, written and read.

use std::path::{Path, PathBuf};

use audit::place::Kind;
use data::DataOptions;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::build::BUILD;
use crate::error::RunnerError;
use crate::files::disk::read_bounded;
use crate::files::input::{NOTES, read_text};

/// What the audit is: how it was made, and of what.
pub(crate) const NOTE: &str = "audit.json";
/// The scores of all images.
pub(crate) const IMAGES: &str = "images.csv";
/// The list for people.
pub(crate) const LIST: &str = "audit.csv";
/// The list with pictures.
pub(crate) const PAGE: &str = "audit.html";
/// The folder of the maps of doubt.
pub(crate) const MAPS: &str = "maps";
/// The folder of labels with the suggestions in place.
pub(crate) const SUGGESTED: &str = "suggested";
/// The folder of outlines, which QuPath opens.
pub(crate) const REVISIT: &str = "revisit";

/// Largest size in bytes of a table: enough for millions of lines.
const MOST: u64 = 1 << 28;

/// Where the scores come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// What one training noted about the images that it was trained on.
    Run,
    /// Networks that have not seen the label that they are compared with.
    Folds,
}

/// `audit.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AuditNote {
    /// Version of the program.
    pub(crate) version: String,
    /// The commit that it was built from.
    pub(crate) commit: String,
    /// Where the scores come from.
    pub(crate) source: Source,
    /// The data set's folder.
    pub(crate) data: PathBuf,
    /// SHA-256 of all its images and labels.
    pub(crate) data_sha256: String,
    /// How the data set is read.
    pub(crate) options: DataOptions,
    /// Its classes, background first.
    pub(crate) classes: Vec<String>,
    /// The class number of ignored pixels.
    pub(crate) ignore: u8,
    /// The recipe's name.
    pub(crate) recipe: String,
    /// Parts of the data set, each predicted by a network that was trained on the others; 0 without predictions.
    pub(crate) folds: usize,
    /// The columns of images.csv whose mean rank is the rank.
    pub(crate) score: Vec<String>,
}

impl AuditNote {
    /// Version and commit of this program.
    pub(crate) fn program() -> [String; 2] {
        [BUILD.version.to_string(), BUILD.commit.to_string()]
    }
}

/// A line of `images.csv`. A higher score means more doubt; an empty one was not computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImageRow {
    /// Name of the image, or of the slice of a volume.
    pub(crate) image: String,
    /// Its patient.
    pub(crate) patient: String,
    /// The part that it was held out with, from 0.
    pub(crate) fold: Option<usize>,
    /// The softmin of the label's probability.
    pub(crate) softmin: Option<f64>,
    /// The fraction of pixels that confidently belong to another class.
    pub(crate) confident: Option<f64>,
    /// The highest score of a missed, extra or wrongly classified structure; 0 without one.
    pub(crate) component: Option<f64>,
    /// The highest score of a border; 0 without one.
    pub(crate) border: Option<f64>,
    /// Minus the mean margin over epochs and classes.
    pub(crate) margin: Option<f64>,
    /// The mean loss over the epochs.
    pub(crate) loss: Option<f64>,
    /// The loss in the last epoch.
    pub(crate) final_loss: Option<f64>,
    /// The fraction of pixels that the pixel rule excluded, mean over the epochs.
    pub(crate) dropped: Option<f64>,
    /// The weight of the image, mean over the epochs.
    pub(crate) weight: Option<f64>,
    /// From 1, the most doubtful.
    pub(crate) rank: usize,
}

impl ImageRow {
    /// The names of the scores, as in the table's header.
    pub(crate) const SCORES: [&'static str; 9] = [
        "softmin",
        "confident",
        "component",
        "border",
        "margin",
        "loss",
        "final_loss",
        "dropped",
        "weight",
    ];

    /// The scores, in the order of [`SCORES`](Self::SCORES).
    pub(crate) fn scores(&self) -> [Option<f64>; 9] {
        [
            self.softmin,
            self.confident,
            self.component,
            self.border,
            self.margin,
            self.loss,
            self.final_loss,
            self.dropped,
            self.weight,
        ]
    }
}

/// A line of `audit.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlaceRow {
    /// From 1, the most doubtful.
    pub(crate) rank: usize,
    /// The patient.
    pub(crate) patient: String,
    /// Name of the image, or of the slice of a volume.
    pub(crate) image: String,
    /// Name of the class; empty for a whole image.
    pub(crate) class: String,
    /// What may be wrong.
    pub(crate) kind: Kind,
    /// How much the label is doubted; comparable within a kind.
    pub(crate) score: f64,
    /// Pixels of the place.
    pub(crate) area: usize,
    /// First column.
    pub(crate) x0: usize,
    /// First row.
    pub(crate) y0: usize,
    /// The column after the last.
    pub(crate) x1: usize,
    /// The row after the last.
    pub(crate) y1: usize,
    /// What the network would draw.
    pub(crate) suggestion: String,
}

/// Rows as the bytes of a table with a header.
///
/// # Errors
///
/// The table's writer failed, which writing to memory does not.
pub(crate) fn table<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, RunnerError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(RunnerError::bug)?;
    }
    let bytes = writer.into_inner();
    bytes.map_err(|error| RunnerError::bug(error.to_string()))
}

/// An audit that was written before.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    pub(crate) note: AuditNote,
    pub(crate) images: Vec<ImageRow>,
    pub(crate) places: Vec<PlaceRow>,
}

impl Audit {
    /// Reads the tables of an audit folder.
    ///
    /// # Errors
    ///
    /// It is no audit folder, or a file is damaged.
    pub(crate) fn read(folder: &Path) -> Result<Self, RunnerError> {
        let path = folder.join(NOTE);
        let text = read_text(&path, NOTES).map_err(|error| {
            error
                .with_advice("give a folder that `selvedge audit` wrote; it writes audit.json last")
        })?;
        let note = serde_json::from_str(&text).map_err(|error| damaged(&path, &error))?;
        Ok(Self {
            note,
            images: rows(&folder.join(IMAGES))?,
            places: rows(&folder.join(LIST))?,
        })
    }
}

fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RunnerError> {
    let bytes = read_bounded(path, MOST).map_err(|error| RunnerError::unreadable(path, error))?;
    csv::Reader::from_reader(&*bytes)
        .deserialize()
        .collect::<Result<Vec<T>, csv::Error>>()
        .map_err(|error| damaged(path, &error))
}

fn damaged(path: &Path, error: &dyn std::error::Error) -> RunnerError {
    RunnerError::mismatch(
        "a file as `selvedge audit` writes it",
        error.to_string(),
        "run the audit again",
    )
    .at(path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_back_and_have_the_columns_that_are_documented() {
        let folder = tempfile::tempdir().expect("a folder");
        let image = ImageRow {
            image: "a, \"b\"".into(),
            softmin: Some(0.1 + 0.2),
            rank: 1,
            ..ImageRow::default()
        };
        let place = PlaceRow {
            rank: 1,
            patient: "P1".into(),
            image: "a, \"b\"".into(),
            class: "wound".into(),
            kind: Kind::Missed,
            score: 0.5,
            area: 4,
            x0: 1,
            y0: 2,
            x1: 3,
            y1: 4,
            suggestion: "draw wound".into(),
        };
        let [version, commit] = AuditNote::program();
        let note = AuditNote {
            version,
            commit,
            source: Source::Folds,
            data: "wounds".into(),
            data_sha256: "0".into(),
            options: DataOptions::default(),
            classes: vec!["background".into(), "wound".into()],
            ignore: 255,
            recipe: "folder".into(),
            folds: 5,
            score: vec!["softmin".into()],
        };
        let images = table(std::slice::from_ref(&image)).expect("a table");
        let header = "image,patient,fold,softmin,confident,component,border,margin,loss,final_loss,dropped,weight,rank\n";
        assert!(images.starts_with(header.as_bytes()));
        let places = table(std::slice::from_ref(&place)).expect("a table");
        let header = "rank,patient,image,class,kind,score,area,x0,y0,x1,y1,suggestion\n";
        assert!(places.starts_with(header.as_bytes()));
        let write = |name: &str, bytes: &[u8]| {
            std::fs::write(folder.path().join(name), bytes).expect("written");
        };
        write(IMAGES, &images);
        write(LIST, &places);
        assert_eq!(
            Audit::read(folder.path()).expect_err("no note").exit_code,
            2
        );
        write(NOTE, &serde_json::to_vec(&note).expect("JSON"));
        let read = Audit::read(folder.path()).expect("an audit");
        assert_eq!(read.note, note);
        assert_eq!(read.images, [image]);
        assert_eq!(read.places, [place]);
        write(LIST, b"rank\nx\n");
        let error = Audit::read(folder.path()).expect_err("damaged");
        assert!(error.message().contains(LIST), "{error}");
    }
}
