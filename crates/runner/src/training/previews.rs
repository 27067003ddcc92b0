//! The fixed images of a training that are shown while it runs: their choice, and which of their pixels the pixel rule drops.

use burn::tensor::{Device, Tensor, TensorData};
use data::{BatchSource, Dataset, LabelMap, PlanarImage, Split};
use loss::{Loss, LossConfig, LossName, PixelRule};
use models::Network;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::device::panics;
use crate::drawing::window::Window;
use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::previews::{Preview, Previews};
use crate::run_folder::writer::RunWriter;

/// Most training images whose dropped pixels are noted.
const EXAMINED: usize = 6;
/// Cases that are looked at for some with foreground.
const LOOKED_AT: usize = 64;

/// The fixed images of a training.
#[derive(Debug, Default)]
pub(super) struct WatchedImages {
    pub(super) previews: Previews,
    /// Indices among the validation images, rising.
    pub(super) validation: Vec<usize>,
    /// Indices among the training images, rising.
    training: Vec<usize>,
}

impl WatchedImages {
    /// Chooses them by the seed; none if `train.previews` is 0. The same for a resumed run.
    ///
    /// # Errors
    ///
    /// An image cannot be read.
    pub(super) fn choose(
        recipe: &Recipe,
        dataset: &Dataset,
        [training, validation]: [&BatchSource; 2],
    ) -> Result<Self, RunnerError> {
        let count = recipe.train.previews;
        if count == 0 {
            return Ok(Self::default());
        }
        let examined = if drops_pixels(&recipe.loss) {
            EXAMINED
        } else {
            0
        };
        let choose = |split, source, count| {
            let chosen = Choice {
                recipe,
                dataset,
                split,
                source,
            };
            chosen.images(count)
        };
        let (validation, of_validation) = choose(Split::Validation, validation, count)?;
        let (training, of_training) = choose(Split::Train, training, examined)?;
        Ok(Self {
            previews: Previews {
                size: recipe.whole_size(),
                validation: of_validation,
                training: of_training,
            },
            validation,
            training,
        })
    }

    /// Writes the images, unless a resumed run has them already.
    ///
    /// # Errors
    ///
    /// The disk's error, or that of a damaged file.
    pub(super) fn write(&self, run: &RunWriter) -> Result<(), RunnerError> {
        let wanted = !(self.validation.is_empty() && self.training.is_empty());
        if wanted && Previews::read(run)?.as_ref() != Some(&self.previews) {
            self.previews.write(run)?;
        }
        Ok(())
    }

    /// Writes which pixels of the training images the pixel rule drops: after the first, the middle and the last epoch.
    ///
    /// # Errors
    ///
    /// An image cannot be read, the device failed, or the disk's error.
    pub(super) fn examine(
        &self,
        run: &RunWriter,
        [epoch, epochs]: [usize; 2],
        source: &BatchSource,
        network: impl FnOnce() -> Network,
        loss: &Loss,
        device: &Device,
    ) -> Result<(), RunnerError> {
        if self.training.is_empty() || ![1, epochs.div_ceil(2), epochs].contains(&epoch) {
            return Ok(());
        }
        let network = network();
        let dropped: Result<Vec<LabelMap>, RunnerError> = self
            .training
            .iter()
            .map(|index| dropped_pixels(&network, source, *index, loss, device))
            .collect();
        self.previews.write_dropped(run, epoch, &dropped?)
    }
}

/// Whether the loss sets pixels aside that can be shown.
fn drops_pixels(loss: &LossConfig) -> bool {
    loss.name == LossName::Envelope && loss.pixels != PixelRule::All
}

/// Which pixels of a training image, whole and not augmented, the pixel rule drops: 1 where it drops one.
fn dropped_pixels(
    network: &Network,
    source: &BatchSource,
    index: usize,
    loss: &Loss,
    device: &Device,
) -> Result<LabelMap, RunnerError> {
    panics::check()?;
    let batch = source.image(index, None)?;
    let (height, width) = (batch.height, batch.width);
    let ignored = loss.config().ignore;
    let is_ignored: Vec<bool> = batch.labels.iter().map(|label| *label == ignored).collect();
    let images = TensorData::new(batch.images, [1, 3, height, width]);
    let labels = TensorData::new(batch.labels, [1, height, width]);
    let outputs = network.forward(Tensor::from_data(images, device));
    // Of several heads, the first is the one whose pixels are counted.
    let logits = outputs.logits.into_iter().next();
    let logits = logits.expect("every network has a head");
    let examined = loss.examine(logits, Tensor::from_data(labels, device))?;
    let pixels = examined.kept.into_iter().zip(is_ignored);
    Ok(LabelMap {
        height,
        width,
        classes: pixels
            .map(|(kept, ignored)| u8::from(!kept && !ignored))
            .collect(),
    })
}

/// A choice among the images of a split.
struct Choice<'a> {
    recipe: &'a Recipe,
    dataset: &'a Dataset,
    split: Split,
    source: &'a BatchSource,
}

impl Choice<'_> {
    /// At most `count` images of different cases, with their indices, rising. Cases with foreground come first, and of a volume the
    /// slice with most of it.
    fn images(&self, count: usize) -> Result<(Vec<usize>, Vec<Preview>), RunnerError> {
        let groups = self.source.groups();
        let mut order: Vec<usize> = (0..groups.len()).collect();
        let mut random = ChaCha8Rng::seed_from_u64(self.recipe.train.seed);
        // A stream of its own: nothing else of a training depends on this choice.
        random.set_stream(u64::MAX - u64::from(self.split == Split::Train));
        order.shuffle(&mut random);
        let (mut labelled, mut others) = (Vec::new(), Vec::new());
        for case in order.into_iter().take(LOOKED_AT) {
            if labelled.len() == count {
                break;
            }
            let (index, preview, has_foreground) = self.image_of(case)?;
            let of_its_kind = if has_foreground {
                &mut labelled
            } else {
                &mut others
            };
            of_its_kind.push((index, preview));
        }
        labelled.extend(others);
        labelled.truncate(count);
        labelled.sort_by_key(|(index, _)| *index);
        Ok(labelled.into_iter().unzip())
    }

    /// The image of a case, and whether it has foreground.
    fn image_of(&self, case: usize) -> Result<(usize, Preview, bool), RunnerError> {
        let dataset = self.dataset;
        let of_case = &dataset.cases(self.split)[case];
        let mut slices = dataset.load_resized(of_case, self.recipe.whole_size())?;
        let is_volume = dataset.volume_extent(of_case)?.is_some();
        let window = is_volume.then(|| Window::of_slices(slices.iter().map(|(image, _)| image)));
        let foreground = |labels: &LabelMap| {
            let classes = labels.classes.iter();
            classes
                .filter(|class| **class != 0 && **class != dataset.ignore)
                .count()
        };
        let counts = slices.iter().map(|(_, labels)| foreground(labels));
        // The first of several.
        let (slice, most) = counts
            .enumerate()
            .rev()
            .max_by_key(|(_, count)| *count)
            .unwrap_or((0, 0));
        let slice = if most == 0 { slices.len() / 2 } else { slice };
        let (image, truth): (PlanarImage, LabelMap) = slices.swap_remove(slice);
        let before: usize = self.source.groups()[..case]
            .iter()
            .map(|group| group.images)
            .sum();
        let index = before + slice;
        let name = if self.source.groups()[case].images == 1 {
            of_case.stem.clone()
        } else {
            format!("{}, slice {slice}", of_case.stem)
        };
        let image = match window {
            Some(window) => window.apply(&image),
            None => image,
        };
        Ok((
            index,
            Preview {
                name,
                image: in_8_bits(image),
                truth,
            },
            most > 0,
        ))
    }
}

/// The image as its file keeps it.
fn in_8_bits(mut image: PlanarImage) -> PlanarImage {
    for value in &mut image.values {
        *value = (*value * 255.0).round() / 255.0;
    }
    image
}
