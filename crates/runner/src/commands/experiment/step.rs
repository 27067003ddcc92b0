//! `selvedge experiment step`: one work item.

use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;

use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::experiment::plan::Plan;
use crate::experiment::step::{AGAIN, bound_threads, threads, work};
use crate::terminal::interruption;

/// `selvedge experiment step`.
#[derive(Debug, Args)]
pub struct StepArguments {
    /// The plan: plan.json, or the experiment's folder.
    pub plan: PathBuf,
    /// Number of the training in the plan, from 0.
    #[arg(long, value_name = "N")]
    pub index: usize,
    /// The device. Default: that of the plan.
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<DeviceRequest>,
    /// Threads. Default: `SLURM_CPUS_PER_TASK`, or all that the system gives.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Saves and ends when the standard input is closed.
    #[arg(long, hide = true)]
    pub while_stdin_is_open: bool,
}

pub(super) fn run(arguments: &StepArguments) -> Result<(), RunnerError> {
    interruption::exit_with(AGAIN);
    let interrupted = interruption::listen()?;
    if arguments.while_stdin_is_open {
        let flag = interrupted.clone();
        std::thread::spawn(move || {
            // The end of the file, or an error: in either case whoever started this process is gone.
            let _ = io::copy(&mut io::stdin().lock().take(u64::MAX), &mut io::sink());
            interruption::interrupt(&flag);
        });
    }
    bound_threads(threads(arguments.threads.map(usize::from)))?;
    let (plan, folder) = Plan::read(&arguments.plan)?;
    let worked = work(
        &plan,
        &folder,
        arguments.index,
        arguments.device,
        &interrupted,
    )?;
    if !worked {
        tracing::info!("this training was finished before");
    }
    Ok(())
}
