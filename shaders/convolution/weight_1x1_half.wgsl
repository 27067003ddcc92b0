// `weight_1x1` with products in half precision. The work is `weigh` in shaders/convolution/shared/weight_pointwise.wgsl.

enable f16;

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel]`.
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
/// The power of two that the gradient is multiplied by, and its inverse.
@group(0) @binding(3) var<storage, read_write> scale: array<f32>;
@group(0) @binding(4) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
const OUTPUTS = 64u;
const CHANNELS = 128u;
/// Distance between the outputs or channels of neighbouring pixels, in groups of four: odd, so that they lie in different banks.
const OUTPUT_LINE = 17u;
const CHANNEL_LINE = 33u;

var<workgroup> output_tile: array<vec4<f16>, 272>;
var<workgroup> channel_tile: array<vec4<f16>, 528>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    read_scaling();
    weigh(settings.first + workgroup_number(id, workgroups), lane);
}
