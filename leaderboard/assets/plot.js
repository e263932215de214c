// Solve rate with its interval against cost, drawn by Observable Plot.
"use strict";
(() => {
  const points = JSON.parse(document.getElementById("points").textContent);
  const figure = document.getElementById("plot");
  const against = document.getElementById("against");
  const names = { usd: "US dollars per solve", tokens: "completion tokens per solve", parameters: "parameters" };
  const percent = (value) => `${(100 * value).toFixed(1)}%`;

  function draw() {
    const key = against.value;
    const known = points.filter((point) => point[key] > 0);
    figure.replaceChildren();
    if (!known.length) {
      const text = document.createElement("p");
      text.textContent = `No entry states its ${names[key]}.`;
      figure.append(text);
      return;
    }
    const width = Math.min(900, figure.clientWidth || 320);
    const marks = [
      Plot.ruleX(known.filter((point) => point.low !== null), { x: key, y1: "low", y2: "high", strokeOpacity: 0.5 }),
      Plot.dot(known, { x: key, y: "solved", r: 5, fill: (point) => (point.open ? "open weights" : "closed"), symbol: (point) => (point.open ? "open weights" : "closed") }),
      Plot.text(known, { x: key, y: "solved", text: "model", dx: 9, textAnchor: "start", lineWidth: 12, textOverflow: "ellipsis" }),
      Plot.tip(known, Plot.pointer({ x: key, y: "solved", title: (point) => `${point.model}\n${percent(point.solved)}\n${names[key]}: ${point[key].toPrecision(3)}` })),
    ];
    const chart = Plot.plot({
      width, height: 360, marginBottom: 42, marginRight: Math.min(140, width / 3), marginLeft: 48, grid: true, marks,
      style: { background: "transparent", color: "inherit", fontSize: "12px", "--plot-background": "var(--page)" },
      x: { type: "log", label: `${names[key]} →`, labelAnchor: "center", ticks: 3, tickFormat: key === "usd" ? (value) => `$${value}` : "~s", nice: true },
      y: { label: "↑ solved at the first attempt", domain: [0, 1], tickFormat: "%", percent: false },
      color: { legend: false, domain: ["open weights", "closed"], range: ["var(--accent)", "var(--warm)"] },
      symbol: { legend: true, domain: ["open weights", "closed"], range: ["circle", "triangle"] },
    });
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", `Solve rate against ${names[key]}: ` + known.map((point) => `${point.model} ${percent(point.solved)}`).join("; "));
    figure.append(chart);
  }

  const first = ["usd", "tokens", "parameters"].find((key) => points.some((point) => point[key] > 0));
  if (first) against.value = first;
  against.addEventListener("input", draw);
  let timer;
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(draw, 150); });
  draw();
})();
