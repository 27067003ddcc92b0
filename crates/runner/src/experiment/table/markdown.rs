//! The table in Markdown, with the verdict on each claim.

use crate::experiment::claims::decide;
use crate::experiment::results::{Cell, Results};
use crate::experiment::table::cell_text::{
    FEW_SEEDS, FEW_SEEDS_NOTE, any_of_few_seeds, heading, is_better, probability, runs, score,
    signed, titles,
};

pub(super) fn text(results: &Results) -> String {
    let grid = &results.grid;
    let mut text = format!("# {}: {}\n\n", grid.name, grid.description);
    if !grid.paper.is_empty() {
        text += &format!("After {}. ", grid.paper);
    }
    let seeds: Vec<String> = results.seeds.iter().map(ToString::to_string).collect();
    text += &format!(
        "Scale `{}`, seeds {}, scores of the test images against the {} labels. Mean ± deviation over seeds, 95 % interval over \
         patients. **Bold**: better than the baseline of the same network, with an interval of the difference that excludes 0. \
         Differences are over the seeds that both rows have finished.\n\n",
        results.scale,
        seeds.join(", "),
        results.truth.as_str()
    );
    let mut head = vec!["network".to_string(), "row".to_string(), "runs".to_string()];
    head.extend(
        grid.metrics
            .iter()
            .map(|metric| heading(*metric).to_string()),
    );
    if let Some(first) = grid.metrics.first() {
        head.push(format!("{} − baseline", heading(*first)));
        head.extend(["p (Holm)", "seeds won"].map(String::from));
    }
    text += &line(&head);
    text += &format!("|{}\n", "---|".repeat(head.len()));
    for cell in &results.cells {
        text += &line(&cells(results, cell));
    }
    for missing in &grid.missing {
        let mut row = vec![missing.name.clone(), missing.why.clone()];
        row.resize(head.len(), "–".into());
        text += &line(&row);
    }
    text += "\n";
    if any_of_few_seeds(results) {
        text += &format!("{FEW_SEEDS}: {FEW_SEEDS_NOTE}.\n\n");
    }
    if !grid.claims.is_empty() {
        text += &claims(results);
    }
    for origin in &results.origins {
        text += &format!("Trained with {origin}.\n");
    }
    text
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn cells(results: &Results, cell: &Cell) -> Vec<String> {
    let mut row: Vec<String> = titles(results, cell).map(String::from).to_vec();
    row.push(runs(cell));
    for (column, metric) in results.grid.metrics.iter().enumerate() {
        let Some(found) = &cell.scores[column] else {
            row.push("–".into());
            continue;
        };
        let [mean, sd, ci95] = score(*metric, found);
        let mut shown = mean.unwrap_or_default();
        if let Some(sd) = sd {
            shown += &format!(" ± {sd}");
        }
        if is_better(cell, column) {
            shown = format!("**{shown}**");
        }
        if let Some(ci95) = ci95 {
            shown += &format!(" {ci95}");
        }
        row.push(shown);
    }
    let Some(metric) = results.grid.metrics.first() else {
        return row;
    };
    let Some(difference) = &cell.differences[0] else {
        row.extend(["–", "–", "–"].map(String::from));
        return row;
    };
    let mut shown = signed(*metric, difference.difference);
    if let Some([low, high]) = difference.ci95 {
        shown += &format!(" [{}, {}]", signed(*metric, low), signed(*metric, high));
    }
    row.push(shown);
    row.push(difference.p_holm.map_or_else(
        || format!("– ({} patients)", difference.patients),
        probability,
    ));
    let mut won = difference
        .wins
        .map_or("–".into(), |wins| format!("{} of {}", wins.won, wins.of));
    if difference.is_of_few_seeds() {
        won += &format!(" {FEW_SEEDS}");
    }
    row.push(won);
    row
}

fn claims(results: &Results) -> String {
    let mut text = "## Claims\n\nThe effect is the difference over patients, averaged over the pairs of rows and the networks; positive is \
                    better.\n\n| claim | verdict | effect | better, worse, of | seeds won | diverged |\n|---|---|---|---|---|---|\n"
        .to_string();
    for claim in &results.grid.claims {
        let verdict = decide(claim, results);
        let mut effect = verdict
            .effect
            .map_or("–".into(), |effect| signed(claim.metric, effect));
        if let Some([low, high]) = verdict.ci95 {
            effect += &format!(
                " [{}, {}]",
                signed(claim.metric, low),
                signed(claim.metric, high)
            );
        }
        let [compared, planned] = verdict.compared;
        let [better, worse] = verdict.split;
        text += &line(&[
            format!("({}) {}", claim.number, claim.text),
            verdict.outcome.as_str().to_string(),
            format!("{} {effect}", heading(claim.metric)),
            if compared == planned {
                format!("{better}, {worse}, of {planned}")
            } else {
                format!("{better}, {worse}, of {compared} compared out of {planned}")
            },
            format!("{} of {}", verdict.wins.won, verdict.wins.of),
            format!("{} of {}", verdict.diverged[0], verdict.diverged[1]),
        ]);
    }
    text + "\n"
}
