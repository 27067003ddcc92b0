//! The documents: how long the README is, where links lead, and what is copied from the program.

// Elsewhere, help contains the name of the program's file, which differs here.
#[cfg(unix)]
mod help;
mod recipes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown files directly in a folder of the repository, relative to its root.
fn pages_in(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let mut pages: Vec<PathBuf> = entries
        .map(|entry| Path::new(folder).join(entry.expect("an entry").file_name()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages
}

#[test]
fn the_readme_has_at_most_120_lines_and_900_words() {
    let readme = text("README.md");
    let (lines, words) = (readme.lines().count(), readme.split_whitespace().count());
    assert!(lines <= 120, "{lines} lines");
    assert!(words <= 900, "{words} words");
}

/// A page without its blocks and spans of code, in which nothing is a link or a heading.
fn prose(page: &str) -> String {
    let mut in_block = false;
    let mut prose = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block && !line.starts_with("    ") {
            for (part, between) in line.split('`').enumerate() {
                // Code in a heading belongs to its anchor.
                if part % 2 == 0 || line.starts_with('#') {
                    prose.push_str(between);
                }
            }
        }
        prose.push('\n');
    }
    prose
}

/// The targets of a page's links and images, without those on the web.
fn links(page: &str) -> Vec<String> {
    prose(page)
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_string()))
        .filter(|target| !target.starts_with("https://"))
        .collect()
}

/// The anchors of a page's headings, as both GitHub and mdBook name them.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for line in prose(page).lines().filter(|line| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let anchor: String = title
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let count = seen.entry(anchor.clone()).or_default();
        found.insert(match *count {
            0 => anchor,
            number => format!("{anchor}-{number}"),
        });
        *count += 1;
    }
    found
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let mut checked = 0;
    let folders = ["", "docs", "shaders", "assets/reference"];
    for page in folders.into_iter().flat_map(pages_in) {
        for link in links(&text(&page)) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().expect("a folder").join(file),
            };
            let place = format!("{}: {link}", page.display());
            assert!(root().join(&target).exists(), "{place}");
            if !anchor.is_empty() {
                let anchors = anchors(&text(&target));
                assert!(anchors.contains(anchor), "{place}: {anchors:?}");
            }
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked} links");
}

#[test]
fn the_book_contains_every_page_and_no_link_leaves_it() {
    let summary = links(&text("docs/SUMMARY.md"));
    for page in pages_in("docs") {
        let name = page.file_name().expect("a name").to_string_lossy();
        assert!(
            name == "SUMMARY.md" || summary.contains(&name.to_string()),
            "{name} is missing in docs/SUMMARY.md"
        );
        for link in links(&text(&page)) {
            // mdBook calls README.md index.html, but leaves links to it as they are.
            let leaves = link.starts_with("../") || link.starts_with("README.md");
            assert!(name == "SUMMARY.md" || !leaves, "{name}: {link}");
        }
    }
}

/// The text in backticks in a page's prose, with the text before each.
fn code_spans(page: &str) -> Vec<(String, String)> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            let parts: Vec<&str> = line.split('`').collect();
            for pair in parts.chunks_exact(2) {
                found.push((pair[0].to_string(), pair[1].to_string()));
            }
        }
    }
    found
}

#[test]
fn every_path_and_every_test_that_a_page_names_exists() {
    let mut checked = 0;
    let mut missing = Vec::new();
    let pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(PathBuf::from);
    for page in pages.into_iter().chain(pages_in("docs")) {
        let spans = code_spans(&text(&page));
        for (_, path) in &spans {
            let folders = [
                "crates/", "tests/", "shaders/", "assets/", ".ci/", ".github/",
            ];
            if folders.iter().any(|folder| path.starts_with(folder)) && !path.contains(' ') {
                // NAME is what a reader is about to add.
                let (there, _) = path.split_once("NAME").unwrap_or((path, ""));
                if !root().join(there).exists() {
                    missing.push(format!("{}: {path}", page.display()));
                }
                checked += 1;
            }
        }
        for pair in spans.windows(2) {
            let ((_, test), (between, path)) = (&pair[0], &pair[1]);
            let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            let is_rust = Path::new(path).extension().is_some_and(|end| end == "rs");
            if between == " in " && is_rust && test.chars().all(is_name) {
                let function = format!("fn {test}(");
                if !root().join(path).is_file() || !text(path).contains(&function) {
                    missing.push(format!("{}: {test} in {path}", page.display()));
                }
                checked += 1;
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(checked > 50, "{checked}");
}
