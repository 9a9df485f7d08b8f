// The widget of beheer and of voices: draws what the kernel tells, sends what a person does, and says "not kept" when no answer comes.
function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "sk desk";
  el.append(root);
  // Keys of the notebook (m, d d) must not fire while somebody types or chooses; Ctrl and Cmd stay the notebook's.
  root.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });

  let state = null;
  let number = 0;
  const open = new Map();
  const send = (content, after) => {
    const id = (number += 1);
    open.set(id, { after, late: setTimeout(() => fail(id), model.patience || 2000) });
    model.send({ ...content, id });
  };
  const fail = (id) => {
    open.delete(id);
    const told = make("p", { class: "notice" }, state ? state.words.not_kept : "Niet bewaard. Not kept.");
    (kept ? kept.problems : root).replaceChildren(told);
  };
  const heard = (message) => {
    // An answer that comes late is an answer: what was called "not kept" is drawn as it is.
    const waiting = open.get(message.id);
    if (message.failed) { if (waiting) { clearTimeout(waiting.late); fail(message.id); } return; }
    if (waiting) clearTimeout(waiting.late);
    open.delete(message.id);
    state = message.state;
    draw();
    if (waiting && waiting.after) waiting.after();
  };
  model.on("msg:custom", heard);

  function make(name, settings = {}, ...inside) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(settings)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...inside.filter((part) => part !== null && part !== undefined && part !== ""));
    return element;
  }
  const choice = (id, options, value, more = {}) => {
    const box = make("select", { id, name: id, ...more }, ...options.map(([code, text]) => make("option", { value: code }, text)));
    box.value = options.some(([code]) => code === value) ? value : options[0][0];
    return box;
  };
  const labelled = (id, text, field, note = "") => make("p", {},
    make("label", { for: id }, text), field, note ? make("span", { id: `${id}-note`, class: "soft small" }, note) : "");

  // What stays while somebody types or goes through a closed list by letters is made once; the rest is drawn anew.
  let kept = null;
  function draw() {
    const focused = root.contains(document.activeElement) ? document.activeElement.id : "";
    const { words } = state;
    if (!kept) {
      kept = { message: make("div", { role: "status", class: "message" }), problems: make("div", { role: "alert", "data-problems": "" }),
        who: make("div"), body: make("div"), results: make("div") };
      root.lang = state.language;
      root.replaceChildren(make("h2", {}, words.heading), make("p", {}, words.intro), kept.message, kept.problems, kept.who, kept.body, ledger());
    }
    // Where a page lets people in, who acts can change; else the fields stay while somebody types.
    const told = state.access ? `${state.access.acts} ${state.access.told}` : "";
    if (kept.told !== told) { kept.told = told; kept.who.replaceChildren(...(state.access ? admitted() : [who()])); }
    kept.message.replaceChildren(state.message);
    kept.problems.replaceChildren(...state.problems.map((text) => make("p", { class: "notice" }, text)));
    kept.body.replaceChildren(...(state.form ? [form()] : [waiting(), acts() ? forms() : ""]));
    kept.results.replaceChildren(...results());
    const again = focused && root.querySelector(`#${CSS.escape(focused)}`);
    if (again && again !== document.activeElement) again.focus();
  }

  function who() {
    const { words } = state;
    const tell = () => send({ do: "role", role: role ? role.value : "", voter: voter.value });
    const role = state.roles && choice("desk-role", [["", words.any_role], ...state.roles], state.role, { onchange: tell });
    const voter = make("input", { id: "desk-voter", autocomplete: "off", onchange: tell, "aria-describedby": "desk-voter-note" });
    voter.value = state.voter;
    return make("div", { class: "fields" }, role ? labelled("desk-role", words.role, role) : "", labelled("desk-voter", words.voter, voter, words.voter_note));
  }

  // On a page: who reads looks at what waits for a role and gives a code; who acts does so as the code says.
  function admitted() {
    const { words, access } = state;
    const leave = make("button", { type: "button", id: "desk-leave", onclick: () => send({ do: "leave" }) }, words.leave);
    const start = () => { const target = root.querySelector("h2"); target.tabIndex = -1; target.focus(); };
    if (access.acts) {
      const stop = make("button", { type: "button", id: "desk-stop", onclick: () => send({ do: "stop" }, start) }, words.stop);
      return [make("p", { id: "desk-acting" }, access.told), make("p", {}, stop, " ", leave)];
    }
    const role = choice("desk-role", [["", words.any_role], ...state.roles], state.role, { onchange: () => send({ do: "role", role: role.value }) });
    const code = make("input", { id: "desk-code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "aria-describedby": "desk-code-note" });
    const use = (event) => {
      event.preventDefault();
      send({ do: "code", code: code.value }, () => { if (state.access.acts) start(); else { code.value = ""; code.focus(); } });
    };
    return [make("div", { class: "fields" }, labelled("desk-role", words.role, role)),
      make("form", { class: "fields", "aria-label": words.code, onsubmit: use }, labelled("desk-code", words.code, code, words.code_note),
        make("p", {}, make("button", { id: "desk-use" }, words.use_code), " ", leave))];
  }
  const acts = () => !state.access || state.access.acts;

  function waiting() {
    const { words } = state;
    const sorts = [...new Set(state.waiting.map((one) => one.sort))];
    const groups = sorts.map((sort, at) => {
      const here = state.waiting.map((one, place) => [one, place]).filter(([one]) => one.sort === sort);
      const rows = here.map(([one, place]) => make("li", {}, `${one.text} `,
        one.form && acts() ? make("button", { type: "button", id: `desk-open-${place}`, "aria-label": `${words.open}: ${one.text}`,
          onclick: () => send({ do: "open", kind: one.form, subject: one.subject }, first) }, words.open) : ""));
      return make("details", { open: at === 0 }, make("summary", { id: `desk-sort-${here[0][0].what}` }, `${sort} (${rows.length})`), make("ul", {}, ...rows));
    });
    return make("section", {}, make("h3", {}, `${words.waiting} (${state.waiting.length})`),
      ...(groups.length ? groups : [make("p", {}, words.nothing_waits)]));
  }
  const first = () => { const field = root.querySelector("form :is(select, input, textarea, button)"); if (field) field.focus(); };

  function forms() {
    const { words } = state;
    const kind = choice("desk-kind", state.forms, state.forms[0][0]);
    return make("section", {}, make("h3", {}, words.forms),
      make("p", {}, make("label", { for: "desk-kind" }, words.choose), kind, " ",
        make("button", { type: "button", id: "desk-fill", onclick: () => send({ do: "open", kind: kind.value }, first) }, words.fill_in)));
  }

  function form() {
    const { words } = state;
    const shown = make("form", { "aria-labelledby": "desk-form-title", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      const answers = {};
      for (const field of state.form.fields) {
        const box = shown.elements[`desk-${field.name}`];
        answers[field.name] = field.sort === "tick" ? box.checked : box.value;
      }
      send({ do: "save", kind: state.form.kind, answers }, () => {
        const target = state.form ? root.querySelector("[data-problems]") : root.querySelector("h2");
        target.tabIndex = -1;
        target.focus();
      });
    } },
      make("h3", { id: "desk-form-title" }, state.form.title),
      ...(state.form.shown || []).map(([name, text]) => make("blockquote", {}, make("strong", {}, name), make("br"), text)),
      ...state.form.fields.map(question),
      make("p", {}, make("button", { id: "desk-save" }, words.save), " ",
        make("button", { type: "button", id: "desk-cancel", onclick: () => send({ do: "cancel" }) }, words.cancel)));
    return shown;
  }

  function question(field) {
    const id = `desk-${field.name}`;
    const value = state.answers[field.name];
    const more = { "aria-required": field.required ? "true" : null, "aria-describedby": field.note ? `${id}-note` : null };
    const label = field.required ? `${field.label} (${state.words.required})` : field.label;
    if (field.sort === "tick") {
      const box = make("input", { type: "checkbox", id, name: id, ...more });
      box.checked = Boolean(value);
      return make("p", {}, box, " ", make("label", { for: id, class: "tick" }, label), field.note ? make("span", { id: `${id}-note`, class: "soft small" }, field.note) : "");
    }
    if (field.sort === "choice") {
      const options = field.required && value ? field.options : [["", "–"], ...field.options];
      return labelled(id, label, choice(id, options, value || "", more), field.note);
    }
    const box = field.sort === "text" ? make("textarea", { id, name: id, rows: 3, ...more })
      : make("input", { id, name: id, type: field.sort === "day" ? "date" : "text", autocomplete: "off", ...more });
    box.value = value || "";
    return labelled(id, label, box, field.note);
  }

  function ledger() {
    const { words, search } = state;
    if (!search) return make("section", {}, make("h3", {}, words.ledger), kept.results);
    const part = choice("desk-part", [["", words.all_parts], ...state.parts], search.part);
    const text = make("input", { id: "desk-words", type: "search", autocomplete: "off" });
    text.value = search.words;
    const look = (event) => { event.preventDefault(); send({ do: "search", words: text.value, part: part.value }); };
    part.addEventListener("change", look);
    return make("section", {}, make("h3", {}, words.ledger),
      make("form", { class: "fields", role: "search", "aria-label": words.ledger, onsubmit: look }, labelled("desk-words", words.words, text),
        labelled("desk-part", words.part, part), make("p", {}, make("button", { id: "desk-look" }, words.show))), kept.results);
  }

  function results() {
    const rows = state.found.map((row) => make("tr", {}, make("th", { scope: "row" }, row.text), make("td", {}, row.part), make("td", {}, row.state), make("td", {}, row.id)));
    return [make("p", { role: "status" }, state.count),
      rows.length ? make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": state.words.ledger }, make("table", {}, make("tbody", {}, ...rows)))
        : make("p", {}, state.words.nothing_found)];
  }

  send({ do: "hello" });
  return () => { model.off("msg:custom", heard); open.forEach((one) => clearTimeout(one.late)); };
}
export default { render };
