// Beheer as a page: asks for the password, and carries what the widget says to the server and back.
const form = document.querySelector("[data-enter]");
const told = form.querySelector("[data-told]");
const password = form.querySelector("input");
const place = document.querySelector("[data-desk]");
const ask = (content) => fetch(form.dataset.address, {
  method: "POST", headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ ...content, language: document.documentElement.lang }),
});
const tell = (text) => told.replaceChildren(...(text ? [Object.assign(document.createElement("p"), { className: "notice", textContent: text })] : []));
let close = null;
const askPassword = (text) => {
  if (close) close();
  close = null;
  place.replaceChildren();
  form.hidden = false;
  tell(text);
  password.value = "";
  if (text) password.focus();
};
const begin = () => {
  form.hidden = true;
  tell("");
  const listeners = [];
  const hear = (message) => listeners.forEach((listener) => listener(message));
  const model = {
    patience: 20000,
    on: (_, listener) => listeners.push(listener),
    off: () => listeners.splice(0),
    send: async (content) => {
      try {
        const answer = await ask(content);
        if (answer.status === 401) askPassword(content.do === "leave" ? "" : form.dataset.ended);
        else if (answer.ok) hear({ id: content.id, state: await answer.json() });
        else hear({ id: content.id, failed: true });
      } catch { hear({ id: content.id, failed: true }); }
    },
  };
  close = render({ model, el: place });
};
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const typed = password.value;
  password.value = "";
  try {
    const answer = await ask({ do: "enter", password: typed });
    if (answer.status === 204) begin();
    else { tell([403, 503].includes(answer.status) ? (await answer.json()).told : form.dataset.failed); password.focus(); }
  } catch { tell(form.dataset.failed); }
});
ask({ do: "here" }).then((answer) => (answer.status === 204 ? begin() : askPassword("")), () => askPassword(form.dataset.failed));
