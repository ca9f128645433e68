/* What takes more than a moment says that it is on its way: a form that was sent, a file that is being made.

   The page of an answer takes this one's place; a file does not: the server's answer takes the cookie away. */
(function () {
  "use strict";

  const AWAITED = "awaited=1";
  const LATEST = 300; // seconds; then nobody waits any more
  const A_MOMENT = 700; // milliseconds
  const bar = document.getElementById("busy");

  function wait() {
    const since = Date.now();
    document.cookie = `${AWAITED}; path=/; max-age=${LATEST}; samesite=strict`;
    (function look() {
      const over = !document.cookie.split("; ").includes(AWAITED);
      bar.hidden = over || Date.now() - since < A_MOMENT;
      if (!over) window.setTimeout(look, 150);
    })();
  }

  const byHtmx = (x) => x.matches("[hx-get], [hx-post]");
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !byHtmx(event.target)) wait();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href*='.pdf'], a[download]");
    if (link && !event.defaultPrevented) wait();
  });
})();
