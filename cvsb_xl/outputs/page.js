"use strict";
(() => {
  const form = document.getElementById("filters");
  const told = document.getElementById("told");
  const data = JSON.parse(document.getElementById("facts").textContent);
  const fields = { r: form.elements.review, a: form.elements.agency, s: form.elements.area };
  const shown = [...document.querySelectorAll("[data-n]")];
  const lists = [...document.querySelectorAll(".listing")].map((list) => ({
    rows: [...list.querySelectorAll("tbody > tr, article")],
    table: list.querySelector("table"),
    count: list.querySelector(".shown"),
    nothing: list.querySelector(".nothing"),
  })).filter((list) => list.count);
  const write = (number) => number.toLocaleString("en-GB");

  // A filter leaves alone what it does not apply to: such rows have no attribute, such facts hold null.
  const fits = (chosen, review, agencies, areas) =>
    (chosen.r === "" || review === null || review === Number(chosen.r)) &&
    (chosen.a === "" || agencies === null || agencies.includes(Number(chosen.a))) &&
    (chosen.s === "" || areas === null || areas.includes(Number(chosen.s)));
  const numbers = (text) => text === undefined ? null : text.split(" ").filter(Boolean).map(Number);

  function countAgain(chosen) {
    const left = data.facts.filter((fact) => fits(chosen, fact[2], fact[3], fact[4]));
    const values = data.counts.map(([kind, marks, review]) => left.reduce((sum, fact) =>
      fact[0] === kind && (review === -1 || fact[2] === review) && marks.every((mark) => fact[1].includes(mark))
        ? sum + fact[5] : sum, 0));
    for (const item of shown) {
      const value = values[Number(item.dataset.n)];
      if (item.tagName === "rect") { item.setAttribute("width", value * item.dataset.w); continue; }
      item.textContent = write(value);
      if (item.dataset.x) item.setAttribute("x", Number(item.dataset.x) + value * item.dataset.w);
      const tile = item.closest("[data-alert]");
      if (tile) tile.classList.toggle("look", value > 0);
    }
  }

  function filterRows(chosen) {
    let seen = 0, all = 0;
    for (const { rows, table, count, nothing } of lists) {
      let left = 0;
      for (const row of rows) {
        const { r, a, s } = row.dataset;
        const keep = fits(chosen, r === undefined ? null : Number(r), numbers(a), numbers(s));
        row.hidden = !keep;
        left += keep;
      }
      const total = `${write(rows.length)} ${rows.length === 1 ? "row" : "rows"}`;
      count.textContent = left === rows.length ? total : `${write(left)} of ${total}`;
      if (table) table.hidden = left === 0;
      nothing.hidden = left > 0;
      seen += left;
      all += rows.length;
    }
    return [seen, all];
  }

  function apply() {
    const chosen = { r: fields.r.value, a: fields.a.value, s: fields.s.value };
    countAgain(chosen);
    const [seen, all] = filterRows(chosen);
    const names = Object.values(fields).filter((field) => field.value !== "").map((field) => field.selectedOptions[0].text);
    told.textContent = names.length
      ? `Filtered by ${names.join("; ")}: ${write(seen)} of ${write(all)} rows shown.`
      : `Nothing is filtered: all ${write(all)} rows shown.`;
    document.body.classList.toggle("filtered", names.length > 0);
  }

  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("show-all").addEventListener("click", () => { form.reset(); apply(); });
  form.hidden = false;
  document.getElementById("no-script").hidden = true;
  apply();
})();
