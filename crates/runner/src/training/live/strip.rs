//! The predictions of the fixed validation images, epoch by epoch.

use std::collections::BTreeMap;

use data::LabelMap;
use maud::{Markup, html};

use crate::error::RunnerError;
use crate::page::picture::{CONTOUR_KEY, Packed, contours, drawn_image};
use crate::page::{key, shown};
use crate::run_folder::previews::Previews;
use crate::run_folder::scores::EpochScores;
use crate::run_folder::writer::RunWriter;

/// Most epochs that are shown.
const MOST_EPOCHS: usize = 12;
/// Most pictures: with more previews, fewer epochs are shown.
const MOST_PICTURES: usize = 64;
/// Longest side of a picture.
const LONGEST: usize = 176;

/// The pictures that are shown, packed once and kept.
#[derive(Debug, Default)]
pub(super) struct Strip {
    /// The images without labels.
    plain: Vec<Packed>,
    /// By epoch, the pictures of its predictions.
    epochs: BTreeMap<usize, Vec<Packed>>,
}

impl Strip {
    /// Takes over what epochs have written since the last time, and forgets what is no longer shown.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub(super) fn update(
        &mut self,
        run: &RunWriter,
        previews: &Previews,
    ) -> Result<(), RunnerError> {
        if previews.validation.is_empty() {
            return Ok(());
        }
        if self.plain.is_empty() {
            let drawn = previews.validation.iter().map(|preview| {
                let image = drawn_image(&preview.image, LONGEST);
                Packed::new(&image)
            });
            self.plain = drawn.collect::<Result<_, _>>()?;
        }
        let most = (MOST_PICTURES / previews.validation.len()).clamp(3, MOST_EPOCHS);
        let shown = shown_epochs(&Previews::predicted_epochs(run), most);
        self.epochs.retain(|epoch, _| shown.contains(epoch));
        for epoch in shown {
            if !self.epochs.contains_key(&epoch) {
                let pictures = pictures(previews, &previews.predictions(run, epoch)?)?;
                self.epochs.insert(epoch, pictures);
            }
        }
        Ok(())
    }

    /// A row for each image: the image, and the contours of its predictions after some epochs.
    pub(super) fn markup(&self, previews: &Previews, scores: &[EpochScores]) -> Markup {
        let dice = |epoch: usize| {
            let line = scores.iter().find(|line| line.epoch == epoch)?;
            Some(format!("Dice {:.3}", line.dice?))
        };
        let images = previews.validation.iter().zip(&self.plain).enumerate();
        html! {
            p.quiet {
                "The same validation images after each epoch that was scored, or after some of them. Dice is the mean over all validation images."
            }
            (key(&CONTOUR_KEY))
            @for (place, (preview, plain)) in images {
                h3 { (shown(&preview.name)) }
                div.wide tabindex="0" {
                    div style="display:flex;gap:.7rem;width:max-content" {
                        figure {
                            (plain.img(&format!("{}, without labels", preview.name)))
                            figcaption { "image" }
                        }
                        @for (epoch, pictures) in &self.epochs {
                            @if let Some(picture) = pictures.get(place) {
                                figure {
                                    (picture.img(&format!("{}, truth and prediction after epoch {epoch}", preview.name)))
                                    figcaption {
                                        "epoch " (epoch)
                                        @if let (0, Some(dice)) = (place, dice(*epoch)) { br; (dice) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn pictures(previews: &Previews, predicted: &[LabelMap]) -> Result<Vec<Packed>, RunnerError> {
    let all = previews.validation.iter().zip(predicted);
    all.map(|(preview, predicted)| {
        let drawn = contours(&preview.image, &preview.truth, predicted, LONGEST);
        Packed::new(&drawn)
    })
    .collect()
}

/// At most `most` of these epochs: the first, every second, fourth or eighth after it, and the last. From one epoch to the next, those
/// that are shown are shown again, or no longer.
fn shown_epochs(epochs: &[usize], most: usize) -> Vec<usize> {
    let mut stride = 1;
    while epochs.len().div_ceil(stride) + 1 > most {
        stride *= 2;
    }
    if epochs.len() <= most {
        stride = 1;
    }
    let mut shown: Vec<usize> = epochs.iter().copied().step_by(stride).collect();
    if let Some(last) = epochs.last()
        && shown.last() != Some(last)
    {
        shown.push(*last);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_epochs_are_shown_and_always_the_first_and_the_last() {
        let all: Vec<usize> = (1..=100).collect();
        assert_eq!(shown_epochs(&all[..12], 12), all[..12]);
        assert_eq!(
            shown_epochs(&all[..100], 12),
            [1, 17, 33, 49, 65, 81, 97, 100]
        );
        for count in 1..=100 {
            let shown = shown_epochs(&all[..count], 12);
            assert!(shown.len() <= 12, "{count}: {shown:?}");
            assert_eq!([shown.first(), shown.last()], [Some(&1), Some(&count)]);
            // Whatever is shown was shown before, except for the last.
            let before = shown_epochs(&all[..count.max(2) - 1], 12);
            let new = shown.iter().filter(|epoch| !before.contains(epoch));
            assert!(count == 1 || new.eq([&count]), "{count}");
        }
        assert!(shown_epochs(&[], 12).is_empty());
    }
}
