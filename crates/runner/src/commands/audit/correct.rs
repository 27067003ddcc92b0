//! `selvedge audit correct`: a copy of the audited set, in which the images that the audit distrusts have their clean labels.

use std::path::PathBuf;

use clap::Args;
use data::counted;

use crate::audit_proof::audited::Audited;
use crate::audit_proof::correction::{Choice, chosen, correct};
use crate::audit_proof::image_measures::DEFAULT;
use crate::audit_proof::lists::AuditLists;
use crate::auditing::folder::Audit;
use crate::error::RunnerError;
use crate::terminal::printing::print_text;

/// `selvedge audit correct`.
#[derive(Debug, Args)]
pub struct CorrectArguments {
    /// Folder of an audit.
    pub audit: PathBuf,
    /// The clean labels of the audited set, as for `selvedge audit score`.
    #[arg(long, value_name = "DIR")]
    pub truth: PathBuf,
    /// Which fraction of the images is looked at, such as 10%.
    #[arg(long, default_value = "10%", value_name = "PERCENT", value_parser = parse_share)]
    pub top: f64,
    /// The score by which the images are chosen; default: the audit's own order.
    #[arg(long, value_name = "SCORE", default_value = DEFAULT, hide_default_value = true)]
    pub by: String,
    /// Looks at images chosen at random instead: what the same effort gains without an audit.
    #[arg(long, conflicts_with = "by")]
    pub random: bool,
    /// Seed of the random choice.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The audited set, if it was moved. It stays as it is.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The new folder; it must not exist yet, or be empty.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// A percentage above 0 and of at most 100, as a fraction.
fn parse_share(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').unwrap_or(text).trim();
    let percent = number
        .parse()
        .ok()
        .filter(|percent: &f64| *percent > 0.0 && *percent <= 100.0);
    percent
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "expected a percentage above 0 and of at most 100, such as 10%".to_string())
}

pub(crate) fn run(arguments: &CorrectArguments) -> Result<(), RunnerError> {
    let audit = Audit::read(&arguments.audit)?;
    let lists = AuditLists::new(&arguments.audit, &audit)?;
    let audited = Audited::open(&audit.note, arguments.data.as_deref())?;
    let choice = if arguments.random {
        Choice::Random(arguments.seed)
    } else {
        Choice::Worst(arguments.by.clone())
    };
    let images = chosen(&lists, &choice, arguments.top)?;
    let corrected = correct(&audited, &arguments.truth, &images, &arguments.out)?;
    print_text(&format!(
        "{}: {} looked at, of which {} had a label that differed from the clean one\n",
        arguments.out.display(),
        counted(corrected.looked_at, "image"),
        corrected.changed
    ))
}
