// The gradient with respect to the weight of a 3 × 3 kernel with stride 1, for GPUs: 16 outputs of 16 channels per workgroup, for
// layers with that few outputs. The work is `weigh` in shaders/convolution/shared/weight_patch_16.wgsl.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel, tap]`.
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
const OUTPUTS = 16u;
const CHANNELS = 16u;
/// Rows of pixels, each of a quarter of the invocations, and groups of four pixels of an invocation.
const TILE_ROWS = 4u;
const QUADS = 4u;
/// Distance between the outputs of neighbouring pixels, and between the pixels (6 rows of 18) of neighbouring channels: multiples
/// of 4 that put eight neighbours into different banks.
const OUTPUT_LINE = 20u;
const PATCH = 108u;
const LINE = 18u;

var<workgroup> output_tile: array<vec4<f32>, 320>;
var<workgroup> pixel_tile: array<f32, 1728>;

/// The rows' sums are exchanged where the pixels were.
fn give_sum(place: u32, value: f32) {
    pixel_tile[place] = value;
}

fn sum_at(place: u32) -> f32 {
    return pixel_tile[place];
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    weigh(settings.first + workgroup_number(id, workgroups), lane);
}
