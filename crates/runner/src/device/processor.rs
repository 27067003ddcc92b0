//! The name of this machine's CPU.

/// The CPU's name, or its architecture if it has none.
pub(crate) fn processor() -> String {
    let named = if cfg!(target_os = "linux") {
        let described = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let lines = described.lines();
        lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| ["model name", "CPU part"].contains(&name.trim()))
            .map(|(_, value)| value.trim().to_string())
    } else {
        // Windows sets this variable.
        std::env::var("PROCESSOR_IDENTIFIER").ok()
    };
    named.unwrap_or_else(|| std::env::consts::ARCH.into())
}
