// What a reader can do with any page: share it, take its numbers or picture along, show it in a meeting, leave quickly.
(() => {
  "use strict";
  const main = document.querySelector("main");
  const words = document.body.dataset;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = (element) => !element.closest("[hidden], .script .panel:not(.chosen)");
  const bare = (element) => {
    const copy = element.cloneNode(true);
    all(".sr, [aria-hidden], summary, button", copy).forEach((part) => part.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  };
  const box = document.querySelector("[data-said]");
  let later = 0;
  const say = (text) => {
    box.textContent = text;
    clearTimeout(later);
    later = setTimeout(() => { box.textContent = ""; }, 6000);
  };
  const on = (name, action) => all(`[data-tool="${name}"]`).forEach((button) => button.addEventListener("click", action));

  on("share", async () => {
    const address = location.href;
    try {
      if (navigator.share && matchMedia("(pointer: coarse)").matches) { await navigator.share({ title: document.title, url: address }); return; }
      await navigator.clipboard.writeText(address);
      say(words.copied);
    } catch (reason) {
      if (reason.name !== "AbortError") say(address);  // no permission: the address can be copied by hand
    }
  });
  on("print", () => print());

  // The numbers that are shown, one row an entry; made-up data are marked in every row.
  function rows() {
    const found = [];
    const mark = (element) => (element.closest("[data-synthetic]") ? { [words.dataLabel]: words.syntheticLabel } : {});
    for (const table of all("table", main).filter(shown)) {
      const caption = table.querySelector("caption");
      const part = bare(caption || table.closest("section, details").querySelector("h2, h3, summary"));
      const heads = all("thead th", table).map(bare);
      for (const line of all("tbody tr", table)) {
        const row = { [words.partLabel]: part };
        [...line.cells].forEach((cell, place) => { row[heads[place] || place + 1] = bare(cell); });
        found.push({ ...row, ...mark(table) });
      }
    }
    for (const entry of all("[data-entry]", main).filter(shown)) {
      const row = { [words.nameLabel]: bare(entry.querySelector("h2, h3, h4, dt, strong") || entry) };
      all("[data-field]", entry).forEach((field) => { row[field.dataset.field] = bare(field); });
      for (const term of all("dl.facts dt", entry)) row[bare(term)] = bare(term.nextElementSibling);
      found.push({ ...row, ...mark(entry) });
    }
    return found;
  }
  on("csv", () => {
    const found = rows();
    if (!found.length) { say(words.nothing); return; }
    const address = location.href;
    const heads = [...new Set(found.flatMap(Object.keys)), words.addressLabel];
    // A spreadsheet must not take a cell for a formula; as in project/spreadsheets.py.
    const cell = (text) => `"${String(text ?? "").replace(/^(?:['\t\r\n]|[\p{Z}\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])/u, "'$&").replaceAll('"', '""')}"`;
    const mark = document.documentElement.lang === "nl" ? ";" : ",";
    const lines = found.map((row) => heads.map((head) => cell(head === words.addressLabel ? address : row[head])).join(mark));
    save("csv", "text/csv", "\ufeff" + [heads.map(cell).join(mark), ...lines].join("\r\n") + "\r\n");
  });

  // The pictures that are shown, below each other in one file that needs no style sheet.
  const NS = "http://www.w3.org/2000/svg";
  on("svg", () => {
    const charts = all("svg.chart, svg.map-picture", main).filter((chart) => shown(chart) && chart.getBoundingClientRect().height);
    if (!charts.length) { say(words.noPicture); return; }
    const ground = getComputedStyle(document.body);
    const wide = 760;
    const out = document.createElementNS(NS, "svg");
    const back = out.appendChild(document.createElementNS(NS, "rect"));
    let top = 24;
    const write = (text, size, weight = 400) => {
      for (const line of text.match(/.{1,88}(\s|$)/g) || [text]) {
        const element = out.appendChild(document.createElementNS(NS, "text"));
        set(element, { x: 24, y: top += size * 1.35, "font-size": size, "font-weight": weight, "font-family": "sans-serif", fill: ground.color });
        element.textContent = line.trim();
      }
    };
    const made = charts.some((chart) => chart.closest("[data-synthetic]"));
    let before = "";
    for (const chart of charts) {
      const title = all("h2, h3", chart.closest("[data-tile], section") || main).find(shown);
      const heading = title ? bare(title) : "";
      if (heading && heading !== before) { write(heading, 18, 700); before = heading; }
      const part = chart.closest("figure") && chart.closest("figure").querySelector("figcaption, h3");
      if (part && bare(part) !== heading) write(bare(part), 15, 600);
      const copy = chart.cloneNode(true);
      const height = chart.classList.contains("map-picture") ? 560 : chart.getBoundingClientRect().height;
      const live = [chart, ...chart.querySelectorAll("*")];
      [copy, ...copy.querySelectorAll("*")].forEach((element, place) => {
        const look = getComputedStyle(live[place]);
        const kept = ["fill", "stroke", "stroke-width", "font-size", "font-weight", "paint-order", "text-anchor"];
        for (const name of kept) element.setAttribute(name, look.getPropertyValue(name).replaceAll('"', ""));
        element.removeAttribute("class");
      });
      set(copy, { x: 24, y: top + 8, width: wide - 48, height, "font-family": "sans-serif" });
      out.append(copy);
      top += height + 16;
    }
    if (made) write(words.syntheticLabel, 14, 700);
    write(`${document.title}. ${location.href}`, 12);
    set(out, { xmlns: NS, width: wide, height: top + 24, viewBox: `0 0 ${wide} ${top + 24}` });
    set(back, { width: wide, height: top + 24, fill: ground.backgroundColor });
    save("svg", "image/svg+xml", new XMLSerializer().serializeToString(out));
  });
  function set(element, values) { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); }
  function save(kind, type, text) {
    const link = document.createElement("a");
    const choice = location.hash.slice(1).replace(/[^\w-]+/g, "-").slice(0, 60);
    link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    link.download = `${words.site}-${words.page}${choice ? "-" + choice : ""}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(words.saved.replace("{name}", link.download));
  }

  // In a meeting: one part of the page at a time, in big type.
  const bar = document.querySelector("[data-projector]");
  const root = document.documentElement;
  let place = -1;
  const parts = () => all("[data-tile]", main).filter((part) => !part.closest("[hidden]"));
  const clear = () => all(".projected, .has-projected").forEach((part) => part.classList.remove("projected", "has-projected"));
  function project(to) {
    const tiles = parts();
    if (!tiles.length) return;
    place = (to + tiles.length) % tiles.length;
    const tile = tiles[place];
    clear();
    tile.classList.add("projected");
    for (let outer = tile.parentElement; outer !== main; outer = outer.parentElement) outer.classList.add("has-projected");
    if (tile.classList.contains("panel") && !tile.classList.contains("chosen")) location.replace("#" + tile.id);
    bar.querySelector("[data-count]").textContent = `${place + 1} / ${tiles.length}`;
    scrollTo(0, 0);
  }
  function stop() {
    place = -1;
    clear();
    root.classList.remove("projector");
    if (document.fullscreenElement) document.exitFullscreen();
    document.querySelector('[data-tool="projector"]').focus();
  }
  on("projector", () => {
    root.classList.add("projector");
    project(Math.max(0, parts().findIndex((part) => part.classList.contains("chosen"))));
    bar.querySelector("[data-next]").focus();
    if (root.requestFullscreen) root.requestFullscreen().catch(() => {});
  });
  bar.querySelector("[data-next]").addEventListener("click", () => project(place + 1));
  bar.querySelector("[data-back]").addEventListener("click", () => project(place - 1));
  bar.querySelector("[data-stop]").addEventListener("click", stop);
  addEventListener("keydown", (event) => {
    if (place < 0) return;
    if (event.key === "Escape") stop();
    if (event.target.closest("select, input, summary")) return;
    if (["ArrowRight", "PageDown"].includes(event.key)) { event.preventDefault(); project(place + 1); }
    if (["ArrowLeft", "PageUp"].includes(event.key)) { event.preventDefault(); project(place - 1); }
  });

  // Paper cannot be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => { folded = all("details:not([open])").filter(shown); folded.forEach((part) => { part.open = true; }); });
  addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));

  // Leave at once, by the button or by pressing Shift three times; the way back leads past this page.
  const exit = document.querySelector("[data-exit]");
  const leave = () => { document.body.hidden = true; location.replace(exit.href); };
  if (exit) {
    exit.addEventListener("click", (event) => { event.preventDefault(); leave(); });
    let presses = [];
    addEventListener("keyup", (event) => {
      const now = Date.now();
      presses = event.key === "Shift" ? [...presses.filter((time) => now - time < 1500), now] : [];
      if (presses.length === 3) leave();
    });
  }
})();
