// Which workgroup an invocation belongs to.

/// The number of a workgroup. Workgroups are folded over two axes, because an axis has at most 65,535.
fn workgroup_number(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.y * groups.x + id.x;
}
