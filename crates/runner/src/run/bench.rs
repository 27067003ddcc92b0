//! `selvedge bench …`: from its arguments to what is measured.

use models::ModelConfig;

use super::{answer, network_name};
use crate::cli::{
    BenchArguments, BenchCommand, BenchedNetwork, DataBenchArguments, MeasureArguments,
};
use crate::commands::bench::{
    self, BenchOptions, ConvSubject, EnvelopeSubject, ResizeSubject, StepSubject, Subject,
};
use crate::error::RunnerError;
use crate::recipe::Recipe;

pub(super) fn run_bench(command: BenchCommand, quiet: bool) -> Result<(), RunnerError> {
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
        BenchCommand::Trial { device, json } => {
            let found = bench::trial(device)?;
            return answer(json, &found, || bench::trial_words(&found));
        }
        BenchCommand::All {
            device,
            repeats,
            tiny,
            json,
        } => {
            let found = bench::table(bench::TableOptions {
                device,
                repeats,
                tiny,
                quiet,
            })?;
            return answer(json, &found, || bench::table_words(&found));
        }
    };
    let found = bench::bench(&BenchOptions {
        subject,
        repeats: measure.repeats,
        most: None,
        device: measure.device.device,
        stock: measure.stock,
        quiet,
    })?;
    answer(measure.json, &found, || bench::words(&found))
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
    let found = bench::bench_data(&bench::DataBenchOptions {
        recipe: Recipe::load(&arguments.recipe, &overrides)?,
        data: arguments.data,
        epochs: arguments.epochs,
        quiet,
    })?;
    answer(arguments.json, &found, || bench::data_words(&found))
}
