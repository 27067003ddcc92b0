//! Between the backward pass and the optimizer: every parameter has a gradient, and their norm is limited.

use std::error::Error;
use std::fmt::{self, Display};

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use ops::sum_of_squares;

/// A norm of all gradients that is infinite or not a number: the cause of the error that ends such a training.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NonFiniteNorm(pub(crate) f32);

impl Display for NonFiniteNorm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a norm of {}", self.0)
    }
}

impl Error for NonFiniteNorm {}

/// Visits the parameters and collects their gradients.
struct Collect<'a> {
    gradients: &'a GradientsParams,
    found: Vec<Tensor<1>>,
    path: Vec<String>,
    missing: Vec<String>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let name = self.path.last().map_or("", String::as_str);
        if name.starts_with("running_") {
            return;
        }
        let Some(gradient) = self.gradients.get::<D>(parameter.id) else {
            self.missing.push(self.path.join("."));
            return;
        };
        self.found.push(gradient.flatten(0, D - 1));
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

/// The norm of all gradients together, `[1]`, still on the device: does not wait.
///
/// # Errors
///
/// The names of the parameters without a gradient.
pub(crate) fn global_norm<M: Module>(
    module: &M,
    gradients: &GradientsParams,
) -> Result<Tensor<1>, Vec<String>> {
    let mut visitor = Collect {
        gradients,
        found: Vec::new(),
        path: Vec::new(),
        missing: Vec::new(),
    };
    module.visit(&mut visitor);
    match sum_of_squares(visitor.found) {
        Some(sum) if visitor.missing.is_empty() => Ok(sum.sqrt()),
        _ => Err(visitor.missing),
    }
}

/// Multiplies every gradient by one factor on the device.
struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(parameter.id) {
            let factor = self.factor.clone().reshape([1; D]);
            self.gradients.register(parameter.id, gradient * factor);
        }
    }
}

/// Scales gradients of the norm `norm` down to the norm `longest`, as one vector (Pascanu, Mikolov, Bengio, ICML 2013).
pub(crate) fn clip<M: Module>(
    module: &M,
    gradients: &mut GradientsParams,
    norm: &Tensor<1>,
    longest: f64,
) {
    let factor = (norm.clone().add_scalar(1e-6).recip() * longest).clamp_max(1.0);
    module.visit(&mut Scale { gradients, factor });
}
