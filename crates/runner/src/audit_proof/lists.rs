//! Reads the lists of an audit: `images.csv` with the scores of every image, and `audit.csv` with the places worth a look.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use audit::place::Kind;
use csv::StringRecord;
use data::PixelBox;

use crate::error::RunnerError;
use crate::files::input::read_text;

/// Names of the lists in the folder of an audit.
pub(crate) const IMAGES: &str = "images.csv";
pub(crate) const PLACES: &str = "audit.csv";

/// Largest size of a list in bytes, most rows and most columns.
const MOST_BYTES: u64 = 128 << 20;
const MOST_ROWS: usize = 1_000_000;
const MOST_COLUMNS: usize = 64;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AuditLists {
    /// Names of the scores, as the columns are called.
    pub(crate) scores: Vec<String>,
    /// Every image.
    pub(crate) images: Vec<ImageRow>,
    /// The places, the most doubtful first.
    pub(crate) places: Vec<PlaceRow>,
}

/// A line of `images.csv`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ImageRow {
    pub(crate) image: String,
    pub(crate) patient: String,
    /// The scores, in the order of [`AuditLists::scores`]; NaN where there is none.
    pub(crate) scores: Vec<f64>,
    /// The rank by the audit's default, 1 for the most doubtful image.
    pub(crate) rank: f64,
}

/// A line of `audit.csv`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlaceRow {
    pub(crate) image: String,
    /// Name or number of the class.
    pub(crate) class: String,
    pub(crate) kind: Kind,
    /// NaN where there is none.
    pub(crate) score: f64,
    pub(crate) place: PixelBox,
    pub(crate) suggestion: String,
}

/// Reads the lists in the folder of an audit.
///
/// # Errors
///
/// A list is missing, too large, or not as an audit writes it; an image is listed twice.
pub(crate) fn read_lists(folder: &Path) -> Result<AuditLists, RunnerError> {
    let (scores, images) = read_images(&folder.join(IMAGES))?;
    Ok(AuditLists {
        scores,
        images,
        places: read_places(&folder.join(PLACES))?,
    })
}

/// A table with a header, read row by row.
struct Table {
    path: PathBuf,
    columns: Vec<String>,
    rows: Vec<StringRecord>,
}

impl Table {
    fn read(path: &Path) -> Result<Self, RunnerError> {
        let text = read_text(path, MOST_BYTES).map_err(|error| {
            error.with_more_advice("give the folder that `selvedge audit` wrote")
        })?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let wrong = |error: csv::Error| not_a_list(path, error.to_string());
        let columns: Vec<String> = reader
            .headers()
            .map_err(wrong)?
            .iter()
            .map(str::to_string)
            .collect();
        if columns.len() > MOST_COLUMNS {
            return Err(not_a_list(path, format!("{} columns", columns.len())));
        }
        let mut rows = Vec::new();
        for row in reader.records() {
            if rows.len() == MOST_ROWS {
                return Err(not_a_list(path, format!("more than {MOST_ROWS} rows")));
            }
            rows.push(row.map_err(wrong)?);
        }
        Ok(Self {
            path: path.to_path_buf(),
            columns,
            rows,
        })
    }

    fn column(&self, name: &str) -> Result<usize, RunnerError> {
        let found = self.columns.iter().position(|column| column == name);
        found.ok_or_else(|| {
            let columns = self.columns.join(",");
            not_a_list(&self.path, format!("the columns {columns}, without {name}"))
        })
    }

    /// The error of a cell; rows are counted from 1, as the program that shows the table counts them, with the header.
    fn wrong_cell(&self, row: usize, column: usize, expected: &str) -> RunnerError {
        RunnerError::mismatch(
            expected,
            format!("{:?}", self.rows[row].get(column).unwrap_or_default()),
            "audit again: the list was edited or damaged",
        )
        .at(format!(
            "{}: line {}, {}",
            self.path.display(),
            row + 2,
            self.columns[column]
        ))
    }

    /// A finite number, or NaN for an empty cell.
    fn number(&self, row: usize, column: usize) -> Result<f64, RunnerError> {
        let text = self.rows[row].get(column).unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(f64::NAN);
        }
        text.parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| self.wrong_cell(row, column, "a number, or nothing"))
    }

    fn pixel(&self, row: usize, column: usize) -> Result<usize, RunnerError> {
        let text = self.rows[row].get(column).unwrap_or_default().trim();
        let found = text.parse::<u32>();
        let found = found.map_err(|_| self.wrong_cell(row, column, "a pixel's number"))?;
        Ok(found as usize)
    }

    fn text(&self, row: usize, column: usize) -> String {
        self.rows[row].get(column).unwrap_or_default().to_string()
    }
}

fn not_a_list(path: &Path, found: String) -> RunnerError {
    RunnerError::mismatch(
        "a list as `selvedge audit` writes it",
        found,
        "give the folder of an audit, or audit again",
    )
    .at(path.display())
}

fn read_images(path: &Path) -> Result<(Vec<String>, Vec<ImageRow>), RunnerError> {
    let table = Table::read(path)?;
    let [image, patient, rank] = ["image", "patient", "rank"].map(|name| table.column(name));
    let (image, patient, rank) = (image?, patient?, rank?);
    let scores: Vec<usize> = (0..table.columns.len())
        .filter(|column| !["image", "patient", "fold", "rank"].contains(&&*table.columns[*column]))
        .collect();
    let mut images = Vec::with_capacity(table.rows.len());
    let mut names = BTreeSet::new();
    for row in 0..table.rows.len() {
        let name = table.text(row, image);
        if !names.insert(name.clone()) {
            return Err(table.wrong_cell(row, image, "every image once"));
        }
        let values: Result<Vec<f64>, RunnerError> = scores
            .iter()
            .map(|column| table.number(row, *column))
            .collect();
        images.push(ImageRow {
            image: name,
            patient: table.text(row, patient),
            scores: values?,
            rank: table.number(row, rank)?,
        });
    }
    if images.is_empty() {
        return Err(not_a_list(path, "no image".into()));
    }
    let scores = scores
        .into_iter()
        .map(|column| table.columns[column].clone());
    Ok((scores.collect(), images))
}

fn read_places(path: &Path) -> Result<Vec<PlaceRow>, RunnerError> {
    let table = Table::read(path)?;
    let column = |name| table.column(name);
    let (image, class, kind) = (column("image")?, column("class")?, column("kind")?);
    let (score, suggestion) = (column("score")?, column("suggestion")?);
    let corners = [column("x0")?, column("y0")?, column("x1")?, column("y1")?];
    let mut places = Vec::with_capacity(table.rows.len());
    for row in 0..table.rows.len() {
        let name = table.text(row, kind);
        let named = Kind::ALL.into_iter().find(|kind| kind.as_str() == name);
        let Some(kind) = named else {
            return Err(table.wrong_cell(row, kind, "image, missed, extra, class or border"));
        };
        let mut box_of = [0; 4];
        // A line about a whole image may have no box.
        let has_box = corners
            .iter()
            .any(|corner| !table.text(row, *corner).trim().is_empty());
        if kind != Kind::Image || has_box {
            for (value, corner) in box_of.iter_mut().zip(corners) {
                *value = table.pixel(row, corner)?;
            }
        }
        let [x0, y0, x1, y1] = box_of;
        places.push(PlaceRow {
            image: table.text(row, image),
            class: table.text(row, class),
            kind,
            score: table.number(row, score)?,
            place: PixelBox { x0, y0, x1, y1 },
            suggestion: table.text(row, suggestion),
        });
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SOUND: &str =
        "image,patient,fold,softmin,loss,rank\na,p1,0,0.5,,1\n\"b, slice 3\",p2,1,-1e-3,2,2\n";
    const LISTED: &str = "rank,patient,image,class,kind,score,area,x0,y0,x1,y1,suggestion\n\
                          1,p1,a,grade 1,missed,0.9,12,1,2,5,6,add grade 1\n\
                          2,p1,a,,image,0.5,,,,,,look at it\n\
                          3,p2,\"b, slice 3\",1,border,,40,0,0,9,9,in by 2.5 pixels\n";

    fn read(images: &str, places: &str) -> Result<AuditLists, RunnerError> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(IMAGES), images).expect("written");
        fs::write(folder.path().join(PLACES), places).expect("written");
        read_lists(folder.path())
    }

    #[test]
    fn the_lists_of_an_audit_are_read() {
        let lists = read(SOUND, LISTED).expect("sound lists");
        assert_eq!(lists.scores, ["softmin", "loss"]);
        assert_eq!(lists.images[1].image, "b, slice 3");
        assert_eq!(lists.images[1].scores, [-1e-3, 2.0]);
        assert!(lists.images[0].scores[1].is_nan());
        let kinds: Vec<Kind> = lists.places.iter().map(|place| place.kind).collect();
        assert_eq!(kinds, [Kind::Missed, Kind::Image, Kind::Border]);
        assert_eq!(lists.places[0].place.y1, 6);
    }

    #[test]
    fn what_is_no_such_list_is_refused_with_its_place() {
        for (images, places, fragments) in [
            (
                SOUND.replace("0.5", "much"),
                LISTED.to_string(),
                ["line 2, softmin", "\"much\""],
            ),
            (
                SOUND.replace("0.5", "inf"),
                LISTED.to_string(),
                ["line 2, softmin", "\"inf\""],
            ),
            (
                SOUND.replace(",rank", ",order"),
                LISTED.to_string(),
                [IMAGES, "without rank"],
            ),
            (
                SOUND.replace("\"b, slice 3\"", "a"),
                LISTED.to_string(),
                ["line 3, image", "once"],
            ),
            (
                "image,patient,fold,rank\n".into(),
                LISTED.to_string(),
                [IMAGES, "no image"],
            ),
            (
                SOUND.to_string(),
                LISTED.replace("missed", "lost"),
                ["line 2, kind", "\"lost\""],
            ),
            (
                SOUND.to_string(),
                LISTED.replace("9,9", "-9,9"),
                ["line 4, x1", "\"-9\""],
            ),
            (
                SOUND.to_string(),
                LISTED.replace(",suggestion", ""),
                [PLACES, "expected"],
            ),
            (SOUND.to_string(), "a,".repeat(100), [PLACES, "101 columns"]),
        ] {
            let error = read(&images, &places).expect_err(fragments[1]);
            assert_eq!(error.exit_code, 2);
            for fragment in fragments {
                assert!(error.message().contains(fragment), "{fragment}: {error}");
            }
        }
    }

    #[test]
    fn damaged_lists_are_read_or_refused() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut refused = 0;
        for _ in 0..400 {
            let mut damaged = [SOUND, LISTED].map(|text| text.as_bytes().to_vec());
            for text in &mut damaged {
                for _ in 0..random.random_range(0..4) {
                    let place = random.random_range(0..text.len());
                    match random.random_range(0..3) {
                        0 => text[place] = random.random(),
                        1 => text.truncate(place.max(1)),
                        _ => text.insert(place, b",\n\"-9e\0"[random.random_range(0..7)]),
                    }
                }
            }
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join(IMAGES), &damaged[0]).expect("written");
            fs::write(folder.path().join(PLACES), &damaged[1]).expect("written");
            refused += usize::from(read_lists(folder.path()).is_err());
        }
        assert!((40..400).contains(&refused), "{refused} of 400");
    }
}
