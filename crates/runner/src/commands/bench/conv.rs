//! One convolution: forward, and separately the gradients with respect to input, weight and bias.

use burn::tensor::{Device, Tensor};
use models::Operations;
use ops::Geometry;
use serde::Serialize;

use crate::commands::bench::checks::at_least_one;
use crate::commands::bench::inputs;
use crate::commands::bench::meter::Work;
use crate::error::RunnerError;

/// A convolution and its input. Its padding keeps the size if the stride is 1 and the kernel is odd.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ConvSubject {
    /// Rows and columns of the kernel.
    pub(crate) kernel: usize,
    /// Pixels between neighbouring outputs.
    pub(crate) stride: usize,
    /// Pixels between neighbouring taps of the kernel.
    pub(crate) dilation: usize,
    /// Groups that the channels are divided into.
    pub(crate) groups: usize,
    /// Input channels.
    pub(crate) inputs: usize,
    /// Output channels.
    pub(crate) outputs: usize,
    /// Images of a batch.
    #[serde(skip)]
    pub(crate) batch: usize,
    /// Rows and columns of the input.
    #[serde(skip)]
    pub(crate) size: usize,
}

impl ConvSubject {
    pub(super) fn check(&self) -> Result<(), RunnerError> {
        for (name, value) in [
            ("--kernel", self.kernel),
            ("--stride", self.stride),
            ("--dilation", self.dilation),
            ("--groups", self.groups),
            ("--inputs", self.inputs),
            ("--outputs", self.outputs),
            ("--size", self.size),
            ("--batch", self.batch),
        ] {
            at_least_one(name, value)?;
        }
        for (name, channels) in [("--inputs", self.inputs), ("--outputs", self.outputs)] {
            if !channels.is_multiple_of(self.groups) {
                return Err(RunnerError::mismatch(
                    format!("a multiple of --groups {}", self.groups),
                    channels.to_string(),
                    "give another number of channels or of groups",
                )
                .at(name));
            }
        }
        if self.output_shape()[2] == 0 {
            return Err(RunnerError::mismatch(
                format!(
                    "an image that a kernel of {0}×{0} at dilation {1} fits on",
                    self.kernel, self.dilation
                ),
                self.size.to_string(),
                "give a larger --size, or a smaller --kernel or --dilation",
            )
            .at("--size"));
        }
        Ok(())
    }

    fn geometry(&self) -> Geometry {
        Geometry {
            stride: [self.stride; 2],
            padding: [self.dilation * (self.kernel - 1) / 2; 2],
            dilation: [self.dilation; 2],
            groups: self.groups,
        }
    }

    /// `[batch, channels, rows, columns]`.
    pub(super) fn input_shape(&self) -> [usize; 4] {
        [self.batch, self.inputs, self.size, self.size]
    }

    /// `[batch, channels, rows, columns]`.
    pub(super) fn output_shape(&self) -> [usize; 4] {
        let side = self.geometry().output_size(0, self.size, self.kernel);
        [self.batch, self.outputs, side, side]
    }

    /// Operations of the forward pass, two for a multiply-add, including those on the padding.
    pub(super) fn operations(&self) -> f64 {
        let taps = self.inputs / self.groups * self.kernel * self.kernel;
        let pixels: usize = self.output_shape().iter().product();
        2.0 * pixels as f64 * taps as f64
    }

    pub(super) fn work(&self, operations: Operations, device: &Device) -> ConvWork {
        let device = device.clone().autodiff();
        let weight = [
            self.outputs,
            self.inputs / self.groups,
            self.kernel,
            self.kernel,
        ];
        ConvWork {
            operations,
            geometry: self.geometry(),
            input: inputs::numbers(self.input_shape(), &device).require_grad(),
            weight: inputs::numbers(weight, &device).require_grad(),
            bias: inputs::numbers([self.outputs], &device).require_grad(),
            device,
            output: None,
            witness: None,
        }
    }
}

/// The convolution with one of the implementations.
pub(super) struct ConvWork {
    operations: Operations,
    geometry: Geometry,
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    device: Device,
    /// From the forward pass, for the backward pass.
    output: Option<Tensor<4>>,
    witness: Option<Tensor<4>>,
}

impl Work for ConvWork {
    fn device(&self) -> &Device {
        &self.device
    }

    fn parts(&self) -> usize {
        2
    }

    fn run(&mut self, _part: usize) -> Result<(), RunnerError> {
        let Some(output) = self.output.take() else {
            let (input, weight) = (self.input.clone(), self.weight.clone());
            let bias = Some(self.bias.clone());
            let output = self.operations.conv2d(input, weight, bias, self.geometry);
            self.output = Some(output);
            return Ok(());
        };
        // The incoming gradient is 1 everywhere.
        let gradients = output.backward();
        let missing =
            || RunnerError::bug("no gradient reached the input or the weight of the convolution");
        let input_gradient = self.input.grad(&gradients).ok_or_else(missing)?;
        let weight_gradient = self.weight.grad(&gradients).ok_or_else(missing)?;
        let number = |gradient: Tensor<4>| gradient.slice([0..1, 0..1, 0..1, 0..1]);
        self.witness = Some(number(input_gradient) + number(weight_gradient));
        Ok(())
    }

    fn witness(&mut self) -> Option<Tensor<4>> {
        self.witness.take()
    }
}
