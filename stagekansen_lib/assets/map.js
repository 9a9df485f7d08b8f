// Paints the polygons, the points and the figures, and talks with the page around the map. No outside request, no picture file.
function stagekansenMap(map, cluster, layers, points, figures, words, streets) {
  "use strict";
  L.MarkerCluster.mergeOptions({ keyboard: true });
  map.createPane("names").style.zIndex = 620;
  map.getPane("names").style.pointerEvents = "none";

  if (streets) {
    map.getContainer().classList.add("tiled");
    L.tileLayer(streets, { maxZoom: 16, referrerPolicy: "no-referrer" }).addTo(map);
  }

  // A municipality can be chosen on the map; with the keyboard that goes by the choices beside the map.
  const choosable = window.parent !== window;
  const places = {};
  const names = {};
  const circles = {};
  for (const [name, data] of Object.entries(layers)) {
    const layer = L.geoJSON(data, {
      className: name, interactive: choosable && name === "municipalities",
      onEachFeature: (feature, shape) => {
        if (name !== "municipalities") return;
        places[feature.properties.code] = shape;
        shape.on("click", () => tell({ stagekansen: "place", code: feature.properties.code }));
      },
    }).addTo(map);
    if (name === "municipalities") {
      map.region = layer.getBounds();
      for (const { properties } of data.features) {
        const icon = L.divIcon({ className: "place-name", html: `<span>${lines(properties.name)}</span>`, iconSize: [0, 0] });
        names[properties.code] = L.marker([properties.label_lat, properties.label_lon],
          { icon, pane: "names", interactive: false, keyboard: false }).addTo(map);
        // A count is a circle, in the pane of the polygons and over them; without a count it has no size.
        circles[properties.code] = L.circleMarker([properties.label_lat, properties.label_lon],
          { className: "amount none", radius: 0, interactive: false }).addTo(map);
      }
    }
  }
  hatch();
  // On a phone the buttons and the credit take the bottom of the map; no municipality may lie under them.
  const whole = () => map.fitBounds(map.region,
    { paddingTopLeft: [8, 8], paddingBottomRight: [8, map.getSize().y < 420 ? 44 : 8], animate: false });
  whole();
  map.setMaxBounds(map.region.pad(0.6));
  // A frame that was hidden or has just been resized has drawn for the wrong size.
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());

  cluster.options.iconCreateFunction = (group) => {
    const count = group.getChildCount();
    const name = words.cluster.replace("{count}", count);
    return L.divIcon({ className: "cluster", iconSize: [42, 42],
      html: `<span aria-hidden="true">${count}</span><span class="sr">${text(name)}</span>` });
  };
  cluster.on("clusterkeypress", (event) => {
    if (event.originalEvent.key === "Enter") event.layer.zoomToBounds({ padding: [30, 30] });
  });

  const markers = {};
  for (const point of points) {
    const icon = L.divIcon({ className: point.rough ? "pin rough" : "pin", iconSize: [30, 30],
      html: `<span class="sr">${text(point.name)}</span>` });
    const marker = L.marker([point.lat, point.lon], { icon, keyboard: true });
    const box = document.createElement("div");
    box.innerHTML = `<h2>${text(point.name)}</h2><p>${text(point.text)}</p>` +
      (point.rough ? `<p>${text(words.rough)}</p>` : "");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.in_list;
    button.addEventListener("click", () => tell({ stagekansen: "chosen", id: point.id }));
    if (window.parent !== window) box.append(button);
    marker.bindPopup(box, { closeButton: true, autoPanPaddingTopLeft: [16, 16], autoPanPaddingBottomRight: [16, 72], maxWidth: Math.min(300, map.getSize().x - 80) });
    marker.on("popupopen", (event) => {
      const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      close.removeAttribute("aria-label");
      if (!close.querySelector(".sr")) close.insertAdjacentHTML("beforeend", `<span class="sr">${text(words.close)}</span>`);
      (box.querySelector("button") || close).focus({ preventScroll: true });
    });
    marker.on("popupclose", () => { const element = marker.getElement(); if (element) element.focus({ preventScroll: true }); });
    markers[point.id] = marker;
  }
  show(Object.keys(markers));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });

  const tools = L.control({ position: "bottomleft" });
  tools.onAdd = () => {
    const bar = L.DomUtil.create("div", "tools");
    const actions = [["+", words.zoom_in, () => map.zoomIn()], ["−", words.zoom_out, () => map.zoomOut()], ["⌂", words.reset, whole]];
    for (const [sign, name, action] of actions) {
      const button = L.DomUtil.create("button", "", bar);
      button.type = "button";
      button.innerHTML = `<span aria-hidden="true">${sign}</span><span class="sr">${text(name)}</span>`;
      button.addEventListener("click", action);
    }
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };
  tools.addTo(map);
  const credit = L.control({ position: "bottomright" });
  credit.onAdd = () => { const box = L.DomUtil.create("div", "credit"); box.textContent = words.credit; return box; };
  credit.addTo(map);

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || window.parent === window) return;
    const message = event.data || {};
    if (message.stagekansen === "show") { show(message.ids); pick(message.place); }
    if (message.stagekansen === "paint") { paint(message.name); pick(message.place); }
    if (message.stagekansen === "open" && markers[message.id]) {
      cluster.zoomToShowLayer(markers[message.id], () => markers[message.id].openPopup());
    }
  });
  if (Object.keys(figures).length) paint(Object.keys(figures)[0]);
  map.on("zoomend moveend resize", spread);
  spread();
  tell({ stagekansen: "ready" });

  function paint(name) {
    const { classes, texts, sizes } = figures[name] || {};
    if (!texts) return;
    for (const [code, shape] of Object.entries(places)) {
      const element = shape.getElement();
      for (let step = 0; step < 4; step += 1) element.classList.toggle(`class-${step}`, classes[code] === step);
      element.classList.toggle("unknown", !(code in classes) && !(code in sizes));
      circles[code].setRadius(sizes[code] || 0);
      circles[code].getElement().classList.toggle("none", !(code in sizes));
      const label = names[code].getElement().querySelector("span");
      label.dataset.name = label.dataset.name || label.innerHTML;
      const told = text(texts[code]);
      label.innerHTML = label.dataset.name + (told.length < 4 ? " " : "<br>") + told;
    }
    spread();
  }
  // A name of two parts takes two lines: on one line it would lie over the next municipality.
  function lines(name) { return text(name).replaceAll("-", "-<br>"); }
  // Names that would lie over a point, a circle or each other move, as little as helps.
  function spread() {
    const labels = Object.values(names).map((name) => name.getElement().querySelector("span"));
    labels.forEach((label) => { label.style.translate = ""; });
    const places = labels.map((label) => [label, label.getBoundingClientRect()]).sort(([, one], [, other]) => one.top - other.top);
    const set = [...map.getContainer().querySelectorAll(".pin, .cluster, .amount:not(.none)")].map((point) => point.getBoundingClientRect());
    // Further away a name would stand in another municipality.
    const steps = [...Array(11).keys()].map((at) => 9 * at - 45), far = ([x, y]) => x * x + y * y;
    const moves = steps.flatMap((y) => steps.map((x) => [x, y])).sort((one, other) => far(one) - far(other));
    for (const [label, { left, right, top, bottom }] of places) {
      const [x, y] = moves.find(([x, y]) => !set.some((other) => left + x < other.right && right + x > other.left
        && top + y < other.bottom && bottom + y > other.top)) || [0, 0];
      label.style.translate = `${x}px ${y}px`;
      set.push({ left: left + x, right: right + x, top: top + y, bottom: bottom + y });
    }
  }
  // Hatching means: not known. The pattern lives in the drawing that Leaflet makes.
  function hatch() {
    const svg = map.getPane("overlayPane").querySelector("svg");
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "defs");
    drawn.innerHTML = '<pattern id="map-hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
      '<line class="hatch" x1="0" x2="0" y1="0" y2="8"/></pattern>';
    svg.prepend(drawn);
  }
  function show(ids) {
    cluster.clearLayers();
    cluster.addLayers(ids.filter((id) => markers[id]).map((id) => markers[id]));
    spread();
  }
  function pick(code) {
    for (const [known, shape] of Object.entries(places)) {
      const element = shape.getElement();
      if (element) element.classList.toggle("picked", known === code);
    }
    if (!places[code]) return;
    places[code].bringToFront();
    Object.values(circles).forEach((circle) => circle.bringToFront());
  }
  function tell(message) {
    if (window.parent !== window) window.parent.postMessage(message, window.location.origin === "null" ? "*" : window.location.origin);
  }
  function text(value) {
    const span = document.createElement("span");
    span.textContent = value;
    return span.innerHTML;
  }
}
