//! `dataset.json`: classes, channels, number of cases and ending of the files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::error::DataError;
use crate::files::names::{EXTENSIONS, ends_as, volume_stem};
use crate::files::open::read_bounded;
use crate::text::few;

/// Largest size in bytes: the first version lists every case.
const MOST: u64 = 2 << 20;
/// The ending of the first version's files.
const USUAL_ENDING: &str = ".nii.gz";
/// The name of ignored pixels among the labels.
const IGNORE: &str = "ignore";

/// The fields that are read.
#[derive(Deserialize)]
struct Stated {
    channel_names: Option<BTreeMap<String, Value>>,
    /// The first version's name of the channels.
    modality: Option<BTreeMap<String, Value>>,
    labels: BTreeMap<String, Value>,
    #[serde(rename = "numTraining")]
    training_cases: Option<usize>,
    file_ending: Option<String>,
    /// The paths of images that are elsewhere.
    dataset: Option<IgnoredAny>,
}

/// The content of a `dataset.json`.
#[derive(Debug)]
pub(super) struct Description {
    /// Names of the classes, background first.
    pub(super) classes: Vec<String>,
    /// The value of ignored pixels.
    pub(super) ignore: Option<u8>,
    /// Number of training cases.
    pub(super) training_cases: Option<usize>,
    /// Ending of the images and labels, with its dot.
    pub(super) ending: String,
    /// Number of channels, 1 or 3.
    pub(super) channels: usize,
    /// Whether the names of images may lack the number of the channel, as in sets that the first version converts.
    pub(super) numbers_may_lack: bool,
}

impl Description {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or describes something that is not supported: regions, channels other than one or three, another format.
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let wrong = |found: String| {
            DataError::new(
                path,
                "an object with \"channel_names\", \"labels\", \"numTraining\" and \"file_ending\", of at most 2 MiB",
                found,
                "correct the file; nnU-Net's documentation of its dataset format has an example",
            )
        };
        let text = read_bounded(path, MOST).map_err(|error| wrong(error.to_string()))?;
        let stated: Stated =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if stated.dataset.is_some() {
            return Err(DataError::new(
                path,
                "images in imagesTr/ and labels in labelsTr/",
                "a list of paths, \"dataset\"",
                "copy or link the files into these folders, and remove \"dataset\"",
            ));
        }
        let channels = match (&stated.channel_names, &stated.modality) {
            (Some(names), _) => channels(path, "channel_names", names)?,
            (None, Some(names)) => channels(path, "modality", names)?,
            (None, None) => return Err(wrong("neither \"channel_names\" nor \"modality\"".into())),
        };
        let ending = match stated.file_ending {
            Some(ending) => ending,
            None if stated.channel_names.is_none() => USUAL_ENDING.to_string(),
            None => return Err(wrong("no \"file_ending\"".into())),
        };
        check_ending(path, &ending)?;
        let (classes, ignore) = labels(path, &stated.labels)?;
        Ok(Self {
            classes,
            ignore,
            training_cases: stated.training_cases,
            ending,
            channels,
            numbers_may_lack: channels == 1 && stated.channel_names.is_none(),
        })
    }
}

/// The number of channels, which are numbered from 0.
fn channels(path: &Path, key: &str, names: &BTreeMap<String, Value>) -> Result<usize, DataError> {
    let count = names.len();
    let is_numbered = (0..count).all(|number| names.contains_key(&number.to_string()));
    if !is_numbered {
        let keys: Vec<String> = names.keys().map(|name| format!("{name:?}")).collect();
        return Err(DataError::new(
            path,
            format!("the channels in \"{key}\" numbered from \"0\" on"),
            few(&keys),
            "number them as the files are: \"0\" is NAME_0000",
        ));
    }
    if count != 1 && count != 3 {
        return Err(DataError::new(
            path,
            "one channel (grey), or three in one file (red, green and blue)",
            format!("{count} in \"{key}\""),
            "keep one of them: copy its files as NAME_0000 into another folder, with a dataset.json of one channel",
        ));
    }
    Ok(count)
}

/// Checks that files with this ending can be read.
fn check_ending(path: &Path, ending: &str) -> Result<(), DataError> {
    let name = format!("x{ending}");
    if volume_stem(Path::new(&name)) == Some("x")
        || (ends_as(&name, &EXTENSIONS) && ending.rfind('.') == Some(0))
    {
        return Ok(());
    }
    let endings: Vec<String> = EXTENSIONS.iter().map(|name| format!(".{name}")).collect();
    Err(DataError::new(
        path,
        format!("\"file_ending\" of .nii.gz, .nii, {}", endings.join(", ")),
        format!("{ending:?}"),
        "convert the images and labels, for example with SimpleITK: sitk.WriteImage(sitk.ReadImage(FILE), \"NAME.nii.gz\")",
    ))
}

/// The names of the classes, and the value of ignored pixels: names to numbers, or, in the first version, numbers to names.
fn labels(
    path: &Path,
    stated: &BTreeMap<String, Value>,
) -> Result<(Vec<String>, Option<u8>), DataError> {
    let mut numbered: Vec<(u64, String)> = Vec::new();
    for (key, value) in stated {
        let label = match (value, key.parse::<u64>()) {
            (Value::String(name), Ok(number)) => Some((number, name.clone())),
            (Value::String(number), _) => number.parse().ok().map(|number| (number, key.clone())),
            (Value::Number(number), _) => number.as_u64().map(|number| (number, key.clone())),
            (Value::Array(_), _) => {
                return Err(DataError::new(
                    path,
                    "one number for each label",
                    format!("a list for {key:?}: regions, which may overlap"),
                    "give each label its own number; networks here predict one class for each pixel",
                ));
            }
            _ => None,
        };
        let Some(label) = label else {
            return Err(DataError::new(
                path,
                "\"labels\" such as {\"background\": 0, \"tumour\": 1}",
                format!("no number for {key:?}"),
                "correct the file",
            ));
        };
        numbered.push(label);
    }
    numbered.sort();
    let consecutive = numbered
        .iter()
        .enumerate()
        .all(|(index, (number, _))| *number == index as u64);
    let ignore = numbered.iter().position(|(_, name)| name == IGNORE);
    let last_is_ignored = ignore.is_none_or(|index| index + 1 == numbered.len());
    if !consecutive || !last_is_ignored || numbered.len() > usize::from(u8::MAX) {
        let shown: Vec<String> = numbered
            .iter()
            .map(|(number, name)| format!("{name:?}: {number}"))
            .collect();
        return Err(DataError::new(
            path,
            "labels numbered 0 (background), 1, 2 and so on, without gaps, \"ignore\" last, and at most 255 of them",
            few(&shown),
            "number them so, in the file and in the label images",
        ));
    }
    let ignored = ignore.and_then(|index| u8::try_from(index).ok());
    let mut names: Vec<String> = numbered.into_iter().map(|(_, name)| name).collect();
    names.truncate(ignore.unwrap_or(names.len()));
    Ok((names, ignored))
}
