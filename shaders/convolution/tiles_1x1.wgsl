// Convolution with a 1 × 1 kernel and stride 1, and its gradient with respect to the input, for GPUs: 64 outputs of 128 pixels per
// workgroup. The work is `convolve` in shaders/convolution/shared/pointwise.wgsl.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// `[group, channel, output]`, outputs in groups of four.
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
/// `[part, image, group · output, pixel]`.
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
/// Groups of four outputs per workgroup, and pixels per workgroup.
const FOURS = 16u;
const PIXELS = 128u;

var<workgroup> weight_tile: array<vec4<f32>, 256>;
var<workgroup> pixel_tile: array<f32, 2048>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    convolve(settings.first + workgroup_number(id, workgroups), lane);
}
