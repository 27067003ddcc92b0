"""Reference measures of rankings, from scikit-learn and SciPy.

Writes `cases.json` next to this script:

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python generate.py

The same seeds and versions give the same file. It contains

* `rankings`: scores and which items are wrong, with scikit-learn's `roc_auc_score` and `average_precision_score`; and the precision among
  the worst twentieth and tenth, where those of the items with the last score that are looked at are drawn at random (the mean of
  SciPy's `hypergeom`). Most have ties;
* `curves`: scores, costs and findings, with the area under the curve of found against paid, by scikit-learn's `auc` over points
  that NumPy sums by score;
* `correlations`: pairs with SciPy's `spearmanr`.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import hypergeom, spearmanr
from sklearn.metrics import auc, average_precision_score, roc_auc_score

HERE = Path(__file__).resolve().parent


def drawn(rng, count, share, separation, digits):
    wrong = rng.random(count) < share
    wrong[0], wrong[1] = True, False
    scores = rng.normal(separation * wrong, 1.0)
    return (scores if digits is None else np.round(scores, digits)), wrong


def precision(scores, wrong, share):
    """The mean precision among the worst, over all orders of equal scores."""
    count = max(1, int(np.ceil(share * len(scores) - 1e-9)))
    last = np.sort(scores)[::-1][count - 1]
    above, tied = scores > last, scores == last
    drawn = hypergeom(tied.sum(), wrong[tied].sum(), count - above.sum())
    return float((wrong[above].sum() + drawn.mean()) / count)


def rankings():
    for index, (count, share, separation, digits) in enumerate(
        [
            (2, 0.5, 1.0, None),
            (10, 0.3, 1.0, 0),
            (37, 0.1, 2.0, None),
            (100, 0.1, 1.5, 1),
            (100, 0.05, 0.0, 0),
            (161, 0.2, 3.0, None),
            (400, 0.1, 1.0, 1),
            (400, 0.5, -1.0, 0),
        ]
    ):
        rng = np.random.default_rng(500 + index)
        scores, wrong = drawn(rng, count, share, separation, digits)
        yield {
            "scores": scores.tolist(),
            "wrong": wrong.tolist(),
            "auroc": float(roc_auc_score(wrong, scores)),
            "average_precision": float(average_precision_score(wrong, scores)),
            "precision_5": precision(scores, wrong, 0.05),
            "precision_10": precision(scores, wrong, 0.1),
        }


def curves():
    for index, (count, digits) in enumerate([(5, None), (40, 0), (200, 1), (200, None)]):
        rng = np.random.default_rng(600 + index)
        found = np.maximum(rng.normal(0.0, 1.0, count), 0.0)
        found[0] = 1.0
        scores = found + rng.normal(0.0, 1.0, count)
        scores = scores if digits is None else np.round(scores, digits)
        costs = rng.uniform(0.5, 3.0, count)
        levels = np.unique(scores)[::-1]
        paid = np.array([0.0] + [costs[scores >= level].sum() for level in levels]) / costs.sum()
        seen = np.array([0.0] + [found[scores >= level].sum() for level in levels]) / found.sum()
        yield {
            "scores": scores.tolist(),
            "costs": costs.tolist(),
            "found": found.tolist(),
            "area": float(auc(paid, seen)),
        }


def correlations():
    for index, (count, digits) in enumerate([(3, None), (12, 0), (80, 1), (80, None)]):
        rng = np.random.default_rng(700 + index)
        one = rng.normal(0.0, 1.0, count)
        other = 0.6 * one + rng.normal(0.0, 1.0, count)
        if digits is not None:
            one, other = np.round(one, digits), np.round(other, digits)
        yield {"one": one.tolist(), "other": other.tolist(), "rho": float(spearmanr(one, other).statistic)}


def main():
    groups = {
        "rankings": list(rankings()),
        "curves": list(curves()),
        "correlations": list(correlations()),
    }
    parts = []
    for name, cases in groups.items():
        lines = ",\n".join(json.dumps(case) for case in cases)
        parts.append(f'"{name}": [\n{lines}\n]')
    (HERE / "cases.json").write_text("{" + ",\n".join(parts) + "}\n")
    print({name: len(cases) for name, cases in groups.items()})


if __name__ == "__main__":
    main()
