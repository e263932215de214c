// Moves by arrow keys from cell to cell; the whole map is one stop for the tab key.
"use strict";
(() => {
  const heat = document.getElementById("heat");
  const links = [...heat.tBodies[0].rows].map((row) => [...row.querySelectorAll("a")]);
  // a screen reader needs words: a sign by itself says nothing
  const words = Object.fromEntries([...document.querySelectorAll(".legend span")].map((span) => [span.firstElementChild.className, span.dataset.words]));
  const models = [...heat.tHead.rows[0].cells].map((cell) => cell.textContent);
  links.forEach((row) => row.slice(1).forEach((link, i) => {
    link.setAttribute("aria-label", `${row[0].textContent}, ${models[i + 1]}: ${link.textContent}, ${words[link.className]}`);
  }));
  links.flat().forEach((link, i) => { link.tabIndex = i ? -1 : 0; });
  heat.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const y = links.findIndex((row) => row.includes(document.activeElement));
    if (!move || y < 0) return;
    const next = links[y + move[0]]?.[links[y].indexOf(document.activeElement) + move[1]];
    if (!next) return;
    event.preventDefault();
    document.activeElement.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
})();
