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
  const fault =
    form().querySelector(".is-invalid, .invalid-feedback, .text-danger, [role=alert]") || document.querySelector(".notice.news");
  if (fault) {
    fault.scrollIntoView({ block: "center" });
    const field = fault.matches("input, select, textarea") ? fault : form().querySelector(".is-invalid");
    if (field && document.activeElement === document.body) field.focus({ preventScroll: true });
  }

  // What would be signed, in words, as it is chosen. A judgement that moves the chart's answer makes the decision one
  // about the new answer: what was chosen about the former one is let go.
  const chosen = (name) => form().querySelector(`input[name=${name}]:checked`);
  const put = (text, step) => text.replace("{step}", step);
  const stepOf = () => {
    const field = form().elements.step;
    return field && field.matches("select") ? field.value && field.selectedOptions[0].text : field && field.dataset.named;
  };

  function turnTo(judgement) {
    const words = document.getElementById("signs").dataset;
    const [field, question] = [form().elements.step, document.getElementById("question")];
    if (!field || !question || field.type !== "hidden") return;
    const step = (judgement && judgement.dataset.step) || field.dataset.offered;
    const named = (judgement && judgement.dataset.named) || field.dataset.offeredNamed;
    if (field.value !== step) {
      const none = form().querySelector("input[name=decision][value='']");
      if (none) none.checked = true;
    }
    field.value = step;
    field.dataset.named = named;
    const moved = step !== field.dataset.offered;
    const first = (place) => (place.dataset.first ??= place.textContent);
    const given = first(question);
    question.textContent = moved ? put(words.legendThen, named) : given;
    const runs = step === words.runs;
    const [followed, departed] = runs ? [words.goesOn, words.reasoned] : [words.start, words.stays];
    for (const [value, text, then] of [["accept", words.follow, followed], ["override", words.depart, departed]]) {
      const pick = form().querySelector(`input[name=decision][value=${value}]`).closest("label");
      const [name, below] = [pick.querySelector(".choice-name"), pick.querySelector(".then")];
      name.textContent = put(text, named);
      if (below) below.textContent = moved ? (first(below), then) : first(below);
    }
  }

  function tellSigns() {
    const signs = document.getElementById("signs");
    if (!signs) return;
    const words = signs.dataset;
    const judgement = chosen("improvement");
    turnTo(judgement);
    const decision = chosen("decision"); // after it: what was chosen about another answer is let go
    const said = [];
    const becomes = judgement && judgement.dataset.becomes;
    if (judgement && judgement.value) said.push(judgement.dataset.said);
    if (becomes) said.push(put(words.becomes, becomes));
    if (decision && decision.value) {
      const code = form().elements.code;
      const why = decision.value === "override" && code && code.value ? words.comma + code.selectedOptions[0].text : "";
      said.push(put(decision.value === "accept" ? words.followed : words.departed, stepOf() || "–") + why);
    } else {
      said.push(said.length ? words.undecided : words.seen);
    }
    for (const name of ["note", "plan"]) {
      const field = form().elements[name];
      if (field && field.value.trim()) said.push(words[name]);
    }
    const lead = document.createElement("strong");
    lead.textContent = words.lead;
    signs.replaceChildren(lead, ` ${said.join(words.apart)}`);
    if (becomes) {
      const moves = document.createElement("span");
      moves.className = "will-move";
      moves.textContent = ` ${words.moves}`;
      signs.append(moves);
    }
  }
  document.addEventListener("change", (event) => event.target.form === form() && tellSigns());
  document.addEventListener("input", (event) => event.target.form === form() && event.target.matches("textarea") && tellSigns());

  // On a telephone the bar is one line, until it is asked for.
  function fold() {
    const dock = document.getElementById("sign");
    const opens = document.getElementById("decide");
    if (!dock || !opens) return;
    opens.hidden = false;
    dock.classList.add("folds");
    // folded, the key that leads to the button that signs opens it first
    const tell = () => {
      const open = dock.classList.contains("is-open");
      opens.setAttribute("aria-expanded", String(open));
      if (open) delete opens.dataset.key;
      else opens.dataset.key = "s";
    };
    opens.addEventListener("click", () => {
      dock.classList.toggle("is-open");
      tell();
    });
    tell();
    // as high as it is: what has the cursor, or is led to, keeps clear of it
    if (!window.ResizeObserver) return;
    new ResizeObserver(() => document.documentElement.style.setProperty("--dock", `${dock.offsetHeight}px`)).observe(dock);
  }
  fold();
  tellSigns();

  // Typed and not yet kept: sent as the page goes away. What was typed while a draft was on its way is not kept by it,
  // and signing may be refused: the server lets go a draft of what was signed.
  const texts = (of) => [...of.elements].filter((x) => x.matches("textarea"));
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
    fold();
    tellSigns();
  });
  window.addEventListener("pagehide", () => {
    if (form() && words() !== kept) navigator.sendBeacon(form().dataset.draft, new FormData(form()));
  });
})();
