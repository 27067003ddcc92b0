//! The grids inside the program.

/// Names and texts of the grids inside the program.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../../assets/experiments/", $name, ".toml")))),*]
    };
}

pub(crate) const EMBEDDED: &[(&str, &str)] = embedded![
    "table1", "table2", "table3", "table4", "losses", "parts", "noise"
];
