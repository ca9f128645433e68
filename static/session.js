/* The end of a session: said two minutes before, and never the end of what was typed.

   The server counts (X-Session, session_state); this script only reckons with what it was told. When the session is
   over the page is hidden, not left: it comes back, with its fields, once the same user has signed in again. */
(function () {
  "use strict";

  const panel = document.getElementById("session");
  if (!panel) return;
  const { state, extend, forms, signIn, who, endingText } = panel.dataset;
  const ending = document.getElementById("session-ending");
  const ended = document.getElementById("session-ended");
  const WARN = 120000; // ms before the end
  const TYPED_LATELY = 90000; // ms: who types is there
  const title = document.title;
  let ends = Date.now() + Number(panel.dataset.seconds) * 1000;
  let over = false;
  let refused = Boolean(document.querySelector("main form[method=post] .is-invalid, main .news")); // what was typed is back
  let typedAt = 0;
  let hidden = [];

  // -- what was typed: fields of forms that write ----------------------------------------------------------------------

  // Asked of the fields themselves: some are filled in before this script runs, some while another form is on its way.
  const WRITES = "main form[method=post]:not([role=search])";
  const typed = () => refused || [...document.querySelectorAll(WRITES)].some(window.typed.some);

  document.addEventListener("input", (event) => {
    if (event.target.closest(WRITES)) typedAt = Date.now();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { successful, requestConfig, xhr } = event.detail;
    if (requestConfig.verb === "post" && (successful || xhr.status === 422)) refused = xhr.status === 422;
  });

  // -- asking the server ------------------------------------------------------------------------------------------------

  function ask() {
    return fetch(state, { headers: { "X-Poll": "1" }, cache: "no-store" }).then((answer) => answer.json());
  }

  function look() {
    if (over) return;
    ask().then(take, () => (Date.now() >= ends ? end("") : undefined));
  }

  function take(told) {
    if (told.who !== who) return end(told.who);
    ends = Date.now() + told.seconds * 1000;
    if (ends - Date.now() > WARN) {
      ending.hidden = true;
    } else if (Date.now() - typedAt < TYPED_LATELY && ending.hidden) {
      typedAt = 0; // once for each time that something was typed: it cannot go round in circles
      stay();
    } else {
      warn();
    }
  }

  function warn() {
    const clock = new Date(ends).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    const text = endingText.replace("%s", clock);
    const place = ending.querySelector("p");
    if (place.textContent !== text) place.textContent = text;
    ending.hidden = false;
  }

  function stay() {
    const body = new FormData(ending.querySelector("form"));
    fetch(extend, { method: "POST", body, redirect: "manual" }).then(look, look);
  }

  // -- the end ----------------------------------------------------------------------------------------------------------

  function end(other) {
    if (!typed()) return window.location.replace(`${signIn}?next=${encodeURIComponent(here())}`);
    if (!over) hide();
    say(other ? "other" : "");
  }

  const here = () => window.location.pathname + window.location.search;

  function hide() {
    over = true;
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    hidden = [...document.body.children].filter((x) => x !== panel && x.tagName !== "SCRIPT" && !x.hidden);
    hidden.forEach((x) => (x.hidden = true));
    document.title = panel.dataset.title;
    ending.hidden = true;
    ended.hidden = false;
    ended.querySelector("h1").focus();
  }

  function say(which) {
    ended.querySelectorAll("[data-when]").forEach((x) => (x.hidden = x.dataset.when !== which));
  }

  function comeBack(quietly) {
    ask().then((told) => {
      if (told.who !== who) {
        if (!quietly || told.who) say(told.who ? "other" : "nobody");
        return undefined;
      }
      return renew(told).then(show);
    }, () => say("nobody"));
  }

  function renew(told) {
    ends = Date.now() + told.seconds * 1000;
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((x) => (x.value = told.csrf));
    const fields = [...document.querySelectorAll("input[name$=context_token]")];
    const body = new URLSearchParams({ csrfmiddlewaretoken: told.csrf });
    fields.forEach((x) => body.append("token", x.value));
    return fetch(forms, { method: "POST", body })
      .then((answer) => answer.json())
      .then((given) => fields.forEach((x, i) => (x.value = given.tokens[i] || x.value)));
  }

  function show() {
    over = false;
    ended.hidden = true;
    hidden.forEach((x) => (x.hidden = false));
    document.title = title;
    const field = document.querySelector("main form[method=post] textarea, main form[method=post] .form-control");
    if (field) field.focus();
  }

  // -- when to look -----------------------------------------------------------------------------------------------------

  setInterval(() => {
    if (!over && ends - Date.now() <= WARN) look();
  }, 5000);
  if (ends - Date.now() <= WARN) look();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    if (over) comeBack(true);
    else look();
  });
  window.addEventListener("focus", () => over && comeBack(true));

  ending.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });
  ended.querySelector("[data-continue]").addEventListener("click", () => comeBack(false));

  // An answer that sends to the sign-in page hides what was typed instead of leaving it.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const answer = event.detail.xhr;
    if ((answer.getResponseHeader("HX-Redirect") || "").startsWith(signIn)) {
      event.preventDefault();
      end("");
      return;
    }
    const left = answer.getResponseHeader("X-Session");
    if (left) ends = Date.now() + Number(left) * 1000;
    if (answer.status === 403 || answer.status === 409) look(); // somebody else may have signed in
  });

  // A form that htmx does not send is sent only while its session lasts.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.querySelector("[name$=context_token]")) return;
    if (form.dataset.mayGo) return void delete form.dataset.mayGo;
    event.preventDefault();
    if (form.dataset.waits) return;
    form.dataset.waits = "1";
    const send = () => {
      form.dataset.mayGo = "1";
      form.requestSubmit(event.submitter);
    };
    const answered = (told) => (told.who === who ? send() : end(told.who));
    ask().then(answered, send).finally(() => delete form.dataset.waits);
  });
})();
