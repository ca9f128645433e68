/* The page of a patient in tabs: old places lead to their tab, the whole chart opens by its links, and the bar is asked
   for anew where what it counts has changed. */
(function () {
  "use strict";

  // Addresses that named a part of the one long page lead to its tab.
  const MOVED = { "#results": 2, "#trends": 3, "#treatments": 4, "#course": 5, "#strip": 5, "#prognosis": 5 };
  function lead() {
    const key = MOVED[window.location.hash];
    if (!key || document.querySelector(window.location.hash)) return;
    const tab = document.querySelector(`.tabs a[data-key="${key}"]`);
    if (tab) window.location.replace(tab.href + window.location.hash);
  }
  window.addEventListener("hashchange", lead);
  lead();

  // What is folded opens for who is led into it.
  function unfold() {
    const place = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    const fold = place && place.closest("details:not([open])");
    if (!fold) return;
    fold.open = true;
    place.scrollIntoView();
  }
  window.addEventListener("hashchange", unfold);
  unfold();

  // What stays is as high as it is: places that are led to, and what stays below it, keep clear of it.
  const stays = document.querySelector(".stays");
  if (stays && window.ResizeObserver) {
    new ResizeObserver(() => document.documentElement.style.setProperty("--stays", `${stays.offsetHeight}px`)).observe(stays);
  }

  // A card that was acknowledged, or a judge who was named, stands in the bar too.
  document.addEventListener("htmx:afterSettle", (event) => {
    const bar = document.getElementById("state-bar");
    if (!bar || !["alerts", "clock"].includes(event.detail.elt.id)) return;
    window.htmx.ajax("GET", bar.dataset.address, { target: "#state-bar", swap: "outerHTML", source: bar });
  });
})();
