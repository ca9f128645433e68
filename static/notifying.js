"use strict";
/* Switching on messages to this browser: offered where the browser can, filled into the form that the page has. */
(function () {
  const form = document.getElementById("browser-add");
  if (!form || !window.isSecureContext || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const notice = form.querySelector("[role=alert]:last-of-type");
  const field = (name) => form.querySelector(`[name="browser-${name}"]`);
  form.hidden = false;
  form.closest("section").hidden = false;
  if (!field("title").value) field("title").value = named();

  /* Maker and system, as a person would say: they can write another name. */
  function named() {
    const text = navigator.userAgent;
    const maker = ["Edg", "Firefox", "Chrome", "Safari"].find((x) => text.includes(x)) || "";
    const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((x) => text.includes(x)) || "";
    return [maker.replace("Edg", "Edge"), system].filter(Boolean).join(" · ");
  }

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (x) => x.charCodeAt(0));
  }

  function say(sentence) {
    notice.textContent = sentence;
    notice.hidden = false;
  }

  async function subscribe() {
    const registration = await navigator.serviceWorker.register(form.dataset.worker);
    const known = await registration.pushManager.getSubscription();
    if (known) await known.unsubscribe(); // it may be of another key
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) };
    return registration.pushManager.subscribe(options);
  }

  form.addEventListener("submit", async (event) => {
    if (field("endpoint").value) return;
    event.preventDefault();
    if ((await Notification.requestPermission()) !== "granted") {
      say(form.dataset.refused);
      return;
    }
    try {
      const told = (await subscribe()).toJSON();
      field("endpoint").value = told.endpoint;
      field("p256dh").value = told.keys.p256dh;
      field("auth").value = told.keys.auth;
    } catch (error) {
      say(form.dataset.failed);
      return;
    }
    form.requestSubmit();
  });
})();
