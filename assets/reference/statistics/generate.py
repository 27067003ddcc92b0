"""Reference statistics, from SciPy, NumPy and statsmodels.

Writes `cases.json` next to this script:

    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0
    python generate.py

The same seeds and versions give the same file. It contains

* `descriptions`: lists of values with their mean, standard deviation (ddof = 1) and quartiles (NumPy's linear interpolation);
* `signed_ranks`: lists of differences with SciPy's `wilcoxon` at its defaults: statistic and p-value. They cover the exact
  distribution (up to 50 without ties and zeros), all sign assignments (up to 13 with ties or zeros), and the normal one;
* `holm`: p-values with statsmodels' adjusted ones;
* `intervals`: values, the indices of given resamples, and the percentiles of the resamples' means as `scipy.stats.bootstrap`
  takes them (method `percentile`). SciPy is called with a generator that returns these very resamples.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

HERE = Path(__file__).resolve().parent


def descriptions():
    for index, count in enumerate([2, 3, 4, 5, 10, 37, 100]):
        values = np.random.default_rng(100 + index).beta(5, 2, count)
        if index == 4:
            values = np.round(values, 1)
        q1, median, q3 = np.percentile(values, [25, 50, 75])
        yield {
            "values": values.tolist(),
            "mean": float(values.mean()),
            "sd": float(values.std(ddof=1)),
            "q1": float(q1),
            "median": float(median),
            "q3": float(q3),
        }


def signed_ranks():
    sizes = [3, 8, 13, 14, 20, 21, 35, 50, 51, 64, 200]
    for index, count in enumerate(sizes):
        rng = np.random.default_rng(200 + index)
        for shift in (0.0, 0.4):
            differences = rng.normal(shift, 1.0, count)
            yield differences
            # Ties, and with them usually zeros.
            yield np.round(differences, 1)
            yield np.round(differences)
        with_zero = rng.normal(0.3, 1.0, count)
        with_zero[count // 2] = 0.0
        yield with_zero
    yield np.arange(1.0, 31.0)
    yield -np.arange(1.0, 61.0)


def tested(differences):
    result = stats.wilcoxon(differences)
    return {
        "differences": differences.tolist(),
        "statistic": float(result.statistic),
        "p": float(result.pvalue),
    }


def holm():
    for index, count in enumerate([1, 2, 3, 5, 12]):
        p = np.random.default_rng(300 + index).uniform(0, 0.2, count)
        if count == 5:
            p[3] = p[1]
            p[4] = 0.8
        yield {"p": p.tolist(), "adjusted": multipletests(p, method="holm")[1].tolist()}


class Given(np.random.Generator):
    """Returns given indices where SciPy asks for random ones."""

    def __init__(self, indices):
        super().__init__(np.random.PCG64(0))
        self.indices = indices

    def integers(self, low, high=None, size=None, **_):
        assert tuple(size) == self.indices.shape, (size, self.indices.shape)
        return self.indices


def intervals():
    for index, (count, draws) in enumerate([(5, 40), (20, 101), (33, 60)]):
        rng = np.random.default_rng(400 + index)
        values = rng.beta(6, 2, count)
        indices = rng.integers(0, count, (draws, count))
        result = stats.bootstrap(
            (values,), np.mean, n_resamples=draws, method="percentile", confidence_level=0.95, rng=Given(indices)
        )
        low, high = np.percentile(values[indices].mean(axis=1), [2.5, 97.5])
        interval = result.confidence_interval
        assert np.allclose([low, high], [interval.low, interval.high], rtol=0, atol=1e-12)
        yield {
            "values": values.tolist(),
            "resamples": indices.tolist(),
            "interval": [float(interval.low), float(interval.high)],
        }


def main():
    groups = {
        "descriptions": list(descriptions()),
        "signed_ranks": [tested(differences) for differences in signed_ranks()],
        "holm": list(holm()),
        "intervals": list(intervals()),
    }
    parts = []
    for name, cases in groups.items():
        lines = ",\n".join(json.dumps(case) for case in cases)
        parts.append(f'"{name}": [\n{lines}\n]')
    (HERE / "cases.json").write_text("{" + ",\n".join(parts) + "}\n")
    print({name: len(cases) for name, cases in groups.items()})


if __name__ == "__main__":
    main()
