// What a reader can do with any page: share it, take its numbers or picture along, show it in a meeting, leave quickly.
(() => {
  "use strict";
  const main = document.querySelector("main");
  const words = document.body.dataset;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = (element) => !element.closest("[hidden], .script .panel:not(.chosen), .who:not([open])");
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

  // The numbers that are shown: a table for each form they have, one row an entry. Made-up data are marked in every row.
  const dutch = document.documentElement.lang === "nl";
  const [mark, point] = dutch ? [";", ","] : [",", "."];
  const asNumber = (cell) => {
    if (cell.dataset?.value) return Number(cell.dataset.value);
    const text = bare(cell).replace("\u2212", "-").replace(/\s?%$/, "");
    const plain = dutch ? /^-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$/ : /^-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$/;
    return plain.test(text) ? Number(dutch ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", "")) : null;
  };
  // A column of figures holds numbers only; what stands there in their place goes into a column of its own.
  function columnsOf(head, cells) {
    const texts = cells.map((cell) => (cell ? bare(cell) : ""));
    const numbers = cells.map((cell) => (cell && cell.matches(".number") ? asNumber(cell) : null));
    const known = numbers.filter((one) => one !== null).length;
    if (!known) return [[head, texts]];
    const percent = texts.every((text, place) => numbers[place] === null || text.endsWith("%"));
    const rest = texts.map((text, place) => (numbers[place] === null ? text : ""));
    const shownAs = rest.some(Boolean) ? [[`${head}, ${words.textLabel}`, rest]] : [];
    return [[percent ? `${head} (%)` : head, numbers], ...shownAs];
  }
  function tablesShown() {
    const groups = new Map();
    const add = (name, heads, row, element) => {
      const key = heads.join("\t");
      if (!groups.has(key)) groups.set(key, { names: new Set(), heads, rows: [], made: false });
      const group = groups.get(key);
      group.names.add(name);
      group.rows.push(row);
      group.made = group.made || Boolean(element.closest("[data-synthetic]"));
    };
    for (const table of all("table", main).filter(shown)) {
      const caption = table.querySelector("caption");
      const part = bare(caption || table.closest("section, details").querySelector("h2, h3, summary"));
      const heads = all("thead th", table).map(bare);
      for (const line of all("tbody tr", table).filter(shown)) {
        const named = Object.assign(document.createElement("td"), { textContent: part });
        add(part, [words.partLabel, ...heads], [named, ...line.cells], table);
      }
    }
    // Entries differ in what is known of them; together they are one table.
    const entries = all("[data-entry]", main).filter(shown).map((entry) => ({ entry, row: {
      [words.nameLabel]: entry.querySelector("h2, h3, h4, dt, strong") || entry,
      ...Object.fromEntries(all("[data-field]", entry).map((field) => [field.dataset.field, field])),
      ...Object.fromEntries(all("dl.facts dt", entry).map((term) => [bare(term), term.nextElementSibling])),
    } }));
    const heads = [...new Set(entries.flatMap(({ row }) => Object.keys(row)))];
    entries.forEach(({ entry, row }) => add(document.title.split(" | ")[0], heads, heads.map((head) => row[head]), entry));
    return [...groups.values()];
  }
  // A spreadsheet must not take a cell for a formula; as in project/spreadsheets.py. A number stands there as one.
  const cell = (value) => (typeof value === "number" ? String(value).replace(".", point)
    : `"${String(value ?? "").replace(/^(?:['\t\r\n]|[\p{Z}\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])/u, "'$&").replaceAll('"', '""')}"`);
  function saveTable({ heads, rows, made, names }, part) {
    const columns = heads.flatMap((head, place) => columnsOf(head || words.nameLabel, rows.map((row) => row[place])));
    const address = location.href;
    if (made) columns.push([words.dataLabel, rows.map(() => words.syntheticLabel)]);
    columns.push([words.addressLabel, rows.map(() => address)]);
    const lines = rows.map((_, place) => columns.map(([, values]) => cell(values[place])).join(mark));
    const text = "\ufeff" + [columns.map(([head]) => cell(head)).join(mark), ...lines].join("\r\n") + "\r\n";
    save("csv", "text/csv", text, part ? [...names][0] : "");
  }
  // One tidy table a file: where there are several, a reader says which.
  const picks = document.querySelector("[data-picks]");
  on("csv", () => {
    const tables = tablesShown();
    picks.hidden = true;
    if (!tables.length) say(words.nothing);
    else if (tables.length === 1) saveTable(tables[0], false);
    else {
      const list = picks.querySelector("ul");
      list.replaceChildren(...tables.map((table) => {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        const [first, ...others] = table.names;
        button.textContent = others.length ? `${first} (+ ${others.length})` : first;
        button.addEventListener("click", () => { saveTable(table, true); picks.hidden = true; });
        const item = document.createElement("li");
        item.append(button);
        return item;
      }));
      picks.hidden = false;
      list.querySelector("button").focus();
    }
  });

  // The pictures that are shown, below each other in one file that needs no style sheet.
  const NS = "http://www.w3.org/2000/svg";
  on("svg", () => {
    const charts = all("svg.chart, svg.map-picture", main).filter((chart) => shown(chart) && chart.checkVisibility());
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
    const styled = (element) => {
      const copy = element.cloneNode(true);
      const live = [element, ...element.querySelectorAll("*")];
      [copy, ...copy.querySelectorAll("*")].forEach((part, place) => {
        const look = getComputedStyle(live[place]);
        const kept = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "paint-order", "text-anchor", "vector-effect"];
        for (const name of kept) part.setAttribute(name, look.getPropertyValue(name).replaceAll('"', ""));
        part.removeAttribute("class");
      });
      return copy;
    };
    // What belongs to a picture stands in the nearest part of the page that holds it.
    const near = (chart, selector) => {
      for (let part = chart.parentElement; part && part !== main.parentElement; part = part.parentElement) {
        const found = all(selector, part).filter((one) => shown(one) && (!one.closest("figure") || one.closest("figure").contains(chart)));
        if (found.length) return found;
      }
      return [];
    };
    const drawLegend = (legend) => {
      let left = 24;
      for (const item of all("li", legend)) {
        const swatch = item.querySelector("svg");
        const text = bare(item);
        const [across, high] = swatch ? [swatch.getBoundingClientRect().width || 14, swatch.getBoundingClientRect().height || 14] : [0, 14];
        const width = across + 8 + text.length * 7.5 + 20;
        if (left > 24 && left + width > wide - 24) { left = 24; top += 26; }
        if (swatch) {
          const copy = styled(swatch);
          set(copy, { x: left, y: top + 14 - high / 2, width: across, height: high });
          out.append(copy);
        }
        const label = out.appendChild(document.createElementNS(NS, "text"));
        set(label, { x: left + across + 8, y: top + 19, "font-size": 14, "font-family": "sans-serif", fill: ground.color });
        label.textContent = text;
        left += width;
      }
      top += Math.max(28, ...all("svg", legend).map((swatch) => swatch.getBoundingClientRect().height / 2 + 18));
    };
    let before = "";
    const legends = new Set(), sources = new Set();
    for (const chart of charts) {
      const title = all("h2, h3", chart.closest("[data-tile], section") || main).find(shown);
      const heading = title ? bare(title) : "";
      if (heading && heading !== before) { write(heading, 18, 700); before = heading; }
      const part = chart.closest("figure") && chart.closest("figure").querySelector("figcaption, h3");
      if (part && bare(part) !== heading) write(bare(part), 15, 600);
      for (const legend of near(chart, ".legend").filter((one) => !legends.has(one))) { legends.add(legend); drawLegend(legend); }
      for (const kind of [".origin", ".map-credit"]) near(chart, kind).forEach((source) => sources.add(bare(source)));
      const copy = styled(chart);
      const height = chart.classList.contains("map-picture") ? 560 : chart.getBoundingClientRect().height;
      set(copy, { x: 24, y: top + 8, width: wide - 48, height, "font-family": "sans-serif" });
      out.append(copy);
      top += height + 16;
    }
    if (made) write(words.syntheticLabel, 14, 700);
    sources.forEach((source) => write(source, 12));
    write(`${document.title}. ${location.href}`, 12);
    set(out, { xmlns: NS, width: wide, height: top + 24, viewBox: `0 0 ${wide} ${top + 24}` });
    set(back, { width: wide, height: top + 24, fill: ground.backgroundColor });
    save("svg", "image/svg+xml", new XMLSerializer().serializeToString(out));
  });
  function set(element, values) { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); }
  function save(kind, type, text, part = "") {
    const link = document.createElement("a");
    const choice = (part || location.hash.slice(1)).replace(/[^\w-]+/g, "-").slice(0, 60);
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
