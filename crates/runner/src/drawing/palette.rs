//! The colours of classes in images.

/// Colours of the burn grades as the paper's overlays show them (Florea et al. 2025, Fig. 5): grade 1 orange, 2a red, 3
/// magenta, 4 cyan. Grade 2b is ours: yellow, which is far from its neighbours red and magenta for every common kind of
/// colour vision, and as light only as cyan, from which its hue distinguishes it.
const BURNS: [[u8; 3]; 5] = [
    [255, 140, 0],
    [220, 20, 30],
    [255, 235, 60],
    [230, 30, 210],
    [0, 220, 235],
];

/// Colours for everything else: M. Okabe and K. Ito's palette, distinguishable with any colour vision.
const OTHERS: [[u8; 3]; 7] = [
    [230, 159, 0],
    [86, 180, 233],
    [0, 158, 115],
    [240, 228, 66],
    [0, 114, 178],
    [213, 94, 0],
    [204, 121, 167],
];

/// The colour of a foreground class (from 1) among classes of these names.
pub(crate) fn colour(class: usize, names: &[String]) -> [u8; 3] {
    let burns = names.iter().any(|name| name.starts_with("grade"));
    if burns && let Some(colour) = BURNS.get(class - 1) {
        return *colour;
    }
    OTHERS[(class - 1) % OTHERS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_have_the_papers_colours_and_all_differ() {
        let names = [
            "background",
            "grade 1",
            "grade 2a",
            "grade 2b",
            "grade 3",
            "grade 4",
        ]
        .map(String::from);
        let colours: std::collections::BTreeSet<_> =
            (1..6).map(|class| colour(class, &names)).collect();
        assert_eq!(colours.len(), 5);
        assert_eq!(colour(1, &names), [255, 140, 0]);
        assert_eq!(colour(5, &names), [0, 220, 235]);
    }

    #[test]
    fn any_number_of_classes_has_colours() {
        let names: Vec<String> = (0..40).map(|class| format!("class {class}")).collect();
        assert_ne!(colour(1, &names), colour(2, &names));
        let _ = colour(39, &names);
    }
}
