//! Places as `GeoJSON` (RFC 7946), in the form that QuPath imports as annotations: a `FeatureCollection` whose features have an
//! `objectType`, a `name` and a `classification` with name and colour among their properties.
//!
//! Coordinates are corners of pixels, `[x, y]` with the origin at the upper left corner of the image, as QuPath has them.

use audit::place::Kind;
use data::regions::{Region, borders};
use serde_json::{Value, json};

use crate::drawing::palette::colour;
use crate::error::RunnerError;

/// A place to be written.
pub(crate) struct Outlined<'a> {
    pub(crate) kind: Kind,
    pub(crate) class: usize,
    pub(crate) score: f64,
    pub(crate) suggestion: &'a str,
    pub(crate) pixels: &'a [[usize; 2]],
}

/// The bytes of a file with one feature per place; `names` are those of the classes.
///
/// # Errors
///
/// JSON could not be written, which writing to memory does not.
pub(crate) fn geojson(places: &[Outlined<'_>], names: &[String]) -> Result<Vec<u8>, RunnerError> {
    let features: Vec<Value> = places
        .iter()
        .map(|place| {
            let class = names.get(place.class).map_or("", String::as_str);
            json!({
                "type": "Feature",
                "geometry": geometry(place.pixels),
                "properties": {
                    "objectType": "annotation",
                    "name": format!("{}: {}", place.kind, place.suggestion),
                    "classification": {
                        "name": class,
                        "color": colour(place.class.max(1), names),
                    },
                    "measurements": { "doubt": place.score },
                    "kind": place.kind,
                    "suggestion": place.suggestion,
                },
            })
        })
        .collect();
    let collection = json!({ "type": "FeatureCollection", "features": features });
    serde_json::to_vec(&collection).map_err(RunnerError::bug)
}

/// A polygon for each part; RFC 7946 wants the first corner again at the end. Its rule for the direction of a ring concerns maps
/// with y upwards: on an image, this is clockwise.
fn geometry(pixels: &[[usize; 2]]) -> Value {
    let region = Region {
        pixels: pixels.to_vec(),
    };
    let rings: Vec<Vec<[usize; 2]>> = borders(&region)
        .into_iter()
        .map(|mut ring| {
            ring.extend(ring.first().copied());
            ring
        })
        .collect();
    match &rings[..] {
        [ring] => json!({ "type": "Polygon", "coordinates": [ring] }),
        rings => {
            let polygons: Vec<[&Vec<[usize; 2]>; 1]> = rings.iter().map(|ring| [ring]).collect();
            json!({ "type": "MultiPolygon", "coordinates": polygons })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_feature_that_qupath_knows() {
        let place = |pixels| Outlined {
            kind: Kind::Missed,
            class: 1,
            score: 0.5,
            suggestion: "draw <wound>",
            pixels,
        };
        let names = ["background".to_string(), "wound".to_string()];
        let places = [place(&[[1, 1]][..]), place(&[[0, 0], [1, 1]][..])];
        let bytes = geojson(&places, &names).expect("JSON");
        let read: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(read["type"], "FeatureCollection");
        let feature = &read["features"][0];
        assert_eq!(feature["type"], "Feature");
        let square = json!([[[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]);
        assert_eq!(feature["geometry"]["coordinates"], square);
        assert_eq!(feature["geometry"]["type"], "Polygon");
        let properties = &feature["properties"];
        assert_eq!(properties["classification"]["name"], "wound");
        assert_eq!(properties["objectType"], "annotation");
        assert_eq!(properties["name"], "missed: draw <wound>");
        let two = &read["features"][1]["geometry"];
        assert_eq!(two["type"], "MultiPolygon");
        assert_eq!(two["coordinates"].as_array().map(Vec::len), Some(2));
    }
}
