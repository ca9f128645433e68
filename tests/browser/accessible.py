"""What axe and the browser itself find wrong with a page."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

CONTRAST = "color-contrast"  # by far the slowest rule: three quarters of axe's time
OTHERS_THAT_READ_COLOURS = ["link-in-text-block"]  # the rules besides that read a computed colour
LISTEN = "addEventListener('securitypolicyviolation', x => console.error(`policy: ${x.violatedDirective}`))"
REFUSED = "Failed to load resource"  # how Chromium tells of an answer 403, 404, 409 or 422

# The look of every text: its ink, and the grounds below it down to the first that covers all below. With the same look
# axe finds the same contrast. Where something else than an ancestor may be painted below a text (it stands out of its
# ground, is positioned, floats, is moved) its look is null. Texts of drawings and on images are left out: axe cannot
# tell their ground and never finds them wrong (tests/test_colours.py reckons the contrast of all pairs).
LOOKS = """() => {
    const [kept, none] = [new Map(), "rgba(0, 0, 0, 0)"];
    const moved = (style) => ["absolute", "fixed", "sticky"].includes(style.position) || style.float !== "none"
        || (style.position === "relative" && [style.top, style.left].some((x) => !["auto", "0px"].includes(x)))
        || [style.transform, style.translate, style.scale, style.rotate].some((x) => x !== "none")
        || [style.marginTop, style.marginLeft, style.marginRight, style.marginBottom].some((x) => x.startsWith("-"));
    const ground = (x) => {
        if (!x) return { paint: "", mixed: false, of: null };
        if (kept.has(x)) return kept.get(x);
        const [above, style] = [ground(x.parentElement), getComputedStyle(x)];
        const mixes = style.opacity !== "1" || style.filter !== "none" || style.mixBlendMode !== "normal";
        const result = { ...above, mixed: above.mixed || mixes };
        if (style.backgroundImage !== "none") Object.assign(result, { paint: "image", of: x });
        else if (!result.mixed && style.backgroundColor.startsWith("rgb(")) {
            Object.assign(result, { paint: style.backgroundColor, of: x }); // covers all below
        } else if (moved(style) || above.paint === null) result.paint = null;
        else if (above.paint !== "image" && (mixes || style.backgroundColor !== none)) {
            const paint = [style.backgroundColor, style.opacity, style.filter, style.mixBlendMode];
            Object.assign(result, { paint: `${above.paint} > ${paint}`, of: x });
        }
        if (x === document.body || x === document.documentElement) result.of = null; // the ground of everything
        kept.set(x, result);
        return result;
    };
    const box = (x) => {
        const range = document.createRange();
        range.selectNodeContents(x); // a text may stand out of its own element
        return (x.matches("input, select, textarea") ? x : range).getBoundingClientRect();
    };
    const stands_in = (x, y) => {
        const [inner, outer] = [box(x), y.getBoundingClientRect()];
        return inner.left > outer.left - 1 && inner.right < outer.right + 1
            && inner.top > outer.top - 1 && inner.bottom < outer.bottom + 1;
    };
    const text = (x) => x.matches("input, select, textarea")
        || [...x.childNodes].some((y) => y.nodeType === Node.TEXT_NODE && y.nodeValue.trim());
    window.looks = new Map();
    for (const x of document.body.querySelectorAll("*")) {
        if (!text(x) || x.closest("svg") || !x.checkVisibility({ visibilityProperty: true })) continue;
        const [below, style] = [ground(x), getComputedStyle(x)];
        if (below.paint === "image") continue;
        const ink = [style.color, style.webkitTextFillColor, style.webkitTextStroke, style.textShadow, style.fontSize,
            style.fontWeight];
        const known = below.paint !== null && (!below.of || stands_in(x, below.of));
        const look = known ? `${ink} on ${below.paint}` : null;
        window.looks.set(look, [...(window.looks.get(look) || []), x]);
    }
    return [...window.looks.keys()];
}"""

# One run of axe, which reads the whole page anew each time: contrast on the elements of these looks, the other rules
# on everything. What breaks a rule, and the looks of which every element was found to be of enough contrast.
RUN = """async ([asked, contrast, rules]) => {
    const elements = asked.flatMap((look) => window.looks.get(look));
    elements.forEach((x) => x.setAttribute("data-asked", ""));
    axe.configure({ rules: [{ id: contrast, selector: "[data-asked]", enabled: elements.length > 0 }] });
    const runOnly = rules && { type: "rule", values: elements.length ? [...rules, contrast] : rules };
    const reporter = (found, options, done) => done(found);
    const found = await axe.run(document, { reporter, ...(runOnly && { runOnly }) });
    elements.forEach((x) => x.removeAttribute("data-asked"));
    const passed = found.filter((x) => x.id === contrast).flatMap((x) => x.passes.map((y) => y.node.element));
    const good = new Set(passed);
    return [
        found.filter((x) => x.violations.length)
            .map((x) => [x.id, x.violations.slice(0, 3).map((y) => y.node.source.slice(0, 160))]),
        asked.filter((look) => look && window.looks.get(look).every((x) => good.has(x))),
    ];
}"""


def listen(page: Page) -> list[str]:
    """Everything the browser will complain of (policy, scripts), apart from answers that refuse."""
    complaints: list[str] = []
    page.add_init_script(LISTEN)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: (
            complaints.append(line.text) if line.type == "error" and not line.text.startswith(REFUSED) else None
        ),
    )
    return complaints


def bring_axe(page: Page) -> None:
    """With every document: brought one by one, half a megabyte is sent and read anew each time."""
    page.add_init_script(AXE_SCRIPT)


def violations(page: Page, good: set[str], *, rest: bool = True) -> list[tuple[str, list[str]]]:
    """Rules of axe that the page breaks, with up to three elements that do: those that read colours, and the rest.

    `good` are the looks of texts whose contrast was found to be enough, on any page: more of them is not asked again.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    asked = [look for look in page.evaluate(LOOKS) if look not in good]
    broken, found_good = page.evaluate(RUN, [asked, CONTRAST, None if rest else OTHERS_THAT_READ_COLOURS])
    good.update(found_good)
    return [(rule, elements) for rule, elements in broken]


def scrolls_sideways(page: Page) -> bool:
    """Is the page wider than its window?"""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


# Texts of several words or signs that stand one below the other, because their column has no width: an em or two across
# and four lines high or more. Words that no column may break (a number beside a bar) are one line and not meant.
SQUEEZED = """() => {
    const texts = (x) => [...x.childNodes].filter((y) => y.nodeType === Node.TEXT_NODE);
    const own = (x) => texts(x).map((y) => y.nodeValue).join("").trim();
    const hidden = (x) => x && (x.getBoundingClientRect().width < 2 || hidden(x.parentElement));
    const squeezed = (x) => {
        const range = document.createRange();
        range.selectNodeContents(x);
        const [box, size] = [range.getBoundingClientRect(), parseFloat(getComputedStyle(x).fontSize)];
        return box.width > 0 && box.width < 3 * size && box.height > 4.5 * size;
    };
    return [...document.querySelectorAll("main *, footer *, .topbar *, .state *, .identity *")]
        .filter((x) => !x.closest("svg, .visually-hidden, [aria-hidden=true]") && own(x).length > 3
            && x.checkVisibility() && squeezed(x) && !hidden(x))
        .map((x) => `${x.outerHTML.slice(0, 100)}`);
}"""


def squeezed(page: Page) -> list[str]:
    """Texts whose column is so narrow that they are read letter by letter."""
    return list(page.evaluate(SQUEEZED))


# Sizes of letters of the texts that stand on the page, with one of each; drawings, fields and what is only heard apart.
SIZES = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = {};
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const x = text.parentElement;
        if (!text.nodeValue.trim() || x.closest("svg, script, style, noscript, option")) continue;
        if (x.closest(".visually-hidden, .skip")) continue;
        if (!x.checkVisibility({ visibilityProperty: true })) continue;
        const size = getComputedStyle(x).fontSize;
        if (size !== "0px") found[size] ??= `${x.tagName}.${x.className} ${text.nodeValue.trim()}`.slice(0, 60);
    }
    return found;
}"""
MOST_SIZES = 5

# The words of a page as they stand on it, with what style sheets write before and after them, a line for each block:
# where a blank stands before a mark that closes, or after one that opens. "MDA5 ?" is a word of its own.
STRAY_BLANKS = r"""() => {
    const outside = "svg, script, style, template, noscript, select, textarea, input, rt";
    const written = (x, where) => {
        const said = getComputedStyle(x, where).content;
        return said.startsWith('"') ? said.slice(1, -1) : "";
    };
    const words = (x) => {
        const style = getComputedStyle(x);
        if (x.matches(outside) || (style.display !== "contents" && !x.checkVisibility())) return "";
        let text = written(x, "::before");
        for (const y of x.childNodes) {
            if (y.nodeType === Node.TEXT_NODE) text += y.nodeValue.replace(/\s+/g, " ");
            else if (y.nodeType === Node.ELEMENT_NODE) text += words(y);
        }
        text += written(x, "::after");
        const flows = ["inline", "contents", "ruby"].includes(style.display) && style.float === "none"
            && !["absolute", "fixed"].includes(style.position);
        return flows ? text : `\n${text}\n`;
    };
    const stray = /.{0,30}(?:\S[ \u3000]+[;,.:、。；，：）)](?=\s|$|[^\d.])|[(（「][ \u3000]+\S).{0,20}/gu;
    const lines = words(document.body).split("\n").map((x) => x.replace(/ +/g, " ").trim());
    return [...new Set(lines.flatMap((x) => x.match(stray) || []))];
}"""


def too_many_sizes(page: Page) -> list[str]:
    """The sizes of letters with an example of each, where there are more of them than five."""
    found = page.evaluate(SIZES)
    return [f"{size}: {text}" for size, text in found.items()] if len(found) > MOST_SIZES else []


def stray_blanks(page: Page) -> list[str]:
    """Texts with a blank before a comma, a semicolon or a closing bracket, or after an opening one."""
    return list(page.evaluate(STRAY_BLANKS))
