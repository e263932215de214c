// Sorts and filters the table, and keeps both in the address.
// Written by hand: the table must be complete without a script, and libraries for this build their own tables.
"use strict";
(() => {
  const table = document.getElementById("board");
  const body = table.tBodies[0];
  const buttons = [...table.tHead.querySelectorAll("button")];
  const original = [...body.rows];
  const fields = { find: document.getElementById("find"), weights: document.getElementById("weights"),
    prompt: document.getElementById("prompt"), untrained: document.getElementById("untrained") };
  const state = { sort: "rank", down: false };

  const valueOf = (row, column) => {
    const text = row.cells[column].dataset.value;
    return text === undefined || text === "" ? null : Number(text);
  };

  function sortRows() {
    const column = buttons.findIndex((button) => button.dataset.key === state.sort);
    const sign = state.down ? -1 : 1;
    const rows = [...original].sort((a, b) => {
      if (state.sort === "model") return sign * a.dataset.model.localeCompare(b.dataset.model);
      const [x, y] = [valueOf(a, column), valueOf(b, column)];
      if (x === null || y === null) return (x === null) - (y === null); // what has no value stays at the end
      return sign * (x - y);
    });
    if (state.sort === "rank" && !state.down) rows.splice(0, rows.length, ...original);
    body.append(...rows);
    buttons.forEach((button, i) => {
      const th = button.closest("th");
      if (i === column) th.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    });
  }

  function filterRows() {
    const wanted = fields.find.value.trim().toLowerCase();
    let shown = 0;
    for (const row of original) {
      const { model, weights, prompt, trained } = row.dataset;
      row.hidden = !(model.toLowerCase().includes(wanted)
        && (!fields.weights.value || weights === fields.weights.value)
        && (!fields.prompt.value || prompt === fields.prompt.value)
        && !(fields.untrained.checked && trained === "true"));
      shown += !row.hidden;
    }
    document.getElementById("shown").textContent = `${shown} of ${original.length} entries`;
  }

  function write() {
    const parts = new URLSearchParams();
    if (state.sort !== "rank" || state.down) parts.set("sort", (state.down ? "-" : "") + state.sort);
    if (fields.find.value) parts.set("find", fields.find.value);
    if (fields.weights.value) parts.set("weights", fields.weights.value);
    if (fields.prompt.value) parts.set("prompt", fields.prompt.value);
    if (fields.untrained.checked) parts.set("untrained", "1");
    history.replaceState(null, "", parts.size ? `#${parts}` : location.pathname.split("/").pop());
  }

  function read() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const sort = parts.get("sort") ?? "rank";
    const key = sort.replace(/^-/, "");
    if (buttons.some((button) => button.dataset.key === key)) Object.assign(state, { sort: key, down: sort.startsWith("-") });
    fields.find.value = parts.get("find") ?? "";
    for (const name of ["weights", "prompt"]) {
      const value = parts.get(name) ?? "";
      fields[name].value = [...fields[name].options].some((option) => option.value === value) ? value : "";
    }
    fields.untrained.checked = parts.get("untrained") === "1";
    sortRows();
    filterRows();
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      const key = button.dataset.key;
      const first = !(key === "rank" || key === "model"); // numbers start with the largest
      state.down = state.sort === key ? !state.down : first;
      state.sort = key;
      sortRows();
      write();
    });
  }
  for (const field of Object.values(fields)) field.addEventListener("input", () => { filterRows(); write(); });
  document.querySelector("form.filters").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", read);
  read();
})();
