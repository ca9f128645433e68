/* The round page: swipe to the neighbour, and what is typed is kept when the page is left. */
(function () {
  "use strict";

  const form = document.getElementById("round-form");

  // A swipe far enough and flat enough goes to the neighbour; not from where the finger scrolls or writes.
  let start = null;
  const own = (target) => target.closest("input, textarea, select, .scroll, svg, details[open], dialog");
  document.addEventListener("touchstart", (event) => {
    const finger = event.touches[0];
    start = event.touches.length === 1 && !own(event.target) ? { x: finger.clientX, y: finger.clientY } : null;
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    if (!start) return;
    const finger = event.changedTouches[0];
    const across = finger.clientX - start.x;
    const down = finger.clientY - start.y;
    start = null;
    if (Math.abs(across) < 90 || Math.abs(down) > 45) return;
    const link = document.querySelector(across < 0 ? ".roundbar a[rel=next]" : ".roundbar a[rel=prev]");
    if (link) link.click();
  }, { passive: true });

  if (!form) return;

  // Refused: to what needs a look, or it would seem as if nothing had happened.
  const fault = form.querySelector(".is-invalid, .invalid-feedback, .text-danger, [role=alert]");
  if (fault) {
    fault.scrollIntoView({ block: "center" });
    const field = fault.matches("input, select, textarea") ? fault : form.querySelector(".is-invalid");
    if (field) field.focus({ preventScroll: true });
  }

  // What the button would sign, in words, as it is chosen.
  const signs = document.getElementById("signs");
  const chosen = (name) => form.querySelector(`input[name=${name}]:checked`);
  const labelOf = (input) => input.closest("label").innerText.trim().replace(/\s+/g, " ");
  function tellSigns() {
    if (!signs) return;
    const [decision, judgement] = [chosen("decision"), chosen("improvement")];
    const words = [signs.dataset.seen];
    if (decision) words.push(decision.value ? `${signs.dataset.decision} ${labelOf(decision)}` : signs.dataset.noDecision);
    if (judgement && judgement.value) words.push(`${signs.dataset.judgement} ${labelOf(judgement)}`);
    signs.textContent = `${signs.dataset.signs} ${words.join("; ")}`;
  }
  form.addEventListener("change", tellSigns);
  tellSigns();

  // Typed and not yet kept: sent as the page goes away. Signing keeps it anyway.
  let loose = false;
  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) loose = true;
  });
  form.addEventListener("submit", () => (loose = false));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === form && event.detail.successful) loose = false;
  });
  window.addEventListener("pagehide", () => {
    if (loose) navigator.sendBeacon(form.dataset.draft, new FormData(form));
  });
})();
