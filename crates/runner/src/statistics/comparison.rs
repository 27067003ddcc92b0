//! Compares two groups of runs, patient by patient.
//!
//! A group has the runs of one recipe with different seeds. Each patient counts once: its values are averaged over the seeds of a
//! group first, so that neither seeds nor images pass for independent observations.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use metrics::statistics::{Resampling, SignedRank, describe, holm, mean, signed_rank};
use serde::Serialize;

use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::cases::{self, CaseLine};
use crate::statistics::patient_scores::{Measure, PatientScores};
use crate::text::some_of::some_of;

/// With fewer patients than this there is no p-value.
pub(crate) const FEWEST_PATIENTS: usize = 20;

/// The cases of one run.
#[derive(Clone, Debug)]
pub(crate) struct RunCases {
    /// Its folder.
    pub(crate) run: PathBuf,
    /// The seed of its training.
    pub(crate) seed: u64,
    /// Its `cases.csv`.
    pub(crate) lines: Vec<CaseLine>,
}

impl RunCases {
    /// Reads a run's recipe and its cases.
    ///
    /// # Errors
    ///
    /// It is no run folder, or has no `cases.csv`.
    pub(crate) fn read(run: &Path) -> Result<Self, RunnerError> {
        Ok(Self {
            seed: Recipe::of_run(run)?.train.seed,
            run: run.to_path_buf(),
            lines: cases::read(run)?,
        })
    }

    /// Mean over patients.
    fn mean(&self, measure: &Measure) -> Option<f64> {
        let values: Vec<f64> = self.by_patient(measure).into_values().collect();
        mean(&values)
    }

    fn by_patient(&self, measure: &Measure) -> BTreeMap<String, f64> {
        PatientScores::of(&self.lines, measure)
            .by_patient()
            .map(|(patient, value)| (patient.to_string(), value))
            .collect()
    }
}

/// The score of a group of runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct GroupScore {
    /// Runs that have a value.
    pub(crate) runs: usize,
    /// Mean over the runs of the means over patients.
    pub(crate) mean: f64,
    /// Standard deviation over the runs; none for one run.
    pub(crate) sd: Option<f64>,
    /// Patients that have a value in any of the runs.
    pub(crate) patients: usize,
    /// 95 % interval by the bootstrap over patients, whose values are averaged over the runs first; none for one patient.
    pub(crate) ci95: Option<[f64; 2]>,
}

/// Scores a group of runs; none if no run has a value.
pub(crate) fn score_group(runs: &[RunCases], measure: &Measure) -> Option<GroupScore> {
    let means: Vec<f64> = runs.iter().filter_map(|run| run.mean(measure)).collect();
    let of_runs = describe(&means)?;
    let patients: Vec<f64> = average_seeds(runs, measure).into_values().collect();
    Some(GroupScore {
        runs: of_runs.n,
        mean: of_runs.mean,
        sd: of_runs.sd,
        patients: patients.len(),
        ci95: interval(&patients),
    })
}

/// What an interval says about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// The interval excludes 0, on the side of the better value.
    Better,
    /// The interval excludes 0, on the side of the worse value.
    Worse,
    /// The interval contains 0, or there is none.
    Undecided,
}

/// In how many seeds a group is better than the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SeedWins {
    /// Seeds with the better mean.
    pub(crate) won: usize,
    /// Seeds that both groups have.
    pub(crate) of: usize,
}

/// The difference of two groups of runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "its main number is called what it is, also in JSON"
)]
pub(crate) struct Difference {
    /// What was compared.
    #[serde(flatten)]
    pub(crate) measure: Measure,
    /// Patients in both groups.
    pub(crate) patients: usize,
    /// Patients with a value in only one group, which are not compared.
    pub(crate) unpaired: usize,
    /// Mean of the group over these patients.
    pub(crate) mean: f64,
    /// Mean of the baseline over them.
    pub(crate) baseline_mean: f64,
    /// Mean over patients of the group's value minus the baseline's.
    pub(crate) difference: f64,
    /// Its 95 % interval by the bootstrap over patients; none for one patient.
    pub(crate) ci95: Option<[f64; 2]>,
    /// What the interval says.
    pub(crate) verdict: Verdict,
    /// Wilcoxon's signed-rank test over patients; none for too few.
    pub(crate) wilcoxon: Option<SignedRank>,
    /// Its p-value after Holm's correction for all comparisons that were made together.
    pub(crate) p_holm: Option<f64>,
    /// Wins of seeds; none if the groups have no seed in common.
    pub(crate) wins: Option<SeedWins>,
}

impl Difference {
    /// Whether the interval excludes 0 although the difference has the other sign, or none, in at least half of the seeds: then
    /// a few runs decide, such as one that did not converge. The interval is over patients, and does not see that.
    pub(crate) fn is_of_few_seeds(&self) -> bool {
        self.wins
            .is_some_and(|SeedWins { won, of }| match self.verdict {
                Verdict::Better => 2 * won <= of,
                Verdict::Worse => 2 * won >= of,
                Verdict::Undecided => false,
            })
    }
}

/// Groups recipes that differ in nothing but the seed and the name, as indices; in the order of their first members.
pub(crate) fn repetitions<R: Borrow<Recipe>>(recipes: &[R]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Recipe, Vec<usize>)> = Vec::new();
    for (index, recipe) in recipes.iter().enumerate() {
        let mut recipe = recipe.borrow().clone();
        recipe.train.seed = 0;
        // Neither changes what is trained.
        recipe.train.workers = 0;
        recipe.data.cache_mib = 0;
        recipe.name.clear();
        recipe.description.clear();
        match groups.iter_mut().find(|(other, _)| *other == recipe) {
            Some((_, group)) => group.push(index),
            None => groups.push((recipe, vec![index])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Compares a group of runs with a baseline. The p-value is not yet corrected: [`correct`] does that.
///
/// # Errors
///
/// Two runs of a group have the same seed; a run has no value of this measure; or the groups have no patient in common.
pub(crate) fn compare<R: Borrow<RunCases>>(
    runs: &[R],
    baseline: &[R],
    measure: &Measure,
) -> Result<Difference, RunnerError> {
    for group in [runs, baseline] {
        check_group(group, measure)?;
    }
    let (of_runs, of_baseline) = (
        average_seeds(runs, measure),
        average_seeds(baseline, measure),
    );
    let pairs: Vec<[f64; 2]> = of_runs
        .iter()
        .filter_map(|(patient, value)| Some([*value, *of_baseline.get(patient)?]))
        .collect();
    let column = |side: usize| pairs.iter().map(|pair| pair[side]).collect::<Vec<_>>();
    let (Some(group_mean), Some(baseline_mean)) = (mean(&column(0)), mean(&column(1))) else {
        return Err(no_common_patient(runs, baseline));
    };
    let differences: Vec<f64> = pairs.iter().map(|[value, base]| value - base).collect();
    let ci95 = interval(&differences);
    Ok(Difference {
        patients: pairs.len(),
        unpaired: of_runs.len() + of_baseline.len() - 2 * pairs.len(),
        mean: group_mean,
        baseline_mean,
        difference: mean(&differences).unwrap_or_default(),
        verdict: verdict(ci95, measure),
        ci95,
        wilcoxon: (pairs.len() >= FEWEST_PATIENTS).then(|| signed_rank(&differences)),
        p_holm: None,
        wins: wins(runs, baseline, measure),
        measure: measure.clone(),
    })
}

/// Corrects the p-values of comparisons that were made together.
pub(crate) fn correct(differences: &mut [Difference]) {
    let tested = |one: &Difference| one.wilcoxon.map(|test| test.p);
    let adjusted = holm(&differences.iter().filter_map(tested).collect::<Vec<_>>());
    let with_test = differences.iter_mut().filter(|one| one.wilcoxon.is_some());
    for (difference, p) in with_test.zip(adjusted) {
        difference.p_holm = Some(p);
    }
}

/// Values by patient, averaged over the runs in which the patient has one.
pub(crate) fn average_seeds<R: Borrow<RunCases>>(
    runs: &[R],
    measure: &Measure,
) -> BTreeMap<String, f64> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for run in runs {
        for (patient, value) in run.borrow().by_patient(measure) {
            values.entry(patient).or_default().push(value);
        }
    }
    let averaged = values.into_iter();
    averaged
        .filter_map(|(patient, values)| Some((patient, mean(&values)?)))
        .collect()
}

/// The 95 % interval of the mean of values by patient; none for one patient.
pub(crate) fn interval(values: &[f64]) -> Option<[f64; 2]> {
    Resampling::default().interval(values.len(), |drawn| {
        let sum: f64 = drawn.iter().map(|&patient| values[patient]).sum();
        Some(sum / drawn.len() as f64)
    })
}

fn verdict(ci95: Option<[f64; 2]>, measure: &Measure) -> Verdict {
    match ci95 {
        Some([low, _]) if low > 0.0 && !measure.metric.smaller_is_better() => Verdict::Better,
        Some([_, high]) if high < 0.0 && measure.metric.smaller_is_better() => Verdict::Better,
        Some([low, high]) if low > 0.0 || high < 0.0 => Verdict::Worse,
        _ => Verdict::Undecided,
    }
}

/// In how many of the seeds that both groups have the first one is better; none if they have none in common.
pub(crate) fn wins<R: Borrow<RunCases>>(
    runs: &[R],
    baseline: &[R],
    measure: &Measure,
) -> Option<SeedWins> {
    let mut wins = SeedWins { won: 0, of: 0 };
    for run in runs.iter().map(Borrow::borrow) {
        let mut others = baseline.iter().map(Borrow::borrow);
        let same_seed = others.find(|other| other.seed == run.seed);
        let means = same_seed.and_then(|other| Some([run.mean(measure)?, other.mean(measure)?]));
        if let Some([value, base]) = means {
            wins.of += 1;
            let is_better = if measure.metric.smaller_is_better() {
                value < base
            } else {
                value > base
            };
            wins.won += usize::from(is_better);
        }
    }
    (wins.of > 0).then_some(wins)
}

fn check_group<R: Borrow<RunCases>>(group: &[R], measure: &Measure) -> Result<(), RunnerError> {
    let mut seeds: BTreeMap<u64, &Path> = BTreeMap::new();
    for run in group.iter().map(Borrow::borrow) {
        if let Some(other) = seeds.insert(run.seed, &run.run) {
            return Err(RunnerError::fixable(
                format!(
                    "{}: expected another train.seed than that of {}, found {} in both",
                    run.run.display(),
                    other.display(),
                    run.seed
                ),
                "give each run once; runs of one recipe are repetitions only if their seeds differ",
            ));
        }
        if run.mean(measure).is_none() {
            return Err(without_value(run, measure));
        }
    }
    Ok(())
}

fn without_value(run: &RunCases, measure: &Measure) -> RunnerError {
    let of_class = measure
        .class
        .as_ref()
        .map_or(String::new(), |class| format!(" for the class '{class}'"));
    let lines = || run.lines.iter();
    let found: BTreeSet<String> = lines()
        .map(|line| format!("{} images, {} labels", line.split, line.truth.as_str()))
        .collect();
    let classes: BTreeSet<String> = lines()
        .filter(|line| !line.class.is_empty())
        .map(|line| format!("'{}'", line.class))
        .collect();
    let known = [
        some_of("evaluations", found.into_iter().collect()),
        some_of("classes", classes.into_iter().collect()),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    RunnerError::fixable(
        format!(
            "{}: expected the {} of {} images against {} labels{of_class}, found no such value; values there: {}",
            run.run.join(cases::FILE).display(),
            measure.metric,
            measure.split,
            measure.truth.as_str(),
            known.join("; ")
        ),
        "choose what is there with `--split`, `--truth` or `--class`",
    )
}

fn no_common_patient<R: Borrow<RunCases>>(runs: &[R], baseline: &[R]) -> RunnerError {
    let first = |group: &[R]| {
        let run = group
            .first()
            .map(|run| run.borrow().run.display().to_string());
        run.unwrap_or_else(|| "no run".to_string())
    };
    RunnerError::fixable(
        format!(
            "{} and {}: expected runs that were evaluated on the same patients, found none in common",
            first(runs),
            first(baseline)
        ),
        "compare runs of one data set and one split",
    )
}

#[cfg(test)]
mod tests;
