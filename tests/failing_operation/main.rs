//! A training in which one operation fails: `failing-operation HOW DEVICE DATA RUN`. Prints every step that begins. The
//! operation fails in the first step of the second epoch.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{DType, Tensor};
use models::Outputs;
use ops::kernel::{Kernel, contiguous, empty_like};
use ops::{Corners, resize_bilinear};
use rayon::prelude::*;
use selvedge::panics;
use selvedge::recipe::Recipe;
use selvedge::train::{StepId, TrainOptions, train_with_hook};

/// Calls a function that does not exist.
static REFUSED: Kernel = Kernel {
    name: "refused",
    sources: &["
@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    output[id.x] = nowhere(input[id.x]);
}
"],
    workgroup: 64,
};

/// Binds one more tensor than it is launched with.
static UNBOUND: Kernel = Kernel {
    name: "unbound",
    sources: &["
@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read_write> more: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    output[id.x] = input[id.x] + more[id.x];
}
"],
    workgroup: 64,
};

/// An operation that fails on its device.
#[backend_extension(Cube, Flex)]
trait Failing: Backend {
    fn fail(input: FloatTensor<Self>, unbound: bool) -> FloatTensor<Self>;
}

impl Failing for CubeBackend {
    fn fail(input: CubeTensor, unbound: bool) -> CubeTensor {
        let input = contiguous(input);
        let output = empty_like(&input, input.shape(), DType::F32);
        let kernel = if unbound { &UNBOUND } else { &REFUSED };
        kernel.launch(1, &[&input, &output], &[]);
        output
    }
}

impl Failing for Flex {
    fn fail(input: FlexTensor, _unbound: bool) -> FlexTensor {
        (0..64).into_par_iter().for_each(|number| {
            assert!(number != 63, "the worker has found the number 63");
        });
        input
    }
}

/// The logits, after an operation that fails.
fn failed(how: &str, logits: Tensor<4>) -> Tensor<4> {
    let on_device = |unbound| {
        let found = <Dispatch as Failing>::fail(logits.clone().inner().into_dispatch(), unbound);
        logits.clone() + Tensor::from_inner(Tensor::from_dispatch(found))
    };
    match how {
        "operation" => on_device(false),
        "unbound" => on_device(true),
        // Burn has no gradient for this interpolation on GPUs, and panics on the device's thread.
        "gradient" => {
            let [_, _, height, width] = logits.dims();
            let options = InterpolateOptions::new(InterpolateMode::Bilinear)
                .with_align_corners(false)
                .with_output_size([2 * height, 2 * width]);
            let larger = interpolate(logits, options);
            resize_bilinear(larger, [height, width], Corners::HalfPixel)
        }
        "thread" => panicked(logits, "a thread by itself"),
        // What wgpu does on the device's thread.
        "memory" => panicked(logits, "wgpu error: Out of Memory\n"),
        "lost" => panicked(
            logits,
            "wgpu error: Validation Error\n\nCaused by:\n  In Device::create_buffer\n    Parent device is lost\n",
        ),
        _ => logits,
    }
}

/// The logits, after a thread has panicked with this message.
fn panicked(logits: Tensor<4>, message: &'static str) -> Tensor<4> {
    let thread = std::thread::spawn(move || panic!("{message}"));
    assert!(thread.join().is_err());
    logits
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [how, device, data, run] = &arguments[..] else {
        eprintln!("expected HOW DEVICE DATA RUN, found {arguments:?}");
        return ExitCode::from(2);
    };
    panics::keep();
    let fail = |id: StepId, mut outputs: Outputs| {
        println!("{id}");
        if (id.epoch, id.step) == (2, 0) {
            outputs.logits = outputs
                .logits
                .into_iter()
                .map(|logits| failed(how, logits))
                .collect();
        }
        outputs
    };
    let trained = panics::caught(|| {
        let overrides = [
            "train.epochs=3",
            "train.batch_size=2",
            "train.evaluate_every=1",
            "train.checkpoint_every=1",
            "data.size=[16, 16]",
            "data.overfit=4",
            "model.width=2",
        ];
        let options = TrainOptions {
            recipe: Recipe::load("smoke", &overrides.map(String::from))?,
            data: Some(PathBuf::from(data)),
            out: Some(PathBuf::from(run)),
            device: device.parse().expect("a device"),
            resume: None,
            tensorboard: false,
            quiet: true,
        };
        train_with_hook(&options, &AtomicBool::new(false), &fail)
    });
    match trained {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.report());
            ExitCode::from(error.exit_code)
        }
    }
}
