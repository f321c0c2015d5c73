"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const inputs = [...document.querySelectorAll("[data-lever]")];
  const read = () => inputs.map((input) => Number(input.value));
  const scale = (at) => at.map((value, i) => (2 * (value - data.levers[i].low)) / (data.levers[i].high - data.levers[i].low) - 1);
  const estimate = (outcome, scaled) =>
    data.terms.reduce((sum, term, k) => sum + outcome.coefficients[k] * term.reduce((product, i) => product * scaled[i], 1), 0);
  const write = (value, digits = 2) => {
    const rounded = Number(value.toPrecision(digits));
    const places = rounded === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
    return rounded.toLocaleString("en", { minimumFractionDigits: Math.min(places, 12), maximumFractionDigits: Math.min(places, 12) }).replace("-", "−");
  };
  const cell = (row, kind, words, link) => {
    const made = document.createElement(kind);
    if (kind === "th") made.scope = "row";
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link;
      anchor.textContent = words;
      made.append(anchor);
    } else made.textContent = words;
    row.append(made);
  };
  const range = (outcome, value) => {
    if (outcome.same) return `${write(value)} (the same at every point)`;
    const half = data.interval * outcome.spread;
    return `${write(value)} (${write(value - half)} to ${write(value + half)})`;
  };
  const nearest = (scaled) =>
    data.points
      .map((point) => ({ point, far: Math.hypot(...scale(point.at).map((value, i) => value - scaled[i])) }))
      .sort((a, b) => a.far - b.far)
      .slice(0, 5)
      .map(({ point }) => point);
  const show = () => {
    const scaled = scale(read());
    const values = data.outcomes.map((outcome) => estimate(outcome, scaled));
    inputs.forEach((input) => {
      const output = input.parentElement.querySelector("output");
      if (output) output.textContent = write(Number(input.value), 3);
    });
    const row = document.createElement("tr");
    row.dataset.values = JSON.stringify(values);
    cell(row, "th", "Estimate (95% of points)");
    data.outcomes.forEach((outcome, i) => cell(row, "td", range(outcome, values[i])));
    document.getElementById("estimates").replaceChildren(row);
    document.getElementById("nearest").replaceChildren(
      ...nearest(scaled).map((point) => {
        const line = document.createElement("tr");
        cell(line, "th", `Run: point ${point.point}`, `#point-${point.point}`);
        point.values.forEach((value) => cell(line, "td", write(value, 3)));
        return line;
      }),
    );
    document.getElementById("said").textContent =
      `Estimate, not a run: ${data.outcomes.map((outcome, i) => `${outcome.title} ${range(outcome, values[i])}`).join("; ")}.`;
  };
  document.querySelectorAll("#runs tbody tr").forEach((row) => (row.id = `point-${row.firstElementChild.textContent}`));
  document.addEventListener("click", (event) => {
    if (event.target.matches("#nearest a")) document.getElementById("runs").open = true;
  });
  inputs.forEach((input) => input.addEventListener("input", show));
  document.getElementById("middle").addEventListener("click", () => {
    inputs.forEach((input, i) => (input.value = data.levers[i].start));
    show();
  });
  show();
})();
