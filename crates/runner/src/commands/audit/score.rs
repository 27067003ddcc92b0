//! `selvedge audit score`: how good an audit is, where it is known what is wrong.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::audit_proof::audited::Audited;
use crate::audit_proof::lists::AuditLists;
use crate::audit_proof::page::proof_page;
use crate::audit_proof::report::measure;
use crate::audit_proof::table::proof_table;
use crate::audit_proof::truth::truth;
use crate::auditing::folder::Audit;
use crate::error::RunnerError;
use crate::files::output::{refuse_taken, write_new};
use crate::terminal::printing::print_result;

/// `selvedge audit score`.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// Folder of an audit.
    pub audit: PathBuf,
    /// The clean labels of the audited set: a set in the same layout that has them, such as the audited one, or a folder of label
    /// files with the same names. With `corruptions.json` there, the errors are those that it notes; without it, those that a
    /// comparison finds.
    #[arg(long, value_name = "DIR")]
    pub truth: PathBuf,
    /// The audited set, if it was moved.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Also writes an HTML page with the effort curves.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Prints all measures and curves as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &ScoreArguments) -> Result<(), RunnerError> {
    if let Some(page) = &arguments.out {
        refuse_taken(page)?;
    }
    let audit = Audit::read(&arguments.audit)?;
    let lists = AuditLists::new(&arguments.audit, &audit)?;
    let Audited { dataset, options } = Audited::open(&audit.note, arguments.data.as_deref())?;
    let images: BTreeSet<&str> = lists.images.iter().map(|row| row.image.as_str()).collect();
    let truth = truth(&dataset, &options, &arguments.truth, &images)?;
    let report = measure(&arguments.audit, &lists, &truth);
    if let Some(page) = &arguments.out {
        write_new(page, proof_page(&report).as_bytes())?;
    }
    print_result(arguments.json, &report, || proof_table(&report))
}
