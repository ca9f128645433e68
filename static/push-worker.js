"use strict";
/* Shows a message about alerts, and leads to the list when it is touched. It keeps nothing and reads no page. */
self.addEventListener("push", (event) => {
  const told = event.data.json();
  const shown = { body: told.body, tag: told.tag, data: { url: told.url }, requireInteraction: true };
  event.waitUntil(self.registration.showNotification(told.title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.url));
});
