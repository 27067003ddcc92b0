//! `selvedge report`: what is on the page, and that it shows names as text.

use std::fs;
use std::path::Path;

#[cfg(unix)]
use crate::browser::{Browser, tidy_errors};
use crate::program::{folder, selvedge, synthesise_burns};
use crate::small_run::{folder_with_a_run, train};

/// A name that would run a script if a page took it for HTML.
#[cfg(unix)]
const HOSTILE: &str = "<img src=x onerror=alert(1)>";

/// Settings of a loss that weights images and drops pixels; that of the small run does neither.
const SELECTS: [&str; 4] = [
    "--set",
    "loss.images=top_k_decreasing",
    "--set",
    "loss.pixels=all_but_sigma",
];

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("text")
}

/// Asserts that a page loads nothing and has no script, as far as its text shows.
fn assert_self_contained(page: &str) {
    for fragment in [
        "<script",
        "src=\"http",
        "href=\"http",
        "url(",
        "@import",
        "<link rel=\"style",
    ] {
        assert!(!page.contains(fragment), "'{fragment}'");
    }
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
}

/// Where each link inside the page leads, and whether it is there.
fn assert_links_lead_somewhere(page: &str) {
    let links = page.split("href=\"#").skip(1);
    let mut count = 0;
    for link in links.map(|rest| rest.split('"').next().expect("a part")) {
        assert!(
            page.contains(&format!("id=\"{link}\"")),
            "#{link} is not there"
        );
        count += 1;
    }
    assert!(count > 8, "{count} links");
}

#[test]
fn a_report_shows_scores_pictures_and_how_to_repeat_the_run() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "0");
    train(here, "run", &SELECTS);
    let output = selvedge(here, &["report", "run"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.contains("report.html"), "{output:?}");
    assert!(!output.stderr.contains("not drawn"), "{output:?}");
    let page = text(&here.join("run/report.html"));
    for fragment in [
        "Report of run",
        "The mean Dice over",
        "95 % interval",
        "The best epoch was",
        "Confusion matrix",
        "worst",
        "data:image/",
        "Heaviest images",
        "Dropped pixels, early and late",
        "train.epochs",
        "selvedge train smoke --data ",
        "What the run answers",
        "Yours to write",
        "checksum",
    ] {
        assert!(page.contains(fragment), "'{fragment}' in the page");
    }
    assert_self_contained(&page);
    assert_links_lead_somewhere(&page);

    // The same run gives the same page, in place of the earlier one.
    assert_eq!(selvedge(here, &["report", "run"]).code, 0);
    assert!(
        page == text(&here.join("run/report.html")),
        "the same bytes"
    );
    // A page that was edited is not overwritten.
    fs::write(here.join("run/report.html"), "my notes").expect("written");
    selvedge(here, &["report", "run"]).assert_user_error(&["nothing was written", "report.html"]);
}

#[test]
fn a_private_report_has_neither_names_nor_pictures() {
    let folder = folder_with_a_run();
    let here = folder.path();
    let output = selvedge(here, &["report", "run", "--private", "--out", "page.html"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let page = text(&here.join("page.html"));
    assert_self_contained(&page);
    assert_links_lead_somewhere(&page);
    assert!(
        !page.contains("data:image/") && page.contains("image 1"),
        "no pictures"
    );
    let absolute = here.canonicalize().expect("a path").display().to_string();
    assert!(!page.contains(&absolute), "no folders");
    let images = fs::read_dir(here.join("burns/images")).expect("images");
    for image in images {
        let path = image.expect("an entry").path();
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        assert!(!page.contains(&stem), "{stem}");
    }
    let split: serde_json::Value =
        serde_json::from_str(&text(&here.join("run/split.json"))).expect("JSON");
    for line in split.as_array().expect("a list") {
        let patient = line["patient"].as_str().expect("text");
        assert!(!page.contains(patient), "{patient}");
    }
}

#[test]
fn several_runs_stand_side_by_side_with_their_paired_differences() {
    let folder = folder_with_a_run();
    let here = folder.path();
    train(here, "selecting", &SELECTS);
    let arguments = ["report", "run", "selecting", "--out", "both.html"];
    let output = selvedge(here, &arguments);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let page = text(&here.join("both.html"));
    assert_self_contained(&page);
    assert_links_lead_somewhere(&page);
    for fragment in [
        "Report of 2 runs",
        "Paired differences",
        "a difference of",
        "images top_k_decreasing, pixels all_but_sigma",
    ] {
        assert!(page.contains(fragment), "'{fragment}'");
    }
    // The same difference as the command that compares runs.
    let compared = selvedge(
        here,
        &["compare", "selecting", "--baseline", "run", "--json"],
    )
    .json();
    let difference = compared["comparisons"][0]["difference"]
        .as_f64()
        .expect("a number");
    assert!(page.contains(&format!("{difference:+.3}")), "{difference}");
}

#[test]
fn a_run_without_cases_and_data_that_moved_are_reported() {
    let folder = folder_with_a_run();
    let here = folder.path();
    // The data are elsewhere: a page without pictures, which says why.
    fs::rename(here.join("burns"), here.join("moved")).expect("moved");
    let output = selvedge(here, &["report", "run", "--out", "without.html"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let page = text(&here.join("without.html"));
    assert!(
        page.contains("No pictures") && page.contains("--data"),
        "says why"
    );
    assert_links_lead_somewhere(&page);
    let output = selvedge(
        here,
        &["report", "run", "--data", "moved", "--out", "with.html"],
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(text(&here.join("with.html")).contains("data:image/"));
    // Other labels than those that were scored are not shown as if they were.
    let labels = fs::read_dir(here.join("moved/labels")).expect("labels");
    for label in labels {
        let path = label.expect("an entry").path();
        let read = image::open(&path).expect("an image");
        read.fliph().save(&path).expect("saved");
    }
    let clean = here.join("moved/clean");
    if clean.is_dir() {
        fs::remove_dir_all(&clean).expect("removed");
    }
    let output = selvedge(
        here,
        &["report", "run", "--data", "moved", "--out", "other.html"],
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("not drawn"), "{}", output.stderr);

    fs::remove_file(here.join("run/cases.csv")).expect("removed");
    selvedge(here, &["report", "run"]).assert_user_error(&["cases.csv", "selvedge evaluate"]);
    fs::write(here.join("run/summary.json"), "{").expect("written");
    selvedge(here, &["report", "run"]).assert_user_error(&["cases.csv"]);
    selvedge(here, &["report", "nowhere"]).assert_user_error(&["nowhere", "the folder of a run"]);
}

#[test]
fn damaged_records_of_images_are_left_out() {
    let folder = folder_with_a_run();
    let here = folder.path();
    fs::write(here.join("run/images.npz"), "no archive").expect("written");
    let output = selvedge(here, &["report", "run", "--private", "--out", "page.html"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("images.npz"), "{}", output.stderr);
    assert!(text(&here.join("page.html")).contains("is not known"));
}

/// Gives every image of a set, with its labels, a name that is HTML.
#[cfg(unix)]
fn rename_all(set: &Path) {
    for part in ["images", "labels", "clean"] {
        let Ok(entries) = fs::read_dir(set.join(part)) else {
            continue;
        };
        let paths: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        for path in paths {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            fs::rename(&path, path.with_file_name(format!("{HOSTILE}{name}"))).expect("renamed");
        }
    }
    let table = set.join("cases.csv");
    if table.is_file() {
        let mut lines: Vec<String> = text(&table).lines().map(String::from).collect();
        for line in lines.iter_mut().skip(1) {
            *line = format!("{HOSTILE}{line}");
        }
        fs::write(&table, lines.join("\n") + "\n").expect("written");
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_html_are_text_and_a_browser_is_content_with_the_page() {
    let folder = folder();
    let here = folder.path();
    synthesise_burns(here, 16, "1");
    rename_all(&here.join("burns"));
    train(here, "run", &SELECTS);
    train(here, "erm", &[]);
    for (runs, out) in [(&["run"][..], "one.html"), (&["run", "erm"], "two.html")] {
        let arguments = [&["report"][..], runs, &["--out", out]].concat();
        let output = selvedge(here, &arguments);
        assert_eq!(output.code, 0, "{}", output.stderr);
        let page = text(&here.join(out));
        assert!(!page.contains(HOSTILE), "{out}");
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"), "{out}");
        assert_self_contained(&page);
    }
    if let Some(browser) = Browser::find() {
        browser.assert_sees_faults();
        for page in ["one.html", "two.html", "run/live.html"] {
            browser.assert_content(&here.join(page));
        }
    }
    for page in ["one.html", "two.html"] {
        if let Some(errors) = tidy_errors(&here.join(page)) {
            assert!(errors.is_empty(), "{page}: {errors}");
        }
    }
}
