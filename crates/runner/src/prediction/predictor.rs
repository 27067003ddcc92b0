//! From an image of any size to class probabilities and a label map of the same size.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::{CaseImage, LabelMap, LabelVolume, Normalisation, PlanarImage, resize_image};
use models::{Network, Outputs};
use ops::{Corners, resize_bilinear};

use crate::device::readback::read;
use crate::device::request::DeviceRequest;
use crate::device::{self, panics};
use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::checkpoint;
use crate::run_folder::folder::{BEST, RunFolder};
use crate::run_folder::trained_run::TrainedRun;

/// A trained network in evaluation form, with the size and the normalisation it was trained with.
pub(crate) struct Predictor {
    pub(crate) network: Network,
    pub(crate) size: [usize; 2],
    pub(crate) normalise: Normalisation,
    pub(crate) device: Device,
}

impl Predictor {
    /// Class probabilities `[class, height, width]` at the image's own size: the logits of the training size, resized.
    ///
    /// # Errors
    ///
    /// The device failed.
    pub(crate) fn probabilities(&self, image: &PlanarImage) -> Result<Vec<f32>, RunnerError> {
        panics::check()?;
        let probabilities = softmax(self.logits(image)?, 1);
        read(probabilities)
    }

    /// The most probable class of every pixel, at the image's own size.
    ///
    /// # Errors
    ///
    /// The device failed.
    fn label_map(&self, image: &PlanarImage) -> Result<LabelMap, RunnerError> {
        panics::check()?;
        let classes = read(most_probable(self.logits(image)?).float())?;
        Ok(LabelMap {
            height: image.height,
            width: image.width,
            classes: classes.into_iter().map(|class| class as u8).collect(),
        })
    }

    /// The most probable class of every pixel or voxel, slice by slice.
    ///
    /// # Errors
    ///
    /// The device failed.
    pub(crate) fn label_volume(&self, image: &CaseImage) -> Result<LabelVolume, RunnerError> {
        let slices: Result<Vec<LabelMap>, RunnerError> =
            image.slices().map(|slice| self.label_map(&slice)).collect();
        Ok(LabelVolume::of_slices(slices?))
    }

    /// Logits at the image's own size, on the CPU: those of a large photograph may exceed the largest binding of a GPU.
    fn logits(&self, image: &PlanarImage) -> Result<Tensor<4>, RunnerError> {
        let [height, width] = self.size;
        let mut values = resize_image(image, height, width).values;
        self.normalise.apply(&mut values);
        let input = Tensor::from_data(TensorData::new(values, [1, 3, height, width]), &self.device);
        let logits = gated(self.network.forward(input));
        let shape = logits.dims();
        let logits = TensorData::new(read(logits)?, shape);
        Ok(resize_bilinear(
            Tensor::from_data(logits, &Device::flex()),
            [image.height, image.width],
            Corners::HalfPixel,
        ))
    }
}

/// The logits for prediction: those of the first head. Where the classification-guided module sees nothing in an image,
/// "background" gets by far the largest logit.
pub(crate) fn gated(outputs: Outputs) -> Tensor<4> {
    let logits = outputs
        .logits
        .into_iter()
        .next()
        .expect("every network has a head");
    let Some(gate) = outputs.gate else {
        return logits;
    };
    let [batch, classes, height, width] = logits.dims();
    let nothing = gate
        .clone()
        .narrow(1, 0, 1)
        .greater(gate.narrow(1, 1, 1))
        .float()
        .reshape([batch, 1, 1, 1]);
    let foreground = Tensor::ones([1, classes - 1, 1, 1], &logits.device());
    let foreground = Tensor::cat(
        vec![Tensor::zeros([1, 1, 1, 1], &logits.device()), foreground],
        1,
    );
    let silence = (nothing * foreground * -1e9).expand([batch, classes, height, width]);
    logits + silence
}

/// The class of the largest logit, `[batch, 1, height, width]`.
pub(crate) fn most_probable(logits: Tensor<4>) -> Tensor<4, Int> {
    logits.argmax(1)
}

/// A run's best network.
///
/// # Errors
///
/// The checkpoint is missing or of another network, or the device cannot be opened.
pub(crate) fn predictor_of(
    run: &TrainedRun,
    classes: usize,
    request: DeviceRequest,
) -> Result<Predictor, RunnerError> {
    let (device, description) = device::open(request)?;
    tracing::info!("device: {description}");
    best_predictor(&run.folder, &run.recipe, classes, device)
}

/// A run's best network, on a device that is already open.
///
/// # Errors
///
/// The checkpoint is missing or of another network.
pub(crate) fn best_predictor(
    folder: &RunFolder,
    recipe: &Recipe,
    classes: usize,
    device: Device,
) -> Result<Predictor, RunnerError> {
    predictor_from(folder, BEST, recipe, classes, device)
}

/// The network of the checkpoint `name` (`best` or `last`), on a device that is already open.
///
/// # Errors
///
/// The checkpoint is missing or of another network.
pub(crate) fn predictor_from(
    folder: &RunFolder,
    name: &str,
    recipe: &Recipe,
    classes: usize,
    device: Device,
) -> Result<Predictor, RunnerError> {
    let network = Network::new(&recipe.model, classes, recipe.train.seed, &device)?;
    Ok(Predictor {
        network: checkpoint::load_network(folder, name, network)?,
        size: recipe.whole_size(),
        normalise: recipe.data.normalise,
        device,
    })
}
