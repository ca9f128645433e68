/* The round page: swipe to the neighbour, and what is typed is kept when the page is left. */
(function () {
  "use strict";

  const form = () => document.getElementById("round-form"); // put in place anew when something is added to the record

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

  if (!form()) return;

  // Refused: to what needs a look, or it would seem as if nothing had happened.
  const fault = form().querySelector(".is-invalid, .invalid-feedback, .text-danger, [role=alert]");
  if (fault) {
    fault.scrollIntoView({ block: "center" });
    const field = fault.matches("input, select, textarea") ? fault : form().querySelector(".is-invalid");
    if (field && document.activeElement === document.body) field.focus({ preventScroll: true });
  }

  // What the button would sign, in words, as it is chosen.
  const labelOf = (input) => input.closest("label").innerText.trim().replace(/\s+/g, " ");
  function tellSigns() {
    const signs = document.getElementById("signs");
    if (!signs) return;
    const chosen = (name) => form().querySelector(`input[name=${name}]:checked`);
    const [decision, judgement] = [chosen("decision"), chosen("improvement")];
    const words = [signs.dataset.seen];
    if (decision) words.push(decision.value ? `${signs.dataset.decision} ${labelOf(decision)}` : signs.dataset.noDecision);
    if (judgement && judgement.value) words.push(`${signs.dataset.judgement} ${labelOf(judgement)}`);
    signs.textContent = `${signs.dataset.signs} ${words.join(signs.dataset.apart)}`;
  }
  document.addEventListener("change", (event) => event.target.form === form() && tellSigns());
  tellSigns();

  // Typed and not yet kept: sent as the page goes away. What was typed while a draft was on its way is not kept by it,
  // and signing may be refused: the server lets go a draft of what was signed.
  const texts = (of) => [...of.querySelectorAll("textarea")];
  const words = () => texts(form()).map((x) => x.value).join("\0");
  const given = () => texts(form()).map((x) => x.defaultValue).join("\0");
  let shown = form();
  let kept = fault ? null : given(); // null: who knows
  let asked = kept;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form()) asked = words();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === form() && event.detail.successful) kept = asked;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!form() || form() === shown) return;
    shown = form();
    kept = given();
    tellSigns();
  });
  window.addEventListener("pagehide", () => {
    if (form() && words() !== kept) navigator.sendBeacon(form().dataset.draft, new FormData(form()));
  });
})();
