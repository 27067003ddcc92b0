//! The pixels of a listed place, found again from its line, the label and the suggestions.

use audit::place::Kind;

use crate::auditing::folder::PlaceRow;

/// Which pixels of an image belong to a line of the list: inside its box, label and suggestion differ there, and one of them has
/// the line's class. All of them for a whole image.
pub(crate) struct PlacePixels<'a> {
    row: &'a PlaceRow,
    /// The line's class; none if the audit has no such class.
    class: Option<usize>,
}

impl<'a> PlacePixels<'a> {
    /// The pixels of a line of an audit with these classes.
    pub(crate) fn new(row: &'a PlaceRow, classes: &[String]) -> Self {
        Self {
            row,
            class: classes.iter().position(|name| *name == row.class),
        }
    }

    /// The indices of the pixels, in rows of `width`.
    pub(crate) fn indices(
        &self,
        width: usize,
        labels: &[u8],
        suggested: &[u8],
    ) -> impl Iterator<Item = usize> {
        let PlaceRow { x0, x1, y0, y1, .. } = *self.row;
        let inside = (y0..y1).flat_map(move |y| y * width + x0..y * width + x1);
        inside.filter(move |pixel| self.has(labels[*pixel], suggested[*pixel]))
    }

    fn has(&self, label: u8, suggested: u8) -> bool {
        let is_class = |label: u8| Some(usize::from(label)) == self.class;
        let is_own = match self.row.kind {
            Kind::Image => true,
            Kind::Missed => is_class(suggested),
            Kind::Extra | Kind::Class => is_class(label),
            Kind::Border => is_class(label) || is_class(suggested),
        };
        is_own && label != suggested
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_pixels_of_its_class_that_differ_inside_its_box() {
        let classes = ["background", "skin", "wound"].map(String::from);
        // Three columns, two rows.
        let labels = [0, 1, 0, 2, 1, 0];
        let suggested = [1, 0, 2, 1, 1, 1];
        let found = |kind, class: &str, x1| {
            let row = PlaceRow {
                rank: 1,
                patient: String::new(),
                image: String::new(),
                class: class.to_string(),
                kind,
                score: 0.0,
                area: 0,
                x0: 0,
                y0: 0,
                x1,
                y1: 2,
                suggestion: String::new(),
            };
            let pixels = PlacePixels::new(&row, &classes);
            pixels
                .indices(3, &labels, &suggested)
                .collect::<Vec<usize>>()
        };
        assert_eq!(found(Kind::Missed, "skin", 3), [0, 3, 5]);
        assert_eq!(found(Kind::Missed, "skin", 2), [0, 3]);
        assert_eq!(found(Kind::Extra, "skin", 3), [1]);
        assert_eq!(found(Kind::Class, "wound", 3), [3]);
        assert_eq!(found(Kind::Border, "wound", 3), [2, 3]);
        assert_eq!(found(Kind::Image, "", 3), [0, 1, 2, 3, 5]);
        assert!(found(Kind::Border, "bone", 3).is_empty());
    }
}
