// The choices of a page. Without this script every panel and every point stands on the page, with links to each.
(() => {
  "use strict";
  document.documentElement.classList.add("whole");
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const status = document.querySelector("[data-status]");
  const say = (text) => { if (status) status.textContent = text; };
  // "{count} {count:claim|claims}": the first form for one, the second for any other number.
  const counted = (text, count) => text.replace(/\{count(?::([^|}]*)\|([^}]*))?\}/g,
    (_, one, many) => one === undefined ? count : count === 1 ? one : many);
  // Who looks for 3982 also finds 3.982.
  const plain = (text) => text.toLowerCase().replace(/(\d)[.,\u00a0\u202f](?=\d{3}(?!\d))/g, "$1");

  // The other language and the QR code open on the same choice. A jump within the page is no choice.
  const twins = all("[data-twin]");
  const address = twins[0].getAttribute("href");
  const code = document.querySelector("[data-qr]");
  const keepChoice = () => {
    if (location.hash === "#main") return;
    twins.forEach((twin) => { twin.href = address + location.hash; });
    code.href = `qr#${document.body.dataset.page}${location.hash}`;
  };
  addEventListener("hashchange", keepChoice);
  keepChoice();

  // A prepared text that a reader can send on, by whatever way.
  all("[data-copy]").forEach((button) => button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("[data-text]");
    try { await navigator.clipboard.writeText(text.textContent.trim()); button.textContent = button.dataset.copy; }
    catch { getSelection().selectAllChildren(text); }  // no permission: selected, to be copied by hand
  }));

  // What stood on this page before stands on another now.
  const moved = all("[data-moved]").find((link) => location.hash.startsWith(`#${link.dataset.moved}`));
  if (moved) location.replace(moved.pathname + location.hash);

  all("[data-scroll]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    const target = document.querySelector(link.hash);
    target.scrollIntoView();
    (target.querySelector("iframe") || target).focus();
  }));

  // A drawn map stands on the page at once; the one that can be moved comes when the page has been painted.
  const frame = document.querySelector(".map-box iframe");
  const waiting = [];
  const tellMap = (message) => {
    if (!frame) return;
    if (frame.parentElement.classList.contains("ready")) frame.contentWindow.postMessage(message, location.origin);
    else if (message.stagekansen === "open") waiting.push(message);
  };
  if (frame) {
    const load = () => { if (!frame.src) frame.src = frame.dataset.src; };
    // Streets come from another server, so only when they are asked for.
    const streets = document.querySelector("[data-streets]");
    if (streets) {
      const [ask, without] = [streets.textContent, frame.dataset.src];
      streets.addEventListener("click", () => {
        const on = streets.textContent === ask;
        streets.textContent = on ? streets.dataset.back : ask;
        frame.parentElement.classList.remove("ready");
        frame.src = on ? streets.dataset.streets : without;
      });
    }
    const calm = () => (window.requestIdleCallback || setTimeout)(load);
    if (document.readyState === "complete") calm(); else addEventListener("load", calm);
    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || (event.data || {}).stagekansen !== "ready") return;
      frame.parentElement.classList.add("ready");
      // After the listeners below have told the map what to show.
      setTimeout(() => waiting.splice(0).forEach(tellMap));
    });
  }

  explorer(document.querySelector("[data-explorer]"));
  reportingPoints(document.querySelector("[data-reporting]"));
  figures(document.querySelector("[data-figures]"));
  all("[data-filter]").forEach(filter);

  // Lists that are narrowed by choices and by words: an entry is shown when it has every chosen value and every word.
  function filter(form) {
    const entries = all(form.dataset.filter).map((element) => [element, plain(element.textContent)]);
    const folds = [...new Set(entries.map(([element]) => element.closest("details")).filter(Boolean))];
    const fields = [...form.elements];
    const show = (write) => {
      const values = fields.map((field) => [field.name, field.value.trim()]).filter(([, value]) => value);
      let count = 0;
      for (const [element, text] of entries) {
        element.hidden = !values.every(([name, value]) => name === "words"
          ? plain(value).split(/\s+/).every((word) => text.includes(word))
          : (element.dataset[name] || "").split(" ").includes(value));
        if (!element.hidden) count += 1;
      }
      // What was found must not lie folded away, and a fold with nothing in it is not offered.
      for (const fold of folds) {
        const found = entries.some(([element]) => !element.hidden && fold.contains(element));
        fold.hidden = !found;
        if (found && values.length) fold.open = true;
      }
      if (form.dataset.count) say(counted(form.dataset.count, count));
      if (write) {
        const query = new URLSearchParams(values).toString();
        history.replaceState(null, "", query ? "#" + query : location.pathname);
        keepChoice();
      }
    };
    const fromAddress = () => {
      const query = new URLSearchParams(location.hash.slice(1));
      if (!fields.some((field) => query.has(field.name))) return;
      fields.forEach((field) => { field.value = query.get(field.name) || ""; });
      show(false);
    };
    form.addEventListener("input", () => show(true));
    form.addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", fromAddress);
    fromAddress();
  }

  function figures(form) {
    if (!form) return;
    const panels = all(".panel");
    const profiles = all("[data-profile]");
    const { figure, place } = form.elements;
    const picture = document.querySelector(".map-picture");
    const paint = () => {
      tellMap({ stagekansen: "paint", name: figure.value, place: place.value });
      const panel = panels.find((one) => one.id === figure.value);
      all("[data-code]", picture).forEach((shape) => {
        const row = panel.querySelector(`tr[data-code="${shape.dataset.code}"]`);
        const { step, radius } = row.dataset;
        // The drawing is 340 units high, and a saved picture shows it 560 pixels high; as in pictures/maps.py.
        if (shape.tagName === "circle") shape.setAttribute("r", ((radius || 0) * 340 / 560).toFixed(1));
        else if (shape.tagName === "text") shape.textContent = step || radius ? row.cells[1].textContent : "?";
        else {
          const look = step ? `land class-${step}` : radius ? "land" : "land unknown";
          shape.setAttribute("class", look + (shape.dataset.code === place.value ? " picked" : ""));
        }
      });
    };
    const show = (write) => {
      panels.forEach((panel) => panel.classList.toggle("chosen", panel.id === figure.value));
      all("tr[data-code]").forEach((row) => { row.hidden = Boolean(place.value) && row.dataset.code !== place.value; });
      profiles.forEach((profile) => { profile.open = place.value === profile.dataset.profile; profile.hidden = !profile.open; });
      document.querySelector("[data-no-profile]").hidden = Boolean(place.value);
      paint();
      if (write) {
        history.replaceState(null, "", `#${figure.value}${place.value ? "&place=" + place.value : ""}`);
        keepChoice();
        say([figure, place].map((field) => field.selectedOptions[0].text).join(", "));
      }
    };
    const fromAddress = () => {
      const [name, query] = location.hash.slice(1).split("&", 2);
      const asked = panels.find((panel) => panel.id === name);
      const wanted = new URLSearchParams(query || "").get("place");
      figure.value = (asked || panels[0]).id;
      place.value = [...place.options].some((option) => option.value === wanted) ? wanted : "";
      show(false);
    };
    form.addEventListener("change", () => show(true));
    addEventListener("hashchange", fromAddress);
    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow) return;
      const message = event.data || {};
      if (message.stagekansen === "place") {
        place.value = place.value === message.code ? "" : message.code;
        show(true);
      } else paint();
    });
    fromAddress();
  }

  function explorer(form) {
    if (!form) return;
    const panels = all(".panel");
    const { release, outcome, group } = form.elements;
    const options = (field, names) => field.replaceChildren(...[...new Set(names)].map((name) => new Option(name)));
    const choose = (panel, write) => {
      panels.forEach((other) => other.classList.toggle("chosen", other === panel));
      all("[data-of]").forEach((part) => { part.hidden = part.dataset.of !== panel.dataset.release; });
      const own = panels.filter((other) => other.dataset.release === panel.dataset.release);
      release.value = panel.dataset.release;
      options(outcome, own.map((other) => other.dataset.outcome));
      outcome.value = panel.dataset.outcome;
      options(group, own.filter((other) => other.dataset.outcome === outcome.value).map((other) => other.dataset.group));
      group.value = panel.dataset.group;
      if (write) { history.replaceState(null, "", "#" + panel.id); keepChoice(); say(`${panel.dataset.outcome}: ${panel.dataset.group}`); }
    };
    // The nearest panel to what was chosen: another release may lack an outcome, another outcome a group.
    const fromForm = () => {
      const own = panels.filter((panel) => panel.dataset.release === release.value);
      const same = own.filter((panel) => panel.dataset.outcome === outcome.value);
      choose(same.find((panel) => panel.dataset.group === group.value) || same[0] || own[0], true);
    };
    const fromAddress = () => {
      const apart = document.getElementById(location.hash.slice(1))?.closest("[data-of]");
      if (apart) apart.open = true;
      choose(panels.find((panel) => "#" + panel.id === location.hash)
        || panels.find((panel) => apart && panel.dataset.release === apart.dataset.of) || panels[0], false);
    };
    form.addEventListener("change", fromForm);
    addEventListener("hashchange", fromAddress);
    fromAddress();
  }

  function reportingPoints(form) {
    if (!form) return;
    // A card fits by itself, or by one of the municipalities on it.
    const cards = all(".point").map((card) => ({ card, home: card.parentElement, members: card.matches("[data-kind]") ? [card] : all("[data-kind]", card) }));
    const folds = all("details.fold");
    const apart = document.querySelector("[data-apart]");
    const names = ["school", "place", "ground", "anonymous"];
    const nearness = ["school", "first_line", "municipality", "region", "sector", "national", "special"];
    const has = (words, word) => words.split(" ").includes(word);
    const chosen = () => Object.fromEntries(names.map((name) => {
      const field = form.elements[name];
      return [name, field.type === "checkbox" ? (field.checked ? "yes" : "") : field.value];
    }));
    // The words of students name their nearest ground, the words of the law are one.
    const groundOf = (value) => {
      const name = value && form.elements.ground.selectedOptions[0].dataset.ground;
      return name ? form.elements.ground.querySelector(`option[value="${name}"]`) : null;
    };
    const levelOf = (school) => form.elements.school.querySelector(`option[value="${school}"]`).dataset.level || "";
    // The same rule as registers/routing.py; a test asks both the same questions.
    const fits = ({ dataset: point }, choice) => "fallback" in point || ("student" in point
      && (!point.schools || has(point.schools, choice.school))
      && (!choice.school || has(point.levels, levelOf(choice.school)))
      && (has(point.places, "all") || has(point.places, choice.place))
      && (has(point.grounds, "all") || has(point.grounds, choice.ground && groundOf(choice.ground)?.value))
      && !(choice.anonymous && point.anonymous === "no"));
    const rank = ({ dataset: point }, choice) =>
      nearness.indexOf(point.kind) + (choice.anonymous && point.anonymous === "unknown" ? nearness.length : 0);

    // Why this point, in the words of registers/routing.py; a test compares the two.
    const explain = (card, member, choice) => {
      const { reason, kind, anonymous } = member.dataset;
      const place = form.elements.place.selectedOptions[0];
      const parts = [reason.replace("{place}", choice.place ? place.text : "")];
      const ground = groundOf(choice.ground);
      if (ground && "statutory" in ground.dataset && ["municipality", "region", "sector", "national"].includes(kind)) {
        parts.push(form.dataset.ground.replace("{ground}", ground.text));
      }
      if (choice.anonymous && ["yes", "registration_only"].includes(anonymous)) parts.push(form.dataset[`anonymous_${anonymous}`]);
      card.querySelector("[data-why] span").textContent = parts.join(" ");
    };

    const show = (write) => {
      const choice = chosen();
      const asked = names.some((name) => choice[name]);
      const shown = [], places = [];
      for (const { card, home, members } of cards) {
        const fitting = members.filter((member) => !asked || fits(member, choice)).sort((one, other) => rank(one, choice) - rank(other, choice));
        card.hidden = !fitting.length;
        // What is not known to be anonymous stands apart, by itself, for who asks for that.
        const doubtful = fitting.length && choice.anonymous && rank(fitting[0], choice) >= nearness.length;
        places.push([card, doubtful ? apart : home]);
        if (card.hidden) continue;
        shown.push(card.id);
        if (asked) explain(card, fitting[0], choice);
      }
      // Moving an entry makes the browser lay it out again, so only when one belongs elsewhere.
      if (places.some(([card, list]) => card.parentElement !== list)) places.forEach(([card, list]) => list.append(card));
      all("[data-place]").forEach((row) => row.classList.toggle("picked", row.dataset.place === choice.place));
      folds.forEach((fold) => {
        const count = all(".point:not([hidden])", fold).length;
        fold.hidden = !count;
        fold.querySelector("[data-many]").textContent = count;
      });
      all("[data-answer]").forEach((element) => { element.hidden = !asked; });
      say(counted(form.dataset.count, shown.length));
      all(".map-picture [data-point]").forEach((dot) => { dot.toggleAttribute("hidden", !shown.includes(dot.dataset.point)); });
      tellMap({ stagekansen: "show", ids: shown, place: choice.place });
      if (write) {
        const query = new URLSearchParams(Object.entries(choice).filter(([, value]) => value)).toString();
        history.replaceState(null, "", query ? "#" + query : location.pathname);
        keepChoice();
      }
    };
    const open = (id) => {
      const fold = document.getElementById(id)?.closest("details.fold");
      if (fold) fold.open = true;
    };
    const chooseOnMap = (code) => {
      const { place } = form.elements;
      place.value = place.value === code ? "" : code;
      show(true);
    };
    all(".map-picture a").forEach((link) => link.addEventListener("click", (event) => {
      event.preventDefault();
      chooseOnMap(link.querySelector("[data-code]").dataset.code);
    }));
    const fromAddress = () => {
      const query = new URLSearchParams(location.hash.slice(1));
      if (document.getElementById(location.hash.slice(1))) { open(location.hash.slice(1)); show(false); return; }
      names.forEach((name) => {
        const field = form.elements[name];
        if (field.type === "checkbox") field.checked = query.get(name) === "yes";
        else field.value = [...field.options].some((option) => option.value === query.get(name)) ? query.get(name) : "";
      });
      show(false);
    };
    form.addEventListener("change", () => show(true));
    form.addEventListener("reset", () => setTimeout(() => show(true)));
    addEventListener("hashchange", fromAddress);
    all("[data-on-map]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        tellMap({ stagekansen: "open", id: button.closest(".point").id });
        frame.parentElement.scrollIntoView({ block: "nearest" });
        frame.focus();
      });
    });
    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow) return;
      const message = event.data || {};
      if (message.stagekansen === "ready") show(false);
      if (message.stagekansen === "place") chooseOnMap(message.code);
      if (message.stagekansen === "chosen") {
        const point = document.getElementById(message.id);
        if (!point) return;
        open(message.id);
        cards.forEach(({ card }) => card.classList.toggle("picked", card === point));
        point.scrollIntoView({ block: "center" });
        point.querySelector("h3").focus();
      }
    });
    fromAddress();
  }
})();
