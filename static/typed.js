/* What is typed outlasts what the server puts in its place: an answer may come while somebody writes beside it. */
(function () {
  "use strict";

  // Does a field hold something else than the server gave it? `window.typed` is for the other scripts.
  function changed(field) {
    if (field.matches("input[type=hidden], button, fieldset, output")) return false;
    if (field.matches("select")) {
      const given = [...field.options].filter((x) => x.defaultSelected);
      return field.value !== (given.length ? given[given.length - 1] : field.options[0] || field).value;
    }
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  }
  const some = (form) => [...form.elements].some(changed);
  window.typed = { changed, some };

  // Words and numbers are carried over. A choice or a tick said yes to what stood there before: only a form that signs
  // nothing (data-carries-choices) has those carried too.
  const WRITTEN = "input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), textarea, select";
  const carried = (field) => field.form && field.name && (field.matches(WRITTEN) || "carriesChoices" in field.form.dataset);
  const fields = (place) => [...place.querySelectorAll("input, textarea, select")].filter(carried);

  // What was sent is the server's business; what was typed into the same form since then is not.
  const sentWith = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, xhr } = event.detail;
    if (elt.matches("form")) sentWith.set(xhr, { form: elt, values: new Map([...elt.elements].map((x) => [x, x.value])) });
  });

  function nameOf(field) {
    const value = field.matches("[type=checkbox], [type=radio]") ? field.value : null;
    return { action: field.form.getAttribute("action"), name: field.name, value };
  }

  function found({ action, name, value }) {
    const forms = [...document.forms].filter((x) => x.getAttribute("action") === action);
    const own = forms.flatMap((x) => [...x.elements]).filter((x) => x.name === name);
    return own.find((x) => value === null || x.value === value);
  }

  // A form that was opened in place stays there whole, if something else than it was sent: with its token, for what its
  // author saw is what the page showed.
  let held = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, shouldSwap } = event.detail;
    held = null;
    if (!shouldSwap) return;
    const sent = sentWith.get(xhr) || { form: null };
    const mine = (x) => (x.form === sent.form ? sent.values.has(x) && sent.values.get(x) !== x.value : changed(x));
    const active = document.activeElement;
    const entry = target.matches("#content") && [...target.querySelectorAll("#entry form")].find((x) => x !== sent.form && some(x));
    held = {
      entry: entry && entry.closest("#entry"),
      typed: fields(target).filter(mine).map((x) => ({ ...nameOf(x), field: x, text: x.value, checked: x.checked })),
      active: target.contains(active) && carried(active) ? { ...nameOf(active), start: active.selectionStart, end: active.selectionEnd } : null,
    };
  });

  function putBack(was) {
    const field = found(was);
    if (!field || field === was.field || changed(field)) return;
    if (was.value !== null) field.checked = was.checked;
    else if (!field.matches("select") || [...field.options].some((x) => x.value === was.text)) field.value = was.text;
    const fold = field.closest("details");
    if (fold) fold.open = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function goOn(was) {
    const field = found(was);
    if (!field || document.activeElement !== document.body) return;
    field.focus({ preventScroll: true });
    if (was.start !== null && field.setSelectionRange && field.selectionStart !== null) field.setSelectionRange(was.start, was.end);
  }

  document.addEventListener("htmx:afterSwap", () => {
    if (!held) return;
    const { typed, active, entry } = held;
    held = null;
    const place = document.getElementById("entry");
    if (entry && place && place !== entry) {
      place.replaceWith(entry);
      window.htmx.process(entry);
    }
    typed.forEach(putBack);
    if (active) goOn(active);
  });
})();
