//! `selvedge audit set`: whether ignoring pixels gains anything on a data set.

use std::path::PathBuf;

use clap::Args;
use data::{Split, counted};
use loss::{LossName, PixelRule};
use metrics::Metric;

use crate::arguments::device::DeviceArgument;
use crate::arguments::recipe_changes::RecipeChanges;
use crate::auditing::folds::{Parts, Trainings};
use crate::auditing::images::{all_cases, checksum};
use crate::auditing::writing::open;
use crate::error::RunnerError;
use crate::files::output::refuse_taken;
use crate::recipe::Recipe;
use crate::run_folder::cases::{self, Truth};
use crate::statistics::comparison::{Difference, RunCases, Verdict, compare};
use crate::statistics::patient_scores::Measure;
use crate::terminal::interruption;
use crate::terminal::printing::print_result;

/// Names of the two arms.
const WITH: &str = "with-rule";
const WITHOUT: &str = "without-rule";

/// `selvedge audit set`.
#[derive(Debug, Args)]
pub struct SetArguments {
    /// The data set's folder.
    pub data: PathBuf,
    /// Name of a recipe (`selvedge recipe list`), a .toml file, or a run folder. Default: folder.
    #[arg(long, default_value = "folder", value_name = "RECIPE")]
    pub recipe: String,
    /// Parts of the data set by patient: each is scored by networks that are trained on the others.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=100))]
    pub folds: u16,
    /// The folder of the trainings, twice as many as folds. The same call again continues what was interrupted.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub changes: RecipeChanges,
    /// Prints the comparison as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &SetArguments, quiet: bool) -> Result<(), RunnerError> {
    let recipe = Recipe::load(&arguments.recipe, &arguments.changes.all())?;
    if recipe.loss.name != LossName::Envelope {
        return Err(RunnerError::mismatch(
            "loss.name = \"envelope\", which has a pixel rule",
            serde_json::to_string(&recipe.loss.name).map_err(RunnerError::bug)?,
            "choose another recipe with `--recipe`, or add `--set loss.name=envelope`",
        )
        .at(format!("recipe '{}'", recipe.name)));
    }
    if arguments.out.is_file() {
        refuse_taken(&arguments.out)?;
    }
    let dataset = open(&arguments.data, &recipe.data.options)?;
    let cases = all_cases(&dataset);
    let folds = usize::from(arguments.folds);
    let parts = Parts::new(&dataset, &cases, folds, recipe.data.options.split_seed)?;
    let data_sha256 = checksum(&dataset)?;
    let arm = |pixels: PixelRule| {
        let mut recipe = recipe.clone();
        recipe.loss.pixels = pixels;
        recipe
    };
    let arms = [
        (WITH, arm(PixelRule::AllButSigma)),
        (WITHOUT, arm(PixelRule::All)),
    ];
    let interrupted = interruption::listen()?;
    let trainings = Trainings {
        out: &arguments.out,
        dataset: &dataset,
        cases: &cases,
        parts: &parts,
        arms: &arms,
        device: arguments.device.device,
        quiet,
    };
    trainings.train(&data_sha256, &interrupted)?;
    // Every patient is in the test set of one fold: together they are one table of cases.
    let of_arm = |name: &str| -> Result<RunCases, RunnerError> {
        let mut lines = Vec::new();
        for fold in 0..folds {
            lines.extend(cases::read(&trainings.run(name, fold))?);
        }
        Ok(RunCases {
            run: arguments.out.join(name),
            seed: recipe.train.seed,
            lines,
        })
    };
    let measure = Measure {
        split: Split::Test,
        truth: Truth::Noisy,
        metric: Metric::Dice,
        class: None,
    };
    let difference = compare(&[of_arm(WITH)?], &[of_arm(WITHOUT)?], &measure)?;
    print_result(arguments.json, &difference, || sentence(&difference))
}

/// The result in words. Scores are against the set's own labels, wrong ones included, which favours neither arm for sure.
fn sentence(difference: &Difference) -> String {
    let Difference {
        patients,
        mean,
        baseline_mean,
        difference: gain,
        ci95,
        verdict,
        ..
    } = difference;
    let interval = ci95.map_or(String::new(), |[low, high]| {
        format!(" (95 % interval {low:+.3} to {high:+.3})")
    });
    let conclusion = match verdict {
        Verdict::Better => {
            "ignoring pixels gained: labels at borders are probably hasty, or some are wrong. `selvedge audit train` lists them"
        }
        Verdict::Worse => {
            "ignoring pixels lost: it excluded what the network should have learnt. The labels give no reason to ignore pixels"
        }
        Verdict::Undecided => {
            "no gain that these patients could show: look elsewhere than at hasty borders"
        }
    };
    format!(
        "mean Dice {mean:.3} with the pixel rule and {baseline_mean:.3} without, over {}: a difference of {gain:+.3}{interval}; \
         {conclusion}.\nBoth are scored against the set's own labels, right or wrong.\n",
        counted(*patients, "patient")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(ci95: [f64; 2], verdict: Verdict) -> Difference {
        Difference {
            measure: Measure {
                split: Split::Test,
                truth: Truth::Noisy,
                metric: Metric::Dice,
                class: None,
            },
            patients: 64,
            unpaired: 0,
            mean: 0.721,
            baseline_mean: 0.7,
            difference: 0.021,
            ci95: Some(ci95),
            verdict,
            wilcoxon: None,
            p_holm: None,
            wins: None,
        }
    }

    #[test]
    fn the_sentence_has_the_interval_and_a_conclusion() {
        let text = sentence(&difference([0.004, 0.038], Verdict::Better));
        assert!(text.contains("+0.021 (95 % interval +0.004 to +0.038); ignoring pixels gained"));
        assert!(text.contains("64 patients"), "{text}");
        let text = sentence(&difference([-0.004, 0.038], Verdict::Undecided));
        assert!(text.contains("no gain"), "{text}");
    }
}
