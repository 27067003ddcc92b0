//! Checks of settings, batches and image sizes; each refusal names what is accepted.

use serde_json::Value;

use crate::config::{AUXILIARY_WEIGHT, ModelConfig, NetworkName};
use crate::error::ModelError;

/// The names of the networks with a setting.
fn networks_with(key: &str) -> String {
    let has = |name: &NetworkName| name.architecture().settings.contains(&key);
    let names: Vec<&str> = NetworkName::ALL
        .into_iter()
        .filter(has)
        .map(NetworkName::as_str)
        .collect();
    names.join(" and ")
}

/// The settings by their keys in a recipe.
fn values(config: &ModelConfig) -> Value {
    serde_json::to_value(config).expect("settings are a table of plain values")
}

/// A value as it is in a message.
fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string)
}

/// Whether splitting `images` into batches gives a batch of one image.
fn leaves_one(batch: usize, images: Option<usize>) -> bool {
    batch == 1 || images.is_some_and(|images| images.checked_rem(batch) == Some(1))
}

impl ModelConfig {
    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// The first setting out of range, with what is allowed.
    pub fn validate(&self, classes: usize) -> Result<(), ModelError> {
        let architecture = self.name.architecture();
        if !(1..=512).contains(&self.width) {
            return Err(ModelError::setting(
                "width",
                "1 to 512 channels",
                self.width,
            ));
        }
        if classes < 2 {
            let expected = "at least 2, background included";
            return Err(ModelError::setting("classes", expected, classes));
        }
        self.validate_auxiliary_weight()?;
        self.validate_settings_of_other_networks()?;
        if self.classification_guided && !self.deep_supervision {
            let expected = "false unless name = \"unet3plus\" and deep_supervision = true";
            return Err(ModelError::setting("classification_guided", expected, true));
        }
        (architecture.check)(self)
    }

    /// Settings that only other networks have must keep their defaults, so that none is silently without effect.
    fn validate_settings_of_other_networks(&self) -> Result<(), ModelError> {
        let own = self.name.architecture().settings;
        let defaults = values(&Self::default());
        let found = values(self);
        let of_any_network = NetworkName::ALL
            .into_iter()
            .flat_map(|name| name.architecture().settings);
        for &key in of_any_network {
            if own.contains(&key) || found[key] == defaults[key] {
                continue;
            }
            let default = &defaults[key];
            let unused = if default.is_boolean() {
                ""
            } else {
                " (unused)"
            };
            let expected = format!(
                "{}{unused} for any network but {}",
                shown(default),
                networks_with(key)
            );
            return Err(ModelError::setting(key, expected, shown(&found[key])));
        }
        Ok(())
    }

    /// A weight other than the default needs an auxiliary head.
    fn validate_auxiliary_weight(&self) -> Result<(), ModelError> {
        let weight = self.auxiliary_weight;
        let wrong = |expected| Err(ModelError::setting("auxiliary_weight", expected, weight));
        if !(weight > 0.0 && weight <= 100.0) {
            return wrong("more than 0, at most 100");
        }
        if !self.auxiliary_head && weight.total_cmp(&AUXILIARY_WEIGHT).is_ne() {
            return wrong("0.5 unless auxiliary_head = true");
        }
        Ok(())
    }

    /// Whether it can train on one image at a time.
    #[must_use]
    pub fn trains_on_one_image(&self) -> bool {
        self.name.architecture().trains_on_one_image
    }

    /// Checks that no batch has fewer images than the network can train on, if `images` are split into batches of `batch` and
    /// the last batch has the rest.
    ///
    /// # Errors
    ///
    /// [`ModelError::LoneImage`], with the nearest batch size that leaves no image alone.
    pub fn check_batches(&self, batch: usize, images: Option<usize>) -> Result<(), ModelError> {
        if self.trains_on_one_image() || !leaves_one(batch, images) {
            return Ok(());
        }
        let nearest = (1..=batch)
            .flat_map(|step| [batch + step, batch.saturating_sub(step)])
            .find(|&size| size > 1 && !leaves_one(size, images));
        Err(ModelError::LoneImage {
            network: self.name.as_str(),
            batch,
            images,
            nearest,
        })
    }

    /// A warning if splitting `images` of this size into batches of `batch` leaves a batch in which the coarsest maps have one
    /// value for each channel, which batch normalisation always maps to 0.
    pub fn lone_values(
        &self,
        batch: usize,
        images: usize,
        [height, width]: [usize; 2],
    ) -> Option<String> {
        let side = self.name.architecture().one_pixel_side?;
        ([height, width] == [side; 2] && leaves_one(batch, Some(images))).then(|| {
            format!(
                "train.batch_size = {batch} for {images} training images leaves one alone in its batch: at {height}×{width} the \
                 coarsest maps of {} are one pixel, whose values normalisation then erases; a larger data.size or another \
                 train.batch_size avoids that",
                self.name.as_str()
            )
        })
    }

    /// Checks that the network accepts images of this size.
    ///
    /// # Errors
    ///
    /// [`ModelError::Size`], with the nearest accepted size.
    pub fn check_size(&self, height: usize, width: usize) -> Result<(), ModelError> {
        let sides = self.name.architecture().sides;
        let nearest = [height, width].map(|side| sides.nearest(side));
        if nearest == [height, width] {
            return Ok(());
        }
        Err(ModelError::Size {
            network: self.name.as_str(),
            expected: sides.expected,
            found: [height, width],
            nearest,
        })
    }
}

#[cfg(test)]
mod tests;
