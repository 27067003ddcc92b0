//! Files with which an existing engine runs the work items of a plan.

use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;

use crate::experiment::plan::FILE;
use crate::text::shell::quoted;

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// An array of jobs for `sbatch`.
    Slurm,
    /// A script that calls GNU parallel.
    Parallel,
    /// A Snakefile.
    Snakemake,
    /// A command a line, for any other engine.
    Commands,
}

/// How the engine runs work items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exported<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// The experiment's folder, absolute.
    pub(crate) folder: &'a Path,
    /// Name of the experiment.
    pub(crate) name: &'a str,
    /// Numbers of the work items.
    pub(crate) indices: &'a [usize],
    /// Trainings at a time.
    pub(crate) jobs: usize,
    /// Threads of each.
    pub(crate) threads: usize,
}

impl EngineName {
    /// Name and text of the file.
    pub(crate) fn file(self, of: &Exported<'_>) -> (&'static str, String) {
        match self {
            Self::Slurm => ("array.sbatch", slurm(of)),
            Self::Parallel => ("parallel.sh", parallel(of)),
            Self::Snakemake => ("Snakefile", snakemake(of)),
            Self::Commands => ("commands.txt", commands(of)),
        }
    }

    /// How to start it.
    pub(crate) fn start(self, folder: &Path) -> String {
        let file = |name: &str| quoted(&folder.join(name));
        match self {
            Self::Slurm => format!("sbatch {}", file("array.sbatch")),
            Self::Parallel => format!("bash {}", file("parallel.sh")),
            Self::Snakemake => format!(
                "snakemake --snakefile {} --directory {} --cores all",
                file("Snakefile"),
                quoted(folder)
            ),
            Self::Commands => format!("for example: sh {}", file("commands.txt")),
        }
    }
}

impl Exported<'_> {
    /// The command of a work item, whose number is `index` in the engine's language.
    fn step(&self, index: &str) -> String {
        format!(
            "{} experiment step {} --index {index}",
            quoted(self.program),
            quoted(&self.folder.join(FILE))
        )
    }

    fn listed(&self, between: &str) -> String {
        let numbers: Vec<String> = self.indices.iter().map(ToString::to_string).collect();
        numbers.join(between)
    }
}

/// Numbers as Slurm writes them: `0-4,7`.
fn ranges(indices: &[usize]) -> String {
    let mut parts: Vec<[usize; 2]> = Vec::new();
    for &index in indices {
        match parts.last_mut() {
            Some([_, last]) if *last + 1 == index => *last = index,
            _ => parts.push([index, index]),
        }
    }
    let written = parts.iter().map(|[first, last]| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    });
    written.collect::<Vec<_>>().join(",")
}

fn slurm(of: &Exported<'_>) -> String {
    let (array, jobs, threads, name) = (ranges(of.indices), of.jobs, of.threads, of.name);
    let folder = of.folder.display().to_string();
    // In Slurm's quotes, for a folder whose name has a space; percent signs are Slurm's.
    let log = folder.replace('%', "%%").replace('"', "\\\"");
    let step = of.step("\"$SLURM_ARRAY_TASK_ID\"");
    format!(
        r#"#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array={array}%{jobs}
#SBATCH --cpus-per-task={threads}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
#SBATCH --output="{log}/slurm-%a.log"
# A GPU for each: #SBATCH --gres=gpu:1

# A work item saves on SIGTERM and ends with 75. Two minutes before the time limit, and when it is preempted, it is requeued;
# cancelled by `scancel`, it is not.
requeue=
trap 'signalled=yes; requeue=yes; kill -TERM "$item"' USR1
trap 'signalled=yes; kill -TERM "$item"' TERM
{step} &
item=$!
# A signal ends `wait`, whose code then is not that of the work item.
while :; do
    signalled=
    wait "$item"
    code=$?
    [ -n "$signalled" ] || break
done
if [ "$code" -eq 75 ] && [ -n "$requeue" ]; then
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
fi
exit "$code"
"#
    )
}

fn parallel(of: &Exported<'_>) -> String {
    let step = of.step("{}");
    format!(
        "#!/bin/sh\n\
         # Again after an interruption: items that are finished end at once.\n\
         exec parallel --jobs {} --retries 3 --termseq TERM,60000,KILL,25 --joblog {} \\\n    \
         '{} --threads {}' ::: {}\n",
        of.jobs,
        quoted(&of.folder.join("joblog.tsv")),
        step.replace('\'', r"'\''"),
        of.threads,
        of.listed(" ")
    )
}

fn snakemake(of: &Exported<'_>) -> String {
    // In Python's string; single braces are Snakemake's.
    let step = of.step("INDEX").replace('{', "{{").replace('}', "}}");
    let step = step.replace('\\', "\\\\").replace('"', "\\\"");
    let step = step.replace("--index INDEX", "--index {wildcards.index}");
    let mut text = format!("ITEMS = [{}]\n\n", of.listed(", "));
    let written = write!(
        text,
        "rule all:\n    input: expand(\"done/{{index}}\", index=ITEMS)\n\n\
         rule item:\n    output: touch(\"done/{{index}}\")\n    threads: {}\n    retries: 3\n    \
         shell: \"{step} --threads {{threads}}\"\n",
        of.threads
    );
    written.expect("a String takes everything");
    text
}

fn commands(of: &Exported<'_>) -> String {
    let line =
        |index: &usize| format!("{} --threads {}\n", of.step(&index.to_string()), of.threads);
    of.indices.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(engine: EngineName, indices: &[usize]) -> String {
        let of = Exported {
            program: Path::new("/bin/selvedge"),
            folder: Path::new("/data/my sweep"),
            name: "table4",
            indices,
            jobs: 3,
            threads: 2,
        };
        engine.file(&of).1
    }

    #[test]
    #[cfg_attr(windows, ignore = "Slurm does not run there, and paths look otherwise")]
    fn an_array_has_the_chosen_items_only() {
        let text = exported(EngineName::Slurm, &[0, 1, 2, 5, 7, 8]);
        assert!(text.contains("#SBATCH --array=0-2,5,7-8%3\n"), "{text}");
        assert!(
            text.contains(
                "/bin/selvedge experiment step '/data/my sweep/plan.json' --index \"$SLURM"
            ),
            "{text}"
        );
        assert!(text.contains("${SLURM_ARRAY_JOB_ID}"), "{text}");
        // Slurm refuses a directive with a space outside of quotes.
        assert!(
            text.contains("#SBATCH --output=\"/data/my sweep/slurm-%a.log\"\n"),
            "{text}"
        );
    }

    #[test]
    #[cfg_attr(
        windows,
        ignore = "these engines are for Unix, and paths look otherwise"
    )]
    fn a_path_with_a_space_stays_one_word_in_every_engine() {
        let text = exported(EngineName::Parallel, &[0, 2]);
        assert!(
            text.contains(r"step '\''/data/my sweep/plan.json'\'' --index {} --threads 2' ::: 0 2"),
            "{text}"
        );
        let text = exported(EngineName::Commands, &[0, 2]);
        assert_eq!(text.lines().count(), 2);
        assert!(
            text.contains("'/data/my sweep/plan.json' --index 2 --threads 2\n"),
            "{text}"
        );
        let text = exported(EngineName::Snakemake, &[0, 2]);
        assert!(text.contains("ITEMS = [0, 2]"), "{text}");
        assert!(
            text.contains("--index {wildcards.index} --threads {threads}\""),
            "{text}"
        );
    }
}
