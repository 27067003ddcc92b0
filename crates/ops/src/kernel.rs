//! Launches WGSL files on Burn tensors.
//!
//! A file is used exactly as it is on disk, followed by the shared texts that it calls: there are no templates, so the tests
//! check with naga what runs. The bindings are the tensors in their order, followed by the settings.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::{
    CubeDim, CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous,
};
use burn::cubecl::prelude::KernelId;
use burn::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn::cubecl::{CubeCount, ExecutionMode};
use burn::tensor::{DType, Shape};

use crate::launches::record;

/// Pixels per workgroup of the kernels that read maps in parts; `CHUNK` in the shaders.
pub const CHUNK: usize = 4096;

/// The most workgroups along one axis of a dispatch that every adapter allows.
const MOST_WORKGROUPS: usize = 65_535;

/// A WGSL file followed by the shared texts that it calls.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    /// The file's name. It is unique, because compiled pipelines are cached by it.
    pub name: &'static str,
    /// The file's text, then the shared texts.
    pub sources: &'static [&'static str],
    /// The file's `WORKGROUP`: invocations per workgroup.
    pub workgroup: u32,
}

/// The [`Kernel`] of the file `shaders/$file.wgsl`, whose `WORKGROUP` is `$workgroup`, followed by the shared texts
/// `shaders/$shared.wgsl` that it calls.
#[macro_export]
macro_rules! kernel {
    ($file:literal, $workgroup:literal, [$($shared:literal),* $(,)?]) => {
        $crate::kernel::Kernel {
            name: $file,
            sources: &[
                include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/../../shaders/",
                    $file,
                    ".wgsl"
                )),
                $(include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/../../shaders/",
                    $shared,
                    ".wgsl"
                ))),*
            ],
            workgroup: $workgroup,
        }
    };
}

impl Kernel {
    /// The complete WGSL.
    #[must_use]
    pub fn text(&self) -> String {
        self.sources.concat()
    }

    /// The number of workgroups that gives each of `count` numbers an invocation.
    #[must_use]
    pub fn workgroups(&self, count: usize) -> usize {
        count.div_ceil(self.workgroup as usize)
    }

    /// Queues `workgroups` workgroups of this kernel, with the buffers of `tensors` and then `settings` as bindings. Does not
    /// wait; a failure shows when an output is read.
    ///
    /// More workgroups than fit along one axis are folded over two axes: the kernel numbers them with `workgroup_number` and
    /// must ignore numbers beyond the last.
    ///
    /// # Panics
    ///
    /// Without a tensor.
    pub fn launch(&'static self, workgroups: usize, tensors: &[&CubeTensor], settings: &[u32]) {
        record(self.name, settings);
        let client = &tensors[0].client;
        let bindings = tensors
            .iter()
            .map(|tensor| tensor.handle.clone().binding())
            .collect();
        // Equal settings are uploaded once. Each 64-bit word contains two numbers, the first in its low half.
        let words = settings.chunks(2).map(|pair| {
            u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or_default()) << 32
        });
        let across = workgroups.clamp(1, MOST_WORKGROUPS);
        client.launch(
            Box::new(SourceKernel::new(
                Source(self),
                CubeDim::new_1d(self.workgroup),
            )),
            CubeCount::Static(across as u32, workgroups.div_ceil(across) as u32, 1),
            KernelArguments::new()
                .with_buffers(bindings)
                .with_info(MetadataBindingInfo::custom(words.collect())),
        );
    }
}

struct Source(&'static Kernel);

impl KernelSource for Source {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.0.text())
    }

    fn id(&self) -> KernelId {
        // Compilers do not unroll loops that are bounded from outside; the kernels' loops end by themselves.
        KernelId::new::<Self>()
            .info(self.0.name)
            .mode(ExecutionMode::Unchecked)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// A tensor on the device of `other`, with uninitialised memory.
#[must_use]
pub fn empty_like(other: &CubeTensor, shape: impl Into<Shape>, dtype: DType) -> CubeTensor {
    let shape = shape.into();
    let handle = other.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(other.client.clone(), other.device(), shape, handle, dtype)
}

/// A tensor of 32-bit integers on the device of `other`.
#[must_use]
pub fn upload_like(other: &CubeTensor, values: &[u32], shape: impl Into<Shape>) -> CubeTensor {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_ne_bytes())
        .collect();
    CubeTensor::new_contiguous(
        other.client.clone(),
        other.device(),
        shape.into(),
        other.client.create_from_slice(&bytes),
        DType::I32,
    )
}

/// The tensor with contiguous rows, as kernels expect it.
#[must_use]
pub fn contiguous(tensor: CubeTensor) -> CubeTensor {
    into_contiguous(tensor)
}
