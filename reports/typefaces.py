"""The typefaces of page, chart and print: files that set-up puts into `reports/fonts`, all Open Font License.

They come from the npm packages `@expo-google-fonts/public-sans` and `@expo-google-fonts/source-serif-4`,
which
hold plain TrueType files; the asset build copies them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"


@dataclass(frozen=True, slots=True)
class Face:
    """One cut of a family: its CSS names, and its file within the npm package and within `FOLDER`."""

    family: str
    weight: int
    style: str
    package: str
    folder: str
    file: str


FACES = tuple(
    Face(family, weight, style, package, folder, f"{stem}_{folder}.ttf")
    for family, package, stem, cuts in (
        (
            "Public Sans",
            "@expo-google-fonts/public-sans",
            "PublicSans",
            (
                (400, "normal", "400Regular"),
                (400, "italic", "400Regular_Italic"),
                (600, "normal", "600SemiBold"),
                (700, "normal", "700Bold"),
            ),
        ),
        (
            "Source Serif 4",
            "@expo-google-fonts/source-serif-4",
            "SourceSerif4",
            (
                (400, "normal", "400Regular"),
                (400, "italic", "400Regular_Italic"),
                (600, "normal", "600SemiBold"),
            ),
        ),
    )
    for weight, style, folder in cuts
)


class MissingFontError(RuntimeError):
    """A file of `FACES` is not in `FOLDER`: the asset build has not run."""


def read_faces() -> dict[Face, bytes]:
    """Return the bytes of every face.

    Raises:
        MissingFontError: naming the first file that is missing.
    """
    found = {}
    for face in FACES:
        path = FOLDER / face.file
        if not path.is_file():
            raise MissingFontError(
                f"the font file {face.file} is missing from {FOLDER}; the asset build puts it there"
            )
        found[face] = path.read_bytes()
    return found
