// The intake desk: shows what the desk in Python says, and sends what a person does. Keeps no answer: the state comes by
// message after "hello", and every action waits for its acknowledgement.
const PIECE = 256 * 1024;
const PATIENCE = 2000; // milliseconds without acknowledgement, after which nothing may look saved

export default { render };

function render({ model, el }) {
  const root = make("div", { class: "desk", lang: model.get("language") });
  const live = make("p", { class: "desk-live", "aria-live": "polite", role: "status" });
  const lost = make("div", { class: "desk-lost", role: "alert", hidden: true });
  const body = make("div", { class: "desk-body" });
  root.append(live, lost, body);
  el.append(root);
  // JupyterLab's own shortcuts would reach a focused select: m makes the cell Markdown, d d deletes it.
  root.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });

  let state = null;
  let number = 0;
  const waiting = new Map();
  const opened = new Set(); // folded parts that a person unfolded
  const orders = new Map(); // an order that is being made by hand, by key of its point
  const shown = new Map(); // what stands in each card, to draw only what changed

  const run = `${Date.now()}-${Math.random()}`; // several views of one desk hear each other's answers
  function send(message, buffers, patience = PATIENCE) {
    const id = `${run}-${(number += 1)}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => lock(), patience);
      waiting.set(id, (reply) => { clearTimeout(timer); unlock(); resolve(reply); });
      model.send({ id, ...message }, undefined, buffers);
    });
  }

  function lock() {
    if (!lost.hidden) return;
    const words = state ? state.texts : { not_saved: "Niet bewaard / not saved.", reconnect: "Opnieuw / again" };
    lost.replaceChildren(
      make("p", {}, words.not_saved),
      button(words.reconnect, async () => show(await send({ do: "hello" }))),
    );
    lost.hidden = false;
    body.inert = true;
  }

  function unlock() {
    lost.hidden = true;
    body.inert = false;
  }

  const heard = (content) => {
    const answered = waiting.get(content.id);
    if (answered) { waiting.delete(content.id); answered(content); }
  };
  model.on("msg:custom", heard);

  // What stands on the screen already is for a screen reader only.
  function say(text) {
    live.textContent = text;
    live.classList.toggle("quiet", Boolean(state) && (text.endsWith(state.progress) || state.phase === "report"));
  }

  function show(reply, place) {
    if (reply.state) state = reply.state;
    if (!state) return false;
    root.lang = state.language;
    const focus = document.activeElement && root.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    draw();
    if (!reply.ok) complain(place, reply.errors);
    const again = focus && root.querySelector(`[data-key="${CSS.escape(focus)}"]`);
    if (again) again.focus();
    else if (focus) refocus(focus);
    return reply.ok;
  }

  // A control that is gone was confirmed: go on with what comes next on the same card, else with the next open point.
  function refocus(key) {
    const card = key.split("#")[0];
    const near = root.querySelector(`[data-card="${CSS.escape(card)}"] .point:not(.done) :is(button, select, input)`);
    const next = near || root.querySelector(".point:not(.done) :is(button, select, input)");
    (next || root.querySelector(".desk-read button") || root.querySelector("button")).focus();
  }

  function complain(place, errors) {
    const box = (place && root.querySelector(`[data-errors="${CSS.escape(place)}"]`)) || root.querySelector("[data-errors]");
    if (box) box.replaceChildren(...errors.map((line) => make("p", { class: "wrong" }, line)));
    say(errors.join(" "));
  }

  async function act(message, place, told) {
    const reply = await send(message);
    if (show(reply, place)) say(`${told || state.texts.saved} ${state.progress}`);
  }

  function draw() {
    if (body.dataset.phase !== `${state.phase}-${state.language}`) {
      body.dataset.phase = `${state.phase}-${state.language}`;
      shown.clear();
      body.replaceChildren(head(), { file: chooser, sheet: sheets, draft: cards, report }[state.phase]());
    }
    body.querySelector(".desk-progress").textContent = state.progress;
    if (state.phase === "draft") update();
    if (state.phase === "report") { found(); showTrial(); }
  }

  function head() {
    const language = select(["nl", "en"].map((one) => ({ value: one, text: one === "nl" ? "Nederlands" : "English" })), state.language, "language");
    language.setAttribute("aria-label", state.texts.language);
    const choose = button(state.texts.use_language, () => act({ do: "language", language: language.value }), "language-go");
    return make("header", {}, [
      make("h2", {}, state.texts.title),
      make("p", { class: "desk-progress" }, state.progress),
      make("p", { class: "desk-language" }, [language, " ", choose]),
      make("div", { "data-errors": "" }),
    ]);
  }

  // ---- a file -------------------------------------------------------------------------------------------------------

  function chooser() {
    const input = make("input", { type: "file", id: unique("file"), "data-key": "#file", accept: ".csv,.tsv,.txt,.xlsx,.xlsm,.sav,.zsav,.dta,.parquet" });
    input.addEventListener("change", () => { if (input.files.length) upload(input.files[0]).finally(() => { input.value = ""; }); });
    const drop = make("section", { class: "desk-drop" }, [
      make("label", { for: input.id }, state.texts.choose_file), input, make("p", {}, state.texts.drop),
    ]);
    drop.addEventListener("dragover", (event) => { event.preventDefault(); });
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) upload(event.dataTransfer.files[0]);
    });
    const parts = [drop];
    if (state.files.length) {
      const files = select(state.files.map((name) => ({ value: name, text: name })), state.files[0], "file");
      parts.push(make("section", {}, [
        labelled(state.texts.from_folder, files), " ",
        button(state.texts.take, async () => {
          const reply = await send({ do: "file", name: files.value }, undefined, 60000);
          if (show(reply, "")) begun();
        }, "file-go"),
      ]));
    }
    return make("div", {}, parts);
  }

  function sheets() {
    const field = select(state.sheets.map((name) => ({ value: name, text: name })), state.sheets[0], "sheet");
    return make("section", { class: "desk-card" }, [
      labelled(state.texts.sheet, field), " ",
      button(state.texts.take, async () => {
        const reply = await send({ do: "sheet", sheet: field.value }, undefined, 60000);
        if (show(reply, "")) root.querySelector(".desk-card h3")?.focus();
      }, "sheet-go"), " ",
      button(state.texts.other_file, () => act({ do: "begin" }, "", state.texts.no_file), "begin"),
    ]);
  }

  async function upload(file) {
    say(`${state.texts.receiving} 0%`);
    let reply = await send({ do: "upload", name: file.name, size: file.size });
    for (let at = 0; reply.ok && at < file.size; at += PIECE) {
      const piece = await file.slice(at, at + PIECE).arrayBuffer();
      reply = await send({ do: "piece" }, [piece], 30000);
      if (reply.ok) say(`${state.texts.receiving} ${Math.round((100 * reply.received) / file.size)}%`);
    }
    if (reply.ok) reply = await send({ do: "end" }, undefined, 60000);
    if (show(reply, "")) { say(state.progress); begun(); }
  }

  function begun() { (root.querySelector(".desk-card h3") || root.querySelector(".desk-card select"))?.focus(); }

  // ---- cards --------------------------------------------------------------------------------------------------------

  function cards() {
    const list = make("div", { class: "desk-cards" }, state.cards.map((card) => make("section", { class: "desk-card", "data-card": card.key })));
    const name = make("input", { type: "text", id: unique("name"), value: state.name, "data-key": "#name" });
    const read = make("section", { class: "desk-read" }, [
      labelled(state.texts.survey_name, name), " ",
      button(state.texts.read_in, async () => {
        if (state.figures) { say(state.progress); return; }
        const reply = await send({ do: "read", name: name.value }, undefined, 120000);
        if (show(reply, "read")) { say(state.progress); root.querySelector(".desk-body h3").focus(); }
      }, "read-go"),
      make("p", { class: "desk-wait" }), make("div", { "data-errors": "read" }),
    ]);
    const other = button(state.texts.other_file, () => act({ do: "begin" }, "", state.texts.no_file), "begin");
    const next = button(state.texts.first_open, () => {
      const open = root.querySelector(".point:not(.done) :is(button, select, input)");
      (open || root.querySelector(".desk-read button")).focus();
    }, "first-open");
    const changes = state.changes.length
      ? [make("details", { class: "desk-changes" }, [make("summary", {}, state.texts.changes), make("ul", {}, state.changes.map((line) => make("li", {}, line)))])]
      : [];
    return make("div", {}, [make("p", {}, [next, " ", other]), ...changes, list, read]);
  }

  function update() {
    for (const card of state.cards) {
      const text = JSON.stringify([card, [...opened].filter((key) => key.startsWith(`${card.key}|`))]);
      if (shown.get(card.key) === text) continue;
      shown.set(card.key, text);
      let place = body.querySelector(`[data-card="${CSS.escape(card.key)}"]`);
      if (!place) {
        place = make("section", { class: "desk-card", "data-card": card.key });
        body.querySelector(".desk-cards").append(place);
      }
      place.replaceChildren(...contents(card));
    }
    const kept = new Set(state.cards.map((card) => card.key));
    for (const place of body.querySelectorAll("[data-card]")) if (!kept.has(place.dataset.card)) place.remove();
    const go = body.querySelector('[data-key="read-go"]');
    go.setAttribute("aria-disabled", String(state.figures > 0));
    body.querySelector(".desk-wait").textContent = state.figures ? state.texts.say_first : "";
  }

  function contents(card) {
    const open = card.points.filter((point) => !point.done && point.proposal && point.form !== "consent");
    const heading = make("h3", { tabindex: "-1", "data-key": `${card.key}#title` }, card.title);
    const parts = [heading];
    if (card.stem) parts.unshift(make("p", { class: "stem" }, card.stem));
    const facts = [card.kind, card.note, ...(card.same.length ? [card.same.join("; ")] : [])].filter(Boolean);
    if (facts.length) parts.push(make("p", { class: "facts" }, facts.join(" · ")));
    if (card.bars.length) parts.push(picture(card));
    for (const point of card.points) parts.push(drawPoint(card, point));
    if (open.length > 1) {
      const all = button(state.texts.all_right, () => act({ do: "confirm_card", key: card.key }, card.key), `${card.key}#all`);
      all.setAttribute("aria-label", `${state.texts.all_right}: ${card.title}`);
      parts.push(make("p", {}, [all]));
    }
    if (card.more.length) parts.push(further(card));
    parts.push(make("div", { "data-errors": card.key }));
    return parts;
  }

  function picture(card) {
    const rows = card.bars.map((bar) => {
      const mark = make("span", { class: bar.missing ? "bar missing" : "bar" });
      mark.style.width = `${bar.width}%`;
      return make("tr", {}, [
        make("th", { scope: "row" }, bar.label),
        make("td", { class: "track", "aria-hidden": "true" }, [mark]),
        make("td", {}, `${bar.n} (${bar.share})`),
      ]);
    });
    return make("table", { class: "picture" }, [make("caption", {}, state.texts.answers), make("tbody", {}, rows)]);
  }

  function drawPoint(card, point) {
    const key = `${card.key}#${point.what}`;
    const send_ = (value) => act({ do: "confirm", variable: point.variable, what: point.what, value }, card.key);
    const legend = make("legend", {}, point.text);
    if (point.done && !opened.has(`${card.key}|${point.what}`)) {
      const again = button(state.texts.adjust, () => {
        act({ do: "reopen", variable: point.variable, what: point.what }, card.key, state.texts.adjust);
      }, `${key}#again`);
      again.setAttribute("aria-label", `${state.texts.adjust}: ${point.text}`);
      return make("fieldset", { class: "point done" }, [legend, make("p", {}, [`${state.texts.confirmed}: ${point.said} `, again])]);
    }
    const form = { choice, order, reasons, labels, consent, concept, words }[point.form](card, point, key, send_);
    return make("fieldset", { class: "point" }, [legend, ...form]);
  }

  function confirmButton(key, point, act_) {
    const go = button(state.texts.confirm, act_, `${key}#go`);
    go.setAttribute("aria-label", `${state.texts.confirm}: ${point.text}`);
    return go;
  }

  function choice(card, point, key, send_) {
    const options = point.value ? point.options : [{ value: "", text: "…" }, ...point.options];
    const field = select(options, point.value, key);
    field.setAttribute("aria-label", point.text);
    return [make("p", {}, [field, " ", confirmButton(key, point, () => { if (field.value) send_(field.value); })])];
  }

  function order(card, point, key, send_) {
    const now = orders.get(key) || point.answers.map((answer) => answer.code);
    const known = new Map(point.answers.map((answer) => [answer.code, answer.label]));
    const codes = now.filter((code) => known.has(code));
    for (const code of known.keys()) if (!codes.includes(code)) codes.push(code);
    const fold = `${card.key}|${point.what}|fold`;
    const yes = confirmButton(key, point, () => { orders.delete(key); send_(codes); });
    const none = button(state.texts.no_order, () => { orders.delete(key); send_("none"); }, `${key}#none`);
    none.setAttribute("aria-label", `${state.texts.no_order}: ${card.title}`);
    const redraw = (focus, told) => {
      shown.delete(card.key);
      update();
      const there = root.querySelector(`[data-key="${CSS.escape(focus)}"]`);
      if (there) there.focus();
      if (told) say(told);
    };
    const turn = button(state.texts.turn, () => { orders.set(key, [...codes].reverse()); redraw(`${key}#turn`, `${known.get(codes[codes.length - 1])} → ${known.get(codes[0])}`); }, `${key}#turn`);
    turn.setAttribute("aria-label", `${state.texts.turn}: ${card.title}`);
    if (point.recognised && !opened.has(fold)) {
      const adjust = button(state.texts.adjust, () => { opened.add(fold); redraw(`${key}#${codes[0]}#down`); }, `${key}#adjust`);
      adjust.setAttribute("aria-label", `${state.texts.adjust}: ${card.title}`);
      const line = codes.map((code) => known.get(code)).join(" → ");
      return [make("p", {}, `${state.texts.recognised} ${line}`), make("p", {}, [yes, " ", turn, " ", adjust, " ", none])];
    }
    yes.textContent = state.texts.this_order;
    yes.setAttribute("aria-label", `${state.texts.this_order}: ${card.title}`);
    const list = make("ol", { class: "order" });
    codes.forEach((code, at) => {
      const move = (by, focus) => {
        if (at + by < 0 || at + by >= codes.length) return;
        const moved = [...codes];
        [moved[at], moved[at + by]] = [moved[at + by], moved[at]];
        orders.set(key, moved);
        redraw(focus, `${known.get(code)}: ${at + by + 1} ${state.texts.of} ${codes.length}`);
      };
      const up = button(`▲ ${state.texts.up}`, () => move(-1, `${key}#${code}#up`), `${key}#${code}#up`);
      const down = button(`▼ ${state.texts.down}`, () => move(1, `${key}#${code}#down`), `${key}#${code}#down`);
      up.setAttribute("aria-label", `${known.get(code)}: ${state.texts.up}`);
      down.setAttribute("aria-label", `${known.get(code)}: ${state.texts.down}`);
      up.setAttribute("aria-disabled", String(at === 0));
      down.setAttribute("aria-disabled", String(at === codes.length - 1));
      list.append(make("li", {}, [make("span", {}, known.get(code)), " ", up, " ", down]));
    });
    rove(list);
    const hint = point.none ? [make("p", { class: "facts" }, state.texts.propose_none)] : [];
    return [...hint, list, make("p", {}, point.none ? [none, " ", yes, " ", turn] : [yes, " ", turn, " ", none])];
  }

  // One stop of the tab key for a whole list; arrows go through it.
  function rove(list) {
    const stops = () => [...list.querySelectorAll("button")];
    stops().forEach((stop, at) => { stop.tabIndex = at === 1 || stops().length === 1 ? 0 : -1; });
    list.addEventListener("focusin", (event) => { stops().forEach((stop) => { stop.tabIndex = stop === event.target ? 0 : -1; }); });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 2, ArrowUp: -2, ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step && stops()[stops().indexOf(document.activeElement) + step];
      if (next) { event.preventDefault(); next.focus(); }
    });
  }

  function reasons(card, point, key, send_) {
    const fields = point.answers.map((answer) => {
      const field = select(point.options, answer.value, `${key}#${answer.code}`);
      return { answer, field, line: make("li", {}, [labelled(answer.label, field)]) };
    });
    return [
      make("ul", { class: "plain" }, fields.map((one) => one.line)),
      make("p", {}, [confirmButton(key, point, () => {
        const chosen = fields.filter((one) => one.field.value).map((one) => [one.answer.code, one.field.value]);
        send_(chosen.length ? Object.fromEntries(chosen) : "none");
      })]),
    ];
  }

  function labels(card, point, key, send_) {
    const fields = point.answers.map((answer) => {
      const field = make("input", { type: "text", id: unique("label"), value: answer.label, "data-key": `${key}#${answer.code}` });
      return { answer, field, line: make("li", {}, [labelled(`${state.texts.code} ${answer.code}`, field)]) };
    });
    fields.forEach((one, at) => one.field.addEventListener("paste", (event) => {
      const lines = (event.clipboardData?.getData("text") || "").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
      if (lines.length < 2) return;
      event.preventDefault();
      lines.slice(0, fields.length - at).forEach((line, more) => { fields[at + more].field.value = line; });
    }));
    return [
      make("ul", { class: "plain" }, fields.map((one) => one.line)),
      make("p", {}, [confirmButton(key, point, () => send_(Object.fromEntries(fields.map((one) => [one.answer.code, one.field.value.trim()]))))]),
    ];
  }

  function consent(card, point, key, send_) {
    const none = [{ value: "", text: "…" }, ...point.questions, { value: "none", text: state.texts.no_consent }];
    const field = select(none, "", key);
    const answers = make("div", { class: "plain" });
    const asked = make("p", { hidden: true, "aria-hidden": "true" }, state.texts.consent_answers);
    field.addEventListener("change", () => {
      asked.hidden = !point.questions.some((one) => one.value === field.value);
      const chosen = point.questions.find((one) => one.value === field.value);
      answers.replaceChildren(...(chosen ? chosen.answers : []).map((answer) => {
        const box = make("input", { type: "checkbox", id: unique("yes"), value: answer.code });
        return make("p", {}, [box, " ", make("label", { for: box.id }, answer.label)]);
      }));
    });
    return [
      make("p", {}, [labelled(state.texts.consent_question, field)]),
      make("div", { role: "group", "aria-label": state.texts.consent_answers }, [asked, answers]),
      make("p", {}, [confirmButton(key, point, () => {
        const chosen = [...answers.querySelectorAll("input:checked")].map((box) => box.value);
        send_(field.value === "none" ? "none" : { [field.value]: chosen });
      })]),
    ];
  }

  function words(card, point, key, send_) {
    const field = make("input", { type: "text", id: unique("words"), value: point.value, "data-key": key, maxlength: "500" });
    field.setAttribute("aria-label", `${point.text} ${card.title}`);
    return [make("p", {}, [field, " ", confirmButton(key, point, () => { if (field.value.trim()) send_(field.value.trim()); })])];
  }

  function concept(card, point, key, send_) {
    const name = select([{ value: "none", text: state.texts.no_concept }, ...point.options], point.value, key);
    const fit = select(point.fits, point.fit, `${key}#fit`);
    return [
      make("p", {}, [labelled(state.texts.concept, name), " ", labelled(state.texts.fit, fit)]),
      make("p", {}, [confirmButton(key, point, () => send_(name.value === "none" ? "none" : `${name.value}: ${fit.value}`))]),
    ];
  }

  // What may be said beside the points; folded, and kept open for whoever opened it.
  function further(card) {
    const fold = make("details", { class: "more", open: opened.has(`${card.key}|more`) }, [make("summary", { "data-key": `${card.key}#more` }, state.texts.more)]);
    fold.addEventListener("toggle", () => { if (fold.open) opened.add(`${card.key}|more`); else opened.delete(`${card.key}|more`); });
    for (const point of card.more) {
      const part = drawPoint(card, point);
      part.className = "further";
      fold.append(part);
    }
    return fold;
  }

  // ---- report -------------------------------------------------------------------------------------------------------

  function report() {
    return make("section", {}, [
      make("h3", { tabindex: "-1" }, state.texts.report),
      make("ul", { class: "desk-report" }, state.report.map((line) => make("li", {}, line))),
      ...(state.look && state.look.outcomes.length && state.look.groups.length ? [look()] : []),
      ...(state.steps.questions.length ? [weighing()] : []), who(), trial(),
      make("p", {}, [button(state.texts.other_file, () => act({ do: "begin" }, "", state.texts.no_file), "begin")]),
    ]);
  }

  // ---- weights, and a trial of the release -----------------------------------------------------------------------------

  function weighing() {
    const { words, questions } = state.steps;
    const numbers = make("div", {});
    const field = select([{ value: "", text: "…" }, ...questions], "", "weigh-question");
    let inputs = [];
    field.addEventListener("change", () => {
      const chosen = questions.find((one) => one.value === field.value);
      inputs = (chosen ? chosen.answers : []).map((answer, at) => ({
        answer, input: make("input", { type: "text", inputmode: "numeric", id: unique("number"), "data-key": `weigh-number-${at}` }),
      }));
      numbers.replaceChildren(...inputs.map((one) => make("p", {}, [labelled(words.weigh_number.replace("{answer}", one.answer), one.input)])));
    });
    const go = button(words.weigh_go, async () => {
      const counts = Object.fromEntries(inputs.map((one) => [one.answer, one.input.value]));
      const reply = await computing(go, { do: "weigh", variable: field.value, counts });
      if (show(reply, "weigh")) { clearErrors("weigh"); said.textContent = state.weighed; say(state.weighed); }
    }, "weigh-go");
    const said = make("p", { class: "desk-weighed" }, state.weighed);
    return make("section", { class: "desk-card" }, [
      make("h3", {}, words.weigh_title), make("p", {}, words.weigh_intro),
      make("p", {}, [labelled(words.weigh_question, field)]), numbers, make("p", {}, [go]),
      make("div", { "data-errors": "weigh" }), said,
    ]);
  }

  function who() {
    const { words, card } = state.steps;
    const fields = card.map((one) => {
      const field = one.options.length
        ? select([{ value: "", text: "…" }, ...one.options], "", `who-${one.name}`)
        : make("input", { type: one.day ? "date" : "text", id: unique("who"), "data-key": `who-${one.name}` });
      return { name: one.name, field, line: make("p", {}, [labelled(one.text, field)]) };
    });
    const said = make("p", { class: "desk-who" }, state.card);
    const go = button(words.card_go, async () => {
      const reply = await send({ do: "who", fields: Object.fromEntries(fields.map((one) => [one.name, one.field.value])) }, undefined, 60000);
      if (show(reply, "who")) { clearErrors("who"); said.textContent = state.card; say(state.card); }
    }, "who-go");
    return make("section", { class: "desk-card" }, [
      make("h3", {}, words.card_title), make("p", {}, words.card_intro), ...fields.map((one) => one.line),
      make("p", {}, [go]), make("div", { "data-errors": "who" }), said,
    ]);
  }

  function trial() {
    const { words } = state.steps;
    const made = make("input", { type: "text", id: unique("made"), "data-key": "trial-made" });
    const checked = make("input", { type: "text", id: unique("checked"), "data-key": "trial-checked" });
    const go = button(words.trial_go, async () => {
      const reply = await computing(go, { do: "trial", made_by: made.value, checked_by: checked.value });
      if (show(reply, "trial")) { clearErrors("trial"); say(state.trial.lines.join(" ")); }
    }, "trial-go");
    return make("section", { class: "desk-card" }, [
      make("h3", {}, words.trial_title), make("p", {}, words.trial_intro),
      make("p", {}, [labelled(words.trial_made_by, made)]), make("p", {}, [labelled(words.trial_checked_by, checked)]),
      make("p", {}, [go]), make("div", { "data-errors": "trial" }), make("div", { class: "desk-trial" }),
    ]);
  }

  function showTrial() {
    const place = body.querySelector(".desk-trial");
    if (!place || shown.get("trial") === state.trial.page) return;
    shown.set("trial", state.trial.page);
    if (!state.trial.page) { place.replaceChildren(); return; }
    place.replaceChildren(
      make("ul", {}, state.trial.lines.map((line) => make("li", {}, line))),
      make("iframe", { title: state.steps.words.trial_page, sandbox: "", srcdoc: state.trial.page, tabindex: "0" }),
    );
  }

  function clearErrors(place) { root.querySelector(`[data-errors="${place}"]`)?.replaceChildren(); }

  // What takes a while says so beside its button, and again when it is done.
  async function computing(go, message) {
    const busy = make("span", { class: "facts" }, ` ${state.texts.busy}`);
    go.after(busy);
    say(state.texts.busy);
    try { return await send(message, undefined, 180000); } finally { busy.remove(); }
  }

  // ---- a first look, for the team only ------------------------------------------------------------------------------

  function look() {
    const { words, outcomes, groups } = state.look;
    const outcome = select(outcomes, state.look.outcome || outcomes[0].value, "look-outcome");
    const group = select(groups, state.look.group || groups[groups.length > 1 ? 1 : 0].value, "look-group");
    const go = button(words.show, async () => {
      const reply = await computing(go, { do: "look", outcome: outcome.value, group: group.value });
      if (show(reply, "look")) say([...state.look.advice, state.look.sentence, state.look.counted].filter(Boolean).join(" "));
    }, "look-go");
    return make("section", { class: "desk-card desk-look" }, [
      make("h3", {}, words.title), make("p", {}, words.intro),
      make("p", {}, [labelled(words.outcome, outcome)]), make("p", {}, [labelled(words.group, group)]),
      make("p", {}, [go]), make("div", { "data-errors": "look" }), make("div", { class: "desk-found" }),
    ]);
  }

  function found() {
    const place = body.querySelector(".desk-found");
    if (!place) return;
    const { words, title, bars, sentence, counted, doubts, advice, publishable, code } = state.look;
    const parts = advice.map((line) => make("p", { class: "facts" }, line));
    if (bars.length) {
      parts.push(
        comparison(title, bars, words), make("p", { class: "desk-sentence" }, sentence), make("p", {}, counted),
        ...(doubts.length ? [make("p", {}, `${words.doubts}:`), make("ul", {}, doubts.map((line) => make("li", {}, line)))] : []),
        make("p", {}, `${words.publish} ${publishable}`),
        make("p", {}, [`${words.code} `, make("code", {}, code)]),
        make("p", {}, [button(words.declare, async () => {
          const reply = await send({ do: "declare" }, undefined, 60000);
          if (show(reply, "look")) say(state.declared);
        }, "declare-go")]),
        make("p", { class: "desk-declared" }, state.declared),
      );
    }
    place.replaceChildren(...parts);
  }

  function comparison(title, bars, words) {
    const rows = bars.map((bar) => {
      const mark = make("span", { class: bar.few ? "bar few" : "bar" });
      mark.style.width = `${bar.width}%`;
      const n = bar.few ? `${bar.n} (${words.few})` : bar.n;
      return make("tr", {}, [
        make("th", { scope: "row" }, bar.label), make("td", { class: "track", "aria-hidden": "true" }, [mark]),
        make("td", {}, bar.said), make("td", {}, bar.margin), make("td", {}, n),
      ]);
    });
    const heads = ["", "", words.share, words.margin, words.answers].map((text, at) =>
      at < 2 ? make("td", at ? { "aria-hidden": "true" } : {}) : make("th", { scope: "col" }, text));
    return make("table", { class: "picture" }, [
      make("caption", {}, [title, make("br"), make("strong", {}, words.team_only)]),
      make("thead", {}, [make("tr", {}, heads)]), make("tbody", {}, rows),
    ]);
  }

  send({ do: "hello" }, undefined, 20000).then((reply) => show(reply));
  return () => { model.off("msg:custom", heard); };
}

// ---- plain elements ---------------------------------------------------------------------------------------------------

let counted = 0;
function unique(name) { return `desk-${name}-${(counted += 1)}`; }

function make(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false) made.setAttribute(key, value);
  }
  made.append(...(Array.isArray(children) ? children : [children]));
  return made;
}

function button(text, act, key = "") {
  const made = make("button", { type: "button", ...(key ? { "data-key": key } : {}) }, text);
  made.addEventListener("click", () => { if (made.getAttribute("aria-disabled") !== "true" || key === "read-go") act(); });
  return made;
}

function select(options, value, key) {
  const made = make("select", { id: unique("select"), "data-key": key }, options.map((one) => make("option", { value: one.value }, one.text)));
  made.value = value;
  return made;
}

function labelled(text, field) {
  return make("label", { for: field.id }, [make("span", {}, text), " ", field]);
}
