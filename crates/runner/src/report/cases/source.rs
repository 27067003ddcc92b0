//! Where the pictures of test images come from: the data set, and the predictions of the runs.

use std::collections::BTreeMap;
use std::path::Path;

use data::{Case, CaseImage, Dataset, LabelVolume, Split};
use image::RgbImage;
use metrics::Metric;

use crate::drawing::window::visible_slice;
use crate::error::RunnerError;
use crate::page::picture::{contours, error_map};
use crate::prediction::stored_prediction::{most_labelled, predicted};
use crate::report::run::ReportedRun;
use crate::run_folder::cases::{CaseLine, Truth};
use crate::run_folder::environment;

/// Pictures with what is below them.
pub(super) type Panels = Vec<(String, RgbImage)>;

/// What is drawn of a case.
#[derive(Clone, Copy, Debug)]
pub(super) enum View<'a> {
    /// Both contours, in the slice with most of any structure.
    Contours,
    /// Contours and errors, in the slice with most of this class.
    Class(&'a str),
}

/// The lines of `cases.csv` with the Dice of an image.
type DiceLines<'a> = BTreeMap<&'a str, Vec<&'a CaseLine>>;

/// A data set and the runs that were evaluated on it.
pub(super) struct Source<'a> {
    runs: &'a [ReportedRun],
    truth: Truth,
    dataset: Dataset,
    /// By run.
    dice: Vec<DiceLines<'a>>,
}

impl<'a> Source<'a> {
    /// Finds the data set of the first run, in `data` or where it was.
    ///
    /// # Errors
    ///
    /// It is not there, or has no such files.
    pub(super) fn open(
        runs: &'a [ReportedRun],
        truth: Truth,
        data: Option<&Path>,
    ) -> Result<Self, RunnerError> {
        let run = &runs[0];
        let root = match data {
            Some(root) => root.to_path_buf(),
            None => environment::data_root(&run.folder)?,
        };
        let dataset = Dataset::open_split(&root, &run.recipe.data.options, Split::Test)?;
        let dice = runs.iter().map(|run| dice_lines(run, truth)).collect();
        Ok(Self {
            runs,
            truth,
            dataset,
            dice,
        })
    }

    /// The pictures of a case for every run that has it.
    ///
    /// # Errors
    ///
    /// Files are missing, or are not those that were scored.
    pub(super) fn panels(
        &self,
        image: &str,
        view: View<'_>,
        longest: usize,
    ) -> Result<Panels, RunnerError> {
        let dataset = &self.dataset;
        let mut cases = dataset.cases(Split::Test).iter();
        let case = cases
            .find(|case| case.stem == image)
            .ok_or_else(|| changed(image, "no such image").at(dataset.root.display()))?;
        let picture = dataset.load_image(case)?;
        let truth = self.true_labels(case)?;
        if truth.shape != picture.shape() {
            return Err(changed(image, "labels of another size").at(dataset.root.display()));
        }
        let index = self.slice(&truth, view);
        let slice = visible_slice(&picture, index);
        let of_truth = truth.slice(index);
        let mut panels = Vec::new();
        for (run, lines) in self.runs.iter().zip(&self.dice) {
            let Some(lines) = lines.get(image) else {
                continue;
            };
            let prediction = predicted(run.folder.path(), case, &picture)?;
            self.check(image, lines, [&truth, &prediction])
                .map_err(|error| error.at(run.folder.path().display()))?;
            let of_run = prediction.slice(index);
            let mut caption = self.caption(run, lines, &picture, index);
            let drawn = contours(&slice, &of_truth, &of_run, longest);
            match view {
                View::Contours => panels.push((caption, drawn)),
                View::Class(_) => {
                    let errors = error_map(&slice, &of_truth, &of_run, dataset.ignore, longest);
                    let after = if caption.is_empty() { "" } else { "; " };
                    caption.insert_str(0, after);
                    caption.insert_str(0, "contours");
                    panels.push((caption, drawn));
                    panels.push(("errors".into(), errors));
                }
            }
        }
        Ok(panels)
    }

    fn true_labels(&self, case: &Case) -> Result<LabelVolume, RunnerError> {
        let clean = match self.truth {
            Truth::Clean => self.dataset.load_clean_volume(case)?,
            Truth::Noisy => None,
        };
        Ok(match clean {
            Some(clean) => clean,
            None => self.dataset.load_label_volume(case)?,
        })
    }

    /// The slice to draw.
    fn slice(&self, truth: &LabelVolume, view: View<'_>) -> usize {
        let names = &self.dataset.class_names;
        let class = match view {
            View::Contours => None,
            View::Class(name) => names.iter().position(|known| known == name),
        };
        let of_class = |value: u8| class.is_some_and(|class| usize::from(value) == class);
        if truth.classes.iter().any(|value| of_class(*value)) {
            return most_labelled(truth, of_class);
        }
        most_labelled(truth, |value| value != 0 && value != self.dataset.ignore)
    }

    /// What stands below a picture: the run if there are several, the slice, and the Dice of each class.
    fn caption(
        &self,
        run: &ReportedRun,
        lines: &[&CaseLine],
        picture: &CaseImage,
        index: usize,
    ) -> String {
        let mut parts = Vec::new();
        if self.runs.len() > 1 {
            parts.push(run.name.clone());
        }
        if let CaseImage::Volume(_) = picture {
            parts.push(format!("slice {} of {}", index + 1, picture.shape()[0]));
        }
        if lines.len() > 1 || self.runs.len() > 1 {
            let of_class = lines
                .iter()
                .filter_map(|line| Some(format!("{} {:.2}", line.class, line.value?)));
            parts.extend(of_class);
        }
        parts.join(", ")
    }

    /// Refuses labels that do not have the Dice of the run's table: the pictures would be of other data.
    fn check(
        &self,
        image: &str,
        lines: &[&CaseLine],
        [truth, prediction]: [&LabelVolume; 2],
    ) -> Result<(), RunnerError> {
        if truth.shape != prediction.shape {
            return Err(changed(image, "a prediction of another size"));
        }
        let names = &self.dataset.class_names;
        // Pixels of the truth, of the prediction, and of both, by class.
        let mut pixels = vec![[0_u64; 3]; 256];
        for (&truth, &prediction) in truth.classes.iter().zip(&prediction.classes) {
            if truth == self.dataset.ignore {
                continue;
            }
            pixels[usize::from(truth)][0] += 1;
            pixels[usize::from(prediction)][1] += 1;
            if truth == prediction {
                pixels[usize::from(truth)][2] += 1;
            }
        }
        for line in lines {
            let class = names.iter().position(|name| *name == line.class);
            let Some([truth, prediction, both]) = class.and_then(|class| pixels.get(class)) else {
                return Err(changed(image, &format!("no class '{}'", line.class)));
            };
            let dice =
                (truth + prediction > 0).then(|| 2.0 * *both as f64 / (truth + prediction) as f64);
            let agree = match (line.value, dice) {
                (Some(then), Some(now)) => (then - now).abs() < 1e-9,
                (then, now) => then.is_none() == now.is_none(),
            };
            if !agree {
                let found = format!("another Dice of '{}' than in cases.csv", line.class);
                return Err(changed(image, &found));
            }
        }
        Ok(())
    }
}

fn dice_lines(run: &ReportedRun, truth: Truth) -> DiceLines<'_> {
    let lines = run.cases.lines.iter().filter(|line| {
        line.truth == truth && line.metric == Metric::Dice && line.split == Split::Test
    });
    let mut by_image = DiceLines::new();
    for line in lines {
        by_image.entry(&line.image).or_default().push(line);
    }
    by_image
}

fn changed(image: &str, found: &str) -> RunnerError {
    RunnerError::mismatch(
        format!("the image '{image}' and its prediction as they were scored"),
        found,
        "restore the data and the run as they were, or train it again",
    )
}
