//! A network's first weights, from the file that its recipe names.

use std::path::Path;

use models::Network;
use models::weights::{LoadReport, WeightsFile, load};

use data::counted;

use crate::error::RunnerError;
use crate::recipe::Recipe;

/// Loads the weights that a recipe names: the network with them, the recipe with the file's checksum, and the report on the
/// file. Network and recipe are unchanged if it names none, or if the run resumes: its checkpoint then has the weights.
///
/// # Errors
///
/// The file is missing, does not match the recipe's checksum, or does not fit the network.
pub(crate) fn pretrain(
    network: Network,
    recipe: &Recipe,
    resuming: bool,
) -> Result<(Network, Recipe, Option<LoadReport>), RunnerError> {
    let mut recipe = recipe.clone();
    let config = &mut recipe.model;
    if resuming || config.pretrained.is_empty() {
        if let Some(reason) = config.name.architecture().slow_from_scratch
            && !resuming
        {
            tracing::warn!(
                "{} without model.pretrained: {reason}",
                config.name.as_str()
            );
        }
        return Ok((network, recipe, None));
    }
    let file = WeightsFile::open(Path::new(&config.pretrained))?;
    let expected = config.pretrained_sha256.trim();
    if !expected.is_empty() && !expected.eq_ignore_ascii_case(file.sha256()?) {
        return Err(RunnerError::mismatch(
            format!("the SHA-256 {expected} of model.pretrained_sha256"),
            file.sha256()?,
            "use the file that the recipe names, or remove the key from the recipe",
        )
        .at(file.path().display()));
    }
    let (network, report) = load(network, &file, config.pretrained_strict)?;
    tracing::info!("{}", summary(&report));
    if !report.is_complete() {
        tracing::warn!("not loaded from the file: {}", report.differences());
    }
    // The run's own recipe must work from any working directory.
    if let Ok(path) = std::path::absolute(file.path()) {
        config.pretrained = path.display().to_string();
    }
    config.pretrained_sha256.clone_from(&report.sha256);
    Ok((network, recipe, Some(report)))
}

/// The report on a file, in one line.
pub(crate) fn summary(report: &LoadReport) -> String {
    let mut text = format!(
        "{}: {} loaded ({})",
        report.file.display(),
        counted(report.loaded, "tensor"),
        report.names
    );
    if !report.prefix.is_empty() {
        text += &format!(
            "; '{}' removed from the start of their names",
            report.prefix
        );
    }
    if report.outside > 0 {
        text += &format!(
            "; {} outside the encoder keep their initial weights",
            report.outside
        );
    }
    if report.grey_stem {
        text += "; the first convolution, for grey images, spread over three colours";
    }
    text
}
