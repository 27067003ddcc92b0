//! Compiles SPIR-V with a Vulkan driver and writes what the driver reports about the machine code.
//!
//! `radv FOLDER` compiles every `NAME.spv` in the folder and writes `NAME.statistics` (lines of a name, a tab, a number) and
//! `NAME.assembly` next to it; it prints the driver's name and version. It is a program of its own because the environment
//! decides which driver is loaded and which GPU it compiles for, and because a driver may abort the process.

#[cfg(target_os = "linux")]
mod compiler;

#[cfg(target_os = "linux")]
fn main() {
    use std::fs;
    use std::path::PathBuf;

    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder"));
    let compiler = compiler::Compiler::new();
    println!("{}", compiler.driver());
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "spv") {
            continue;
        }
        let bytes = fs::read(&path).expect("a module");
        let words: Vec<u32> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|word| u32::from_le_bytes(*word))
            .collect();
        let (statistics, assembly) = compiler.compile(&words);
        let lines: Vec<String> = statistics
            .into_iter()
            .map(|(name, value)| format!("{name}\t{value}\n"))
            .collect();
        fs::write(path.with_extension("statistics"), lines.concat()).expect("written");
        fs::write(path.with_extension("assembly"), assembly).expect("written");
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
