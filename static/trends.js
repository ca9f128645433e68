/* Trend charts: a cursor over all charts at once, the value and the doses of that day in words, zoom by drag and keys.
   The server's SVG is complete without it. */
(function () {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 62, WIDE = 520, NEAR = 44; // of the server's view box; pixels of a drag that is meant
  const charts = () => [...document.querySelectorAll("figure.trend .trend-chart")];
  const number = (element, name) => parseFloat(element.getAttribute(name));

  // -- what a chart holds ---------------------------------------------------------------------------------------------

  function points(chart) {
    if (!chart.points) {
      chart.points = [...chart.querySelectorAll(".marks > .dot")].map((dot) => ({
        dot,
        at: (number(dot, dot.hasAttribute("cx") ? "cx" : "x")) / 100,
        text: dot.querySelector("title").textContent,
      }));
    }
    return chart.points;
  }

  // The treatments stand once above all charts; below a gas is what was breathed.
  function doses(chart, at) {
    const shared = (chart.closest(".charts") || document).querySelector(".trend-shared");
    const places = shared ? [shared, chart] : [chart];
    const all = (selector) => places.flatMap((place) => [...place.querySelectorAll(selector)]);
    const bars = all("rect.lane").filter((bar) => {
      const start = (number(bar, "x") - LEFT) / WIDE;
      return start <= at + 0.001 && at <= start + number(bar, "width") / WIDE;
    });
    const single = all("use.mark").filter((mark) => Math.abs(number(mark, "x") / 100 - at) < 0.008);
    return [...bars, ...single].map((x) => x.querySelector("title").textContent);
  }

  function nearest(list, at) {
    let best = 0;
    list.forEach((point, i) => { if (Math.abs(point.at - at) <= Math.abs(list[best].at - at)) best = i; });
    return best;
  }

  // -- cursor ---------------------------------------------------------------------------------------------------------

  function cursorOf(chart) {
    let line = chart.querySelector(".cursor");
    if (!line) {
      line = document.createElementNS(SVG, "line");
      line.setAttribute("class", "cursor");
      chart.querySelector(".marks").append(line);
    }
    return line;
  }

  function readoutOf(chart) {
    let place = chart.parentElement.querySelector(".readout");
    if (!place) {
      place = document.createElement("p");
      place.className = "readout";
      chart.after(place);
    }
    return place;
  }

  function tell(chart, i, own) {
    const point = points(chart)[i];
    chart.querySelectorAll(".dot.now").forEach((x) => x.classList.remove("now"));
    point.dot.classList.add("now");
    const place = readoutOf(chart);
    place.setAttribute("aria-live", own ? "polite" : "off");
    place.textContent = [point.text, ...(own ? doses(chart, point.at) : [])].join(" · ");
    chart.place = i;
  }

  function mark(chart, at, own) {
    const line = cursorOf(chart);
    const share = (at * 100).toFixed(2) + "%";
    line.setAttribute("x1", share);
    line.setAttribute("x2", share);
    line.setAttribute("y1", "16");
    line.setAttribute("y2", chart.querySelector("svg.marks").getAttribute("height"));
    tell(chart, nearest(points(chart), at), own);
  }

  function show(own, at) {
    charts().forEach((chart) => mark(chart, at, chart === own));
  }

  // -- where the pointer is -------------------------------------------------------------------------------------------

  function shareAt(chart, event) {
    const box = chart.querySelector("svg.marks").getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  }

  function dayAt(chart, at) {
    const first = Date.parse(chart.dataset.first), last = Date.parse(chart.dataset.last);
    return new Date(first + Math.round(((last - first) * at) / 864e5) * 864e5).toISOString().slice(0, 10);
  }

  // -- zoom: the server draws what is asked for -----------------------------------------------------------------------

  function zoom(chart, from, to) {
    const form = chart.closest("#trends").querySelector("form.days");
    if (!form || !form.elements.from) return;
    form.elements.from.value = dayAt(chart, Math.min(from, to));
    form.elements.to.value = dayAt(chart, Math.max(from, to));
    form.requestSubmit();
  }

  // A key that is pressed while the server still draws what the key before asked for waits for the new charts.
  function move(chart, where) {
    const place = chart.closest("#trends");
    if (place.hasAttribute("aria-busy")) return void later.push(where);
    const link = place.querySelector("[data-move=" + where + "]");
    if (!link) return;
    resume = chart.closest("figure").id;
    link.click();
  }

  let resume = "", later = [], drag = null;

  function choose(chart, from, to) {
    let box = chart.querySelector(".chosen");
    if (!box) {
      box = document.createElementNS(SVG, "rect");
      box.setAttribute("class", "chosen");
      box.setAttribute("y", "16");
      box.setAttribute("height", chart.querySelector("svg.marks").getAttribute("height") - 16);
      chart.querySelector(".marks").append(box);
    }
    box.setAttribute("x", (Math.min(from, to) * 100).toFixed(2) + "%");
    box.setAttribute("width", (Math.abs(to - from) * 100).toFixed(2) + "%");
  }

  function letGo() {
    if (drag) drag.chart.querySelectorAll(".chosen").forEach((x) => x.remove());
    drag = null;
  }

  document.addEventListener("pointermove", (event) => {
    const chart = event.target.closest && event.target.closest("figure.trend .trend-chart");
    if (drag) {
      choose(drag.chart, drag.at, shareAt(drag.chart, event));
      show(drag.chart, shareAt(drag.chart, event));
    } else if (chart) {
      const at = shareAt(chart, event);
      show(chart, points(chart)[nearest(points(chart), at)].at);
    }
  });
  document.addEventListener("pointerdown", (event) => {
    const chart = event.target.closest && event.target.closest("figure.trend .trend-chart");
    if (!chart) return;
    show(chart, points(chart)[nearest(points(chart), shareAt(chart, event))].at);
    if (event.pointerType === "mouse" && event.button === 0) {
      event.preventDefault();
      chart.focus({ preventScroll: true });
      drag = { chart, at: shareAt(chart, event), x: event.clientX };
    }
  });
  document.addEventListener("pointerup", (event) => {
    const held = drag;
    letGo();
    if (held && Math.abs(event.clientX - held.x) > NEAR) zoom(held.chart, held.at, shareAt(held.chart, event));
  });
  document.addEventListener("pointercancel", letGo);

  // -- keys -----------------------------------------------------------------------------------------------------------

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  const MOVES = { "+": "closer", "=": "closer", "-": "wider", PageUp: "earlier", PageDown: "later" };

  document.addEventListener("keydown", (event) => {
    const chart = event.target.closest && event.target.closest("figure.trend .trend-chart");
    if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") letGo();
    if (event.key in MOVES) {
      event.preventDefault();
      event.stopPropagation();
      move(chart, MOVES[event.key]);
    } else if (event.key in STEPS) {
      event.preventDefault();
      const list = points(chart);
      const from = chart.place === undefined ? list.length : chart.place;
      const to = Math.min(Math.max(from + STEPS[event.key], 0), list.length - 1);
      show(chart, list[to].at);
      tell(chart, to, true); // of several values of one day, this one
    }
  });

  // -- charts that arrive ---------------------------------------------------------------------------------------------

  function prepare() {
    charts().forEach((chart) => {
      chart.setAttribute("tabindex", "0");
      readoutOf(chart);
    });
    document.querySelectorAll("#trends .hint").forEach((x) => (x.hidden = false));
  }

  // The charts that a key asked for have come: the cursor goes on there, unless the reader has gone elsewhere.
  function goOn(event) {
    prepare();
    if (event.detail.elt.id !== "trends") return;
    const again = resume && document.getElementById(resume);
    resume = "";
    if (!again || document.activeElement !== document.body) return void (later = []);
    const chart = again.querySelector(".trend-chart");
    chart.focus({ preventScroll: true });
    if (later.length) window.setTimeout(() => chart.isConnected && move(chart, later.shift())); // when this answer is done
  }
  document.addEventListener("htmx:afterSettle", goOn);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful && event.detail.target.id === "trends") later = [];
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", prepare);
  else prepare();
})();
