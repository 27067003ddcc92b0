//! `selvedge experiment …`: grids of trainings, their tables, and work items for a cluster.

mod choice;
mod figures;
mod step;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use data::counted;

use crate::commands::experiment::choice::{GridArguments, Planned};
use crate::commands::experiment::figures::FiguresArguments;
use crate::commands::experiment::step::StepArguments;
use crate::error::RunnerError;
use crate::experiment::children::{self, Engine};
use crate::experiment::export::{EngineName, Exported};
use crate::experiment::forecast::{bytes, check_disk, forecast, free_bytes};
use crate::experiment::grid::{EMBEDDED, GridText};
use crate::experiment::item::Item;
use crate::experiment::plan::Plan;
use crate::experiment::results::Results;
use crate::experiment::state::{State, others};
use crate::experiment::table::Tables;
use crate::files::output::OutputFolder;
use crate::terminal::interruption::{self, Steps};
use crate::terminal::printing::print_text;
use crate::text::shell::quoted;
use crate::text::time::duration;

/// `selvedge experiment …`.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// Names and descriptions of the grids inside the program, or the text of one.
    #[command(after_help = "Example: selvedge experiment list table4 > mine.toml")]
    List {
        /// Prints this grid, to save and edit.
        name: Option<String>,
    },
    /// Lists the trainings, checks the data, and measures hours and disk; trains nothing.
    #[command(
        after_help = "Example: selvedge experiment plan table3 --data ultrasound=FASU --scale published --seeds 5"
    )]
    Plan(PlanArguments),
    /// Trains whatever is not finished yet, and writes the table.
    #[command(after_help = "Example: selvedge experiment run table4 --seeds 3 --jobs 2")]
    Run(RunArguments),
    /// How far every training is, with the error of those that failed.
    #[command(after_help = "Example: selvedge experiment status experiments/table4-demo")]
    Status {
        /// The experiment's folder.
        folder: PathBuf,
        /// Lists finished trainings too.
        #[arg(long)]
        all: bool,
    },
    /// Prints the table of the finished runs and the verdict on each claim, and writes table.md, table.csv and table.tex.
    #[command(
        after_help = "Example: selvedge experiment table experiments/table4-demo --format latex"
    )]
    Table {
        /// The experiment's folder.
        folder: PathBuf,
        /// What is printed.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Draws test images with their labels and the predictions of a row and its baseline, a figure for each network.
    #[command(after_help = "Example: selvedge experiment figures experiments/table4-demo")]
    Figures(FiguresArguments),
    /// Writes what a cluster's engine needs to run the trainings.
    #[command(after_help = "Example: selvedge experiment export table1 --engine slurm --out sweep")]
    Export(ExportArguments),
    /// Works on one training of a plan, from wherever it was stopped; ends with 75 if it has to be started again.
    #[command(after_help = "Example: selvedge experiment step sweep/plan.json --index 7")]
    Step(StepArguments),
}

/// The form of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Markdown.
    #[default]
    Md,
    /// One line for a metric of a row, with every number.
    Csv,
    /// LaTeX, with booktabs.
    Latex,
}

/// `selvedge experiment plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub grid: GridArguments,
    /// Trainings at a time, for the hours.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// Measures nothing, and tells neither hours nor disk.
    #[arg(long)]
    pub unmeasured: bool,
}

/// `selvedge experiment run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub grid: GridArguments,
    /// Trainings at a time, which share the CPU's threads.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
}

/// `selvedge experiment export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub grid: GridArguments,
    /// The engine.
    #[arg(long, value_enum)]
    pub engine: EngineName,
    /// Trainings at a time.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// Threads of each training.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: u16,
}

pub(crate) fn run(command: ExperimentCommand, quiet: bool) -> Result<(), RunnerError> {
    match command {
        ExperimentCommand::List { name: Some(name) } => print_text(&GridText::find(&name)?.text),
        ExperimentCommand::List { name: None } => list(),
        ExperimentCommand::Plan(arguments) => plan(&arguments, quiet),
        ExperimentCommand::Run(arguments) => run_all(&arguments),
        ExperimentCommand::Status { folder, all } => status(&folder, all),
        ExperimentCommand::Table { folder, format } => table(&folder, format),
        ExperimentCommand::Figures(arguments) => figures::run(&arguments),
        ExperimentCommand::Export(arguments) => export(&arguments),
        ExperimentCommand::Step(arguments) => step::run(&arguments),
    }
}

fn list() -> Result<(), RunnerError> {
    let mut text = String::new();
    for (name, _) in EMBEDDED {
        let grid = GridText::find(name)?.read()?;
        let rows = grid.networks.iter().map(|network| {
            let has = |row: &&crate::experiment::grid::RowEntry| {
                row.networks.is_empty() || row.networks.contains(&network.name)
            };
            let seeds = |row| grid.seeds_of(row).len();
            grid.rows.iter().filter(has).map(seeds).sum::<usize>()
        });
        let runs: usize = rows.sum();
        text += &format!("{name:<8} {runs:>4} runs  {}\n", grid.description);
    }
    print_text(&text)
}

fn plan(arguments: &PlanArguments, quiet: bool) -> Result<(), RunnerError> {
    let Planned {
        plan,
        folder,
        indices,
        device,
    } = arguments.grid.planned()?;
    let mut text = String::new();
    let mut open: Vec<&Item> = Vec::new();
    for &index in &indices {
        let item = &plan.items[index];
        let state = State::of(item, &folder);
        add(
            &mut text,
            format_args!("{index:>4}  {:<9} {}\n", state.word(), item.title()),
        );
        if state != State::Finished {
            open.push(item);
        }
    }
    add(
        &mut text,
        format_args!(
            "{}, {} of them finished; folder: {}\n",
            counted(indices.len(), "run"),
            indices.len() - open.len(),
            folder.display()
        ),
    );
    if arguments.unmeasured || open.is_empty() {
        return print_text(&text);
    }
    let cost = forecast(&open, plan.data.as_deref(), device, quiet)?;
    let jobs = f64::from(arguments.jobs);
    let free = free_bytes(&folder);
    add(
        &mut text,
        format_args!(
            "time: about {}{}, {} for the longest run\ndisk: {}, {} free\n",
            duration((cost.seconds / jobs).max(cost.longest)),
            if arguments.jobs > 1 {
                format!(" if {} at a time are as fast as one", arguments.jobs)
            } else {
                String::new()
            },
            duration(cost.longest),
            bytes(cost.bytes),
            free.map_or("unknown".to_string(), bytes)
        ),
    );
    print_text(&text)?;
    check_disk(&folder, cost.bytes, free)
}

fn run_all(arguments: &RunArguments) -> Result<(), RunnerError> {
    let Planned {
        plan,
        folder,
        indices,
        ..
    } = arguments.grid.planned()?;
    let interrupted = interruption::listen()?;
    plan.write(&folder)?;
    let jobs = usize::from(arguments.jobs);
    let engine = Engine {
        jobs,
        threads: (jobs > 1).then(|| (rayon::current_num_threads() / jobs).max(1)),
        device: None,
    };
    let steps = Steps::begin();
    let report = children::run(&plan, &folder, &indices, &engine, &interrupted)?;
    drop(steps);
    tracing::info!(
        "{} finished now, {} before",
        counted(report.done, "run"),
        report.found
    );
    let tables = write_table(&plan, &folder)?;
    match &report.failed[..] {
        [] => print_text(&tables.markdown),
        [first, ..] => Err(RunnerError::failed(
            format!(
                "expected {} to finish, found {} that failed, such as {first}",
                counted(indices.len(), "run"),
                report.failed.len()
            ),
            format!(
                "see `selvedge experiment status {}`; the same command tries them again",
                quoted(&folder)
            ),
        )),
    }
}

fn status(folder: &Path, all: bool) -> Result<(), RunnerError> {
    let (plan, folder) = Plan::read(folder)?;
    let mut text = String::new();
    let mut counts: Vec<(&str, usize)> = ["finished", "running", "failed", "stopped", "missing"]
        .map(|word| (word, 0))
        .to_vec();
    for (index, item) in plan.items.iter().enumerate() {
        let state = State::of(item, &folder);
        if let Some((_, count)) = counts.iter_mut().find(|(word, _)| *word == state.word()) {
            *count += 1;
        }
        if state == State::Finished && !all {
            continue;
        }
        add(
            &mut text,
            format_args!("{index:>4}  {:<9} {}", state.word(), item.title()),
        );
        match state {
            State::Running(who) => add(&mut text, format_args!(": {who}\n")),
            State::Stopped(epochs) => add(
                &mut text,
                format_args!(" after {}\n", counted(epochs, "epoch")),
            ),
            State::Failed(failure) => {
                // Its title is on this line already.
                let title = format!("{}: ", item.title());
                let message = failure.message.strip_prefix(&title);
                let message = message.unwrap_or(&failure.message);
                add(
                    &mut text,
                    format_args!(": {message}\n        help: {}\n", failure.advice),
                );
            }
            State::Finished | State::Missing => text += "\n",
        }
    }
    for other in others(&plan.items, &folder) {
        add(
            &mut text,
            format_args!(
                "not in the plan: {}, of an earlier recipe, seed or data\n",
                other.display()
            ),
        );
    }
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    add(
        &mut text,
        format_args!(
            "{}: {}\n",
            counted(plan.items.len(), "run"),
            counts.join(", ")
        ),
    );
    print_text(&text)
}

fn table(folder: &Path, format: Format) -> Result<(), RunnerError> {
    let (plan, folder) = Plan::read(folder)?;
    let tables = write_table(&plan, &folder)?;
    print_text(match format {
        Format::Md => &tables.markdown,
        Format::Csv => &tables.csv,
        Format::Latex => &tables.latex,
    })
}

fn write_table(plan: &Plan, folder: &Path) -> Result<Tables, RunnerError> {
    let tables = Tables::of(&Results::read(plan, folder)?)?;
    tables.write(folder)?;
    Ok(tables)
}

fn export(arguments: &ExportArguments) -> Result<(), RunnerError> {
    let Planned {
        plan,
        folder,
        indices,
        ..
    } = arguments.grid.planned()?;
    plan.write(&folder)?;
    let program = std::env::current_exe().map_err(RunnerError::bug)?;
    let exported = Exported {
        program: &program,
        folder: &folder,
        name: &plan.grid()?.name,
        indices: &indices,
        jobs: arguments.jobs.into(),
        threads: arguments.threads.into(),
    };
    let (name, text) = arguments.engine.file(&exported);
    OutputFolder::prepare("export", &folder, &[name.to_string()])?
        .write_bytes(name, text.as_bytes())?;
    print_text(&format!(
        "{} of {}\nstart with: {}\n",
        counted(indices.len(), "work item"),
        folder.display(),
        arguments.engine.start(&folder)
    ))
}

fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("a String takes everything");
}
