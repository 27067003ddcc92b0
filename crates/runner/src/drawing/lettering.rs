//! Text in images, in a font of 8 × 8 pixels that needs no files.

use font8x8::{BASIC_FONTS, GREEK_FONTS, LATIN_FONTS, UnicodeFonts};
use image::RgbImage;

/// Pixels of a letter, in each direction.
const SIDE: u32 = 8;
/// Each pixel of a letter is drawn as a square of this side.
const SCALE: u32 = 2;
/// Height of a line.
pub(crate) const LINE: u32 = SIDE * SCALE + 4;

/// An arrow that points down, which the font lacks: a byte for each row, the first column in the lowest bit.
const DOWN: [u8; 8] = [0x18, 0x18, 0x18, 0x18, 0x7e, 0x3c, 0x18, 0x00];

/// Width of a text.
pub(crate) fn width(text: &str) -> u32 {
    text.chars().count() as u32 * SIDE * SCALE
}

/// Writes a line of text in black, with its upper left corner at `[x, y]`. What is beyond the image is cut off.
pub(crate) fn write(image: &mut RgbImage, [x, y]: [u32; 2], text: &str) {
    for (place, letter) in text.chars().enumerate() {
        let left = x + place as u32 * SIDE * SCALE;
        for (row, bits) in glyph(letter).into_iter().enumerate() {
            for column in (0..SIDE).filter(|column| bits >> column & 1 == 1) {
                for inside in 0..SCALE * SCALE {
                    let x = left + column * SCALE + inside % SCALE;
                    let y = y + row as u32 * SCALE + inside / SCALE;
                    if let Some(pixel) = image.get_pixel_mut_checked(x, y) {
                        *pixel = image::Rgb([0; 3]);
                    }
                }
            }
        }
    }
}

/// The text in lines of at most `width` pixels, broken at spaces, or within a word that is longer than a line.
pub(crate) fn wrapped(text: &str, width: u32) -> Vec<String> {
    let most = (width / (SIDE * SCALE)).max(1) as usize;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut letters: Vec<char> = word.chars().collect();
        if let Some(line) = lines.last_mut()
            && line.chars().count() + 1 + letters.len() <= most
        {
            line.push(' ');
            line.extend(letters);
            continue;
        }
        while letters.len() > most {
            let rest = letters.split_off(most);
            lines.push(letters.into_iter().collect());
            letters = rest;
        }
        lines.push(letters.into_iter().collect());
    }
    lines
}

fn glyph(letter: char) -> [u8; 8] {
    let letter = match letter {
        '↓' => return DOWN,
        '−' | '–' => '-',
        letter => letter,
    };
    let found = BASIC_FONTS
        .get(letter)
        .or_else(|| LATIN_FONTS.get(letter))
        .or_else(|| GREEK_FONTS.get(letter));
    found.or_else(|| BASIC_FONTS.get('?')).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces_and_within_long_words() {
        let lines = |text, letters| wrapped(text, letters * SIDE * SCALE);
        assert_eq!(lines("ERM, all pixels", 15), ["ERM, all pixels"]);
        assert_eq!(lines("ERM, all pixels", 14), ["ERM, all", "pixels"]);
        assert_eq!(
            lines("patient003_frame01 b", 8),
            ["patient0", "03_frame", "01 b"]
        );
        assert!(lines("", 8).is_empty());
        assert_eq!(lines("ab", 0), ["a", "b"]);
    }

    #[test]
    fn letters_of_grids_are_in_the_font_and_text_beyond_the_image_is_cut_off() {
        let question = glyph('?');
        for letter in "azAZ09+-.,:%()ασ↓−üÄ±".chars() {
            assert_ne!(glyph(letter), question, "{letter}");
        }
        assert_eq!(glyph('漢'), question);
        let mut image = RgbImage::from_pixel(40, 12, image::Rgb([255; 3]));
        write(&mut image, [8, 4], "III");
        let black = image.pixels().filter(|pixel| pixel.0 == [0; 3]).count();
        assert!(black > 0);
        assert_eq!(width("III"), 48);
    }
}
