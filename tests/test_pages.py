"""What every template and script keeps to: nothing inline, nothing from elsewhere, nothing unused (R48, R49)."""

from __future__ import annotations

import re
from pathlib import Path

from tests.together import each

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FILES = {
    "ildcare/paper/downtime.html"
}  # written into a folder and sent by no server: it brings its own style and script
HTMX = "2.0.10"  # 4.x breaks; django-htmx ships this one

TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
FOREIGN = re.compile(r"""(?:src|href|action|url\(|import|hx-\w+)\s*=?\s*["'(]?\s*(?:https?:)?//""", re.IGNORECASE)
SVG_NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
BY_NAME = {"base.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html"}  # asked for by name


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def without_comments(text: str) -> str:
    return re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)


def test_R49_nothing_inline() -> None:
    def holds(path: Path) -> None:
        text = without_comments(text_of(path))
        found = [tag for tag, rest in TAG.findall(text) if re.search(r"\s(?:on\w+|style|hx-on[\w:-]*)\s*=", f" {rest}")]
        found += ["script" for tag, rest in TAG.findall(text) if tag == "script" and " src=" not in f" {rest}"]
        found += ["style" for tag, _rest in TAG.findall(text) if tag == "style"]
        found += re.findall(r"""hx-vals\s*=\s*['"]\s*js:|hx-trigger\s*=\s*['"][^'"]*\[|javascript:""", text)
        assert found == []

    each((x for x in TEMPLATES if name_of(x) not in FILES), holds, name_of)


def test_R48_nothing_from_elsewhere() -> None:
    def holds(path: Path) -> None:
        text = without_comments(text_of(path))
        for namespace in SVG_NAMESPACES:
            text = text.replace(f'xmlns="{namespace}"', "").replace(f'xmlns:xlink="{namespace}"', "")
        assert FOREIGN.findall(text) == []

    each([*TEMPLATES, *sorted((ROOT / "static").glob("*.*"))], holds)


def test_htmx_is_never_the_only_way() -> None:
    """Every hx- link has an address, every hx- form an action: the page works without script."""

    def holds(path: Path) -> None:
        attributes = [
            (tag, f" {rest}") for tag, rest in TAG.findall(without_comments(text_of(path))) if " hx-" in f" {rest}"
        ]
        bare = [
            (tag, rest.strip()[:80])
            for tag, rest in attributes
            if re.search(r" hx-(get|post|put|delete)=", rest)
            and not re.search({"a": r" href=", "form": r" action="}.get(tag, "."), rest)
        ]
        assert bare == []

    each(TEMPLATES, holds, name_of)


def test_no_template_is_unused() -> None:
    code = [path for app in ("patients", "algorithm", "monitoring", "ildcare") for path in (ROOT / app).rglob("*.py")]
    named = "\n".join(text_of(path) for path in [*code, *TEMPLATES])
    assert [name_of(x) for x in TEMPLATES if name_of(x) not in BY_NAME and name_of(x) not in named] == []


def test_htmx_is_the_version_that_was_checked() -> None:
    vendored = ROOT / "static" / "vendor" / f"htmx.org-{HTMX}" / "htmx.min.js"
    assert f'version:"{HTMX}"' in text_of(vendored)
    assert [x.name for x in (ROOT / "static" / "vendor").glob("htmx*")] == [f"htmx.org-{HTMX}"]
    assert f"htmx.org-{HTMX}/htmx.min.js" in text_of(ROOT / "templates" / "base.html")


def test_every_vendored_package_brings_its_licence() -> None:
    folders = [x for x in (ROOT / "static" / "vendor").iterdir() if x.is_dir()]
    assert [x.name for x in folders if not [*x.glob("LICEN[CS]E*"), *x.glob("OFL*")]] == []
