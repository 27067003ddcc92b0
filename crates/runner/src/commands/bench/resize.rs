//! One bilinear resize: forward, and separately its gradient.

use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};
use models::Operations;
use ops::{Corners, resize_bilinear};
use serde::Serialize;

use crate::commands::bench::checks::at_least_one;
use crate::commands::bench::inputs;
use crate::commands::bench::meter::Work;
use crate::error::RunnerError;

/// A resize and its input.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ResizeSubject {
    /// The factor between output and input rows and columns.
    pub(crate) factor: usize,
    /// Channels of the maps.
    #[serde(skip)]
    pub(crate) channels: usize,
    /// Images of a batch.
    #[serde(skip)]
    pub(crate) batch: usize,
    /// Rows and columns of the input.
    #[serde(skip)]
    pub(crate) size: usize,
}

impl ResizeSubject {
    pub(super) fn check(&self) -> Result<(), RunnerError> {
        for (name, value) in [
            ("--channels", self.channels),
            ("--size", self.size),
            ("--batch", self.batch),
        ] {
            at_least_one(name, value)?;
        }
        if self.factor < 2 {
            return Err(RunnerError::mismatch(
                "at least 2",
                self.factor.to_string(),
                "give another number",
            )
            .at("--factor"));
        }
        Ok(())
    }

    /// `[batch, channels, rows, columns]`.
    pub(super) fn input_shape(&self) -> [usize; 4] {
        [self.batch, self.channels, self.size, self.size]
    }

    /// `[batch, channels, rows, columns]`.
    pub(super) fn output_shape(&self) -> [usize; 4] {
        let side = self.factor * self.size;
        [self.batch, self.channels, side, side]
    }

    /// The fewest bytes that must be moved, the same forward and backward: one map read, the other written.
    pub(super) fn least_bytes(&self) -> f64 {
        let pixels: usize = [self.input_shape(), self.output_shape()]
            .map(|shape| shape.iter().product::<usize>())
            .iter()
            .sum();
        4.0 * pixels as f64
    }

    pub(super) fn work(&self, operations: Operations, device: &Device) -> ResizeWork {
        let device = device.clone().autodiff();
        let [_, _, rows, columns] = self.output_shape();
        ResizeWork {
            operations,
            input: inputs::numbers(self.input_shape(), &device).require_grad(),
            size: [rows, columns],
            device,
            output: None,
            witness: None,
        }
    }
}

/// The resize with one of the implementations.
pub(super) struct ResizeWork {
    operations: Operations,
    input: Tensor<4>,
    size: [usize; 2],
    device: Device,
    /// From the forward pass, for the backward pass.
    output: Option<Tensor<4>>,
    witness: Option<Tensor<4>>,
}

impl Work for ResizeWork {
    fn device(&self) -> &Device {
        &self.device
    }

    fn parts(&self) -> usize {
        if self.operations.resize_has_gradient(&self.device) {
            2
        } else {
            1
        }
    }

    fn run(&mut self, part: usize) -> Result<(), RunnerError> {
        let number = |map: Tensor<4>| Some(map.slice([0..1, 0..1, 0..1, 0..1]));
        if part == 0 {
            let input = self.input.clone();
            let output = match self.operations {
                Operations::Ours => resize_bilinear(input, self.size, Corners::HalfPixel),
                Operations::Stock => {
                    let options = InterpolateOptions::new(InterpolateMode::Bilinear)
                        .with_align_corners(false)
                        .with_output_size(self.size);
                    interpolate(input, options)
                }
            };
            if self.parts() == 1 {
                self.witness = number(output.inner());
            } else {
                self.output = Some(output);
            }
            return Ok(());
        }
        // The incoming gradient is 1 everywhere.
        let gradients = self.output.take().map(|output| output.backward());
        let gradient = gradients.and_then(|gradients| self.input.grad(&gradients));
        let gradient = gradient
            .ok_or_else(|| RunnerError::bug("no gradient reached the input of the resize"))?;
        self.witness = number(gradient);
        Ok(())
    }

    fn witness(&mut self) -> Option<Tensor<4>> {
        self.witness.take()
    }
}
