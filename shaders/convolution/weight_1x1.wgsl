// The gradient with respect to the weight of a 1 × 1 kernel with stride 1, for GPUs: 64 outputs of 128 channels per workgroup. The
// work is `weigh` in shaders/convolution/shared/weight_pointwise.wgsl.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
/// With respect to the convolution's output.
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
/// `[part, group · output, channel]`.
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<storage, read> settings: Convolution;

const WORKGROUP = 128u;
const OUTPUTS = 64u;
const CHANNELS = 128u;
/// Distance between the outputs or channels of neighbouring pixels, in groups of four: odd, so that they lie in different banks.
const OUTPUT_LINE = 17u;
const CHANNEL_LINE = 33u;

var<workgroup> output_tile: array<vec4<f32>, 272>;
var<workgroup> channel_tile: array<vec4<f32>, 528>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    weigh(settings.first + workgroup_number(id, workgroups), lane);
}
