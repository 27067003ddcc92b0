// `patch_64_low` with products in half precision. The work is `convolve` in shaders/convolution/shared/patch.wgsl.

enable f16;

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, channel, tap, output]`, outputs in groups of four.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
/// `[part, image, group · output, pixel]`.
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
/// The power of two that a gradient is multiplied by, and its inverse.
@group(0) @binding(4) var<storage, read_write> scale: array<f32>;
@group(0) @binding(5) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
/// Groups of four outputs, and rows of pixels.
const FOURS = 16u;
const TILE_ROWS = 8u;

var<workgroup> weight_tile: array<vec4<f16>, WEIGHTS>;
var<workgroup> pixel_tile: array<f16, 4u * PATCH>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    read_scaling();
    convolve(settings.first + workgroup_number(id, workgroups), lane);
}
