// Keeps what somebody has opened open when a figure is drawn anew, and says when the server is gone.
"use strict";
(() => {
  const opened = () => new Set([...document.querySelectorAll("#view details[open] > summary")].map((s) => s.textContent));
  let kept = new Set();
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target && event.detail.target.id === "view") kept = opened();
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    for (const summary of document.querySelectorAll("#view details > summary")) {
      if (kept.has(summary.textContent)) summary.parentElement.open = true;
    }
  });
  const tell = (words) => {
    const status = document.querySelector("#status");
    if (!status) return;
    let line = status.querySelector(".gone");
    if (!line) {
      line = document.createElement("p");
      line.className = "gone problem";
      line.setAttribute("role", "alert");
      status.append(line);
    }
    line.textContent = words;
  };
  // What was typed before the scripts were ready is not lost.
  const isChanged = (field) => {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.value !== "";
    return field.value !== field.defaultValue;
  };
  window.addEventListener("load", () => {
    for (const field of document.querySelectorAll("input[hx-post], select[hx-post], textarea[hx-post]")) {
      if (isChanged(field)) field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (const field of document.querySelectorAll("input[type=search][hx-get]")) {
      if (field.value) field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  document.addEventListener("htmx:sendError", () => tell("Kinwell does not answer: was it stopped in the terminal?"));
  document.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr.responseText.slice(0, 300)));
})();
