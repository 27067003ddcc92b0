//! Launches a WGSL file on burn tensors.
//!
//! The file stands as it is on disk, followed by the shared texts that it calls; nothing is filled in, so that what naga
//! checks in the tests is what runs. Bindings are the tensors in their order, and after them the settings.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::{
    CubeDim, CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous,
};
use burn::cubecl::prelude::KernelId;
use burn::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn::cubecl::{CubeCount, ExecutionMode};
use burn::tensor::{DType, Shape};

/// Pixels of a workgroup that sums, or that reads a map in parts; `CHUNK` of the shaders.
pub const CHUNK: usize = 4096;

/// Most workgroups along one axis of a dispatch, on every adapter.
const MOST_WORKGROUPS: usize = 65_535;

/// One WGSL file with the shared texts behind it.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    /// The file's name, which no other kernel has: pipelines are kept by it.
    pub name: &'static str,
    /// The file's text, then the shared ones.
    pub sources: &'static [&'static str],
    /// The file's `WORKGROUP`: invocations of a workgroup.
    pub workgroup: u32,
}

/// The [`Kernel`] of the file `shaders/$file.wgsl`, whose `WORKGROUP` is `$workgroup`, and behind it the shared texts that it
/// calls, named likewise.
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
    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.sources.concat()
    }

    /// Workgroups that have an invocation for each of `count` numbers.
    #[must_use]
    pub fn workgroups(&self, count: usize) -> usize {
        count.div_ceil(self.workgroup as usize)
    }

    /// Puts `workgroups` of this kernel in the queue, with the buffers of `tensors` and the words of `settings` as bindings.
    /// Nothing is waited for; a failure shows when an output is read.
    ///
    /// More workgroups than an axis has are folded over two axes: the kernel counts them with `workgroup_number` and checks
    /// that its number is below the end.
    ///
    /// # Panics
    ///
    /// Without a tensor.
    pub fn launch(&'static self, workgroups: usize, tensors: &[&CubeTensor], settings: &[u32]) {
        let client = &tensors[0].client;
        let bindings = tensors
            .iter()
            .map(|tensor| tensor.handle.clone().binding())
            .collect();
        // The settings are uploaded once for each content. A word is two numbers, the first in its low half.
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
        // A compiler unrolls no loop that is bounded from outside; ours end by themselves.
        KernelId::new::<Self>()
            .info(self.0.name)
            .mode(ExecutionMode::Unchecked)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// A tensor on the device of `other`, with whatever its memory held before.
#[must_use]
pub fn empty_like(other: &CubeTensor, shape: impl Into<Shape>, dtype: DType) -> CubeTensor {
    let shape = shape.into();
    let handle = other.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(other.client.clone(), other.device(), shape, handle, dtype)
}

/// A tensor of whole numbers of 32 bits on the device of `other`.
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

/// Its rows one after the other in memory, as a kernel expects them.
#[must_use]
pub fn contiguous(tensor: CubeTensor) -> CubeTensor {
    into_contiguous(tensor)
}
