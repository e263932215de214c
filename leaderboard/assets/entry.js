// Unpacks the completions of an entry and shows those of a bug when its line is opened. Everything is set as text.
"use strict";
(() => {
  const words = { s: "solved", e: "the bug unchanged", o: "only visible tests", f: "forbidden, not run", n: "no code", r: "the reference fix" };
  const holder = document.getElementById("completions");

  async function unpack(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }
  const unpacked = unpack(window.completions ?? "");

  const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });

  async function fill(details) {
    if (details.dataset.filled) return;
    details.dataset.filled = "1";
    const link = element("a", "the bug");
    link.href = `bug-${holder.dataset.board}-${details.id.replaceAll("/", "-")}.html`;
    details.append(link);
    let answers;
    try {
      answers = (await unpacked)[details.id] ?? [];
    } catch {
      details.append(element("p", "This browser could not unpack the completions."));
      return;
    }
    for (const [sample, attempt, passed, reward, letters, text] of answers) {
      const n = [...passed].filter((mark) => mark === "1").length;
      const verdict = [`${n} of ${passed.length} tests pass`, `reward ${reward.toFixed(2)}`, ...[...letters].map((letter) => words[letter])];
      details.append(element("h3", `Sample ${sample + 1}, attempt ${attempt}: ${verdict.join(", ")}`));
      const pre = document.createElement("pre");
      pre.tabIndex = 0;
      pre.append(element("code", text || "(nothing)"));
      details.append(pre);
    }
  }

  // the event does not bubble, but it can be caught on its way down
  holder.addEventListener("toggle", (event) => { if (event.target.open) fill(event.target); }, true);

  function follow() {
    const details = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (details?.parentElement !== holder) return;
    details.open = true;
    details.scrollIntoView();
    details.querySelector("summary").focus();
  }
  addEventListener("hashchange", follow);
  follow();
})();
