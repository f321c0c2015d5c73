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
  document.addEventListener("htmx:sendError", () => tell("Kinwell does not answer: was it stopped in the terminal?"));
  document.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr.responseText.slice(0, 300)));
})();
