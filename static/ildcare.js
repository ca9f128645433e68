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
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    const whose = answer.getResponseHeader("X-Patient") || "";
    if (whose !== patient()) {
      event.detail.shouldSwap = false;
      event.detail.isError = true;
      answer.refused = true;
      tell(document.body.dataset.otherPatient);
      return;
    }
    if (answer.status === 409) {
      event.detail.shouldSwap = false;
      tell(document.body.dataset.conflict);
    }
  });

  // A fragment that fails to load says so; it never looks like "nothing there".
  for (const kind of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(kind, (event) => {
      if (event.detail.xhr && (event.detail.xhr.status === 409 || event.detail.xhr.refused)) return;
      event.detail.target.classList.add("failed-fragment");
      tell(document.body.dataset.failed);
    });
  }

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

  // One click, one request: a form that is on its way cannot be sent again.
  const buttons = (event) => event.detail.elt.querySelectorAll("button[type=submit], input[type=submit]");
  document.addEventListener("htmx:beforeRequest", (event) => buttons(event).forEach((x) => (x.disabled = true)));
  document.addEventListener("htmx:afterRequest", (event) => buttons(event).forEach((x) => (x.disabled = false)));

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
  // takes the cursor, and gives it back to the menu as it goes.
  const menus = (besides) => [...document.querySelectorAll("details.add[open]")].filter((x) => x !== besides);
  document.addEventListener("click", (event) => {
    const own = event.target.closest("details.add");
    menus(event.target.closest(".add-menu a") ? null : own).forEach((x) => (x.open = false));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus(null).forEach((x) => {
      x.open = false;
      x.querySelector("summary").focus();
    });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
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
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const shown = (element) => element.getClientRects().length > 0 && !element.disabled;
  const keyed = () => [...document.querySelectorAll("[data-key]")].filter(shown);
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
