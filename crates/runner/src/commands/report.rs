//! `selvedge report`: what finished runs reached, as one page.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::RunnerError;
use crate::files::output::OutputFolder;
use crate::report::options::ReportOptions;
use crate::report::page;
use crate::terminal::printing::print_text;
use crate::terminal::progress::Progress;

/// The file's name, unless the user chooses one.
const FILE: &str = "report.html";

/// `selvedge report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Folders of finished runs. Several stand side by side; their differences are from the first.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The page; default: report.html in the run's folder, or in the current folder for several runs. An earlier report there is
    /// replaced, another file is refused.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The data set's folder, for pictures; default: the one of the first run's training.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Leaves out pictures, and replaces names of images, patients, runs and folders by numbers.
    #[arg(long)]
    pub private: bool,
}

pub(crate) fn run(arguments: &ReportArguments, quiet: bool) -> Result<(), RunnerError> {
    let path = match (&arguments.out, &arguments.runs[..]) {
        (Some(path), _) => path.clone(),
        (None, [run]) => run.join(FILE),
        (None, _) => PathBuf::from(FILE),
    };
    let options = ReportOptions {
        data: arguments.data.as_deref(),
        private: arguments.private,
    };
    let text = page(&arguments.runs, options, Progress::new(quiet))?;
    write(&path, text.as_bytes())?;
    print_text(&format!("{}\n", path.display()))
}

/// Writes the page, unless another file has its place.
fn write(path: &Path, bytes: &[u8]) -> Result<(), RunnerError> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| {
            RunnerError::mismatch("a file name", "none", "give a file such as report.html")
                .at(format!("--out {}", path.display()))
        })?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = OutputFolder::prepare("report", folder, &[name.to_string()])?;
    folder.write_bytes(name, bytes)
}
