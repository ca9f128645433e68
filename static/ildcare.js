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

  // Selects that choose a page or a language send their form at once; without script the button does.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-submits]") && field.form) field.form.requestSubmit();
  });
})();
