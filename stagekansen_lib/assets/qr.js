// The page that shows the address of another page as a QR code, for a room to scan. Its own address names that page: qr#verkenner#panel.
(() => {
  "use strict";
  const [name, ...choice] = location.hash.slice(1).split("#");
  const back = document.querySelector("[data-back]");
  const path = /^[a-z]+$/.test(name) ? name + (choice.length ? "#" + choice.join("#") : "") : "overzicht";
  const address = new URL(path, location.href.split("#")[0]).href;
  back.href = path;
  document.querySelector(".address").textContent = address;
  // Only this computer can open such an address: a code would send a whole room nowhere.
  const local = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  document.querySelector("[data-local]").hidden = !local;
  if (local) return;
  const code = leanQr.generate(address, { minCorrectionLevel: leanQr.correction.M });
  let squares = "";
  for (let y = 0; y < code.size; y += 1) for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) squares += `M${x} ${y}h1v1h-1z`;
  const picture = document.querySelector(".qr svg");
  picture.setAttribute("viewBox", `0 0 ${code.size} ${code.size}`);
  picture.querySelector("path").setAttribute("d", squares);
  picture.removeAttribute("hidden");
})();
