//! The table for LaTeX, with the package booktabs.

use crate::experiment::results::Results;
use crate::experiment::table::cell_text::{
    FEW_SEEDS_NOTE, any_of_few_seeds, heading, is_better, runs, score, titles,
};
use crate::statistics::comparison::Difference;

pub(super) fn text(results: &Results) -> String {
    let metrics = &results.grid.metrics;
    let mut text = format!(
        "% {}: mean ± deviation over seeds, 95 % interval over patients; bold where the interval of the difference to the baseline\n\
         % excludes 0. Needs booktabs.\n\\begin{{tabular}}{{lll{}}}\n\\toprule\n",
        escaped(&results.grid.name),
        "l".repeat(metrics.len())
    );
    if any_of_few_seeds(results) {
        text.insert_str(0, &format!("% Dagger: {FEW_SEEDS_NOTE}.\n"));
    }
    let mut head = vec!["network", "row", "runs"];
    head.extend(metrics.iter().map(|metric| heading(*metric)));
    text += &format!("{} \\\\\n\\midrule\n", head.join(" & "));
    for cell in &results.cells {
        let mut row: Vec<String> = titles(results, cell).map(escaped).to_vec();
        row.push(escaped(&runs(cell)));
        for (column, metric) in metrics.iter().enumerate() {
            row.push(match &cell.scores[column] {
                None => "--".into(),
                Some(found) => {
                    let [mean, sd, ci95] = score(*metric, found);
                    let mean = mean.unwrap_or_default();
                    let sd = sd.map_or(String::new(), |sd| format!(" \\pm {sd}"));
                    let bold = if is_better(cell, column) {
                        format!("$\\mathbf{{{mean}{sd}}}$")
                    } else {
                        format!("${mean}{sd}$")
                    };
                    let few = cell.differences[column].as_ref();
                    let mark = if few.is_some_and(Difference::is_of_few_seeds) {
                        "$^\\dagger$"
                    } else {
                        ""
                    };
                    bold + mark + &ci95.map_or(String::new(), |ci95| format!(" {ci95}"))
                }
            });
        }
        text += &format!("{} \\\\\n", row.join(" & "));
    }
    for missing in &results.grid.missing {
        text += &format!(
            "{} & \\multicolumn{{{}}}{{l}}{{{}}} \\\\\n",
            escaped(&missing.name),
            2 + metrics.len(),
            escaped(&missing.why)
        );
    }
    text + "\\bottomrule\n\\end{tabular}\n"
}

/// Text with LaTeX's own characters escaped, and the symbols of the grids as commands.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => safe += "\\textbackslash{}",
            '~' => safe += "\\textasciitilde{}",
            '^' => safe += "\\textasciicircum{}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                safe.push('\\');
                safe.push(letter);
            }
            'α' => safe += "$\\alpha$",
            'σ' => safe += "$\\sigma$",
            '↓' => safe += "$\\downarrow$",
            '−' => safe += "$-$",
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_a_table() {
        assert_eq!(
            escaped("a_b & 50 % \\end{x}"),
            "a\\_b \\& 50 \\% \\textbackslash{}end\\{x\\}"
        );
        assert_eq!(escaped("Top-k↓, α"), "Top-k$\\downarrow$, $\\alpha$");
    }
}
