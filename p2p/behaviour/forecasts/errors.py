"""How wrong forecasts were, for each prosumer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Ints


@dataclass(frozen=True, slots=True)
class Errors(Columns):
    """Sums over the forecasts that can be held against what came; n rows. An error is what was expected less what came.

    count:    [n] int64
    total:    [n] sum of the errors [kW]
    absolute: [n] of their sizes [kW]
    square:   [n] of their squares [kW²]
    """

    count: Ints
    total: Floats
    absolute: Floats
    square: Floats

    @classmethod
    def none(cls, n: int) -> Errors:
        """Before the first forecast."""
        return cls(np.zeros(n, np.int64), np.zeros(n), np.zeros(n), np.zeros(n))

    def after(self, expected: Floats, came: Floats) -> Errors:
        """After more forecasts, [n] or [T, n]. [kW]"""
        error = np.atleast_2d(expected - came)
        return Errors(
            self.count + len(error), self.total + error.sum(axis=0), self.absolute + np.abs(error).sum(axis=0),
            self.square + (error**2).sum(axis=0),
        )  # fmt: skip


def bias(errors: Errors) -> Floats:
    """[n] mean error: positive where more was expected to be drawn than was; 0 where nothing was forecast. [kW]"""
    return errors.total / np.maximum(errors.count, 1)


def mean_absolute(errors: Errors) -> Floats:
    """[n] mean size of the errors (MAE); 0 where nothing was forecast. [kW]"""
    return errors.absolute / np.maximum(errors.count, 1)


def root_mean_square(errors: Errors) -> Floats:
    """[n] root of the mean square of the errors (RMSE); 0 where nothing was forecast. [kW]"""
    return np.sqrt(errors.square / np.maximum(errors.count, 1))
