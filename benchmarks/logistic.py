"""Logistic regression, for the programs that fit what certainties weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEPS = 50
"""Of Newton's method, which needs a few."""
_OF_INTERCEPT = 1e-6
"""Its penalty: none, but that the equations can be solved."""


def fit_logistic(
    signs: np.ndarray, right: np.ndarray, weights: np.ndarray, ridge: float
) -> np.ndarray:
    """Return the intercept and the coefficients, by Newton's method.

    Args:
        signs: the features of each example, (n, features).
        right: 1 for an example that is right, 0 for one that is wrong, (n,).
        weights: how much each counts, (n,).
        ridge: the penalty on large coefficients.

    Returns:
        One number more than there are features.
    """
    values = np.column_stack((np.ones(len(signs)), signs))
    penalty = np.diag([_OF_INTERCEPT, *[ridge] * signs.shape[1]])
    found = np.zeros(values.shape[1])
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-values @ found))
        slope = values.T @ (weights * (right - chances)) - penalty @ found
        bend = (values * (weights * chances * (1 - chances))[:, None]).T @ values + penalty
        found = found + np.linalg.solve(bend, slope)
    return found


def print_coefficients(found: np.ndarray, names: Iterable[str]) -> None:
    """Print the intercept and the coefficients as the module has them that they are made for."""
    intercept, *coefficients = found
    print(f"\nINTERCEPT = {intercept:.2f}")
    for name, value in zip(names, coefficients, strict=True):
        print(f'    "{name}": {value:.2f},')
