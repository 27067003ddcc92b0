//! The figures of an experiment: for each network, test images with their labels and what a row and its baseline predict.

mod choice;

use data::{Case, CaseImage, Dataset, LabelVolume, Split};
use image::RgbImage;
use metrics::Metric;

use crate::drawing::figure::{Figure, Panel, panels};
use crate::drawing::window::visible_slice;
use crate::error::RunnerError;
use crate::experiment::figures::choice::{Chosen, choose};
use crate::experiment::grid::{RowEntry, known};
use crate::experiment::results::{Cell, Results, common_seeds};
use crate::prediction::scoring::score;
use crate::prediction::stored_prediction::{most_labelled, predicted};
use crate::run_folder::cases::Truth;
use crate::run_folder::environment;
use crate::run_folder::trained_run::TrainedRun;
use crate::statistics::comparison::RunCases;
use crate::statistics::patient_scores::Measure;

/// A figure, and what its caption needs.
pub(crate) struct NetworkFigure {
    /// Name of the network.
    pub(crate) network: String,
    /// Title of the network.
    pub(crate) title: String,
    /// Seed of both runs.
    pub(crate) seed: u64,
    /// From top to bottom.
    pub(crate) cases: Vec<DrawnCase>,
    /// The figure itself.
    pub(crate) image: RgbImage,
}

/// A row of a figure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DrawnCase {
    /// The image, and its Dice.
    pub(crate) chosen: Chosen,
    /// Of a volume: the slice that is drawn, from 1, and how many there are.
    pub(crate) slice: Option<[usize; 2]>,
}

/// A row of a grid and the baseline that it is shown with.
pub(crate) struct Shown<'a> {
    pub(crate) baseline: &'a RowEntry,
    pub(crate) row: &'a RowEntry,
}

impl<'a> Shown<'a> {
    /// The row of this name, or the one that the grid names.
    ///
    /// # Errors
    ///
    /// There is no such row; the grid names none; or it is a baseline itself.
    pub(crate) fn find(results: &'a Results, row: Option<&str>) -> Result<Self, RunnerError> {
        let grid = &results.grid;
        let names: Vec<&str> = grid.rows.iter().map(|row| &*row.name).collect();
        let Some(name) = row.or(grid.figure.as_deref()) else {
            return Err(RunnerError::fixable(
                format!(
                    "experiment {}: expected a row for the figures, found none",
                    grid.name
                ),
                format!("choose it with `--row`, one of {}", names.join(", ")),
            ));
        };
        known(&grid.name, "--row", "row", name, &names)?;
        let row = grid.rows.iter().find(|row| row.name == name);
        let pair = row.and_then(|row| Some((row, grid.baseline_of(row)?)));
        match pair {
            Some((row, baseline)) if row.name != baseline.name => Ok(Self { baseline, row }),
            _ => Err(RunnerError::fixable(
                format!(
                    "experiment {}, row '{name}': expected a row with a baseline, found none",
                    grid.name
                ),
                "choose another with `--row`",
            )),
        }
    }
}

/// Draws the figure of every network whose runs of both rows have a seed in common that is finished.
///
/// # Errors
///
/// There is no such network; or files of a run or of its data cannot be read, or have changed.
pub(crate) fn draw(
    results: &Results,
    shown: &Shown<'_>,
    count: usize,
) -> Result<Vec<NetworkFigure>, RunnerError> {
    let mut figures = Vec::new();
    for network in &results.grid.networks {
        let cell = |row: &RowEntry| results.cell(&network.name, &row.name);
        let (Some(baseline), Some(row)) = (cell(shown.baseline), cell(shown.row)) else {
            continue;
        };
        let Some(pair) = first_pair(baseline, row) else {
            tracing::warn!(
                "{}: no figure, since '{}' and '{}' have no finished seed in common",
                network.title,
                shown.baseline.title,
                shown.row.title
            );
            continue;
        };
        let measure = results.measure(Metric::Dice);
        let chosen = choose(pair, &measure, count);
        let source = Source::open(pair, measure)?;
        let mut cases = Vec::new();
        let mut rows = Vec::new();
        for chosen in chosen {
            let (case, row) = source.row(chosen)?;
            cases.push(case);
            rows.push(row);
        }
        let seed = pair[0].seed;
        let headings = [
            "image",
            truth_heading(results.truth),
            &shown.baseline.title,
            &shown.row.title,
        ];
        let figure = Figure {
            title: format!("{}, seed {seed}", network.title),
            headings: headings.map(String::from).into(),
            rows,
            classes: &source.dataset.class_names,
        };
        figures.push(NetworkFigure {
            image: figure.draw(),
            network: network.name.clone(),
            title: network.title.clone(),
            seed,
            cases,
        });
    }
    if figures.is_empty() {
        return Err(RunnerError::fixable(
            format!(
                "experiment {}: expected finished runs of '{}' and '{}' with the same network and seed, found none",
                results.grid.name, shown.baseline.name, shown.row.name
            ),
            "finish them with `selvedge experiment run`",
        ));
    }
    Ok(figures)
}

/// Heading of the labels that scores are against.
fn truth_heading(truth: Truth) -> &'static str {
    match truth {
        Truth::Clean => "clean labels",
        Truth::Noisy => "labels",
    }
}

/// The runs of the baseline and the row with the first seed that both have finished.
fn first_pair<'a>(baseline: &'a Cell, row: &'a Cell) -> Option<[&'a RunCases; 2]> {
    let [of_baseline, of_row] = common_seeds(baseline, row);
    let first = *of_baseline.first()?;
    let same_seed = of_row.into_iter().find(|run| run.seed == first.seed)?;
    Some([first, same_seed])
}

/// Where panels come from: two runs that were evaluated on the same images.
struct Source<'a> {
    runs: [&'a RunCases; 2],
    measure: Measure,
    dataset: Dataset,
}

impl<'a> Source<'a> {
    fn open(runs: [&'a RunCases; 2], measure: Measure) -> Result<Self, RunnerError> {
        let run = TrainedRun::open(&runs[0].run)?;
        let root = environment::data_root(&run.folder)?;
        Ok(Self {
            runs,
            measure,
            dataset: Dataset::open_split(&root, &run.recipe.data.options, Split::Test)?,
        })
    }

    /// The panels of a case.
    fn row(&self, chosen: Chosen) -> Result<(DrawnCase, Vec<Panel>), RunnerError> {
        let dataset = &self.dataset;
        let cases = dataset.cases(Split::Test).iter();
        let Some(case) = cases.clone().find(|case| case.stem == chosen.image) else {
            return Err(changed(&chosen.image, "no such image").at(dataset.root.display()));
        };
        let image = dataset.load_image(case)?;
        let clean = match self.measure.truth {
            Truth::Clean => dataset.load_clean_volume(case)?,
            Truth::Noisy => None,
        };
        let truth = match clean {
            Some(clean) => clean,
            None => dataset.load_label_volume(case)?,
        };
        let mut volumes = Vec::new();
        for run in self.runs {
            let predicted = predicted(&run.run, case, &image)?;
            self.check(run, case, &image, [&truth, &predicted])?;
            volumes.push(predicted);
        }
        let slices = image.shape()[0];
        let index = most_labelled(&truth, |class| class != 0 && class != dataset.ignore);
        volumes.insert(0, truth);
        let is_volume = matches!(image, CaseImage::Volume(_));
        let labels: Vec<_> = volumes.iter().map(|volume| volume.slice(index)).collect();
        let images = panels(
            &visible_slice(&image, index),
            &labels,
            &dataset.class_names,
            dataset.ignore,
        );
        let slice = is_volume.then_some([index + 1, slices]);
        let captions = captions(&chosen, slice);
        let row = images
            .into_iter()
            .zip(captions)
            .map(|(image, caption)| Panel { image, caption })
            .collect();
        Ok((DrawnCase { chosen, slice }, row))
    }

    /// Refuses a prediction that does not have the scores of the run's table: the captions would be of other images.
    fn check(
        &self,
        run: &RunCases,
        case: &Case,
        image: &CaseImage,
        [truth, predicted]: [&LabelVolume; 2],
    ) -> Result<(), RunnerError> {
        let score = score(&self.dataset, truth, predicted, image)
            .map_err(|error| error.at(run.run.display()))?;
        let names = &self.dataset.class_names;
        let lines = run.lines.iter().filter(|line| self.measure.includes(line));
        for line in lines.filter(|line| line.image == case.stem) {
            let class = names.iter().position(|name| *name == line.class);
            let class = class.and_then(|class| score.per_class.get(class));
            let dice = class.and_then(|class| Metric::Dice.of_class(class));
            let differs = match (line.value, dice) {
                (Some(then), Some(now)) => (then - now).abs() > 1e-9,
                (then, now) => then.is_some() != now.is_some(),
            };
            if differs {
                let found = format!("another Dice of '{}' than in its cases.csv", line.class);
                return Err(changed(&case.stem, &found).at(run.run.display()));
            }
        }
        Ok(())
    }
}

fn changed(image: &str, found: &str) -> RunnerError {
    RunnerError::mismatch(
        format!("the image '{image}' and its prediction as they were scored"),
        found,
        "restore the data and the run as they were, or train it again",
    )
}

/// The texts below the panels of a row.
fn captions(chosen: &Chosen, slice: Option<[usize; 2]>) -> [String; 4] {
    let Chosen { image, dice, place } = chosen;
    let [baseline, row] = dice;
    let (slice, of) = match slice {
        Some([number, count]) => (format!(", slice {number} of {count}"), " of the volume"),
        None => (String::new(), ""),
    };
    [
        format!("{image}{slice}: {place}"),
        String::new(),
        format!("Dice{of} {baseline:.3}"),
        format!("Dice{of} {row:.3} ({:+.3})", row - baseline),
    ]
}
