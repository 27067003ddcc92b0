//! `selvedge audit apply`: a new folder of labels.

use std::path::PathBuf;

use audit::place::Kind;
use clap::{Args, ValueEnum};
use data::counted;

use crate::auditing::application::{Top, Treatment, apply, chosen};
use crate::auditing::folder::Audit;
use crate::auditing::images::refuse_changed;
use crate::auditing::writing::open;
use crate::error::RunnerError;
use crate::terminal::printing::print_text;

/// What happens to the chosen places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// Their pixels are ignored in training and scores.
    Ignore,
    /// Their pixels get the suggested class. A whole image has no suggestion, and stays as it is.
    Suggested,
}

/// A kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    /// The label of a whole image.
    Image,
    /// A structure that the label lacks.
    Missed,
    /// A structure that is not in the image.
    Extra,
    /// A structure with another class.
    Class,
    /// A border too far outside or inside.
    Border,
}

impl KindName {
    fn kind(self) -> Kind {
        match self {
            Self::Image => Kind::Image,
            Self::Missed => Kind::Missed,
            Self::Extra => Kind::Extra,
            Self::Class => Kind::Class,
            Self::Border => Kind::Border,
        }
    }
}

/// `selvedge audit apply`.
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// The audit's folder.
    pub audit: PathBuf,
    /// How many lines of audit.csv, from the first: a share such as 5%, or a number such as 20.
    #[arg(long, value_name = "SHARE")]
    pub top: Top,
    /// Only lines of these kinds; the share is of these. Default: all kinds.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KINDS")]
    pub kinds: Vec<KindName>,
    /// What happens to them.
    #[arg(long = "as", value_enum, value_name = "HOW")]
    pub treatment: As,
    /// A new folder for all labels of the set, outside of it: PNG with class numbers, or NIfTI. The originals are never touched.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The data set's folder; default: the one of the audit.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

pub(super) fn run(arguments: &ApplyArguments) -> Result<(), RunnerError> {
    let audit = Audit::read(&arguments.audit)?;
    let root = arguments
        .data
        .clone()
        .unwrap_or_else(|| audit.note.data.clone());
    let dataset = open(&root, &audit.note.options)?;
    refuse_changed(&dataset, &audit.note.data_sha256, "audit.json")?;
    let kinds: Vec<Kind> = if arguments.kinds.is_empty() {
        Kind::ALL.to_vec()
    } else {
        arguments.kinds.iter().map(|name| name.kind()).collect()
    };
    let rows = chosen(&audit.places, &kinds, arguments.top);
    let treatment = match arguments.treatment {
        As::Ignore => Treatment::Ignore,
        As::Suggested => Treatment::Suggested,
    };
    let applied = apply(
        (&arguments.audit, &audit),
        &dataset,
        &rows,
        treatment,
        &arguments.out,
    )?;
    let values: Vec<String> = (0..audit.note.classes.len())
        .map(|class| format!("\"{class}\" = {class}"))
        .chain([format!("\"{0}\" = {0}", audit.note.ignore)])
        .collect();
    let text = format!(
        "{} applied; {} of {} changed in {} of {}, written to {}\nThey have class numbers: a recipe reads them with \
         data.label_values = {{ {} }}\n",
        counted(rows.len(), "line"),
        counted(applied.pixels, "pixel"),
        counted(applied.files, "label file"),
        applied.images,
        counted(audit.images.len(), "audited image"),
        arguments.out.display(),
        values.join(", ")
    );
    print_text(&text)
}
