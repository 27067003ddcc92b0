//! `selvedge bench …`: how long a part of the work takes, and in turn with it, the same with Burn's built-in operations.
//!
//! `subject` is what is measured on a device, with a file for each kind; `loading` needs no device. `meter` repeats and times it,
//! `peak` measures the limits of the device, `comparison` makes a `report`, `text` formats that, `table` measures everything, and
//! `machine` reports on a machine.

pub(crate) mod arguments;
mod checks;
mod comparison;
mod conv;
mod envelope;
mod figures;
mod forward;
mod inputs;
mod loading;
mod machine;
mod measure;
mod meter;
mod options;
mod peak;
mod report;
mod resize;
mod step;
mod subject;
mod table;
mod text;
mod trial;

use models::ModelConfig;

use crate::arguments::network::network_name;
use crate::commands::bench::arguments::{
    BenchArguments, BenchCommand, BenchedNetwork, DataBenchArguments, MeasureArguments,
};
use crate::commands::bench::conv::ConvSubject;
use crate::commands::bench::envelope::EnvelopeSubject;
use crate::commands::bench::loading::{DataBenchOptions, bench_data, loading_text};
use crate::commands::bench::measure::bench;
use crate::commands::bench::options::BenchOptions;
use crate::commands::bench::resize::ResizeSubject;
use crate::commands::bench::step::StepSubject;
use crate::commands::bench::subject::Subject;
use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::terminal::printing::print_result;

pub(crate) fn run(command: BenchCommand, quiet: bool) -> Result<(), RunnerError> {
    let (subject, measure) = match command {
        BenchCommand::Envelope(arguments) => {
            let subject = EnvelopeSubject {
                batch: arguments.batch,
                classes: arguments.classes,
                size: arguments.size,
                overrides: arguments.overrides,
            };
            (Subject::Envelope(subject), arguments.measure)
        }
        BenchCommand::Step {
            network,
            recompute,
            mut arguments,
        } => {
            if recompute {
                arguments.overrides.push("train.recompute=true".into());
            }
            let (subject, measure) = of_network(&network, arguments)?;
            (Subject::Step(subject), measure)
        }
        BenchCommand::Forward { network, arguments } => {
            let (subject, measure) = of_network(&network, arguments)?;
            (Subject::Forward(subject), measure)
        }
        BenchCommand::Conv(arguments) => {
            let subject = ConvSubject {
                kernel: arguments.kernel,
                stride: arguments.stride,
                dilation: arguments.dilation,
                groups: arguments.groups,
                inputs: arguments.inputs,
                outputs: arguments.outputs,
                batch: arguments.batch,
                size: arguments.size,
            };
            (Subject::Conv(subject), arguments.measure)
        }
        BenchCommand::Resize {
            factor,
            channels,
            size,
            batch,
            measure,
        } => {
            let subject = ResizeSubject {
                factor,
                channels,
                batch,
                size,
            };
            (Subject::Resize(subject), measure)
        }
        BenchCommand::Peak { device, json } => {
            let measure = MeasureArguments {
                repeats: 1,
                device,
                stock: false,
                json,
            };
            (Subject::Peak, measure)
        }
        BenchCommand::Data(arguments) => return run_data(arguments, quiet),
        BenchCommand::Report(arguments) => return machine::run(&arguments, quiet),
        BenchCommand::Trial { device, json } => {
            let found = trial::trial(device)?;
            return print_result(json, &found, || trial::trial_text(&found));
        }
        BenchCommand::All {
            device,
            repeats,
            tiny,
            json,
        } => {
            let found = table::table(table::TableOptions {
                device,
                repeats,
                tiny,
                quiet,
            })?;
            return print_result(json, &found, || table::table_text(&found));
        }
    };
    let found = bench(&BenchOptions {
        subject,
        repeats: measure.repeats,
        most: None,
        device: measure.device.device,
        stock: measure.stock,
        quiet,
    })?;
    print_result(measure.json, &found, || text::report_text(&found))
}

fn of_network(
    network: &BenchedNetwork,
    arguments: BenchArguments,
) -> Result<(StepSubject, MeasureArguments), RunnerError> {
    let subject = StepSubject {
        model: ModelConfig {
            name: network_name(&network.model)?,
            width: network.width,
            ..ModelConfig::default()
        },
        batch: arguments.batch,
        classes: arguments.classes,
        size: arguments.size,
        overrides: arguments.overrides,
    };
    Ok((subject, arguments.measure))
}

fn run_data(arguments: DataBenchArguments, quiet: bool) -> Result<(), RunnerError> {
    let mut overrides = arguments.overrides;
    overrides.extend(
        arguments
            .size
            .map(|size| format!("data.size=[{size}, {size}]")),
    );
    overrides.extend(
        arguments
            .batch
            .map(|batch| format!("train.batch_size={batch}")),
    );
    let found = bench_data(&DataBenchOptions {
        recipe: Recipe::load(&arguments.recipe, &overrides)?,
        data: arguments.data,
        epochs: arguments.epochs,
        quiet,
    })?;
    print_result(arguments.json, &found, || loading_text(&found))
}
