//! `selvedge data check`: every problem of a data set.

use std::path::PathBuf;

use clap::Args;
use data::{CheckReport, LayoutName, Split, counted};

use crate::arguments::data_options::data_options;
use crate::error::RunnerError;
use crate::terminal::printing::print_result;

/// `selvedge data check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// acdc, bamsi, fasu, folder or nnunet.
    pub kind: LayoutName,
    /// The data set's folder.
    pub dir: PathBuf,
    /// Settings of the data set.
    #[arg(
        long = "set",
        value_name = "KEY=VALUE",
        help = "Sets a key of the [data] section of a recipe, such as data.classes=[\"skin\",\"wound\"]; may be repeated"
    )]
    pub overrides: Vec<String>,
    /// Prints the report as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &CheckArguments) -> Result<(), RunnerError> {
    let options = data_options(arguments.kind, &arguments.overrides)?;
    let found = data::check(arguments.kind, &arguments.dir, &options);
    print_result(arguments.json, &found, || report_text(&found))?;
    problems_are_an_error(&found)
}

fn problems_are_an_error(report: &CheckReport) -> Result<(), RunnerError> {
    match report.problems.len() {
        0 => Ok(()),
        count => Err(RunnerError::mismatch(
            "a sound data set",
            counted(count, "problem"),
            "fix them as described above, then check again",
        )
        .into_failure()),
    }
}

/// The contents of a data set and its problems, as text.
fn report_text(report: &CheckReport) -> String {
    let mut text = format!(
        "{} of {}",
        counted(report.images, "image"),
        counted(report.patients, "patient")
    );
    for (split, count) in Split::ALL.into_iter().zip(report.splits) {
        text += &format!(", {count} {split}");
    }
    text += "\n";
    for class in &report.classes {
        text += &format!(
            "{:<16} in {:>5} images, {:>7.3} % of the pixels\n",
            class.name,
            class.images,
            100.0 * class.pixel_share
        );
    }
    if !report.grades.is_empty() {
        let grades = report.grades.iter();
        let grades: Vec<String> = grades
            .map(|(name, images)| format!("{name} {images}"))
            .collect();
        text += &format!("images by grade: {}\n", grades.join(", "));
    }
    if report.patients_unknown {
        text += "every image counts as a separate patient; if some show the same patient, name the patients in cases.csv or with data.patient_pattern\n";
    } else {
        for patient in &report.by_patient {
            let classes: Vec<String> = report
                .classes
                .iter()
                .zip(&patient.images_by_class)
                .skip(1)
                .map(|(class, images)| format!("{} {images}", class.name))
                .collect();
            text += &format!(
                "patient {:<16} {:<10} {:>11}: {}\n",
                patient.patient,
                patient.split,
                counted(patient.images, "image"),
                classes.join(", ")
            );
        }
    }
    for shifted in &report.shifted {
        text += &format!(
            "worth a look: the labels of {} would fit better {} pixels down and {} to the right\n",
            shifted.image, shifted.down, shifted.right
        );
    }
    if !report.empty.is_empty() {
        text += &format!(
            "all background, which may be right: {}\n",
            report.empty.join(", ")
        );
    }
    for guess in &report.guesses {
        text += &format!("understood: {guess}\n");
    }
    for warning in &report.warnings {
        text += &format!("warning: {warning}\n");
    }
    for problem in &report.problems {
        text += &format!("problem: {problem}\n  help: {}\n", problem.advice);
    }
    if report.problems.is_empty() {
        text += "no problems\n";
    }
    text
}
