"use strict";
// Comfort only: every page works without this file.
(() => {
  // What is wrong is read out at once, as with GOV.UK Frontend's own script.
  const summary = document.querySelector(".govuk-error-summary");
  if (summary) { summary.tabIndex = -1; summary.focus(); }

  // One press, one return: a second press of the same button does nothing while the first is on its way.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      const wait = form.dataset.wait;
      const told = form.querySelector("[role=status]");
      if (wait && told) told.textContent = wait;
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // A return that is being checked: look again by itself, until there is something to say.
  const waiting = document.querySelector("[data-reload]");
  if (waiting) setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.reload));

  // A link that is shown once can be copied with one press.
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      const told = button.parentElement.querySelector("[role=status]");
      try { await navigator.clipboard.writeText(field.value); told.textContent = "Copied."; }
      catch { told.textContent = "Press Ctrl and C to copy it."; }
    });
  }
})();
