/* Keys of the worklists: one row is the current one, and the keys of its links and buttons are the page's. */
(function () {
  "use strict";

  const list = document.getElementById("rows");
  if (!list) return;
  const rows = () => [...list.querySelectorAll("[data-row]")];
  let current = null;

  // Only the current row's elements have keys: the page's help lists them, and no other row answers.
  function become(row, look) {
    if (current) {
      current.classList.remove("current");
      for (const x of current.querySelectorAll("[data-row-key]")) delete x.dataset.key;
    }
    current = row;
    if (!row) return;
    row.classList.add("current");
    for (const x of row.querySelectorAll("[data-row-key]")) x.dataset.key = x.dataset.rowKey;
    if (!look) return;
    const place = row.querySelector("[data-row-key=o]");
    if (place) place.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows();
    const place = all.indexOf(current);
    const next = all[Math.max(0, Math.min(all.length - 1, place < 0 ? 0 : place + by))];
    if (next) become(next, true);
  }

  for (const [key, by, label] of [["j", 1, list.dataset.next], ["k", -1, list.dataset.before]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1; // the keys press it: a hand has the list itself
    button.dataset.key = key;
    button.dataset.keyLabel = label;
    button.setAttribute("aria-label", label);
    button.textContent = by > 0 ? "↓" : "↑";
    button.addEventListener("click", () => step(by));
    steps().append(button);
  }
  function steps() {
    let place = document.getElementById("steps");
    if (place) return place;
    place = document.createElement("div");
    place.id = "steps";
    place.className = "visually-hidden";
    list.before(place);
    return place;
  }

  // The row that the address names, as after an answer; else the first. Whoever works in a row makes it the current one.
  const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  become(named && named.matches("[data-row]") ? named : rows()[0] || null, Boolean(named));
  list.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && row !== current) become(row, false);
  });
  list.addEventListener("toggle", (event) => {
    if (!event.target.matches("details.say[open]")) return;
    const first = event.target.querySelector("input[type=radio]:checked, input[type=radio], input[type=text]");
    if (first) first.focus();
  }, true);

  // How many are ticked; all that are shown at once.
  const batch = document.getElementById("batch");
  if (!batch) return;
  const ticks = () => [...list.querySelectorAll("input[name=card]")];
  const count = batch.querySelector(".batch-count");
  const words = count.textContent;
  function tell() {
    const n = ticks().filter((x) => x.checked).length;
    count.textContent = n ? count.dataset.text.replace("%s", n) : words;
    batch.classList.toggle("on", n > 0);
    for (const x of ticks()) x.closest("[data-row]").classList.toggle("ticked", x.checked);
  }
  document.addEventListener("change", (event) => event.target.matches("input[name=card]") && tell());
  batch.addEventListener("reset", () => window.setTimeout(tell));
  const all = document.getElementById("tick-all");
  all.hidden = false;
  all.addEventListener("click", () => {
    for (const x of ticks()) x.checked = true;
    tell();
  });
  tell();
})();
