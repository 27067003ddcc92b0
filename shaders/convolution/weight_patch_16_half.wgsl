// `weight_patch_16` with products in half precision. The work is `weigh` in shaders/convolution/shared/weight_patch_16.wgsl.

enable f16;

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel, tap]`.
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
/// The power of two that the gradient is multiplied by, and its inverse.
@group(0) @binding(3) var<storage, read_write> scale: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
const OUTPUTS = 16u;
const CHANNELS = 16u;
/// Rows of pixels, each of a quarter of the invocations, and groups of four pixels of an invocation.
const TILE_ROWS = 4u;
const QUADS = 4u;
/// Distance between the outputs of neighbouring pixels, between the pixels (6 rows) of neighbouring channels, and between rows:
/// multiples of 4 that put neighbours into different banks.
const OUTPUT_LINE = 20u;
const PATCH = 124u;
const LINE = 20u;

var<workgroup> output_tile: array<vec4<f16>, 320>;
var<workgroup> pixel_tile: array<f16, 1984>;
/// For the exchange of the rows' sums.
var<workgroup> sum_tile: array<f32, 1152>;

fn give_sum(place: u32, value: f32) {
    sum_tile[place] = value;
}

fn sum_at(place: u32) -> f32 {
    return sum_tile[place];
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    read_scaling();
    weigh(settings.first + workgroup_number(id, workgroups), lane);
}
