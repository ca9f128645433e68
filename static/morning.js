/* Sheets of values: Enter goes down, what is typed is looked at and kept while it is typed, a button answers. */
(function () {
  "use strict";

  const LOOK_AFTER = 600; // ms of quiet: what the sheet says to it
  const KEEP_AFTER = 1500; // ms of quiet: the draft
  const shown = (x) => x.checkVisibility({ visibilityProperty: true });

  function start(form) {
    const check = document.getElementById("sheet-check");
    const keep = document.getElementById("sheet-keep");
    const all = form.querySelector("button.all");
    const boxes = () => [...form.querySelectorAll("input.box")].filter(shown);

    // -- going from box to box -------------------------------------------------------------------------------------------

    function enter(box) {
      if (!box) return;
      box.focus();
      if (box.select) box.select();
    }

    function step(from, by) {
      const every = boxes();
      const to = every[every.indexOf(from) + by];
      if (to) enter(to);
      else if (by > 0) all.focus();
    }

    function nextPanel(from, by) {
      const panels = [...form.querySelectorAll("section.panel, tbody tr")];
      const here = panels.indexOf(from.closest("section.panel, tbody tr"));
      for (let n = here + by; n >= 0 && n < panels.length; n += by) {
        const box = [...panels[n].querySelectorAll("input.box")].find(shown);
        if (box) return enter(box);
      }
      return undefined;
    }

    // What the patient breathes: a digit chooses and goes on; room air has neither FiO2 nor flow to be told.
    function choose(radio) {
      radio.checked = true;
      radio.dispatchEvent(new Event("input", { bubbles: true }));
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function leaveChoice(radio) {
      const own = [...radio.closest(".panel").querySelectorAll("input.box")].filter(shown);
      enter(own.find((x) => radio.value !== "air" || !["fio2", "flow"].includes(x.name)));
    }

    form.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey || event.metaKey) return;
      if (event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        all.click();
        return;
      }
      const moves = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };
      const by = moves[event.key];
      if (event.target.matches("input[type=radio]")) {
        const choices = [...form.querySelectorAll(`input[type=radio][name="${event.target.name}"]`)];
        const chosen = /^[1-9]$/.test(event.key) && choices[Number(event.key)];
        if (!chosen && event.key !== "Enter") return;
        event.preventDefault();
        if (chosen) choose(chosen);
        leaveChoice(chosen || event.target);
        return;
      }
      if (!by || !event.target.matches("input:not([type=checkbox]), select")) return;
      if (!event.target.matches("input.box") && event.key !== "Enter") return; // a clock and a list have arrows of their own
      event.preventDefault();
      if (event.ctrlKey) nextPanel(event.target, by);
      else if (event.target.matches("input.box")) step(event.target, event.shiftKey ? -by : by);
      else enter(boxes().find((x) => event.target.compareDocumentPosition(x) & Node.DOCUMENT_POSITION_FOLLOWING));
    });

    // -- looking and keeping ---------------------------------------------------------------------------------------------

    const written = () => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "shown")).toString();
    const early = window.typed.some(form); // typed before this script ran, or carried over
    let looked = early ? "" : written();
    let asked = looked; // what the sheet is looking at
    let answered = looked; // what its last words are about
    let keeping = looked; // the draft that is on its way
    let kept = looked; // what the server has
    let lookLater = 0;
    let keepLater = 0;
    let given = false; // up: it is not wanted

    function look() {
      window.clearTimeout(lookLater);
      if (!check || written() === looked) return;
      looked = written();
      window.htmx.trigger(check, "sheet:check");
    }

    function keepDraft() {
      window.clearTimeout(keepLater);
      if (!keep || written() === keeping) return;
      keeping = written();
      window.htmx.trigger(keep, "sheet:keep");
    }

    function lookAndKeep() {
      window.clearTimeout(lookLater);
      window.clearTimeout(keepLater);
      lookLater = window.setTimeout(look, LOOK_AFTER);
      keepLater = window.setTimeout(keepDraft, KEEP_AFTER);
    }
    form.addEventListener("input", lookAndKeep);
    form.addEventListener("change", look);
    form.addEventListener("submit", () => {
      window.clearTimeout(lookLater);
      window.clearTimeout(keepLater);
    });
    if (early) lookAndKeep();

    document.addEventListener("htmx:beforeRequest", (event) => {
      if (event.detail.elt === check) asked = written();
      if (event.detail.elt === keep) keeping = written();
    });
    document.addEventListener("htmx:afterRequest", (event) => {
      const { elt, successful } = event.detail;
      if (elt === check && !successful) looked = ""; // tried again with the next key
      if (elt === keep && successful) kept = keeping;
      if (elt === keep && !successful) keeping = kept;
    });

    // Gone while something is not kept: sent as the page goes away. A draft on its way may never arrive, and what is being
    // stored may be refused: the server lets go a draft of what it has stored.
    window.addEventListener("pagehide", () => {
      if (given || !form.isConnected || !form.dataset.draft || written() === kept) return;
      navigator.sendBeacon(form.dataset.draft, new FormData(form));
    });
    window.addEventListener("submit", (event) => {
      const by = event.target === form && !event.defaultPrevented && event.submitter;
      if (by) given = by.matches("[data-empties]");
    });

    // -- what the sheet said ---------------------------------------------------------------------------------------------

    const boxOf = (told) => (told.closest(".ln, td") || form).querySelector("input.box");

    function say() {
      const counts = document.getElementById("sheet-counts");
      const held = counts && counts.dataset.held !== "0" && counts.dataset.held !== undefined;
      if (held) all.setAttribute("aria-disabled", "true");
      else all.removeAttribute("aria-disabled");
      form.querySelectorAll(".told").forEach((told) => {
        const box = boxOf(told);
        if (!box) return;
        if (told.classList.contains("refused")) box.setAttribute("aria-invalid", "true");
        else box.removeAttribute("aria-invalid");
      });
    }
    document.addEventListener("htmx:afterSettle", (event) => {
      if (!event.detail.target || event.detail.target.id !== "sheet-counts") return;
      answered = asked;
      say();
    });
    say();

    // Held: to what has to be looked at. The sheet may still speak of what stood there before the last key: then the
    // server says whether all can be saved.
    all.addEventListener("click", (event) => {
      if (!all.hasAttribute("aria-disabled") || written() !== answered) return;
      event.preventDefault();
      const holds = form.querySelector(".told .refused, .told .holds");
      if (holds) enter(boxOf(holds));
    });

    // A button answers without leaving the page: another value, another unit, an answer, nothing.
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-does]");
      if (!button || !check) return;
      event.preventDefault();
      const prefix = button.dataset.does;
      const [how, code, ...rest] = button.value.slice(prefix.length).split(":");
      const kind = { fill: "value", unit: "unit", answer: "answer", clear: "value" }[how];
      const field = form.elements[`${prefix}${kind}_${code}`];
      if (!field) return;
      field.value = rest.join(":");
      enter(form.elements[`${prefix}value_${code}`] || button.closest(".ln, td").querySelector("input.box"));
      look();
      keepDraft();
    });

    // Refused: to what needs a look. Otherwise, with a keyboard, to the first box.
    const fault = form.querySelector("[role=alert].notice.bad, [aria-invalid=true]");
    if (fault) fault.scrollIntoView({ block: "center" });
    else if (window.matchMedia("(pointer: fine) and (min-width: 900px)").matches && !window.location.hash) {
      const first = form.querySelector(".through input:checked") || boxes()[0];
      if (first && document.activeElement === document.body) first.focus({ preventScroll: true }); // nobody writes yet
    }
  }

  // The sheet may be put in place anew (an entry undone on it).
  let form = null;
  function begin() {
    const found = document.getElementById("sheet-form");
    if (!found || found === form) return;
    form = found;
    start(form);
  }
  document.addEventListener("htmx:afterSettle", begin);
  begin();

  // What the sheet says again stays as it is: a button that is just pressed, or has the cursor, is not taken away.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.isEqualNode(fragment.firstElementChild)) event.detail.shouldSwap = false;
  });
})();
