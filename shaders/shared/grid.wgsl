// Where an invocation stands. Appended to the kernels that call it.

/// The number of a workgroup in a row of them that is folded over two axes, since an axis ends at 65,535.
fn workgroup_number(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.y * groups.x + id.x;
}
