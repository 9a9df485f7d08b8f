// Tiles of the notebooks in JupyterLab's launcher, and a PDF of the notebook that is open. Written into a prebuilt
// extension by desk/lab_settings.py, which fills in the texts; asks JupyterLab for its own modules and loads nothing else.
(() => {
  const SETTINGS = {}; // filled in
  let shared = {};
  const load = async (name) => {
    const versions = Object.values(shared[name] ?? {});
    if (!versions.length) throw new Error(`JupyterLab has no ${name}`);
    return (await versions[0].get())();
  };

  const plugin = async () => {
    const [{ ILauncher }, { INotebookTracker }, { IMainMenu }, { ICommandPalette }, { PageConfig }, ui] = await Promise.all(
      ["launcher", "notebook", "mainmenu", "apputils", "coreutils", "ui-components"].map((name) => load(`@jupyterlab/${name}`)),
    );
    return {
      id: "stagekansen:tiles",
      autoStart: true,
      optional: [ILauncher, INotebookTracker, IMainMenu, ICommandPalette],
      activate: (app, launcher, tracker, menu, palette) => {
        SETTINGS.tiles.forEach(({ path, title }, rank) => {
          const command = `stagekansen:open-${rank}`;
          app.commands.addCommand(command, {
            label: title,
            caption: title,
            icon: ui.notebookIcon,
            execute: () => app.commands.execute("docmanager:open", { path }),
          });
          launcher?.add({ command, category: SETTINGS.category, rank });
        });
        app.commands.addCommand("stagekansen:pdf", {
          label: SETTINGS.pdf,
          isEnabled: () => Boolean(tracker?.currentWidget),
          execute: async () => {
            const { context } = tracker.currentWidget;
            const page = window.open("about:blank");
            await context.save();
            const address = `${PageConfig.getBaseUrl()}stagekansen/pdf?path=${encodeURIComponent(context.path)}`;
            if (page) page.location = address;
          },
        });
        menu?.fileMenu.addGroup([{ command: "stagekansen:pdf" }], 30);
        palette?.addItem({ command: "stagekansen:pdf", category: SETTINGS.category });
      },
    };
  };

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB.stagekansen = {
    init: (scope) => { shared = scope; },
    get: async () => {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
