// Arrow keys, Page Up and Page Down go from card to card, Home and End to the first and last. The links do the same without this.
(() => {
  "use strict";
  const stops = [...document.querySelectorAll("header[id], section[id]")];
  const steps = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
  const here = () => {
    const middle = innerHeight / 2;
    return Math.max(0, stops.findIndex((stop) => stop.getBoundingClientRect().bottom > middle));
  };
  let aim = null;
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = aim ?? here();
    const to = event.key === "Home" ? 0 : event.key === "End" ? stops.length - 1 : event.key in steps ? at + steps[event.key] : null;
    if (to === null) return;
    event.preventDefault();
    aim = Math.min(stops.length - 1, Math.max(0, to));
    location.hash = stops[aim].id;
    stops[aim].focus({ preventScroll: true });
  });
  // Who scrolls by hand or follows a link goes on from there.
  for (const kind of ["wheel", "touchmove", "click"]) document.addEventListener(kind, () => { aim = null; }, { passive: true });
})();
