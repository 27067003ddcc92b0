//! A network's first weights, from the file that its recipe names.

use std::path::Path;

use models::weights::{LoadReport, WeightsFile, load};
use models::{Network, NetworkName};

use crate::error::RunnerError;
use crate::recipe::Recipe;

/// The network with the weights that its recipe names, the recipe with that file's checksum, and what came of the file; both as
/// they were where it names none, or where the run goes on: it has its weights in its checkpoint then, and needs the file no
/// more.
///
/// # Errors
///
/// The file is missing, is another than the recipe's checksum says, or does not fit.
pub(crate) fn pretrain(
    network: Network,
    recipe: &Recipe,
    goes_on: bool,
) -> Result<(Network, Recipe, Option<LoadReport>), RunnerError> {
    let mut recipe = recipe.clone();
    let config = &mut recipe.model;
    if goes_on || config.pretrained.is_empty() {
        if !goes_on && config.name == NetworkName::MeritGcascade {
            tracing::warn!(
                "meritgcascade without model.pretrained: its layer scales begin at 1e-6, with its attentions nearly off, and it \
                 learns slowly"
            );
        }
        return Ok((network, recipe, None));
    }
    let file = WeightsFile::open(Path::new(&config.pretrained))?;
    let expected = config.pretrained_sha256.trim();
    if !expected.is_empty() && !expected.eq_ignore_ascii_case(file.sha256()?) {
        return Err(RunnerError::fixable(
            format!(
                "{}: expected the SHA-256 {expected} of model.pretrained_sha256, found {}",
                file.path().display(),
                file.sha256()?
            ),
            "give the file that the recipe means, or take the key out of the recipe",
        ));
    }
    let (network, report) = load(network, &file, config.pretrained_strict)?;
    tracing::info!("{}", summary(&report));
    if !report.is_complete() {
        tracing::warn!("not taken from the file: {}", report.differences());
    }
    // The run's own recipe must hold wherever it is started from.
    if let Ok(path) = std::path::absolute(file.path()) {
        config.pretrained = path.display().to_string();
    }
    config.pretrained_sha256.clone_from(&report.sha256);
    Ok((network, recipe, Some(report)))
}

/// One line of a report.
pub(crate) fn summary(report: &LoadReport) -> String {
    let mut text = format!(
        "{}: {} tensors taken ({})",
        report.file.display(),
        report.loaded,
        report.names
    );
    if !report.prefix.is_empty() {
        text += &format!("; '{}' before their names taken off", report.prefix);
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
