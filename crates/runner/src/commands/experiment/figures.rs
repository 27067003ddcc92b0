//! `selvedge experiment figures`: test images with their labels, and the predictions of a row and of its baseline.

use std::path::PathBuf;

use clap::Args;

use crate::drawing::overlay::png;
use crate::error::RunnerError;
use crate::experiment::figures::{NetworkFigure, Shown, draw};
use crate::experiment::plan::Plan;
use crate::experiment::results::Results;
use crate::files::output::OutputFolder;
use crate::run_folder::cases::Truth;
use crate::terminal::printing::print_text;
use crate::text::escaping::printable;

const CAPTIONS: &str = "figures.md";

/// `selvedge experiment figures`.
#[derive(Debug, Args)]
pub struct FiguresArguments {
    /// The experiment's folder.
    pub folder: PathBuf,
    /// The row that is shown next to its baseline. Default: the one that the grid names.
    #[arg(long, value_name = "ROW")]
    pub row: Option<String>,
    /// How many test images, at equal steps from the largest gain in Dice to the smallest.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=50))]
    pub cases: u16,
}

pub(super) fn run(arguments: &FiguresArguments) -> Result<(), RunnerError> {
    let (plan, folder) = Plan::read(&arguments.folder)?;
    let results = Results::read(&plan, &folder)?;
    let shown = Shown::find(&results, arguments.row.as_deref())?;
    let figures = draw(&results, &shown, arguments.cases.into())?;
    let names: Vec<String> = figures
        .iter()
        .map(|figure| file_name(figure, &shown))
        .chain([CAPTIONS.to_string()])
        .collect();
    let path = folder.join("figures");
    let out = OutputFolder::prepare("figures", &path, &names)?;
    for (figure, name) in figures.iter().zip(&names) {
        out.write_bytes(name, &png(&path.join(name), &figure.image)?)?;
    }
    let text = captions(&results, &shown, &figures);
    out.write_bytes(CAPTIONS, printable(&text).as_bytes())?;
    tracing::info!("the figures are in {}", path.display());
    print_text(&text)
}

fn file_name(figure: &NetworkFigure, shown: &Shown<'_>) -> String {
    format!("{}-{}.png", figure.network, shown.row.name)
}

/// The figures in Markdown, with the rule by which their images were chosen and the Dice of each.
fn captions(results: &Results, shown: &Shown<'_>, figures: &[NetworkFigure]) -> String {
    let labels = match results.truth {
        Truth::Clean => "clean labels",
        Truth::Noisy => "labels",
    };
    let (baseline, row) = (&shown.baseline.title, &shown.row.title);
    let mut text = format!(
        "# {}: figures\n\n\
         From left to right: the image, its {labels}, the prediction after *{baseline}*, and after *{row}*, both with the same seed. \
         The images are not chosen by eye: all test images are sorted by the gain in Dice from *{baseline}* to *{row}*, and taken at \
         equal steps from the largest gain to the smallest, which may be a loss. Dice is the mean over the foreground classes that \
         count, against the {labels}; of a volume, that of all slices, and the slice with the most labelled pixels is drawn.\n",
        results.grid.name
    );
    for figure in figures {
        text += &format!(
            "\n## {}\n\n![{}]({})\n\nSeed {}.\n\n| image | slice | {baseline} | {row} | gain | chosen as |\n|---|---|---|---|---|---|\n",
            figure.title,
            figure.title,
            file_name(figure, shown),
            figure.seed
        );
        for case in &figure.cases {
            let [baseline, row] = case.chosen.dice;
            let slice = case
                .slice
                .map_or("–".into(), |[number, of]| format!("{number} of {of}"));
            text += &format!(
                "| {} | {slice} | {baseline:.3} | {row:.3} | {:+.3} | {} |\n",
                case.chosen.image.replace('|', "\\|"),
                row - baseline,
                case.chosen.place
            );
        }
    }
    text
}
