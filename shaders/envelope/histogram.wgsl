// The pixel rule `top`, first half of a round of the search by digits: how often each digit occurs.
//
// A pixel's key is the bits of its loss followed by its number counted from the end, so that of equal losses the earlier
// pixel has the larger key and no two keys are equal. The counts are integers, hence exact in any order.

@group(0) @binding(0) var<storage, read_write> labels: array<i32>;
@group(0) @binding(1) var<storage, read_write> losses: array<u32>;
/// `[image, 2]`: the digits that the previous rounds found.
@group(0) @binding(2) var<storage, read_write> choice: array<u32>;
/// `[image, digit]`, initially zeros.
@group(0) @binding(3) var<storage, read_write> histogram: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> settings: Settings;

const WORKGROUP = 256u;

var<workgroup> found: array<atomic<u32>, 256>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let chunk = workgroup_number(id, groups);
    let inside = chunk < settings.batch * settings.chunks;
    let image = select(0u, chunk / settings.chunks, inside);
    let first = (chunk % settings.chunks) * CHUNK;
    let end = select(first, min(first + CHUNK, settings.pixels), inside);
    atomicStore(&found[lane], 0u);
    workgroupBarrier();

    let of_pixel = settings.round >= 4u;
    let shift = 24u - 8u * (settings.round % 4u);
    let start = image * settings.pixels;
    let ignore = settings.ignore;
    let loss_so_far = vec4<u32>(choice[2u * image]);
    let pixel_so_far = vec4<u32>(choice[2u * image + 1u]);
    let so_far = select(loss_so_far, pixel_so_far, vec4<bool>(of_pixel));
    // The digits above this one; in the first round of a number there are none.
    let above = vec4<u32>(min(shift + 8u, 31u));
    // Eight loads at a time; after the chunk's last pixel that one again, which does not count.
    for (var pixel = first + lane; pixel < end; pixel += 4u * WORKGROUP) {
        let numbers = four_from(pixel, WORKGROUP);
        let places = start + min(numbers, vec4<u32>(end - 1u));
        let of_labels = vec4<i32>(labels[places.x], labels[places.y], labels[places.z], labels[places.w]);
        let bits = vec4<u32>(losses[places.x], losses[places.y], losses[places.z], losses[places.w]);
        let keys = select(bits, ~numbers, vec4<bool>(of_pixel));
        let same = vec4<bool>(shift == 24u) | ((keys >> above) == (so_far >> above));
        let same_loss = vec4<bool>(!of_pixel) | (bits == loss_so_far);
        let exists = (of_labels != vec4<i32>(ignore)) & (numbers < vec4<u32>(end));
        let counts = same & same_loss & exists;
        let digits = (keys >> vec4<u32>(shift)) & vec4<u32>(255u);
        if (counts.x) {
            atomicAdd(&found[digits.x], 1u);
        }
        if (counts.y) {
            atomicAdd(&found[digits.y], 1u);
        }
        if (counts.z) {
            atomicAdd(&found[digits.z], 1u);
        }
        if (counts.w) {
            atomicAdd(&found[digits.w], 1u);
        }
    }
    workgroupBarrier();
    let count = atomicLoad(&found[lane]);
    if (inside && count > 0u) {
        atomicAdd(&histogram[image * 256u + lane], count);
    }
}
