/* Copies a table as plain text: cells apart by tabs, rows by lines. Without this script the table is selected by hand. */
(function () {
  "use strict";

  const words = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
  const line = (row) => [...row.cells].map(words).join("\t");
  const shown = (row) => row.offsetParent !== null;

  function announce(button, text) {
    const place = button.parentElement.querySelector("[role=status]");
    if (place) place.textContent = text;
  }

  async function copy(button) {
    const table = document.getElementById(button.dataset.copies);
    if (!table) return;
    const text = [...table.rows].filter(shown).map(line).join("\n");
    try {
      await navigator.clipboard.writeText(text);
      announce(button, button.dataset.copied);
    } catch {
      announce(button, button.dataset.notCopied);
    }
  }

  const offer = () => document.querySelectorAll("[data-copies][hidden]").forEach((x) => (x.hidden = false));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copies]");
    if (button) copy(button);
  });
  document.addEventListener("htmx:afterSettle", offer); // the record may have been put in anew
  offer();
})();
