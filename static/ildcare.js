/* Safety of fragments: what htmx swaps must belong to the page's patient, and a failure must be seen. */
(function () {
  "use strict";

  const patient = () => document.body.dataset.patient || "";
  const notice = () => document.getElementById("notice");

  function tell(text) {
    const place = notice();
    if (!place) return;
    place.textContent = text;
    place.hidden = false;
    place.scrollIntoView({ block: "nearest" });
  }

  // A fragment of another patient, or of nobody, is never shown: the server says whose it is.
  function judge(event) {
    const answer = event.detail.xhr;
    const whose = answer.getResponseHeader("X-Patient") || "";
    if (whose !== patient()) {
      event.detail.shouldSwap = false;
      event.detail.isError = true;
      answer.refused = true;
      failedThere(event.detail.target);
      tell(document.body.dataset.otherPatient);
      return;
    }
    if (answer.status === 409) {
      event.detail.shouldSwap = false;
      tell(document.body.dataset.conflict);
    }
  }
  document.addEventListener("htmx:beforeSwap", judge);

  // Two answers about one place: the second finds the place that the first has put there. (An element that is no longer
  // on the page tells the document nothing: it is listened to itself.)
  function judgeReplaced(event) {
    const place = event.currentTarget;
    if (place.isConnected || event.target !== place) return;
    event.detail.target = document.getElementById(place.id) || place;
    judge(event);
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (target) target.addEventListener("htmx:beforeSwap", judgeReplaced);
    for (const kind of FAILURES) elt.addEventListener(kind, failReplaced);
  });

  // The last question about a place counts: an earlier one is let go, or its answer would take the place from under the
  // later one, or a form from under the hands.
  const asking = new Map();
  document.addEventListener("htmx:confirm", (event) => {
    const { verb, target, elt } = event.detail;
    const earlier = target && verb === "get" && !elt.closest("[hx-sync]") && asking.get(target.id);
    if (earlier) earlier.abort();
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    if (requestConfig.verb !== "get" || !target.id) return;
    asking.set(target.id, xhr);
    xhr.addEventListener("loadend", () => asking.get(target.id) === xhr && asking.delete(target.id));
  });

  // A fragment that fails to load says so; it never looks like "nothing there". A part of the page that was awaited has
  // words for it in its own place; then nothing is out of date that was there before.
  const FAILURES = ["htmx:sendError", "htmx:timeout", "htmx:responseError"];
  function failedThere(place) {
    const words = place.matches(".awaited") && place.querySelector(".if-failed");
    if (!words) return false;
    words.hidden = false;
    place.querySelector(".if-awaited").hidden = true;
    return true;
  }
  function fail(event) {
    if (event.detail.xhr && (event.detail.xhr.status === 409 || event.detail.xhr.refused)) return;
    event.detail.target.classList.add("failed-fragment");
    if (!failedThere(event.detail.target)) tell(document.body.dataset.failed);
  }
  const failReplaced = (event) => event.currentTarget.isConnected || fail(event);
  for (const kind of FAILURES) document.addEventListener(kind, fail);

  // A part that comes above the place that the address names pushes it away: back to it, until the reader moves.
  let led = window.location.hash;
  window.addEventListener("hashchange", () => {
    led = window.location.hash;
  });
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    window.addEventListener(kind, () => (led = ""), { passive: true });
  }
  document.addEventListener("htmx:afterSettle", () => {
    const place = led && document.getElementById(decodeURIComponent(led.slice(1)));
    if (place) place.scrollIntoView();
  });

  // What is being replaced says that it is: for the eye after a moment only, for a screen reader at once.
  // An answer may go elsewhere (a refused form): what was announced as waiting is remembered with its request.
  const waiting = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const place = event.detail.target;
    if (!place) return;
    waiting.set(event.detail.xhr, place);
    place.setAttribute("aria-busy", "true");
    window.clearTimeout(place.waiting);
    place.waiting = window.setTimeout(() => place.classList.add("is-waiting"), 400);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const place = waiting.get(event.detail.xhr);
    if (!place) return;
    place.removeAttribute("aria-busy");
    window.clearTimeout(place.waiting);
    place.classList.remove("is-waiting");
  });

  // One click, one request: a form that is on its way cannot be sent again. Who only keeps a draft, or asks for news,
  // is not sent: its buttons answer meanwhile.
  const held = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, xhr, requestConfig } = event.detail;
    if (!requestConfig.triggeringEvent || requestConfig.triggeringEvent.type !== "submit") return;
    const buttons = [...elt.querySelectorAll("button[type=submit], input[type=submit]")];
    held.set(xhr, { buttons, pressed: buttons.find((x) => x === document.activeElement) });
    buttons.forEach((x) => (x.disabled = true));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { buttons, pressed } = held.get(event.detail.xhr) || { buttons: [] };
    buttons.forEach((x) => (x.disabled = false));
    if (pressed && document.activeElement === document.body) pressed.focus({ preventScroll: true });
  });

  // htmx notes the address of the page in the browser's storage as it starts; nothing stays there.
  window.sessionStorage.removeItem("htmx-current-path-for-history");

  // The browser's back/forward cache must not show a patient after sign-out or expiry.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      document.documentElement.hidden = true;
      window.location.reload();
    }
  });

  // The menu "+ Add" closes once something is chosen, with Escape, and by a press beside it; a form that opens in place
  // takes the cursor, and gives it back to the menu as it goes; but not from who has begun to write elsewhere meanwhile.
  const MENUS = "details.add, details.menu";
  const menus = (besides) => [...document.querySelectorAll(MENUS)].filter((x) => x.open && x !== besides);
  document.addEventListener("click", (event) => {
    const own = event.target.closest(MENUS);
    menus(event.target.closest(".add-menu a") ? null : own).forEach((x) => (x.open = false));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus(null).forEach((x) => {
      x.open = false;
      x.querySelector("summary").focus();
    });
  });
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  document.addEventListener("htmx:afterSettle", (event) => {
    const writes = typing(document.activeElement || document.body);
    if (writes && (event.detail.elt.id === "content" || !event.detail.elt.contains(writes))) return;
    if (event.detail.elt.id === "entry") {
      const fields = event.detail.elt.querySelectorAll("form .is-invalid, form input:not([type=hidden]), form select, form textarea");
      const empty = [...fields].find((x) => x.matches(".is-invalid")) || [...fields].find((x) => !x.value) || fields[0];
      if (empty) empty.focus({ preventScroll: true });
    } else if (event.detail.elt.id === "content") {
      const menu = event.detail.elt.querySelector("details.add > summary");
      if (menu) menu.focus({ preventScroll: true });
    }
  });

  // Selects that choose a page or a language send their form at once; without script the button does.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-submits]") && field.form) field.form.requestSubmit();
  });

  // Single keys: an element says its key (data-key="n") and, where its words do not tell, what it does (data-key-label).
  // A field is put the cursor into, everything else is pressed. The help lists what this page has.
  const shown = (element) => !element.disabled && (element.getClientRects().length > 0 || element.closest(".topbar"));
  // A key of the page itself comes before one of the head, which stands on every page.
  function keyed() {
    const all = [...document.querySelectorAll("[data-key]")].filter(shown);
    const own = new Set(all.filter((x) => !x.closest(".topbar")).map((x) => x.dataset.key));
    return all.filter((x) => !x.closest(".topbar") || !own.has(x.dataset.key));
  }
  const nameOf = (element) =>
    element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.trim().replace(/\s+/g, " ");

  // A key that chooses: Enter in the form then signs what is chosen.
  function choose(element) {
    element.checked = true;
    element.focus();
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function press(element) {
    // a key leads to a field, and to a button that signs (data-key-aims): one slip of a finger signs nothing
    if (element.matches("input[type=radio]")) choose(element);
    else if (element.matches("input, textarea, select, [data-key-aims]")) element.focus();
    else element.click();
  }

  function showKeys() {
    const dialog = document.getElementById("keys");
    const rows = keyed().map((element) => {
      const row = document.createElement("tr");
      const key = document.createElement("kbd");
      key.textContent = element.dataset.key;
      row.insertCell().append(key);
      row.insertCell().textContent = nameOf(element);
      return row;
    });
    document.getElementById("keys-list").replaceChildren(...rows);
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]") || document.body.dataset.keys === "off") return;
    const element = keyed().find((x) => x.dataset.key === event.key);
    if (!element && event.key !== "?") return;
    event.preventDefault();
    if (element) press(element);
    else showKeys();
  });

  const keysButton = document.getElementById("show-keys");
  if (keysButton) {
    keysButton.hidden = false;
    keysButton.addEventListener("click", showKeys);
  }
})();
