//! Class weights that a recipe leaves to the training labels.

use data::{BatchSource, Dataset};
use loss::{ClassWeights, inverse_sqrt};

use crate::recipe::Recipe;

/// The recipe with numbers as class weights: if it names the rule `inverse_sqrt`, they are made of the pixels of the training
/// labels, and reported. From here on the run's recipe has the numbers.
pub(super) fn with_class_weights(
    recipe: &Recipe,
    source: &BatchSource,
    dataset: &Dataset,
) -> Recipe {
    let mut recipe = recipe.clone();
    if recipe.loss.class_weights == ClassWeights::InverseSqrt {
        let pixels = source.overview().pixels(dataset.class_names.len());
        let weights = inverse_sqrt(&pixels);
        let names = dataset.class_names.iter();
        let described: Vec<String> = names
            .zip(pixels.iter().zip(&weights))
            .map(|(name, (pixels, weight))| format!("{name} {weight:.3} ({pixels} pixels)"))
            .collect();
        tracing::info!(
            "loss.class_weights = \"inverse_sqrt\": {}",
            described.join(", ")
        );
        recipe.loss.class_weights = weights.into();
    }
    recipe
}
