//! How to repeat a training: the recipe, the program, the data and the machine.

use std::path::Path;

use maud::{Markup, html};
use toml::{Table, Value};

use crate::page::{cell, facts, notice, shown, table};
use crate::recipe::Recipe;
use crate::report::options::ReportOptions;
use crate::report::run::ReportedRun;
use crate::text::shell::quoted;
use crate::text::time::duration;

/// Keys that may contain names of people, hospitals or folders.
const NAMING: [&str; 7] = [
    "name",
    "description",
    "data.split_file",
    "data.patient_pattern",
    "model.pretrained",
    "data.synthetic",
    "base",
];

/// A key that differs from the base recipe.
#[derive(Clone, Debug, PartialEq)]
struct Differing {
    key: String,
    here: String,
    there: String,
}

/// How to repeat each run.
pub(super) fn section(runs: &[ReportedRun], options: ReportOptions<'_>) -> Markup {
    html! {
        @for run in runs {
            @if runs.len() > 1 { h3 { (shown(&run.name)) } }
            (of_run(run, options))
        }
    }
}

fn of_run(run: &ReportedRun, options: ReportOptions<'_>) -> Markup {
    let (base, differing) = nearest_base(&run.recipe);
    let differing: Vec<Differing> = differing
        .into_iter()
        .filter(|one| !options.private || !is_naming(&one.key))
        .collect();
    let rows: Vec<Vec<Markup>> = differing
        .iter()
        .map(|one| {
            vec![
                html! { code { (shown(&one.key)) } },
                cell(&one.here),
                cell(&one.there),
            ]
        })
        .collect();
    html! {
        @if rows.is_empty() {
            p { "The recipe is " code { (base) } ", unchanged." }
        } @else {
            p { "The recipe is " code { (base) } " but for these keys:" }
            (table(&["key", "this training", base], &rows, true))
        }
        pre { code { (shown(&command(run, base, &differing, options))) } }
        p.quiet {
            @if options.private { "With the run's folder, " } @else { "The same from the run's folder: " }
            code { "selvedge train RUN" } " repeats it, and on the same CPU, with the same number of threads and the same program, gives the \
            same bits."
        }
        @if run.noted("/selvedge/modified").as_deref() == Some("true") {
            (notice(&html! { p { "The program had changes that are in no commit: this training cannot be repeated exactly." } }))
        }
        (facts(&machine(run)))
        @if !options.private {
            details {
                summary { "The whole recipe" }
                pre { code { (shown(&run.recipe.to_toml().unwrap_or_default())) } }
            }
        }
    }
}

/// Program, data, machine and time.
fn machine(run: &ReportedRun) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value {
            facts.push((name, value));
        }
    };
    add(
        "program",
        run.noted("/selvedge/version")
            .map(|version| format!("selvedge {version}")),
    );
    add("commit", run.noted("/selvedge/commit"));
    add("data checksum", run.noted("/data_sha256"));
    add("seed", Some(run.recipe.train.seed.to_string()));
    add("device", run.noted("/device/name"));
    add("instructions", run.noted("/device/instructions"));
    add("driver", run.noted("/device/driver"));
    add("processor", run.noted("/processor"));
    add("threads", run.noted("/threads"));
    add("system", run.noted("/system"));
    add("started", run.noted("/started"));
    add("time of the epochs", run.seconds.map(duration));
    add(
        "first weights",
        run.noted("/pretrained/sha256")
            .map(|sum| format!("SHA-256 {sum}")),
    );
    facts.push(("energy", "not measured".into()));
    facts
}

/// The command that trains the same without the run's folder.
fn command(
    run: &ReportedRun,
    base: &str,
    differing: &[Differing],
    options: ReportOptions<'_>,
) -> String {
    let data = match run.noted("/data") {
        Some(folder) if !options.private => quoted(Path::new(&folder)),
        _ => "DATA".into(),
    };
    let mut text = format!("selvedge train {base} --data {data}");
    for one in differing {
        // A name changes nothing.
        if matches!(&*one.key, "name" | "description") {
            continue;
        }
        let setting = format!("{}={}", one.key, one.here);
        text += &format!(" \\\n  --set {}", quoted(Path::new(&setting)));
    }
    text
}

/// The embedded recipe with the fewest differing keys, and these keys.
fn nearest_base(recipe: &Recipe) -> (&'static str, Vec<Differing>) {
    let names = Recipe::list().unwrap_or_default().into_iter();
    let candidates = names.filter_map(|(name, _)| {
        let base = Recipe::load(name, &[]).ok()?;
        Some((name, differing(recipe, &base)))
    });
    // A recipe's own name decides between equals.
    let nearest =
        candidates.min_by_key(|(name, differing)| (differing.len(), *name != recipe.name));
    nearest.unwrap_or(("folder", Vec::new()))
}

/// The keys that differ from `base`, sorted.
fn differing(recipe: &Recipe, base: &Recipe) -> Vec<Differing> {
    let flat = |recipe: &Recipe| {
        let mut keys = Vec::new();
        if let Ok(table) = Table::try_from(recipe) {
            flatten("", table, &mut keys);
        }
        keys
    };
    let (here, there) = (flat(recipe), flat(base));
    let value = |keys: &[(String, String)], key: &str| {
        let found = keys.iter().find(|(known, _)| known == key);
        found.map_or_else(|| "–".to_string(), |(_, value)| value.clone())
    };
    let mut all: Vec<&String> = here.iter().chain(&there).map(|(key, _)| key).collect();
    all.sort();
    all.dedup();
    all.into_iter()
        .map(|key| Differing {
            key: key.clone(),
            here: value(&here, key),
            there: value(&there, key),
        })
        .filter(|one| one.here != one.there)
        .collect()
}

fn flatten(prefix: &str, table: Table, keys: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Table(inner) => flatten(&path, inner, keys),
            value => keys.push((path, value.to_string())),
        }
    }
}

fn is_naming(key: &str) -> bool {
    NAMING
        .iter()
        .any(|naming| key == *naming || key.starts_with(&format!("{naming}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_the_recipe_with_the_fewest_other_keys() {
        let settings = ["train.epochs=7", "name=mine"].map(String::from);
        let recipe = Recipe::load("acdc-demo", &settings).expect("a recipe");
        let (base, differing) = nearest_base(&recipe);
        assert_eq!(base, "acdc-demo");
        let keys: Vec<&str> = differing.iter().map(|one| &*one.key).collect();
        assert_eq!(keys, ["name", "train.epochs"]);
        assert_eq!(differing[1].here, "7");
        assert!(is_naming("name") && is_naming("data.synthetic.seed") && !is_naming("names"));
        let same = Recipe::load("folder", &[]).expect("a recipe");
        assert_eq!(nearest_base(&same), ("folder", Vec::new()));
    }
}
