//! The table of kernels: each kernel's workgroup size, and its bindings in their order.

use crate::shaders;

#[test]
fn the_kernels_are_those_of_the_snapshot() {
    let mut lines: Vec<String> = Vec::new();
    for (name, workgroup, module, _) in shaders::modules() {
        let mut bindings: Vec<(u32, String)> = Vec::new();
        for (_, variable) in module.global_variables.iter() {
            let Some(place) = &variable.binding else {
                continue;
            };
            bindings.push((place.binding, variable.name.clone().unwrap_or_default()));
        }
        bindings.sort();
        let names: Vec<String> = bindings.into_iter().map(|(_, name)| name).collect();
        lines.push(format!("{name:<40} {workgroup:>4}  {}\n", names.join(", ")));
    }
    lines.sort();
    let text = format!(
        "# kernel, invocations per workgroup, bindings\n{}",
        lines.concat()
    );
    super::assert_unchanged("kernels.txt", &text);
}
