"""What the benchmarks share: answers to work on, turns between us and a peer, and how times are shown."""

from __future__ import annotations

import argparse
import gc
import importlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

OURS = "stagekansen"
MARGINS = {"age": 2, "level": 4, "region": 6, "sector": 8}


def rows_option(description: str, default: int, **more: Any) -> argparse.Namespace:
    """The options of a benchmark: --rows and --rounds, and those in ``more`` with their default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rows", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=5)
    for name, value in more.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    return parser.parse_args()


def make_answers(rows: int, seed: int = 2022) -> pd.DataFrame:
    """Made-up answers with weights: coded columns as categoricals, measurements as numbers."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {name: coded(random.integers(0, size, rows), size) for name, size in MARGINS.items()}
    columns["group"] = coded(random.integers(0, 2, rows), 2)
    shift = np.asarray(columns["group"].codes, dtype=float)
    columns["answer"] = coded(np.clip(random.normal(2 + 0.1 * shift, 1.2, rows).round(), 0, 4), 5, ordered=True)
    columns["hours"] = random.normal(20 + 0.5 * shift, 6, rows)
    columns["tries"] = random.poisson(np.exp(1 + 0.1 * shift)).astype(float)
    for at in range(6):
        columns[f"x{at}"] = random.normal(size=rows)
    chance = 1 / (1 + np.exp(0.3 - 0.4 * columns["x0"] + 0.2 * columns["x1"] - 0.1 * shift))
    columns["found"] = (random.random(rows) < chance).astype(float)
    columns["weight"] = random.uniform(0.5, 2.0, rows)
    return pd.DataFrame(columns)


def coded(codes: Any, number: int, *, ordered: bool = False) -> pd.Categorical:
    """A column of answers c0, c1, ... as a survey keeps it."""
    names = [f"c{at}" for at in range(number)]
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int8), categories=names, ordered=ordered)


def make_targets(rows: int, seed: int = 7) -> dict[str, dict[str, float]]:
    """Population counts for each margin, up to a fifth away from equal parts."""
    random = np.random.default_rng(seed)
    targets = {}
    for name, size in MARGINS.items():
        parts = random.uniform(0.8, 1.2, size)
        targets[name] = dict(zip([f"c{at}" for at in range(size)], parts / parts.sum() * rows * 10, strict=True))
    return targets


def peer(name: str) -> Any:
    """A peer's module; None with the reason on the screen. First tried in another process: it may not run here."""
    found = subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return importlib.import_module(name)
    last = (found.stderr.strip().splitlines() or [f"its import ends with signal {-found.returncode}"])[-1]
    print(f"  skipped: {name} ({last})")
    return None


def agree(what: str, ours: Any, theirs: Any, tolerance: float) -> None:
    """Stop when two results differ by more than ``tolerance``, relative to their size."""
    first, second = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    gap = float((np.abs(first - second) / np.maximum(np.abs(second), 1e-12)).max())
    if not gap <= tolerance:
        raise SystemExit(f"{what}: results differ by {gap:.1e}; times would mean nothing.")
    print(f"  {what}: results agree to {gap:.0e}")


def take_turns(title: str, cases: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Time each case once a round, in turn, and show medians and what each peer takes for one of ours."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for work in cases.values():
        work()
    for _ in range(rounds):
        for name, work in cases.items():
            gc.collect()
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(each) for name, each in times.items()}
    print(title)
    for name, median in medians.items():
        ratio = "" if name == OURS else f"   {median / medians[OURS]:8.1f} times ours"
        print(f"  {name:34} {1000 * median:10.1f} ms{ratio}", flush=True)
    return medians
