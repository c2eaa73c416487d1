"""Account strings of 19 characters, taken apart without touching a leading zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

LENGTH = 19
SLICES = {
    "fund": (0, 2),
    "resource": (2, 6),
    "project_year": (6, 7),
    "goal": (7, 11),
    "function": (11, 15),
    "object": (15, 19),
}
Characters = npt.NDArray[np.uint8]


def segments(characters: Characters) -> dict[str, pd.Categorical]:
    """Return the six segments of many accounts.

    Args:
        characters: n rows of 19 bytes, ASCII letters and digits only.

    Returns:
        Segment name to a categorical of length n with text categories in order.
    """
    return {name: _categorical(characters[:, start:stop]) for name, (start, stop) in SLICES.items()}


def _categorical(part: Characters) -> pd.Categorical:
    width = part.shape[1]
    packed = np.zeros(len(part), dtype=np.uint32)
    for position in range(width):
        packed = (packed << np.uint32(8)) | part[:, position]
    codes, found = pd.factorize(packed, sort=True)
    texts = [int(value).to_bytes(4, "big")[4 - width :].decode("ascii") for value in np.asarray(found)]
    return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype=object))


def joined(frame: pd.DataFrame) -> pd.Series:
    """Return accounts as people write them: fund-resource-year-goal-function-object."""
    text = frame["fund"].astype(str)
    for name in ("resource", "project_year", "goal", "function", "object"):
        text = text.str.cat(frame[name].astype(str), sep="-")
    return text


def hyphenated(account: str) -> str:
    """Return one account of 19 characters as people write it."""
    return "-".join(account[start:stop] for start, stop in SLICES.values())
