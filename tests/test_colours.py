"""Contrast of all pairs of colours in both themes (WCAG 2.2 AA), reckoned from the style sheets; none elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parent.parent / "static"
VARIABLE = re.compile(r"^\s*(--[\w-]+): (#[0-9a-f]{6});", re.MULTILINE)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")

SURFACES = ("paper", "ground", "shade", "hover")
WASHES = {name: f"{name}-wash" for name in ("brand", "critical", "warning", "info", "good", "unknown", "past")}
SOLIDS = ("bar", "brand-solid", "brand-solid-hover", "critical-solid", "past-solid")
TEXT = [(ink, x) for ink in ("ink", "ink-soft", "brand", "brand-deep", *WASHES) for x in SURFACES]
TEXT += WASHES.items()
TEXT += [(ink, wash) for ink in ("ink", "ink-soft") for wash in WASHES.values()]
TEXT += [("on-solid", solid) for solid in SOLIDS]
TEXT += [("draw-lane-ink", "draw-lane"), ("draw-lane-ink", "draw-lane-running")]
EDGES = ("line-control", "focus", "warning-line", "info-line", "good-line", "unknown-line", "draw-edge", "draw-second")
SHAPES = [(edge, x) for edge in (*EDGES, "draw-lane-line") for x in ("paper", "ground")]
SHAPES += [("bar-mark", "bar"), ("brand", "draw-band"), ("critical", "draw-band"), ("draw-second", "draw-band")]


def colours(sheet: str) -> dict[str, str]:
    """Names and values of the variables in the first block of a style sheet."""
    text = (STATIC / sheet).read_text(encoding="utf-8")
    block = text[text.index(":root") : text.index("}", text.index(":root"))]
    return {name.removeprefix("--"): value for name, value in VARIABLE.findall(block)}


LIGHT = colours("ildcare.css")
THEMES = {"light": LIGHT, "dark": colours("dark.css")}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_reckoning_is_that_of_the_standard() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


def test_both_themes_name_the_same_colours() -> None:
    assert set(THEMES["dark"]) == set(LIGHT)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3)], ids=["text", "shapes"])
def test_contrast(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    given = THEMES[theme]
    found = {(one, other): round(contrast(given[one], given[other]), 2) for one, other in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("**/*.css")), ids=lambda path: path.name)
def test_colours_stand_in_variables_only(sheet: Path) -> None:
    """Paper is black on white by itself; everything else follows the theme."""
    if "vendor" in sheet.parts:
        pytest.skip("not ours")
    text = re.sub(r"/\*.*?\*/|url\(\"data:.*?\"\)", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"^\s*--[\w-]+:.*$", "", text, flags=re.MULTILINE).partition("@media print")[0]
    named = [line.strip() for line in text.splitlines() if COLOUR.search(line) and "::backdrop" not in line]
    assert named == []


def test_drawings_name_no_colour() -> None:
    templates = STATIC.parent / "templates"
    drawn = [path for path in templates.rglob("*.html") if "<svg" in path.read_text(encoding="utf-8")]
    named = re.compile(r"""\b(?:fill|stroke)=["'](?!currentColor|none|url\()""")
    assert [path.name for path in drawn if named.search(path.read_text(encoding="utf-8"))] == []
