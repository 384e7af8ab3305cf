// Switches between what the page already holds, and lists what a node or a
// ribbon of the picture stands for. No figure is computed here: amounts come
// from the page's data as exact integers and are only written out.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  root.classList.add("js");
  const state = { policy: data.headline, asset: "0", level: "main" };
  const $ = (id) => document.getElementById(id);
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  // Amounts: base units as text -> separators, at most four places, cut.
  function money(units, asset) {
    const { decimals, symbol, usd } = data.assets[asset];
    const padded = units.padStart(decimals + 1, "0");
    const whole = padded.slice(0, padded.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
    let fraction = decimals ? padded.slice(-decimals) : "";
    if (usd) return "$" + whole + "." + (fraction + "00").slice(0, 2);
    fraction = fraction.slice(0, 4).replace(/0+$/, "");
    if (whole === "0" && !fraction && /[1-9]/.test(units)) return "<0.0001 " + symbol;
    return whole + (fraction ? "." + fraction : "") + " " + symbol;
  }
  const minute = (time) => time.slice(0, 16).replace("T", " ");

  // Switching.
  function show() {
    for (const element of document.querySelectorAll("[data-policy],[data-asset],[data-level]")) {
      const wanted = ["policy", "asset", "level"].every(
        (key) => element.dataset[key] === undefined || element.dataset[key].split(" ").includes(state[key]));
      element.hidden = !wanted;
    }
    closePanel();
    terminals();
    transfers.page = 0;
    transfers.draw();
  }
  document.addEventListener("change", (event) => {
    const choice = event.target.closest(".choice input");
    if (!choice) return;
    state[choice.name] = choice.value;
    show();
  });

  // Details of the picture.
  const tip = $("tip");
  const addressCell = (place) => {
    const [address, label, source] = data.addresses[place];
    const cell = make("td", {}, make("code", { class: "address" }, address));
    if (label) cell.append(make("span", { class: "said" }, label, make("span", { class: "who" }, source)));
    return cell;
  };
  function find(element) {
    const picture = element.closest && element.closest("svg.flow");
    const flow = picture && data.flows[+picture.closest("figure").dataset.picture];
    if (!flow) return null;
    const owner = element.closest("[data-n],[data-r]");
    if (!owner) return null;
    const node = owner.dataset.n;
    return node !== undefined
      ? { picture, flow, owner, node: +node, text: picture.querySelector(`.n[data-n="${node}"]`).getAttribute("aria-label") }
      : { picture, flow, owner, ribbon: +owner.dataset.r, text: flow.t[+owner.dataset.r] };
  }
  function light(found) {
    for (const lit of document.querySelectorAll(".r.lit")) lit.classList.remove("lit");
    for (const focus of document.querySelectorAll("svg.flow.focus")) focus.classList.remove("focus");
    if (!found) return;
    found.picture.classList.add("focus");
    const wanted = (ribbon, place) => found.node !== undefined
      ? ribbon[0] === found.node || ribbon[1] === found.node : place === found.ribbon;
    found.flow.r.forEach((ribbon, place) => {
      if (wanted(ribbon, place)) found.picture.querySelector(`[data-r="${place}"]`).classList.add("lit");
    });
  }
  function point(found, x, y) {
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = found.text;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(6, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18) + "px";
  }
  document.addEventListener("mousemove", (event) => {
    const found = find(event.target);
    point(found, event.clientX, event.clientY);
    light(found);
  });
  document.addEventListener("focusin", (event) => {
    const found = find(event.target);
    light(found);
    if (!found) return;
    const box = event.target.getBoundingClientRect();
    point(found, box.right, box.top);
  });
  document.addEventListener("focusout", () => { point(null); light(null); });
  document.addEventListener("click", (event) => {
    const found = find(event.target);
    if (found) openPanel(found);
    if (event.target.closest(".panel .close")) closePanel(true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { point(null); closePanel(true); }
    const found = (event.key === "Enter" || event.key === " ") && find(event.target);
    if (found) { event.preventDefault(); openPanel(found); }
  });
  let opener = null;
  function closePanel(back) {
    for (const panel of document.querySelectorAll(".panel")) panel.hidden = true;
    for (const chosen of document.querySelectorAll(".n.chosen")) chosen.classList.remove("chosen");
    if (back && opener) opener.focus();
    opener = null;
  }
  function rows(head, list) {
    const columns = make("tr", {}, ...head.map(([text, num]) => make("th", num ? { class: "num" } : {}, text)));
    return make("div", { class: "table-wrap" },
      make("table", {}, make("thead", {}, columns), make("tbody", {}, ...list)));
  }
  const amountCell = (units) => make("td", { class: "num" }, money(units, +state.asset));
  function deliveryRow([transfer, units]) {
    const [hash, block, time, from, to] = data.transfers[transfer];
    return make("tr", {}, make("td", { class: "num" }, minute(time)), addressCell(from), addressCell(to),
      amountCell(units), make("td", {}, make("code", {}, hash), make("span", { class: "soft small" }, " block " + block)));
  }
  function openPanel(found) {
    const panel = found.picture.closest("figure").querySelector(".panel");
    closePanel();
    point(null);
    opener = found.owner;
    found.owner.classList.add("chosen");
    const body = [make("button", { class: "close", type: "button" }, "Close"), make("h3", {}, found.text)];
    const deliveries = (list, more) => {
      if (!list.length) return;
      body.push(make("p", { class: "small soft" }, "Transfers that brought it (facts of the chain; the amount is the part that belongs here):"));
      body.push(rows([["time, UTC", 1], ["from"], ["to"], ["part", 1], ["transaction"]], list.map(deliveryRow)));
      if (more) body.push(make("p", { class: "small soft" }, `and ${more} more in transfers.csv`));
    };
    if (found.node !== undefined) {
      const [, members, more] = found.flow.n[found.node];
      body.push(rows([["address"], ["amount there", 1]],
        members.map(([place, units]) => make("tr", {}, addressCell(place), amountCell(units)))));
      if (more) body.push(make("p", { class: "small soft" }, `and ${more} more, smaller`));
      const arriving = found.flow.r.filter((ribbon) => ribbon[1] === found.node);
      const list = arriving.flatMap((ribbon) => ribbon[2]);
      list.sort((a, b) => a[0] - b[0]);
      deliveries(list.slice(0, 200), list.length > 200 ? list.length - 200 : 0);
    } else {
      const [, , list, more] = found.flow.r[found.ribbon];
      deliveries(list, more);
    }
    panel.replaceChildren(...body);
    panel.hidden = false;
    panel.scrollIntoView({ block: "nearest" });
  }

  // Terminals: the amounts of the chosen policy, sorting, filtering.
  const terminalTable = $("terminals-table");
  function terminals() {
    if (!terminalTable) return;
    const amounts = data.terminals[state.policy] || [];
    const search = $("terminals-search").value.trim().toLowerCase();
    const kind = $("terminals-kind").value;
    let shown = 0;
    for (const row of terminalTable.tBodies[0].rows) {
      const units = amounts[+row.dataset.row] || "0";
      const cell = row.querySelector("[data-cell]");
      cell.textContent = units === "0" ? "–" : money(units, +row.dataset.in);
      cell.dataset.sort = units;
      const matches = (!search || row.textContent.toLowerCase().includes(search)) &&
        (!kind || row.dataset.kind === kind) && (row.dataset.in === state.asset) && units !== "0";
      row.hidden = !matches;
      shown += matches ? 1 : 0;
    }
    $("terminals-count").textContent = shown + " places";
  }
  for (const id of ["terminals-search", "terminals-kind"]) {
    if ($(id)) $(id).addEventListener("input", terminals);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("th button");
    if (!button) return;
    const head = button.closest("th");
    const table = head.closest("table");
    const column = head.cellIndex;
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => {
      const text = row.cells[column].dataset.sort || row.cells[column].textContent;
      // Whole numbers of any length compare as text once they are equally long.
      return /^\d+$/.test(text) ? text.padStart(80, "0") : text;
    };
    const sorted = [...table.tBodies[0].rows].sort((a, b) => {
      const order = value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0;
      return down ? -order : order;
    });
    table.tBodies[0].append(...sorted);
  });

  // Transfers: drawn a page at a time, so thousands do not weigh on the page.
  const transfers = {
    page: 0,
    size: 100,
    draw() {
      const body = $("transfers-body");
      if (!body) return;
      const search = $("transfers-search").value.trim().toLowerCase();
      const says = (place) => data.addresses[place].slice(0, 2).join(" ").toLowerCase();
      const list = (data.taints[state.policy] || []).filter(([transfer]) => {
        const fact = data.transfers[transfer];
        if (String(fact[5]) !== state.asset) return false;
        return !search || (fact[0] + " " + fact[1] + " " + fact[2] + " " + says(fact[3]) + " " + says(fact[4])).includes(search);
      });
      const pages = Math.max(1, Math.ceil(list.length / this.size));
      this.page = Math.min(this.page, pages - 1);
      const part = list.slice(this.page * this.size, (this.page + 1) * this.size);
      body.replaceChildren(...part.map(([transfer, units]) => {
        const [hash, block, time, from, to, asset, amount] = data.transfers[transfer];
        return make("tr", {}, make("td", { class: "num" }, minute(time)), make("td", { class: "num" }, String(block)),
          addressCell(from), addressCell(to), make("td", { class: "num" }, money(amount, asset)),
          make("td", { class: "num" }, money(units, asset)), make("td", {}, make("code", {}, hash)));
      }));
      $("transfers-count").textContent = `${list.length} transfers, page ${this.page + 1} of ${pages}`;
      $("transfers-back").disabled = this.page === 0;
      $("transfers-on").disabled = this.page + 1 >= pages;
    },
  };
  if ($("transfers-search")) {
    $("transfers-search").addEventListener("input", () => { transfers.page = 0; transfers.draw(); });
    $("transfers-back").addEventListener("click", () => { transfers.page -= 1; transfers.draw(); });
    $("transfers-on").addEventListener("click", () => { transfers.page += 1; transfers.draw(); });
  }
  show();
})();
