//! Names of the classes and of the diagnoses.

/// Names of the classes, in the order of the label numbers.
pub(crate) const CLASSES: [&str; 4] = [
    "background",
    "right ventricle",
    "myocardium",
    "left ventricle",
];

/// The diagnoses; each applies to a fifth of the patients.
pub(crate) const GROUPS: [&str; 5] = ["DCM", "HCM", "MINF", "NOR", "RV"];
