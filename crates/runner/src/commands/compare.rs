//! `selvedge compare`: the difference of finished runs from a baseline, with its interval.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use data::{Split, counted};
use metrics::Metric;
use metrics::statistics::SignedRankMethod;
use serde::Serialize;

use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::cases::{CaseLine, Truth};
use crate::run_folder::environment;
use crate::run_folder::folder::RunFolder;
use crate::statistics::comparison::{
    Difference, FEWEST_PATIENTS, GroupScore, RunCases, Verdict, compare, correct, repetitions,
    score_group,
};
use crate::statistics::patient_scores::Measure;
use crate::terminal::printing::print_result;

/// `selvedge compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Folders of finished runs. Runs whose recipes differ in nothing but train.seed and the name are repetitions, and are averaged
    /// patient by patient; other recipes are compared each by itself.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// Folders of the runs to compare with: repetitions of one recipe.
    #[arg(long, required = true, num_args = 1.., value_name = "RUN")]
    pub baseline: Vec<PathBuf>,
    /// accuracy, dice, iou, hd, hd95, nsd, sensitivity or precision; may be repeated.
    #[arg(
        long = "metric",
        value_name = "METRIC",
        value_delimiter = ',',
        default_value = "dice"
    )]
    pub metrics: Vec<Metric>,
    /// Name of a class; may be repeated. Default: the mean over the foreground classes.
    #[arg(long = "class", value_name = "CLASS")]
    pub classes: Vec<String>,
    /// train, validation or test.
    #[arg(long, default_value = "test")]
    pub split: Split,
    /// Labels that the runs were scored against: noisy (those of the data set) or clean. Default: clean where all runs have them.
    #[arg(long, value_enum, value_name = "LABELS")]
    pub truth: Option<TruthName>,
    /// Prints the comparison as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Which labels, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TruthName {
    /// The labels of the data set.
    Noisy,
    /// Labels without annotation noise.
    Clean,
}

/// All comparisons of a call.
#[derive(Debug, Serialize)]
struct CompareReport {
    comparisons: Vec<Compared>,
}

/// One group of runs and one measure.
#[derive(Debug, Serialize)]
struct Compared {
    /// Folders of the group.
    runs: Vec<PathBuf>,
    /// Folders of the baseline.
    baseline: Vec<PathBuf>,
    #[serde(flatten)]
    difference: Difference,
    /// The group by itself, over all of its patients.
    score: Option<GroupScore>,
    /// The baseline by itself.
    baseline_score: Option<GroupScore>,
    /// Why there is no p-value; none if there is one.
    no_p_value: Option<String>,
    /// The result in words.
    sentence: String,
}

pub(crate) fn run(arguments: &CompareArguments) -> Result<(), RunnerError> {
    warn_of_different_data(&arguments.runs, &arguments.baseline);
    let groups = by_recipe(&arguments.runs)?;
    let baseline = the_baseline(&arguments.baseline)?;
    let everyone = || groups.iter().flatten().chain(&baseline);
    let against_clean = match arguments.truth {
        Some(name) => name == TruthName::Clean,
        None => everyone().all(|run| has_clean_lines(run, arguments.split)),
    };
    let truth = if against_clean {
        Truth::Clean
    } else {
        Truth::Noisy
    };
    let mut pairs = Vec::new();
    let mut differences = Vec::new();
    for group in &groups {
        for measure in measures(arguments, truth) {
            differences.push(compare(group, &baseline, &measure)?);
            pairs.push(group);
        }
    }
    correct(&mut differences);
    let count = differences.len();
    let comparisons = pairs.into_iter().zip(differences);
    let report = CompareReport {
        comparisons: comparisons
            .map(|(group, difference)| Compared {
                runs: folders(group),
                baseline: folders(&baseline),
                score: score_group(group, &difference.measure),
                baseline_score: score_group(&baseline, &difference.measure),
                no_p_value: no_p_value(&difference),
                sentence: sentence(group, &difference, count),
                difference,
            })
            .collect(),
    };
    print_result(arguments.json, &report, || text(&report))
}

/// Every metric of every class asked for. The accuracy is of no class.
fn measures(arguments: &CompareArguments, truth: Truth) -> Vec<Measure> {
    let classes: Vec<Option<String>> = match &arguments.classes[..] {
        [] => vec![None],
        classes => classes.iter().cloned().map(Some).collect(),
    };
    let mut measures: Vec<Measure> = Vec::new();
    for &metric in &arguments.metrics {
        for class in &classes {
            let measure = Measure {
                split: arguments.split,
                truth,
                metric,
                class: class.clone().filter(|_| metric != Metric::Accuracy),
            };
            if !measures.contains(&measure) {
                measures.push(measure);
            }
        }
    }
    measures
}

/// Reads runs, and groups those whose recipes differ in nothing but the seed and the name; in the order of their first runs.
fn by_recipe(runs: &[PathBuf]) -> Result<Vec<Vec<RunCases>>, RunnerError> {
    let recipes: Result<Vec<Recipe>, RunnerError> =
        runs.iter().map(|run| Recipe::of_run(run)).collect();
    let groups = repetitions(&recipes?).into_iter();
    groups
        .map(|group| {
            let runs = group.iter().map(|index| RunCases::read(&runs[*index]));
            runs.collect()
        })
        .collect()
}

fn the_baseline(runs: &[PathBuf]) -> Result<Vec<RunCases>, RunnerError> {
    let mut groups = by_recipe(runs)?.into_iter();
    match (groups.next(), groups.next()) {
        (Some(baseline), None) => Ok(baseline),
        (Some(first), Some(second)) => Err(RunnerError::fixable(
            format!(
                "--baseline: expected runs of one recipe with different seeds, found other settings in {} than in {}",
                second[0].run.display(),
                first[0].run.display()
            ),
            "give one recipe's runs as the baseline, and the others before `--baseline`",
        )),
        (None, _) => Err(RunnerError::bug("a baseline without runs")),
    }
}

fn has_clean_lines(run: &RunCases, split: Split) -> bool {
    let clean = |line: &CaseLine| line.split == split && line.truth == Truth::Clean;
    run.lines.iter().any(clean)
}

/// Warns if runs were trained on data with different checksums; those of earlier versions have none.
fn warn_of_different_data(runs: &[PathBuf], baseline: &[PathBuf]) {
    let mut sums: BTreeMap<String, &Path> = BTreeMap::new();
    for run in runs.iter().chain(baseline) {
        let sum = RunFolder::open(run).and_then(|folder| environment::data_sha256(&folder));
        if let Ok(Some(sum)) = sum {
            sums.entry(sum).or_insert(run);
        }
    }
    let different: Vec<&Path> = sums.into_values().collect();
    if let [first, second, ..] = different[..] {
        tracing::warn!(
            "{} and {} were trained on different data, by the checksums in their environment.json",
            first.display(),
            second.display()
        );
    }
}

fn folders(group: &[RunCases]) -> Vec<PathBuf> {
    group.iter().map(|run| run.run.clone()).collect()
}

fn no_p_value(difference: &Difference) -> Option<String> {
    difference.wilcoxon.is_none().then(|| {
        format!(
            "no p-value: with fewer than {FEWEST_PATIENTS} patients a test of signed ranks finds little but large differences, and \
             its absence is easily taken for equality; read the interval"
        )
    })
}

/// The result in words; `together` comparisons are corrected for one another.
fn sentence(group: &[RunCases], difference: &Difference, together: usize) -> String {
    let Difference {
        measure,
        patients,
        unpaired,
        mean,
        baseline_mean,
        difference: gain,
        ci95,
        verdict,
        wilcoxon,
        p_holm,
        wins,
    } = difference;
    let digits = if measure.metric.smaller_is_better() {
        2
    } else {
        4
    };
    let first = group.first().map(|run| run.run.display().to_string());
    let mut text = format!(
        "{} ({}): {} {mean:.digits$} against {baseline_mean:.digits$} on {}",
        first.unwrap_or_default(),
        counted(group.len(), "run"),
        measure_name(measure),
        counted(*patients, "patient")
    );
    text += &match ci95 {
        Some([low, high]) => {
            format!(
                ", a difference of {gain:+.digits$} (95 % interval {low:+.digits$} to {high:+.digits$})"
            )
        }
        None => format!(", a difference of {gain:+.digits$}"),
    };
    text += match verdict {
        Verdict::Better => ": better than the baseline.",
        Verdict::Worse => ": worse than the baseline.",
        Verdict::Undecided if ci95.is_none() => ": undecided, since one patient has no interval.",
        Verdict::Undecided => ": undecided, since the interval contains 0.",
    };
    if let Some(test) = wilcoxon {
        let how = match test.method {
            SignedRankMethod::Exact => "exact",
            SignedRankMethod::Normal => "normal approximation",
        };
        text += &format!(
            " Wilcoxon's signed-rank test ({how}): p = {}",
            probability(test.p)
        );
        if let Some(p) = p_holm.filter(|_| together > 1) {
            text += &format!(
                ", {} after Holm's correction for {together} comparisons",
                probability(p)
            );
        }
        text += &format!("; rank-biserial effect {:+.2}.", test.effect);
    }
    if let Some(wins) = wins {
        text += &format!(" Better in {} of {}", wins.won, counted(wins.of, "seed"));
        text += if difference.is_of_few_seeds() {
            ": a few runs make the difference, such as one that did not converge."
        } else {
            "."
        };
    }
    if *unpaired > 0 {
        text += &format!(
            " {} with a value on one side only: not compared.",
            counted(*unpaired, "patient")
        );
    }
    text
}

fn measure_name(measure: &Measure) -> String {
    let class = match &measure.class {
        Some(class) => format!(" of {class}"),
        None if measure.metric == Metric::Accuracy => String::new(),
        None => " over foreground classes".to_string(),
    };
    format!("{}{class}", measure.metric)
}

/// A p-value with two digits, or that it is very small.
fn probability(p: f64) -> String {
    if p < 0.0001 {
        "less than 0.0001".to_string()
    } else if p < 0.01 {
        format!("{p:.4}")
    } else {
        format!("{p:.2}")
    }
}

fn text(report: &CompareReport) -> String {
    let first = report.comparisons.first();
    let mut text = first.map_or(String::new(), |one| {
        let measure = &one.difference.measure;
        let labels = match measure.truth {
            Truth::Noisy => "the labels of the data set",
            Truth::Clean => "the clean labels",
        };
        format!(
            "{} images against {labels}; baseline: {}\n",
            measure.split,
            one.baseline
                .iter()
                .map(|run| run.display().to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )
    });
    for one in &report.comparisons {
        text += &format!("\n{}\n", one.sentence);
    }
    if let Some(why) = report
        .comparisons
        .iter()
        .find_map(|one| one.no_p_value.as_ref())
    {
        text += &format!("\n{why}\n");
    }
    text
}
