/* The ward list brings itself up to date without losing the reader's place, and says so when it cannot. */
(function () {
  "use strict";

  const LATE = 150; // seconds without an answer: two questions were missed
  const list = () => document.querySelector("#ward[data-list]");
  let answered = Date.now();
  let held = null; // focus and open parts, over a swap

  // Somebody types, chooses, presses, or answers a dialogue: nothing moves under their hands. The list waits, and says how
  // old it is.
  function busy() {
    const active = document.activeElement;
    if (pressed || document.querySelector("dialog[open]") !== null) return true;
    return active && active.matches("input:not([type=checkbox]), select, textarea");
  }

  // From the press to its click, which comes a moment after the finger is gone.
  let pressed = false;
  document.addEventListener("pointerdown", () => (pressed = true), true);
  for (const kind of ["pointerup", "pointercancel"]) {
    document.addEventListener(kind, () => window.setTimeout(() => (pressed = false), 100), true);
  }

  function showAge() {
    const shown = list();
    if (!shown) return;
    const late = (Date.now() - answered) / 1000 > LATE;
    if (late) say(shown);
  }

  function say(shown) {
    const place = shown.querySelector(".stale");
    if (!place || !place.hidden) return;
    place.textContent = shown.dataset.stale.replace("%s", shown.dataset.checked);
    place.hidden = false;
    shown.classList.add("is-stale");
  }

  function fresh(shown, checked) {
    answered = Date.now();
    if (checked) {
      shown.dataset.checked = checked;
      const clock = shown.querySelector("#checked");
      if (clock) clock.textContent = checked;
    }
    const place = shown.querySelector(".stale");
    if (place) place.hidden = true;
    shown.classList.remove("is-stale");
  }

  // A row is opened in its place, and closed again.
  function unfold(button, open) {
    const part = button && document.getElementById(button.getAttribute("aria-controls"));
    if (!part) return;
    button.setAttribute("aria-expanded", String(open));
    part.hidden = !open;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".opens");
    if (button) unfold(button, button.getAttribute("aria-expanded") !== "true");
    for (const menu of document.querySelectorAll("details.drop[open]")) {
      if (!menu.contains(event.target) && !event.target.closest(".pills")) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.drop[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // The patient under the reader's eyes stays there, even where others come before. At the top of the list, the top stays.
  function rowInSight(shown) {
    if (shown.getBoundingClientRect().top >= 0) return null;
    return [...shown.querySelectorAll("tbody tr.line")].find((x) => x.getBoundingClientRect().bottom > 0);
  }

  // How what has the focus is found again: by its name, by where it leads, or as the head of its part.
  function wayTo(element) {
    if (element.id) return `#${CSS.escape(element.id)}`;
    if (element.matches("a[href]")) return `#ward a[href="${CSS.escape(element.getAttribute("href"))}"]`;
    return element.matches("details[id] > summary") ? `#${CSS.escape(element.parentElement.id)} > summary` : "";
  }

  const ask = () => {
    const shown = list();
    if (shown && !document.hidden) window.htmx.trigger(shown, "ward:refresh");
  };

  document.addEventListener(
    "htmx:beforeRequest",
    (event) => {
      if (event.detail.elt !== list() || !(busy() || document.hidden)) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // nobody marks as under way what is not sent
    },
    true,
  );

  // Between question and answer somebody may have begun to type: then the answer is let go, and asked for again.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const shown = list();
    if (!shown || event.detail.target !== shown) return;
    if (busy()) {
      event.detail.shouldSwap = false;
      return;
    }
    const row = rowInSight(shown);
    held = {
      focus: shown.contains(document.activeElement) ? wayTo(document.activeElement) : "",
      open: [...shown.querySelectorAll("details[open][id]")].map((x) => x.id),
      rows: [...shown.querySelectorAll(".opens[aria-expanded=true]")].map((x) => x.id),
      top: window.scrollY,
      row: row && row.id,
      at: row && row.getBoundingClientRect().top,
    };
  });

  document.addEventListener("htmx:afterSwap", () => {
    const shown = list();
    if (!held || !shown) return;
    for (const id of held.open) {
      const part = document.getElementById(id);
      if (part) part.open = true;
    }
    for (const id of held.rows) unfold(document.getElementById(id), true);
    const place = held.focus && document.querySelector(held.focus);
    if (place) place.focus({ preventScroll: true });
    const row = held.row && document.getElementById(held.row);
    window.scrollTo({ top: held.top, behavior: "instant" });
    if (row) window.scrollBy({ top: row.getBoundingClientRect().top - held.at, behavior: "instant" });
    held = null;
    fresh(shown, "");
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const shown = list();
    if (!shown || event.detail.elt !== shown) return;
    const answer = event.detail.xhr;
    if (answer && answer.status === 204 && answer.getResponseHeader("X-Checked")) fresh(shown, answer.getResponseHeader("X-Checked"));
  });

  // A question that failed is said on the list itself; the rest of the page is not disturbed.
  for (const kind of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(
      kind,
      (event) => {
        const shown = list();
        if (!shown || event.detail.elt !== shown) return;
        const status = event.detail.xhr ? event.detail.xhr.status : 0;
        if (status === 401 || status === 403) return; // signed out: that is the page's business
        event.stopImmediatePropagation();
        say(shown);
      },
      true,
    );
  }

  window.setInterval(showAge, 5000);
  document.addEventListener("visibilitychange", () => {
    showAge();
    ask();
  });
  window.addEventListener("online", ask);
  window.addEventListener("offline", () => {
    const shown = list();
    if (shown) say(shown);
  });
  document.addEventListener("focusout", () => {
    if ((Date.now() - answered) / 1000 > 60) window.setTimeout(ask, 200);
  });
})();
