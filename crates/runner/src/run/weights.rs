//! `selvedge weights …` and `selvedge forward`.

use data::counted;
use models::weights::LoadReport;

use super::model::config_of;
use super::{answer, print};
use crate::cli::{ForwardArguments, WeightsCommand};
use crate::error::RunnerError;
use crate::forward::{ForwardOptions, forward};
use crate::weights::{export, import, summary};

pub(super) fn run_weights(command: WeightsCommand) -> Result<(), RunnerError> {
    match command {
        WeightsCommand::Import {
            files,
            model,
            network,
            out,
            lenient,
            json,
        } => {
            let config = config_of(&model, &network)?;
            let imported = import(&files, &config, network.classes, !lenient, &out)?;
            answer(json, &imported, || {
                imported.files.iter().map(words).collect()
            })
        }
        WeightsCommand::Export {
            run,
            out,
            checkpoint,
        } => {
            let written = export(&run, checkpoint.folder(), out.as_deref())?;
            print(&format!("{}\n", written.display()))
        }
    }
}

fn words(report: &LoadReport) -> String {
    let mut text = format!("{}\nsha256 {}\n", summary(report), report.sha256);
    if report.ignored > 0 {
        text += &format!(
            "passed over: {} that no network needs\n",
            counted(report.ignored, "tensor")
        );
    }
    if !report.is_complete() {
        text += &format!("did not fit: {}\n", report.differences());
    }
    text
}

pub(super) fn run_forward(arguments: ForwardArguments) -> Result<(), RunnerError> {
    let options = ForwardOptions {
        model: config_of(&arguments.model, &arguments.network)?,
        classes: arguments.network.classes,
        weights: arguments.weights,
        input: arguments.input,
        out: arguments.out,
        device: arguments.device.device,
    };
    let shape = forward(&options)?;
    tracing::info!("logits {shape:?} in {}", options.out.display());
    Ok(())
}
