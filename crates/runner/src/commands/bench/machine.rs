//! `selvedge bench report`: everything worth knowing about this machine's device in under ten minutes, in a JSON file and a page.
//!
//! Every measurement is a process of its own, so that a driver that crashes or hangs costs one row. The program needs nothing
//! but itself; the scripts that PyTorch runs for comparison are inside it.

mod page;
mod plan;
mod process;
mod pytorch;
mod report;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::build::BUILD;
use crate::commands::bench::arguments::MachineArguments;
use crate::commands::bench::machine::page::page;
use crate::commands::bench::machine::plan::{Measurement, Program, Sizes, plan};
use crate::commands::bench::machine::process::{Finished, finished};
use crate::commands::bench::machine::pytorch::{Python, SCRIPTS};
use crate::commands::bench::machine::report::{MachineReport, Measured};
use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::files::output::OutputFolder;
use crate::terminal::printing::print_text;
use crate::terminal::progress::Progress;

/// For everything. What has not begun by then is not measured.
const ALL: Duration = Duration::from_secs(590);

pub(super) fn run(arguments: &MachineArguments, quiet: bool) -> Result<(), RunnerError> {
    let start = Instant::now();
    let program = std::env::current_exe().map_err(RunnerError::bug)?;
    let scripts = SCRIPTS.map(|(name, _)| name.to_string());
    let names = ["report.json".to_string(), "report.md".to_string()];
    let folder = OutputFolder::prepare("bench-report", &arguments.out, &names)?;
    let programs = OutputFolder::prepare("bench-report", &arguments.out.join("pytorch"), &scripts)?;
    for (name, text) in SCRIPTS {
        programs.write_bytes(name, text.as_bytes())?;
    }
    let on_cpu = matches!(
        arguments.device,
        DeviceRequest::Cpu | DeviceRequest::Software
    );
    let python = pytorch::find(arguments.python.as_deref(), on_cpu)?;
    let sizes = if arguments.tiny {
        Sizes::TINY
    } else {
        Sizes::REAL
    };
    let measurements = plan(arguments.device, sizes, python.as_ref());
    let bar = Progress::new(quiet).counting("measuring", measurements.len());
    let mut measured = Vec::new();
    for measurement in measurements {
        measured.push(measure(
            measurement,
            &program,
            python.as_ref(),
            &arguments.out,
            ALL.saturating_sub(start.elapsed()),
        ));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = MachineReport {
        selvedge: BUILD,
        device: arguments.device.to_string(),
        tiny: arguments.tiny,
        pytorch: python,
        seconds: start.elapsed().as_secs_f64(),
        measurements: measured,
    };
    let json = serde_json::to_vec_pretty(&report).map_err(RunnerError::bug)?;
    let text = page(&report);
    folder.write_bytes("report.json", &json)?;
    folder.write_bytes("report.md", text.as_bytes())?;
    print_text(&text)
}

fn measure(
    measurement: Measurement,
    program: &Path,
    python: Option<&Python>,
    folder: &Path,
    left: Duration,
) -> Measured {
    let begun = Instant::now();
    let most = measurement.most.min(left);
    let arguments = measurement.arguments.iter().map(String::as_str);
    let finished = match (measurement.program, python) {
        _ if most.is_zero() => Finished::failed("not begun: ten minutes were over"),
        (Program::Selvedge, _) => finished(program, arguments, folder, most),
        (Program::PyTorch, Some(python)) => {
            finished(&python.program, arguments, &folder.join("pytorch"), most)
        }
        (Program::PyTorch, None) => Finished::failed("no PyTorch"),
    };
    Measured {
        measurement,
        seconds: begun.elapsed().as_secs_f64(),
        result: finished.result,
        failure: finished.failure,
    }
}
